"""Typed evidence: frozen classes whose fields say where in AWS's answer they stand.

    @evidence
    class Instance(Resource):
        type_name: ClassVar = "AWS::EC2::Instance"
        arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:instance/{id}"
        id: str = at("InstanceId")
        state: str = at("State.Name")
        public_ip: str | None = at("PublicIpAddress")
        security_groups: tuple[str, ...] = at("SecurityGroups[].GroupId")

A field is known or it is not there: reading one that AWS did not send raises `Unread`, so that only the
checks that touch it answer UNKNOWN. `X | None` makes absence an answer, a tuple or mapping that is not
sent is empty, and `at(path, absent=...)` is for a default that AWS documents.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from sys import intern
from types import MappingProxyType, NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from auditor.errors import Unread
from auditor.model import GLOBAL, Gap, GapKind, ResourceRef

T = TypeVar("T")
R = TypeVar("R", bound="Resource")

_MISSING: Any = object()

MISFIT = (AttributeError, LookupError, TypeError, ValueError, StopIteration)
"""What reading an answer raises that has not the shape that AWS documents."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a field stands in the response: names by dots, `[]` for each item of a list."""

    path: str
    absent: Any = _MISSING
    parent: bool = False
    parse: Callable[[Any], Any] | None = None


def at(path: str, *, absent: Any = _MISSING, parse: Callable[[Any], Any] | None = None) -> Any:
    """A field at a path; `absent` is what AWS documents for a field that it leaves out.

    `parse` turns the raw value into the field's, for what is more than renaming.
    """
    return At(path, absent, parse=parse)


