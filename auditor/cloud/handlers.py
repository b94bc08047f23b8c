"""botocore's event handlers, without those for operations that no collector has declared, in little memory.

Each client copies all handlers and keeps for every event which of them it calls: in many regions a third of the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_Sections = tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]
"""Handlers of an event that are called first, in the middle, and last."""

_NONE: _Sections = ((), (), ())
_MIDDLE = 1


def declared_handlers(services: set[str], operations: set[str]) -> Any:
    """A `botocore.hooks.HierarchicalEmitter` of what botocore does by itself for these services and operations.

    What is unregistered later would leave its place in the copies, so the rest is not registered in the first place.
    """
    from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST  # boto3 is slow to import
    from botocore.hooks import EventAliaser, HierarchicalEmitter
    from botocore.utils import EVENT_ALIASES

    emitter = HierarchicalEmitter()
    emitter._handlers = Handlers()  # noqa: SLF001 - botocore does not ask for another store of them
    aliased = EventAliaser(emitter)
    names = {*services, *(EVENT_ALIASES.get(service, service) for service in services)}
    known = {"", "*", *(name.replace("-", "") for name in names)}  # an event of s3control is of s3-control
    for event, handler, *when in BUILTIN_HANDLERS:
        kind, _, rest = event.partition(".")
        service, _, operation = rest.partition(".")
        if kind == "docs" or service.replace("-", "") not in known:
            continue
        if operation and operation not in {"*", *operations} and kind != "getattr":
            continue
        if not when:
            aliased.register(event, handler)
        elif when[0] is REGISTER_FIRST:
            aliased.register_first(event, handler)
        else:
            aliased.register_last(event, handler)
    return emitter


class Handlers:
    """Values by dotted names, found by names that they begin, as in `botocore.hooks._PrefixTrie`, whose place it takes.

    That is a tree of dictionaries: 26 kB a client, and 600 bytes for each event that has no handler.
    """

    def __init__(self) -> None:
        self._sections: dict[str, _Sections] = {}
        self._depth = 0
        """The most parts that a name has."""

    def append_item(self, key: str, value: Any, section: int = _MIDDLE) -> None:
        """Add a value to a name, first, in the middle or last (0, 1, 2)."""
        parts = list(self._sections.get(key, _NONE))
        parts[section] = (*parts[section], value)
        self._sections[key] = (parts[0], parts[1], parts[2])
        self._depth = max(self._depth, key.count(".") + 1)

    def remove_item(self, key: str, value: Any) -> None:
        """Remove a value once; raises ValueError where nothing is under that name."""
        if key not in self._sections:
            raise ValueError(f"key is not in trie: {key}")
        parts = list(self._sections[key])
        for number, some in enumerate(parts):
            if value in some:
                at = some.index(value)
                parts[number] = (*some[:at], *some[at + 1 :])
                break
        self._sections[key] = (parts[0], parts[1], parts[2])

    def prefix_search(self, key: str) -> tuple[Any, ...]:
        """The values of all names that begin this one, where `*` is any part: the longest names' first."""
        names = list(_beginnings("", key.split(".")[: self._depth]))
        found = (self._sections.get(name, _NONE) for name in reversed(names))
        return tuple(value for sections in found for some in sections for value in some)

    def __copy__(self) -> Handlers:
        """Another, to be changed without this one."""
        copied = Handlers()
        copied._sections = self._sections.copy()
        copied._depth = self._depth
        return copied


def _beginnings(name: str, rest: list[str]) -> Iterator[str]:
    """Names that begin with one, in the order in which botocore meets them."""
    if name:
        yield name
    if rest:
        stem = f"{name}." if name else ""
        yield from _beginnings(stem + rest[0], rest[1:])
        yield from _beginnings(f"{stem}*", rest[1:])
