"""Checks, collectors and inferences are functions, and their signatures are the wiring.

A check takes the resource that it judges, then evidence, then keyword-only thresholds:

    @check(severity=Severity.HIGH, practices=["SEC09-BP02"])
    def s3_bucket_requires_tls(bucket: Bucket, policy: BucketPolicy | None) -> Verdict: ...

Evidence is asked for by its type: `X` must be there, `X | None` takes absence for an answer, `Every[X]` is
all of a kind, `Annotated[Metric, metric(...)]` is a metric of the judged resource, `Tags` its tags.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Generic,
    NewType,
    ParamSpec,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from auditor.aws import Aws
from auditor.calls import Call
from auditor.errors import Unread, WiringError
from auditor.every import Every
from auditor.metrics import Metric, MetricSpec
from auditor.model import Account, Gap, Json, Region, Severity, Verdict
from auditor.typed import Resource, getter

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=Resource)

Tags = NewType("Tags", dict[str, str])
"""The tags of the judged resource, whichever call brings them."""


class Batch(Sequence[R], Generic[R]):
    """Resources that one call describes together; all of them were listed under one resource, if under any."""

    def __init__(self, items: Sequence[R]) -> None:
        self._items = tuple(items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    @property
    def region(self) -> str:
        """The region of all of them."""
        return self._items[0].region

    def enclosing(self, kind: type[T]) -> T:
        """The resource of this kind that all of them were listed under."""
        return cast("T", self._items[0].enclosing(cast("type[Resource]", kind)))


class Form(Enum):
    """How much of a kind is asked for."""

    ONE = auto()
    EVERY = auto()


@dataclass(frozen=True, slots=True)
class Need:
    """One piece of evidence that a signature asks for."""

    kind: type
    form: Form = Form.ONE
    optional: bool = False
    spec: MetricSpec | None = None

    def __str__(self) -> str:
        name = self.kind.__name__
        return f"Every[{name}]" if self.form is Form.EVERY else name


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure that a profile may set."""

    name: str
    default: Json
    hint: Any

    @property
    def schema(self) -> dict[str, Json]:
        """The JSON Schema of its values."""
        return _schema(self.hint)


