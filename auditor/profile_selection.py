"""Which checks an audit profile selects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from auditor.model import Pillar, Severity
from auditor.practices import practices

if TYPE_CHECKING:
    from auditor.registry import AnyCheck


@dataclass(frozen=True, slots=True)
class Selector:
    """Some of the checks: those of which everything that is given holds."""

    id: str = "*"
    pattern: str | None = None
    control: str | None = None
    practice: str | None = None
    pillar: Pillar | None = None
    severity: Severity | None = None
    """This one or a worse one."""

    @classmethod
    def read(cls, raw: str | Mapping[str, str]) -> Selector:
        """As a profile writes it: an id or a glob, or a mapping of what is given."""
        parts: dict[str, Any] = {"id": raw} if isinstance(raw, str) else dict(raw)
        for key, kind in (("pillar", Pillar), ("severity", Severity)):
            if key in parts:
                parts[key] = kind(parts[key])
        return cls(**parts)

    def matches(self, one: AnyCheck) -> bool:
        """Whether it selects this check."""
        return (
            any(fnmatchcase(name, self.id) for name in (one.id, *one.aliases))
            and self.pattern in (None, one.pattern)
            and self.control in (None, one.control)
            and (self.practice is None or any(fnmatchcase(name, self.practice) for name in one.practices))
            and (self.pillar is None or self.pillar in _pillars(one))
            and (self.severity is None or one.severity.rank >= self.severity.rank)
        )


def _pillars(one: AnyCheck) -> set[Pillar]:
    known = practices()
    return {known[name].pillar for name in one.practices if name in known}


@dataclass(frozen=True, slots=True)
class Selection:
    """What one file keeps of the checks that the profile it extends selects."""

    include: tuple[Selector, ...] = ()
    """Empty: everything."""
    exclude: tuple[Selector, ...] = ()

    def of(self, checks: Iterable[AnyCheck]) -> tuple[AnyCheck, ...]:
        """The checks that are kept, in their order."""
        kept = (one for one in checks if not self.include or _selected(one, self.include))
        return tuple(one for one in kept if not _selected(one, self.exclude))


def _selected(one: AnyCheck, selectors: Iterable[Selector]) -> bool:
    return any(selector.matches(one) for selector in selectors)
