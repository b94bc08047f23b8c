"""Names without what tells a region or a role from another."""

from __future__ import annotations

import functools
import re

_SHORT = r"(?:us|eu|ap|ca|sa|me|af)(?:n|s|e|w|c|ne|se|nw|sw)\d"
_PLACES = "virginia|ohio|oregon|ireland|london|frankfurt|paris|tokyo"
_REGION = r"(?:us|eu|ap|ca|sa|me|af|il|mx|cn)(?:-gov)?-(?:(?:north|south)(?:east|west)?|east|west|central)-?\d"
_ROLES = "primary|secondary|dr|standby|failover|recovery"
_TOKENS = re.compile(rf"(?<![a-z0-9])(?:{_REGION}|{_SHORT}|{_PLACES}|{_ROLES})(?![a-z0-9])")
_SEPARATORS = re.compile(r"[-_./: ]+")


@functools.lru_cache(65536)
def normal(name: str) -> str:
    """A name in lower case, without regions, the words for roles in recovery, and doubled separators."""
    bare = _SEPARATORS.sub("-", _TOKENS.sub("", name.lower())).strip("-")
    return bare or name.lower()
