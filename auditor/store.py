"""Evidence by need: the collectors run on a transport, each once, and what they gave or why they could not.

This is what assessment and tests read. It is lazy and single-threaded; behind it stands a snapshot, or
whatever else answers a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from auditor.aws import Aws, Transport
from auditor.collect import Batches, Serves, door, metric_request
from auditor.errors import Absent, Unread, Unserved
from auditor.every import Every, Group
from auditor.metrics import Metric, MetricSpec
from auditor.model import GLOBAL, Account, Gap, Region
from auditor.plan import TAGGED, Sources
from auditor.tagging import region_tags, tag_region
from auditor.typed import MISFIT, Resource, find_enclosing, inline_tags
from auditor.wiring import Batch, Collector, Form, Inference, Need, Tags
from auditor.workloads import Workloads

Subject = Account | Region | Resource


@dataclass(frozen=True, slots=True)
class Answer:
    """A value, or what was raised instead, `Unread` and `Absent` above all; given again to all who ask."""

    value: Any = None
    failure: Exception | None = None

    def get(self) -> Any:
        """The value; raises the failure, anew each time: what is kept would hold the frames of all who asked."""
        if self.failure is not None:
            raise copy(self.failure)
        return self.value


def _alone(failure: Exception) -> Exception:
    """The failure without the frames that it went through: they hold the store, which would outlive the assessment."""
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)


def _answer(make: Callable[[], Any]) -> Answer:
    try:
        return Answer(make())
    except Exception as failure:  # noqa: BLE001 - a defect, too, is met once and given to all who ask
        return Answer(failure=_alone(failure))


class Store:
    """All evidence of one account behind one transport."""

    def __init__(
        self,
        sources: Sources,
        account: Account,
        transport: Transport,
        serves: Serves,
        workloads: Workloads = Workloads(),  # noqa: B008 - a tuple
    ) -> None:
        self._sources = sources
        self.account = account
        self.workloads = workloads
        self._transport = transport
        self._serves = serves
        self._regions: dict[str, Region] = {}
        self._groups: dict[type, tuple[Group[Any], ...]] = {}
        self._every: dict[type, Every[Any]] = {}
        self._answers: dict[tuple[object, object], Answer] = {}
        self._batches: dict[tuple[Collector, int], Answer] = {}

    def _region(self, name: str) -> Region:
        """A region with what it lacks; also one that was not scanned, where a resource stands in it."""
        if name not in self._regions:
            lacks = frozenset(service for service in self._sources.services if not self._serves(service, name))
            self._regions[name] = Region(name, self.account, lacks)
        return self._regions[name]

    def subjects(self, kind: type) -> tuple[Group[Any], ...]:
        """All resources of a kind in groups, one a question that listed them, with the gaps."""
        if kind is Account:
            return (Group(GLOBAL, None, (self.account,)),)
        if kind is Region:
            return tuple(Group(name, None, (self._region(name),)) for name in self.account.regions)
        if kind not in self._groups:
            self._groups[kind] = tuple(group for one in self._sources.listers(kind) for group in self._listed(one))
        return self._groups[kind]

    def resolver(self, need: Need) -> Callable[[Any], Any]:
        """What a signature asks for, as a function of the judged subject; it raises `Unread` or `Absent`.

        For an optional need that AWS has nothing for it gives None.
        """
        ask = self._asker(need)
        if not need.optional:
            return ask

        def optional(subject: Any) -> Any:
            try:
                return ask(subject)
            except Absent:
                return None

        return optional

    def _asker(self, need: Need) -> Callable[[Any], Any]:
        kind = need.kind
        if need.form is Form.EVERY:
            return lambda _subject: self.every(kind)
        if need.spec is not None:
            spec = need.spec
            return lambda subject: self._metric(spec, subject)
        known: Mapping[Any, Callable[[Any], Any]] = {
            Account: lambda _subject: self.account,
            Workloads: lambda _subject: self.workloads,
            Region: lambda subject: self._region(_region(subject)),
            Tags: self._tags,
        }
        if kind in known:
            return known[kind]
        inference = self._sources.inference(kind)
        if inference is not None:
            return lambda subject: self._inferred(inference, subject)
        if self._sources.is_listed(kind) and issubclass(kind, Resource):
            return lambda subject: subject.enclosing(kind)
        return lambda subject: self._detail(kind, subject)

    def every(self, kind: type) -> Every[Any]:
        """All of a kind: resources, or the details of all resources that have them."""
        if kind not in self._every:
            listed = self._sources.is_listed(kind) or kind in (Account, Region)
            self._every[kind] = Every(self.subjects(kind) if listed else tuple(self._every_detail(kind)))
        return self._every[kind]

    def _every_detail(self, kind: type) -> Iterator[Group[Any]]:
        for one in self._sources.details(kind):
            for group in self.subjects(one.scope):
                if group.gap:
                    yield Group(group.region, group.scope, (), group.gap)
                for subject in group.items:
                    yield self._detail_group(one, subject)

    def _detail_group(self, one: Collector, subject: Subject) -> Group[Any]:
        answer = self._described(one, subject)
        scope = subject if isinstance(subject, Resource) else None
        if isinstance(answer.failure, Unread):
            return Group(_region(subject), scope, (), answer.failure.gap)
        if isinstance(answer.failure, Absent):
            return Group(_region(subject), scope, ())
        return Group(_region(subject), scope, (answer.get(),))

    def _listed(self, one: Collector) -> Iterator[Group[Any]]:
        for above in self.subjects(one.scope):
            if above.gap:
                yield Group(above.region, above.scope, (), above.gap)
            if one.batch:
                for batch in _batched(above.items, one.batch):
                    yield self._run_lister(one, batch.region, batch, batch[0])
                continue
            for scope in above.items:
                region = _region(scope)
                if isinstance(scope, Region) and not self._serves(one.calls[0].service, region):
                    continue
                yield self._run_lister(one, region, scope, scope if isinstance(scope, Resource) else None)

    def _run_lister(self, one: Collector, region: str, scope: Any, parent: Resource | None) -> Group[Any]:
        found: list[Any] = []
        gap: Gap | None = None
        aws = self._door(one, region, scope)
        try:
            for resource in one.function(aws, scope):
                found.append(resource)  # noqa: PERF402 - what came before a gap is kept
        except Unread as failure:
            gap = failure.gap
        except Absent:
            pass
        except MISFIT as error:
            gap = aws.misfit(one.provides.__name__, error).gap
        return Group(region, parent, tuple(found), gap)

    def _detail(self, kind: type, subject: Subject) -> Any:
        one = self._sources.detail(kind, type(subject))
        if one.scope is Account:
            return self._described(one, self.account).get()
        if one.scope is Region:
            region = _region(subject)
            return self._described(one, self._region(region)).get()
        scope = find_enclosing(subject, one.scope)  # type: ignore[arg-type]
        return self._described(one, scope).get()  # type: ignore[arg-type]

    def _described(self, one: Collector, scope: Subject) -> Answer:
        if one.batch:
            return self._described_in_batch(one, scope)
        key = (one, scope if isinstance(scope, Resource) else _region(scope))
        if key not in self._answers:
            region, service = _region(scope), one.calls[0].service
            if isinstance(scope, Region) and not scope.serves(service):
                self._answers[key] = Answer(failure=Unserved(f"{region} has no {service}"))
            else:
                self._answers[key] = _answer(lambda: self._read(one, region, scope))
        return self._answers[key]

    def _described_in_batch(self, one: Collector, scope: Any) -> Answer:
        """One resource's part of its batch; a resource that the answer leaves out has none."""
        if (one, id(scope)) not in self._batches:
            for group in self.subjects(type(scope)):
                for batch in _batched(group.items, one.batch):
                    answer = _answer(lambda batch=batch: self._read(one, batch.region, batch))  # type: ignore[misc]
                    self._batches.update({(one, id(resource)): answer for resource in batch})
        found: Mapping[str, Any] = self._batches[one, id(scope)].get()
        return Answer(found[scope.arn]) if scope.arn in found else Answer(failure=Absent(one.name))

    def _read(self, one: Collector, region: str, scope: Any) -> Any:
        aws = self._door(one, region, scope)
        try:
            return one.function(aws, scope)
        except MISFIT as error:
            raise aws.misfit(one.provides.__name__, error) from error

    def _door(self, one: Collector, region: str, scope: Any) -> Aws:
        return door(self._transport, self.account, region, one.calls, scope)

    def _metric(self, spec: MetricSpec, subject: Any) -> Metric:
        request = metric_request(spec, subject)
        return Metric.read(next(iter(self._transport.pages(request))))

    def _tags(self, subject: Any) -> Mapping[str, str]:
        if inline_tags(type(subject)):
            tags: Mapping[str, str] = subject.tags
            return tags
        found: Mapping[str, Mapping[str, str]] = self.region_tags(_region(subject))
        return found.get(subject.arn, {})

    def region_tags(self, region: str) -> Mapping[str, Mapping[str, str]]:
        """The Tagging API's tags of a region by ARN; raises `Unread`."""
        place = tag_region(self.account, region)
        key = ("tags", place)
        if key not in self._answers:
            self._answers[key] = _answer(lambda: region_tags(door(self._transport, self.account, place, (TAGGED,))))
        tags: Mapping[str, Mapping[str, str]] = self._answers[key].get()
        return tags

    def _inferred(self, inference: Inference, subject: Subject) -> Any:
        scope: Subject = self.account
        if inference.scope is Region:
            scope = self._region(_region(subject))
        key = (inference, _region(scope))
        if key not in self._answers:
            asked = [self.resolver(need) for need in inference.needs]
            self._answers[key] = _answer(lambda: inference.function(*(ask(scope) for ask in asked)))
        return self._answers[key].get()


def _region(subject: Subject) -> str:
    if isinstance(subject, Account):
        return GLOBAL
    return subject.name if isinstance(subject, Region) else subject.region


def _batched(items: Iterable[Any], size: int) -> Iterator[Batch[Any]]:
    batches = Batches(size)
    for item in items:
        yield from batches.add(item)
    yield from batches.rest()
