"""What the formats of other systems have in common: names that last, text that every parser takes, links."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from auditor.model import GLOBAL, Assessment, CheckInfo, Finding, Practice, ResourceRef
from auditor.partitions import global_region
from auditor.text import ELLIPSIS, compact_json, line, plain

_FRAMEWORK = "https://docs.aws.amazon.com/wellarchitected/latest/framework"
_LONGEST_PART = 128


def identified(assessment: Assessment) -> Iterator[tuple[str, Finding]]:
    """Each finding with its id: the same in every scan, for it is made of the place, the check and the resource.

    Two findings of one check on one resource, such as two regions' worth of denied calls, are told apart by order.
    """
    scan = assessment.scan
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in assessment.findings:
        place = (scan.partition, scan.account, finding.resource.region, finding.check)
        key = (*place, finding.resource.arn)
        nth = seen[key]
        seen[key] += 1
        yield "/".join(("auditor", *map(_part, place), _digest(*key, *([str(nth)] if nth else [])))), finding


def digest(identity: str) -> str:
    """The last part of an id: 32 hexadecimal digits that stand for all of it."""
    return identity.rpartition("/")[2]


def _part(text: str) -> str:
    return plain(text)[:_LONGEST_PART]


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def region_of(resource: ResourceRef, partition: str) -> str:
    """The resource's region; for one that has none, the region where its partition keeps what is global."""
    return global_region(partition) if resource.region == GLOBAL else plain(resource.region)


def guidance(check: CheckInfo, practices: Mapping[str, Practice]) -> tuple[str, ...]:
    """AWS's own pages on the practices of a check, the primary one first."""
    known = (practices[name] for name in check.practices if name in practices)
    return tuple(f"{_FRAMEWORK}/{practice.choice}.html" for practice in known)


def sentence(text: str) -> str:
    """Our own prose, or a fragment, as one plain sentence: with a capital letter and an end."""
    text = line(text)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((*".?!", ELLIPSIS)) or not text else ".")


def clean(value: Any) -> Any:
    """A JSON value in plain text throughout, half characters and NaN included: any parser takes it."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): clean(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [clean(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_lines(items: Iterable[Any]) -> Iterator[str]:
    """A JSON array, a line an item, made as it is written: there may be many."""
    separator = "[\n"
    for item in items:
        yield separator + compact_json(item)
        separator = ",\n"
    yield "[]" if separator == "[\n" else "\n]"


def json_members(members: Mapping[str, Any]) -> Iterator[str]:
    """A JSON object, a line a member; a member that is an iterator becomes an array, as by `json_lines`."""
    separator = "{\n"
    for key, value in members.items():
        yield f"{separator}{compact_json(key)}: "
        if isinstance(value, Iterator):
            yield from json_lines(value)
        else:
            yield compact_json(value)
        separator = ",\n"
    yield "\n}"
