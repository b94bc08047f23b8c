"""What becomes of an event that AWS puts on the default bus: a response, a notification, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

from auditor.every import Every
from auditor.evidence.event_pattern import surely_takes
from auditor.evidence.events import EventRule, RuleTarget
from auditor.model import Region
from auditor.wiring import inference

RESPONDING = ("lambda", "states", "ssm", "ecs", "batch", "codebuild", "codepipeline")
"""The services that can do something about a finding."""
_NOTIFYING = ("sns", "sqs", "ssm-incidents", "chatbot")


class Reach(IntEnum):
    """What an event brings about; the greater, the more."""

    NOTHING = 0
    UNCLEAR = 1
    """A rule has a matcher that is not known here."""
    NOTIFICATION = 2
    RESPONSE = 3


def event(region: Region, source: str, kind: str, detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event as a service of AWS puts it on the bus of a region."""
    place = {"account": region.account.id, "region": region.name}
    return {"version": "0", "source": source, "detail-type": kind, "detail": detail, **place}


class Alerts:
    """The rules of all buses with what they call."""

    def __init__(self, rules: Every[EventRule], targets: Every[RuleTarget]) -> None:
        self._rules = rules
        self._targets = targets

    def reach(self, region: str, happened: Mapping[str, Any]) -> Reach:
        """The strongest that an event on the default bus of a region brings about.

        A rule that sends it to another bus of the account is followed once; another account's bus is taken for a
        response.
        """
        on_default = [one for one in self._rules.within(region) if one.bus == "default"]
        return self._strongest(on_default, happened, hops=1)

    def responders(self, region: str, happened: Mapping[str, Any]) -> tuple[RuleTarget, ...]:
        """What answers an event on the default bus of a region; other buses of the account are followed once."""
        on_default = [one for one in self._rules.within(region) if one.bus == "default"]
        return tuple(self._answering(on_default, happened, hops=1))

    def _answering(self, rules: Iterable[EventRule], happened: Mapping[str, Any], hops: int) -> Iterator[RuleTarget]:
        taking = (one for one in rules if one.is_enabled and one.pattern and surely_takes(one.pattern, happened))
        for target in (target for rule in taking for target in self._targets.of(rule)):
            forwarded = self._rules.by(_bus_of).get(target.target, ()) if target.service == "events" and hops else ()
            yield from self._answering(forwarded, happened, hops - 1)
            if not forwarded and self._reach_of(target, happened, hops) is Reach.RESPONSE:
                yield target

    def _strongest(self, rules: Iterable[EventRule], happened: Mapping[str, Any], hops: int) -> Reach:
        found = [Reach.NOTHING]
        for rule in rules:
            taken = rule.is_enabled and rule.pattern is not None and surely_takes(rule.pattern, happened)
            if taken is None:
                found.append(Reach.UNCLEAR)
            elif taken:
                found += [self._reach_of(target, happened, hops) for target in self._targets.of(rule)]
        return max(found)

    def _reach_of(self, target: RuleTarget, happened: Mapping[str, Any], hops: int) -> Reach:
        if target.service in RESPONDING:
            return Reach.RESPONSE
        if target.service in _NOTIFYING or ":api-destination/" in target.target:
            return Reach.NOTIFICATION
        if target.service != "events":
            return Reach.NOTHING
        if target.target.split(":")[4] != happened["account"]:
            return Reach.RESPONSE
        forwarded = self._rules.by(_bus_of).get(target.target, ()) if hops else ()
        return self._strongest(forwarded, happened, hops - 1)


def _bus_of(rule: EventRule) -> str:
    return rule.bus_arn


@inference
def alerts(rules: Every[EventRule], targets: Every[RuleTarget]) -> Alerts:
    """The rules and targets of the account."""
    return Alerts(rules, targets)