def parent(name: str) -> Any:
    """A field of the resource that this one was listed under, by its name there."""
    return At(name, parent=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource was found: what its ARN and region are made of."""

    partition: str
    account: str
    region: str
    call: str = ""
    """The operation that gave it, for the message of a field that is missing."""
    action: str = ""


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(at, parent))
def evidence(cls: type[T]) -> type[T]:
    """Make a class of evidence: its annotated fields become slots that only `parse` fills."""
    fields = {name: spec for name, spec in vars(cls).items() if isinstance(spec, At)}
    inherited = {
        name: spec for base in reversed(cls.__mro__[1:]) for name, spec in getattr(base, "_fields", {}).items()
    }
    taken = {slot for base in cls.__mro__[1:] for slot in getattr(base, "__slots__", ())}
    bare = [n for n, a in vars(cls).get("__annotations__", {}).items() if n not in fields and "ClassVar" not in str(a)]
    if bare:
        message = f'{cls.__name__}: say where {", ".join(bare)} stands: {bare[0]}: ... = at("Path")'
        raise TypeError(message)
    body = {
        name: value
        for name, value in vars(cls).items()
        if name not in fields and name not in ("__dict__", "__weakref__")
    }
    slots = tuple(name for name in fields if name not in taken)
    made = type(cls.__name__, cls.__bases__, body | {"__slots__": slots, "_fields": inherited | fields})
    made.__qualname__ = cls.__qualname__
    return typing.cast("type[T]", made)


class Evidence:
    """The root of parsed evidence; immutable, equal only to itself."""

    __slots__ = ("_place",)
    _fields: ClassVar[Mapping[str, At]] = MappingProxyType({})

    def __setattr__(self, name: str, value: object) -> None:
        message = f"{type(self).__name__} is frozen"
        raise AttributeError(message)

    if not TYPE_CHECKING:  # a type checker is to know the fields that there are, and no others

        def __getattr__(self, name: str) -> Any:
            """Only called for a slot that is not set: AWS did not send the field."""
            spec = type(self)._fields.get(name)
            if spec is None:
                message = f"{type(self).__name__} has no {name}"
                raise AttributeError(message)
            place: Place = object.__getattribute__(self, "_place")
            service, _, operation = place.call.partition(":")
            missing = f"{name} is missing"
            raise Unread(Gap(GapKind.FIELD_MISSING, service, operation, place.action, place.region, spec.path, missing))

    def __repr__(self) -> str:
        known = (f"{name}={getattr(self, name)!r}" for name in self._fields if _is_set(self, name))
        return f"{type(self).__name__}({', '.join(known)})"


def _is_set(evidence: Evidence, name: str) -> bool:
    try:
        object.__getattribute__(evidence, name)
    except AttributeError:
        return False
    return True


class Resource(Evidence):
    """Something that has an ARN. A subclass gives `arn` a path, or `arn_format` a template."""

    __slots__ = ("_parent", "arn", "region", "tags")
    type_name: ClassVar[str]
    arn_format: ClassVar[str] = ""
    name_format: ClassVar[str] = ""
    """Where neither the `Name` tag nor the end of the ARN says what it is: `{family}:{revision}`."""
    arn: str
    region: str
    tags: Mapping[str, str]
    _parent: Resource | None

    @property
    def name(self) -> str:
        """What people call it: by its `name_format`, else its `Name` tag, else the last part of the ARN."""
        if self.name_format:
            with suppress(Unread, *MISFIT):  # what has no field to name it by has its ARN
                return self.name_format.format_map(_Fields(self))
        tagged = self.tags.get("Name") if _is_set(self, "tags") else None
        return tagged or self.arn.rpartition(":")[2].rpartition("/")[2]

    def enclosing(self, kind: type[R]) -> R:
        """The resource of this kind that this one was listed under."""
        found = find_enclosing(self, kind)
        if found is None:
            message = f"{type(self).__name__} is not listed under a {kind.__name__}"
            raise LookupError(message)
        return found


def find_enclosing(resource: Resource, kind: type[R]) -> R | None:
    """The resource itself or the nearest one that it was listed under, of this kind."""
    here: Resource | None = resource
    while here is not None and not isinstance(here, kind):
        here = here._parent  # noqa: SLF001 - the chain is this module's own
    return here


def reference(resource: Resource, tags: Mapping[str, str] | None = None) -> ResourceRef:
    """The resource as a finding names it; `tags` where they come from another call."""
    own = resource.tags if _is_set(resource, "tags") else {}
    return ResourceRef(
        resource.arn, type(resource).type_name, resource.region, resource.name, tags if tags is not None else own
    )


def inline_tags(kind: type[Resource]) -> bool:
    """Whether the listing call already brings the tags of this kind."""
    return "tags" in kind._fields


def parse(kind: type[T], raw: Any, place: Place, parent: Resource | None = None) -> T:
    """Evidence of one piece of a response; `place.region` is the region that was asked."""
    made = object.__new__(kind)
    put = object.__setattr__
    put(made, "_place", place)
    for name, read, is_parent in _readers(kind):
        value = getattr(parent, read) if is_parent else read(raw, place)
        if value is not _MISSING:
            put(made, name, value)
    if isinstance(made, Resource):
        _locate(made, place, parent)
    return made


def _locate(made: Resource, place: Place, parent: Resource | None) -> None:
    put = object.__setattr__
    fields = made._fields
    put(made, "_parent", parent)
    if "region" not in fields or not _is_set(made, "region"):
        put(made, "region", place.region)
    if "arn" not in fields or not _is_set(made, "arn"):
        put(made, "arn", _arn(made, place))


def _arn(made: Resource, place: Place) -> str:
    region = "" if place.region == GLOBAL else made.region
    return made.arn_format.format_map(_Fields(made, partition=place.partition, account=place.account, region=region))


class _Fields(dict[str, str]):
    """The fields of a resource, for a format; and what else the format may name."""

    def __init__(self, made: Resource, **parts: str) -> None:
        super().__init__(parts)
        self._made = made

    def __missing__(self, name: str) -> str:
        return str(getattr(self._made, name))


_Reader = Callable[[Any, Place], Any]
_compiled: dict[type, tuple[tuple[str, Any, bool], ...]] = {}


def _readers(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    readers = _compiled.get(kind)
    if readers is None:
        hints = get_type_hints(kind, include_extras=True)
        readers = _compiled[kind] = tuple(_reader(name, spec, hints[name]) for name, spec in kind._fields.items())  # type: ignore[attr-defined]
    return readers


def _reader(name: str, spec: At, hint: Any) -> tuple[str, Any, bool]:
    return (name, spec.path, True) if spec.parent else (name, _compile(spec, hint), False)


def _compile(spec: At, hint: Any) -> _Reader:
    """A function from a response to a field; the plain cases, which are most, take one call."""
    arms = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    optional = NoneType in arms
    inner = next(arm for arm in arms if arm is not NoneType)
    convert = _converter(inner) if spec.parse is None else (lambda value, _place: spec.parse(value))
    default = spec.absent if spec.absent is not _MISSING else None if optional else _empty(inner)
    if spec.path and "." not in spec.path and "[" not in spec.path:
        return _plain_reader(spec.path, convert, default)
    get = getter(spec.path)

    def read(raw: Any, place: Place) -> Any:
        value = get(raw)
        return default if value is None else convert(value, place) if convert else value

    return read


def _plain_reader(name: str, convert: _Reader | None, default: Any) -> _Reader:
    if convert is None:

        def as_is(raw: Any, _place: Place) -> Any:
            value = raw.get(name)
            return default if value is None else value

        return as_is
    if convert is _shared:

        def text(raw: Any, _place: Place) -> Any:
            value = raw.get(name)
            return default if value is None else intern(value) if type(value) is str else value

        return text

    def converted(raw: Any, place: Place) -> Any:
        value = raw.get(name)
        return default if value is None else convert(value, place)

    return converted


def _empty(hint: Any) -> Any:
    origin = get_origin(hint)
    if origin is tuple:
        return ()
    return MappingProxyType({}) if origin is Mapping else _MISSING


def getter(path: str) -> Callable[[Any], Any]:
    """A function from a response to the value at the path; None where a step is missing."""
    if not path:
        return lambda raw: raw
    head, each, rest = path.partition("[]")
    names = head.split(".")
    if not each:
        return lambda raw: _descend(raw, names)
    inner = getter(rest.removeprefix("."))

    def read(raw: Any) -> Any:
        items = _descend(raw, names) if head else raw
        if items is None:
            return None
        values = [inner(item) for item in items]
        if "[]" in rest:
            return [value for part in values if part is not None for value in part]
        return [value for value in values if value is not None]

    return read


def _descend(raw: Any, names: list[str]) -> Any:
    for name in names:
        if raw is None:
            return None
        raw = raw.get(name)
    return raw


def _converter(hint: Any) -> _Reader | None:
    """From a raw value to a field's; None where it is taken as it is."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple:
        item = _converter(args[0])
        if item is None:
            return lambda value, _place: tuple(value)
        return lambda value, place: tuple([item(one, place) for one in value])
    if origin is Mapping:
        return lambda value, _place: MappingProxyType(pairs(value))
    if isinstance(hint, type) and issubclass(hint, Evidence):
        return lambda value, place: parse(hint, value, place)
    return _SCALARS.get(hint)


def moment(value: str) -> datetime:
    """A date of a response; one without a zone is in UTC, as all of AWS's are."""
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_ARN_COLONS = 5


def an_arn(value: str) -> str:
    """An ARN of a response, so that its parts can be told; raises ValueError for what is none."""
    if value.count(":") < _ARN_COLONS:
        message = f"{value!r} is no ARN"
        raise ValueError(message)
    return value


def digits(value: str) -> str:
    """A number that a response gives as text; raises ValueError for what is none."""
    if not value.isdecimal():
        message = f"{value!r} is no number"
        raise ValueError(message)
    return value


@functools.lru_cache(65536)
def block(value: str) -> str:
    """A CIDR block of a response; raises ValueError for what is none."""
    ip_network(value, strict=False)
    return value


def blocks(values: Iterable[str]) -> tuple[str, ...]:
    """The CIDR blocks of a response; raises ValueError where one is none."""
    return tuple(map(block, values))


def _shared(value: Any, _place: Place | None = None) -> Any:
    """One text for all that are equal: nine of ten in a large account are, which is half of its evidence."""
    return intern(value) if type(value) is str else value


_SCALARS: Mapping[Any, _Reader] = {
    str: _shared,
    datetime: lambda value, _place: moment(value),
    int: lambda value, _place: int(value),
    float: lambda value, _place: float(value),
    bool: lambda value, _place: value if isinstance(value, bool) else str(value).lower() == "true",
}


_KEY_NAMES = ("Key", "key", "TagKey", "AttributeName", "Name", "name", "ParameterKey", "ParameterName")
_VALUE_NAMES = ("Value", "value", "TagValue", "AttributeValue", "ParameterValue")


def pairs(value: Any) -> dict[str, Any]:
    """A mapping of a mapping, or of AWS's lists of key and value under their many names."""
    found = value.items() if isinstance(value, Mapping) else (pair for item in value for pair in _pair(item))
    return {_shared(key): _shared(item) for key, item in found}


def _pair(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Key and value; nothing, where the item has no key."""
    for name in _KEY_NAMES:
        if name in item:
            yield item[name], next((item[name] for name in _VALUE_NAMES if name in item), "")
            return


def paths(kind: type) -> Iterator[tuple[str, At]]:
    """Every field's name and path in the response, for the law that holds them to botocore's models."""
    yield from ((name, spec) for name, spec in kind._fields.items() if not spec.parent)  # type: ignore[attr-defined]