_SCALARS: Mapping[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def _schema(hint: Any) -> dict[str, Json]:
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if get_origin(hint) is tuple and get_args(hint)[0] in _SCALARS:
        return {"type": "array", "items": _schema(get_args(hint)[0])}
    message = f"{hint}: a threshold is a bool, int, float, str or a tuple of one of them"
    raise WiringError(message)


@dataclass(frozen=True, slots=True, eq=False)
class Check(Generic[P]):
    """A judgement about one resource. Still callable, so that a test needs no engine."""

    id: str
    title: str
    why: str
    fix: str
    practices: tuple[str, ...]
    severity: Severity
    function: Callable[P, Verdict] = field(repr=False)
    subject: type
    needs: tuple[Need, ...]
    thresholds: tuple[Threshold, ...]
    aliases: tuple[str, ...] = ()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Verdict:
        """Judge, as the function does."""
        return self.function(*args, **kwargs)

    @property
    def module(self) -> str:
        """Where it is written: its last two parts are the pattern and the control."""
        return self.function.__module__

    @property
    def pattern(self) -> str:
        """The pattern: the package that it is written in."""
        return self.module.split(".")[-2] if "." in self.module else self.module

    @property
    def control(self) -> str:
        """The control: the module that it is written in."""
        return self.module.split(".")[-1]


def check(
    *, severity: Severity, practices: Sequence[str], aliases: Sequence[str] = ()
) -> Callable[[Callable[P, Verdict]], Check[P]]:
    """Make a check of a function: subject first, evidence next, thresholds keyword-only."""

    def wrap(function: Callable[P, Verdict]) -> Check[P]:
        needs, thresholds = _signature(function)
        if not needs or needs[0].form is not Form.ONE or needs[0].optional:
            raise WiringError(f"{_name(function)}: the first parameter is the resource that is judged")
        title, why, fix = _sections(function)
        subject = needs[0].kind
        return Check(
            _name(function),
            title,
            why,
            fix,
            tuple(practices),
            severity,
            function,
            subject,
            needs[1:],
            thresholds,
            tuple(aliases),
        )

    return wrap


@dataclass(frozen=True, slots=True, eq=False)
class Collector:
    """How one kind of evidence is had: in which scope, and by which calls."""

    name: str
    function: Callable[[Aws, Any], Any] = field(repr=False)
    provides: type
    many: bool
    """A lister: it gives any number of resources of the kind."""
    scope: type
    """`Account`, `Region`, or the kind of resource that it asks about."""
    calls: tuple[Call, ...]
    batch: int = 0
    """How many resources one call describes; 0 where each is asked about alone."""
    path: str | None = None
    """Where the kind stands in the answer, for a declared collector; None for a function."""


def collector(*calls: Call, batch: int = 0) -> Callable[[Callable[[Aws, Any], Any]], Collector]:
    """Make a collector of a function that takes Aws and a scope.

    It returns `Kind`, or `Iterable[Kind]` for a lister. With `Batch[Scope]` as its scope it returns
    `Mapping[str, Kind]` by the ARN of the scope, or `Iterable[Kind]`.
    """

    def wrap(function: Callable[[Aws, Any], Any]) -> Collector:
        name = _name(function)
        hints = get_type_hints(function, include_extras=True)
        scope = [hint for key, hint in hints.items() if key != "return"][1]
        batched = get_origin(scope) is Batch
        if batched != bool(batch):
            raise WiringError(f"{name}: Batch[...] and batch= go together")
        returns = hints["return"]
        many = get_origin(returns) in (Iterable, Iterator)
        kind = get_args(returns)[-1] if many or get_origin(returns) is Mapping else _need(returns, name).kind
        return Collector(name, function, kind, many, get_args(scope)[0] if batched else scope, calls, batch)

    return wrap


def listed(
    kind: type[R],
    by: Call,
    path: str,
    *,
    of: type = Region,
    skip: Mapping[str, Sequence[str]] | None = None,
    own: str = "",
    **params: str,
) -> Collector:
    """A lister of what stands at a path of an operation's pages.

    `of` is what it is asked about (`Account` for a global service, or a kind of resource), `params` take
    their values from its fields. `skip` leaves out items in a state such as deleted, by path; `own` names the
    field with the owner's account, for operations that can list what belongs to others.
    """
    items = getter(path)
    leave_out = [(getter(where), frozenset(states)) for where, states in (skip or {}).items()]

    def collect(aws: Aws, scope: Any) -> Iterator[R]:
        arguments = {name: getattr(scope, attribute) for name, attribute in params.items()}
        broken: Gap | None = None
        for page in aws.pages(by.operation, **arguments):
            for raw in items(page) or ():
                if any(get(raw) in states for get, states in leave_out) or (own and raw.get(own) != aws.account):
                    continue
                try:
                    yield aws.parse(kind, raw)
                except Unread as failure:  # one item that cannot be used does not hide the others
                    broken = failure.gap
        if broken:
            raise Unread(broken)

    return Collector(f"{kind.__name__} by {by.operation}", collect, kind, True, of, (by,), path=path)


def described(kind: type[T], by: Call, path: str = "", *, of: type = Region, **params: str) -> Collector:
    """A detail of a resource, a region or the account: what stands at a path of one answer."""
    get = getter(path)

    def collect(aws: Aws, scope: Any) -> T:
        answer = aws(by.operation, **{name: getattr(scope, attribute) for name, attribute in params.items()})
        return aws.parse(kind, get(answer) or {})

    return Collector(f"{kind.__name__} by {by.operation}", collect, kind, False, of, (by,), path=path)


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """What several checks want to know and no single call says."""

    name: str
    function: Callable[..., Any] = field(repr=False)
    provides: type
    scope: type
    """`Account`, or `Region` where its first parameter is a Region."""
    needs: tuple[Need, ...]


def inference(function: Callable[..., Any]) -> Inference:
    """Make an inference of a function from evidence to evidence; made once a scope."""
    needs, thresholds = _signature(function)
    if thresholds:
        raise WiringError(f"{_name(function)}: an inference has no thresholds")
    regional = bool(needs) and needs[0].kind is Region
    provides = get_type_hints(function)["return"]
    return Inference(_name(function), function, provides, Region if regional else Account, needs)


def _name(function: Callable[..., Any]) -> str:
    return cast("str", getattr(function, "__name__", repr(function)))


def _signature(function: Callable[..., Any]) -> tuple[tuple[Need, ...], tuple[Threshold, ...]]:
    name = _name(function)
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise WiringError(f"{name}: {error}; import the type where the module runs, not under TYPE_CHECKING") from None
    parameters = inspect.signature(function).parameters.values()
    if bare := [p.name for p in parameters if p.name not in hints]:
        raise WiringError(f"{name}: annotate {', '.join(bare)}")
    needs = tuple(_need(hints[p.name], name) for p in parameters if p.kind is not p.KEYWORD_ONLY)
    options = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    if missing := [p.name for p in options if p.default is p.empty]:
        raise WiringError(f"{name}: give {', '.join(missing)} a default")
    thresholds = tuple(Threshold(p.name, _plain(p.default), hints[p.name]) for p in options)
    for threshold in thresholds:
        _schema(threshold.hint)
    return needs, thresholds


def _plain(value: Any) -> Json:
    return list(value) if isinstance(value, tuple) else value


def _need(hint: Any, where: str) -> Need:
    """Read `Kind`, `Kind | None`, `Every[Kind]` or `Annotated[Metric, metric(...)]`."""
    arms = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [arm for arm in arms if arm is not NoneType]
    if len(kinds) != 1:
        raise WiringError(f"{where}: {hint} asks for more than one kind; ask for each by a parameter of its own")
    inner, optional = kinds[0], NoneType in arms
    if get_origin(inner) is Every:
        return Need(get_args(inner)[0], Form.EVERY, optional)
    if get_origin(inner) is Annotated:
        kind, spec = get_args(inner)[:2]
        if kind is not Metric or not isinstance(spec, MetricSpec):
            raise WiringError(f"{where}: {hint} is not Annotated[Metric, metric(...)]")
        return Need(kind, Form.ONE, optional, spec)
    return Need(inner, Form.ONE, optional)


def _sections(function: Callable[..., Any]) -> tuple[str, str, str]:
    """The title, the `Why:` and the `Fix:` of a docstring."""
    text = inspect.getdoc(function) or ""
    title, _, rest = text.partition("\n")
    why, _, fix = rest.partition("Fix:")
    why = why.partition("Why:")[2]
    parts = tuple(" ".join(part.split()) for part in (title.rstrip("."), why, fix.split("\n\n")[0]))
    if not all(parts):
        raise WiringError(f"{_name(function)}: the docstring has a title, `Why:` and `Fix:`")
    return cast("tuple[str, str, str]", parts)
