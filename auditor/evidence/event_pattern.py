"""EventBridge's language of event patterns: whether a pattern takes an event."""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_NOTHING = object()

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


class UnknownMatcherError(ValueError):
    """A pattern uses a matcher that is not known here."""


def takes(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether a pattern takes an event; raises UnknownMatcherError for a matcher that is not known here."""
    return all(_field_takes(name, wanted, event) for name, wanted in pattern.items())


def surely_takes(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool | None:
    """Whether a pattern takes an event; None where it uses a matcher that is not known here."""
    try:
        return takes(pattern, event)
    except UnknownMatcherError:
        return None


def _field_takes(name: str, wanted: Any, event: Mapping[str, Any]) -> bool:
    if name == "$or":
        return any(takes(one, event) for one in wanted)
    value = event.get(name, _NOTHING)
    if isinstance(wanted, Mapping):
        below = [one for one in _several(value) if isinstance(one, Mapping)]
        return any(takes(wanted, one) for one in below or ({},))
    values = _several(value)
    return any(_one_takes(one, values) for one in wanted)


def _one_takes(wanted: Any, values: Sequence[Any]) -> bool:
    """Whether one alternative of a field takes the values that the event has there; an array needs one that fits."""
    if not isinstance(wanted, Mapping):
        return any(_same(wanted, value) for value in values)
    ((matcher, operand),) = wanted.items()
    if matcher == "exists":
        return bool(values) == bool(operand)
    if matcher == "anything-but":
        return any(not _is_named(operand, value) for value in values)
    if matcher not in _MATCHERS:
        raise UnknownMatcherError(matcher)
    return any(_MATCHERS[matcher](operand, value) for value in values)


def _is_named(operand: Any, value: Any) -> bool:
    """Whether `anything-but` names a value: by itself, in a list, or by a matcher."""
    return any(_one_takes(one, (value,)) for one in (operand if isinstance(operand, list) else [operand]))


def _same(wanted: Any, value: Any) -> bool:
    """JSON's equality: 1 is 1.0, but not true."""
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _prefix(operand: Any, value: Any) -> bool:
    return _on_text(operand, value, str.startswith)


def _suffix(operand: Any, value: Any) -> bool:
    return _on_text(operand, value, str.endswith)


def _on_text(operand: Any, value: Any, test: Callable[[str, str], bool]) -> bool:
    """A test of a text; the operand may stand under `equals-ignore-case`, and may be one of several."""
    if isinstance(operand, Mapping):
        text = value.lower() if isinstance(value, str) else value
        return _on_text([one.lower() for one in _several(operand["equals-ignore-case"])], text, test)
    return isinstance(value, str) and any(test(value, one) for one in _several(operand))


def _ignoring_case(operand: Any, value: Any) -> bool:
    return isinstance(value, str) and value.lower() in [one.lower() for one in _several(operand)]


def _numeric(operand: Sequence[Any], value: Any) -> bool:
    bounds = zip(operand[::2], operand[1::2], strict=True)
    return _is_number(value) and all(_COMPARISONS[sign](value, bound) for sign, bound in bounds)


def _wildcard(operand: Any, value: Any) -> bool:
    patterns = (".*".join(map(re.escape, one.split("*"))) for one in _several(operand))
    return isinstance(value, str) and any(re.fullmatch(one, value, re.DOTALL) for one in patterns)


def _cidr(operand: str, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


_MATCHERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "numeric": _numeric,
    "wildcard": _wildcard,
    "cidr": _cidr,
}


def _several(value: Any) -> Sequence[Any]:
    if value is _NOTHING:
        return ()
    return value if isinstance(value, list) else [value]
