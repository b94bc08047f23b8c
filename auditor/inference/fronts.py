"""What asks inside a VPC in the place of the internet's clients: services before private load balancers and hosts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.ec2_network import Permission, SecurityGroup
from auditor.inference.filters import Filters
from auditor.inference.traffic import IPV4, LAST_PORT, NOBODY, Interval, Ranges
from auditor.model import GLOBAL, Gap
from auditor.typed import Resource

R = TypeVar("R", bound=Resource)

CLOUDFRONT = "CloudFront"
REST_API = "a REST API"
HTTP_API = "an HTTP API"

EVERY_PORT = Ranges(((0, LAST_PORT),))


@dataclass(frozen=True, slots=True)
class Front:
    """A name of the internet at which a service takes requests, and sends them on to something inside a VPC."""

    service: str
    """What clients speak with: `CloudFront`, `a REST API` or `an HTTP API`."""
    name: str
    """The public name."""
    arn: str
    way: str
    """By what it gets into the VPC."""
    ports: Ranges
    addresses: Ranges = NOBODY
    """From where it sends, as what it leads to sees it."""
    group_ids: frozenset[str] = frozenset()
    """The security groups of its interfaces, which rules may name as a source."""
    listener: str = ""
    """The ARN of the one listener to which it sends; empty where its ports tell."""
    is_filtered: bool = True
    """Whether security groups have a say."""
    is_endpoint: bool = False
    """Whether it comes by PrivateLink: what is behind the load balancer sees the load balancer's addresses."""
    doubt: Gap | None = None
    """What could not be read, and decides whether there is this front."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighboring TCP ports that a front gets through to."""

    first: int
    last: int
    rule: str
    """The security group's rule that lets it in; empty where there is no group."""


def passages(front: Front, filters: Filters, groups: Sequence[SecurityGroup] | None) -> Iterator[Passage]:
    """The ports that a front gets through to, behind security groups (None: behind none)."""
    let_in = [(EVERY_PORT.intervals[0], "")] if groups is None else list(_let_in(front, filters, groups))
    for first, last in (front.ports & Ranges.joined(ports for ports, _ in let_in)).intervals:
        yield Passage(first, last, next(rule for ports, rule in let_in if ports[0] <= last and first <= ports[1]))


def _let_in(front: Front, filters: Filters, groups: Sequence[SecurityGroup]) -> Iterator[tuple[Interval, str]]:
    for group in groups:
        for rule in (one for one in group.ingress if one.protocol in ("tcp", "-1")):
            if source := _source(front, filters, rule, group):
                yield rule.ports, f"{rule.what} from {source} in {group.id}"


def _source(front: Front, filters: Filters, rule: Permission, group: SecurityGroup) -> str:
    """What of a rule lets a front in; empty where nothing does."""
    named = (one for one in rule.group_ids if one in front.group_ids)
    blocks = (one for one in rule.ipv4_ranges if Ranges.of([one], IPV4) & front.addresses)
    lists = (one for one in rule.prefix_lists if _holds(front, filters, one, group.region))
    return next((one for found in (named, blocks, lists) for one in found), "")


def _holds(front: Front, filters: Filters, list_id: str, region: str) -> bool:
    named = filters.prefix_list(list_id, region)
    if named.is_aws_managed:
        return named.is_cloudfront and front.service == CLOUDFRONT
    return bool(filters.blocks_of_list(named, IPV4) & front.addresses)


@dataclass(frozen=True, slots=True)
class Indexed(Generic[R]):
    """What is known of a kind by its keys, and what could not be read of it."""

    found: Mapping[str, tuple[R, ...]]
    gap: Gap | None


def indexed(every: Every[R], keys: Callable[[R], Iterable[str]], region: str = GLOBAL) -> Indexed[R]:
    """All of a kind, or those of a region."""
    found: dict[str, list[R]] = defaultdict(list)
    gap = next((one for one in every.gaps if region == GLOBAL or one.region in (region, GLOBAL)), None)
    for one in (one for one in every.known() if region in (GLOBAL, one.region)):
        try:
            for key in keys(one):
                found[key].append(one)
        except Unread as failure:
            gap = failure.gap
    return Indexed({key: tuple(values) for key, values in found.items()}, gap)
