"""What a resource is for, as far as its tags and its name say it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ENVIRONMENT_KEYS = ("env", "environment", "stage")
_NONPRODUCTION = frozenset({"dev", "develop", "development", "test", "testing", "qa", "sandbox"})
_DERIVABLE_TAGS = frozenset({("dr:exclude", "true"), ("backup", "false")})
_DERIVABLE_BUCKET = re.compile(
    r"access-?log|logs?$|cloudtrail|cdk-.*-assets|cf-templates|athena-(query-)?results|terraform-plan|artifact"
    r"|aws-glue-assets|elasticbeanstalk-",
    re.IGNORECASE,
)

_SESSIONS = re.compile(r"session|(?<![a-z])sess(?![a-z])|login|token|(?<![a-z])carts?(?![a-z])", re.IGNORECASE)


def nonproduction(tags: Mapping[str, str]) -> str:
    """The tag that says that nobody depends on it, as `env=dev`; empty where none does."""
    return next(
        (
            f"{key}={value}"
            for key, value in tags.items()
            if key.lower() in _ENVIRONMENT_KEYS and value.lower() in _NONPRODUCTION
        ),
        "",
    )


def derivable(tags: Mapping[str, str], bucket: str = "") -> str:
    """What says that its data is rebuilt rather than restored: a tag, or a bucket's name; empty where nothing does."""
    tag = next((f"{key}={value}" for key, value in tags.items() if (key.lower(), value.lower()) in _DERIVABLE_TAGS), "")
    return tag or ("its name" if bucket and _DERIVABLE_BUCKET.search(bucket) else "")


def sessions(*words: str) -> bool:
    """Whether names, or values of tags, say that it holds sessions of users."""
    return any(_SESSIONS.search(one) for one in words)


def own_words(tags: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the tags that people chose; a stack's name is on everything that it made."""
    return tuple(value for key, value in tags.items() if not key.startswith("aws:"))
