"""Which resources recover together: by the profile, else by tags and stacks, else all of the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from auditor.evidence.purpose import nonproduction
from auditor.inference.recovery.basics import Store
from auditor.inference.recovery.components import Component
from auditor.inference.recovery.names import normal
from auditor.workloads import Members, Tier, Workload, Workloads

APPLICATION_KEYS = (
    "application", "app", "workload", "service", "system", "project",
    "Application", "App", "Workload", "Service", "System", "Project",
)  # fmt: skip
"""Tags that name an application, the first that counts."""
_APPLICATION = "awsApplication"
"""The tag of applications of AppRegistry; its value is an ARN that ends in their id."""
_STACK = "aws:cloudformation:stack-name"
ACCOUNT_DEFAULT = "account-default"

Item = Store | Component


@dataclass(frozen=True, slots=True)
class Group:
    """What recovers together, and how that was found out."""

    workload: Workload
    basis: str
    """`profile`, `awsApplication`, `tag`, `stack` or `account`."""
    stores: tuple[Store, ...]
    components: tuple[Component, ...]

    @property
    def is_sure(self) -> bool:
        """Whether somebody said so, rather than names and tags of other purpose."""
        return self.basis in ("profile", _APPLICATION)


def find_groups(workloads: Workloads, stores: Iterable[Store], components: Iterable[Component]) -> tuple[Group, ...]:
    """The profile's workloads in their order, then what was found, by name.

    What serves nobody but development, tests and rehearsals is a workload apart. What the profile calls derivable is
    no store.
    """
    items: list[Item] = [*stores, *components]
    shared = _shared_tags(items)
    declared: dict[str, list[Item]] = {one.name: [] for one in workloads}
    discovered: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        owner = next((one for one in workloads if _picks(one.members, item)), None)
        if owner:
            declared[owner.name].append(item)
        else:
            discovered.setdefault(_key(item, shared), []).append(item)
    found = [_group(one, "profile", declared[one.name]) for one in workloads]
    for (name, basis), members in sorted(discovered.items()):
        if any(isinstance(one, Store) or one.is_compute for one in members):
            found.append(_group(_made_up(name), basis, members))
    return tuple(found)


_NONPRODUCTION = "nonproduction"


def _made_up(name: str) -> Workload:
    tier = Tier.NON_CRITICAL if name.endswith(_NONPRODUCTION) else None
    return Workload(name, Members(), tier=tier)


def _group(workload: Workload, basis: str, members: Iterable[Item]) -> Group:
    stores = [one for one in members if isinstance(one, Store)]
    kept = [one for one in stores if not one.derivable and not _fits(one.arn, workload.derivable)]
    return Group(workload, basis, tuple(kept), tuple(one for one in members if isinstance(one, Component)))


def _picks(members: Members, item: Item) -> bool:
    wanted = members.tags
    if wanted and all(item.tags.get(key) == value for key, value in wanted.items()):
        return True
    stack = item.tags.get(_STACK, "")
    if stack and _fits(stack, members.stacks):
        return True
    named = {item.tags[key] for key in APPLICATION_KEYS if key in item.tags}
    if _APPLICATION in item.tags:
        named |= {item.tags[_APPLICATION], item.tags[_APPLICATION].rpartition("/")[2]}
    return bool(named & set(members.applications)) or _fits(item.arn, members.arns)


def _fits(text: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(text, glob) for glob in globs)


def _shared_tags(items: Iterable[Item]) -> frozenset[tuple[str, str]]:
    """The application tags whose value is on resources of two kinds at least."""
    kinds: dict[tuple[str, str], set[str]] = {}
    for item in items:
        for key, value in item.tags.items():
            if key in APPLICATION_KEYS:
                kinds.setdefault((key, normal(value)), set()).add(item.kind)
    return frozenset(tag for tag, found in kinds.items() if len(found) > 1)


def _key(item: Item, shared: frozenset[tuple[str, str]]) -> tuple[str, str]:
    name, basis = next(_names(item.tags, shared), (ACCOUNT_DEFAULT, "account"))
    suffix = f"-{_NONPRODUCTION}" if nonproduction(item.tags) or _is_staging(item.tags) else ""
    return f"{name}{suffix}", basis


def _is_staging(tags: Mapping[str, str]) -> bool:
    """What rehearses production is judged like it, but does not recover together with it."""
    return any(key.lower() in _ENVIRONMENT and value.lower() in _STAGING for key, value in tags.items())


_ENVIRONMENT = ("env", "environment", "stage")
_STAGING = ("staging", "preprod", "pre-production")


def _names(tags: Mapping[str, str], shared: frozenset[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    if _APPLICATION in tags:
        yield normal(tags[_APPLICATION].rpartition("/")[2]), _APPLICATION
    for key in APPLICATION_KEYS:
        if key in tags and (key, normal(tags[key])) in shared:
            yield normal(tags[key]), "tag"
    if _STACK in tags:
        stack = tags[_STACK]
        yield normal(stack.split("-")[1] if stack.startswith("StackSet-") else stack), "stack"
