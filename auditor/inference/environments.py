"""Which environment a resource belongs to: production, staging, development or test, by its tags or its name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.tagging import TaggedResource
from auditor.model import GLOBAL
from auditor.wiring import inference

PRODUCTION = "production"
_KEYS = ("environment", "env", "stage")
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("prd", "prod", "production", "live"), PRODUCTION),
    **dict.fromkeys(("stg", "stage", "staging", "preprod", "uat"), "staging"),
    **dict.fromkeys(("dev", "develop", "development", "sandbox"), "development"),
    **dict.fromkeys(("test", "qa", "ci"), "test"),
}


def environment(tags: Mapping[str, str], *names: str) -> str:
    """The environment that a tag says, or else a word in one of the names; empty where nothing does."""
    tagged = (_WORDS.get(value.lower()) for key, value in tags.items() if key.lower() in _KEYS)
    if found := next(filter(None, tagged), None):
        return found
    words = (word for name in names for word in re.split(r"[-_./:]+", name.lower()))
    return next((_WORDS[word] for word in words if word in _WORDS), "")


class Environments:
    """The environments of resources that are known by their ARN."""

    def __init__(self, tagged: Every[TaggedResource]) -> None:
        self._tagged = tagged
        self._tags = {one.arn: one.tags for one in tagged.known()}

    def of(self, arn: str, region: str) -> str:
        """By its tags or its name; empty where neither tells, strict where the tags could not be read."""
        found = environment(self._tags.get(arn, {}), arn.split(":", 5)[-1])
        for gap in self._tagged.gaps if not found else ():
            if gap.region in (region, GLOBAL):
                raise Unread(gap)
        return found


@inference
def environments(tagged: Every[TaggedResource]) -> Environments:
    """The environments of the account's resources."""
    return Environments(tagged)
