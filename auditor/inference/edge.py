"""Which distributions stand before a bucket or a host, and which use a web ACL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from auditor.every import Every
from auditor.evidence.cloudfront import Distribution
from auditor.evidence.route53 import RecordSet
from auditor.wiring import inference

_Index = Mapping[str, tuple[Distribution, ...]]


@dataclass(frozen=True, slots=True)
class Edge:
    """The distributions that serve viewers, by what they use."""

    buckets: _Index
    acls: _Index

    def before_bucket(self, bucket: str) -> tuple[Distribution, ...]:
        """Those that read a bucket through its REST endpoint."""
        return self.buckets.get(bucket, ())

    def behind_acl(self, arn: str) -> tuple[Distribution, ...]:
        """Those that a web ACL protects."""
        return self.acls.get(arn, ())


@inference
def edge(distributions: Every[Distribution]) -> Edge:
    """Two indexes of the distributions that are enabled and no staging copies."""
    serving = [one for one in distributions if one.serves]
    return Edge(_indexed(serving, _buckets), _indexed(serving, _acl))


@dataclass(frozen=True, slots=True)
class Fronted:
    """The names that distributions fetch from."""

    hosts: frozenset[str]

    def reaches(self, host: str) -> bool:
        """Whether a distribution that serves has this name as an origin, itself or by a record of the account."""
        return host.lower().removeprefix("dualstack.") in self.hosts


@inference
def fronted(distributions: Every[Distribution], records: Every[RecordSet]) -> Fronted:
    """Origins by name, and what their names lead to by an alias or CNAME; one record may lead to another."""
    ways: dict[str, set[str]] = defaultdict(set)
    for record in records:
        if record.alias or record.type == "CNAME":
            ways[record.host].update(record.targets)
    origins = {origin.domain for one in distributions if one.serves for origin in one.origins}
    first = origins.union(*(ways.get(host, ()) for host in origins))
    hosts = first.union(*(ways.get(host, ()) for host in first))
    return Fronted(frozenset(host.removeprefix("dualstack.") for host in hosts))


def _buckets(distribution: Distribution) -> set[str]:
    return {origin.bucket for origin in distribution.origins if origin.bucket and origin.kind == "s3"}


def _acl(distribution: Distribution) -> set[str]:
    return {distribution.web_acl} - {""}


def _indexed(distributions: Iterable[Distribution], keys: Callable[[Distribution], set[str]]) -> _Index:
    found: dict[str, list[Distribution]] = defaultdict(list)
    for one in distributions:
        for key in keys(one):
            found[key].append(one)
    return {key: tuple(values) for key, values in found.items()}
