"""Which checks a command is about: the profile's, narrowed by the options."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from auditor.assess import Settings, subject_type
from auditor.errors import UsageError
from auditor.model import Account, Pillar, Region, Severity
from auditor.plan import Plan, make_plan
from auditor.practices import practices
from auditor.profile import Profile, load_profile
from auditor.registry import AnyCheck, Registry, load


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen checks, the profile that they are judged by, and the plan of what they read."""

    registry: Registry
    profile: Profile
    checks: tuple[AnyCheck, ...]
    plan: Plan
    group_by: str = "control"
    """What reports for people are grouped by."""

    def showing(self, view: str) -> Choice:
        """The same choice, with a view of the account that its checks need not rest on."""
        return replace(self, plan=make_plan(self.registry, self.checks, views=[view], allow_paid=self.plan.allow_paid))

    @property
    def settings(self) -> Settings:
        """What the profile decides about the assessment."""
        profile = self.profile
        return Settings(
            profile.name,
            profile.parameters,
            profile.waivers,
            profile.workloads,
            profile.answers,
            profile.requirements,
            self.group_by,
        )


def choose(
    *,
    audit_profile: str = "default",
    checks_path: Path | None = None,
    check: Sequence[str] = (),
    exclude_check: Sequence[str] = (),
    pattern: Sequence[str] = (),
    pillar: Sequence[str] = (),
    severity: str | None = None,
    service: Sequence[str] = (),
    allow_paid_calls: bool = False,
    group_by: str = "control",
) -> Choice:
    """Load everything and choose; raises UsageError, with the near-miss, for a name that is nobody's.

    Calls that cost money are in the plan where the option or the profile allows them.
    """
    registry = load(checks_path.resolve() if checks_path else None)
    profile = load_profile(audit_profile, registry)
    if group_by == "requirement" and not profile.requirements:
        raise UsageError(
            f"--group-by requirement: the profile {profile.name} has no requirements; choose one of a framework,"
            " such as --audit-profile cis-aws-foundations"
        )
    everything = registry.checks
    filters: list[Callable[[AnyCheck], bool]] = []
    if check:
        known = _globs("--check", check, everything)
        filters.append(lambda one: one.id in known)
    if exclude_check:
        left_out = _globs("--exclude-check", exclude_check, everything)
        filters.append(lambda one: one.id not in left_out)
    if pattern:
        _known("--pattern", pattern, {one.id for one in registry.patterns})
        filters.append(lambda one: one.pattern in pattern)
    if pillar:
        _known("--pillar", pillar, list(Pillar))
        filters.append(lambda one: bool(pillars_of(one) & set(pillar)))
    if severity:
        filters.append(lambda one: one.severity.rank >= Severity(severity).rank)
    if service:
        services = _services(registry)
        _known("--service", service, {name for names in services.values() for name in names})
        filters.append(lambda one: bool(services[one.id] & set(service)))
    chosen = tuple(one for one in profile.select(everything) if all(keep(one) for keep in filters))
    if not chosen:
        raise UsageError(f"no check is left: the profile {profile.name} and the options together choose none")
    allow_paid = allow_paid_calls or profile.allow_paid_calls
    return Choice(registry, profile, chosen, make_plan(registry, chosen, allow_paid=allow_paid), group_by)


def pillars_of(one: AnyCheck) -> set[str]:
    """The pillars that a check's practices belong to."""
    known = practices()
    return {known[name].pillar.value for name in one.practices if name in known}


def _services(registry: Registry) -> dict[str, set[str]]:
    """By check, the service whose resource is judged; for the account as a whole, the services that are read."""
    plan = make_plan(registry, registry.checks.values())
    return {
        one.id: {call.service for call in plan.calls_of(one.id)}
        if one.subject in (Account, Region)
        else {subject_type(one.subject).split("::")[1].lower()}
        for one in registry.checks.values()
    }


def _globs(name: str, globs: Iterable[str], checks: dict[str, AnyCheck]) -> set[str]:
    found: set[str] = set()
    names = {alias: one.id for one in checks.values() for alias in (one.id, *one.aliases)}
    for glob in globs:
        matched = {identity for alias, identity in names.items() if fnmatchcase(alias, glob)}
        if not matched:
            raise UsageError(
                f"{name} {glob}: no check is called so{_near(glob, names)}; `auditor checks list` shows them"
            )
        found |= matched
    return found


def _known(name: str, values: Iterable[str], allowed: Collection[Any]) -> None:
    for value in values:
        if value not in allowed:
            what = f"there is no such {name.removeprefix('--')}{_near(value, allowed)}"
            raise UsageError(f"{name} {value}: {what}; there are {', '.join(sorted(allowed))}")


def _near(value: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(value, list(names), 1)
    return f"; did you mean {close[0]}?" if close else ""
