"""botocore's models of the services, and its handlers, without what no collector has declared.

A model describes hundreds of operations; a plan declares a few of each. Left whole, the models are most of a scan's
memory, and in many regions the handlers. And what is not in a model cannot be called: the client has no method for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

from auditor.calls import Call

_ALWAYS = {
    "sts": {"GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity"},
    "iam": {"ListAccountAliases"},
    "ec2": {"DescribeRegions"},
    "sso": {"GetRoleCredentials"},
    "sso-oidc": {"CreateToken"},
    "signin": {"CreateOAuth2Token"},
    "s3": {"HeadBucket"},
}
"""What opening an account calls, and what botocore calls for credentials, and for buckets of another region."""


def declared_session(calls: Iterable[Call]) -> Any:
    """A botocore session that loads only the declared operations of each service, and the shapes that they use."""
    from botocore.loaders import JSONFileLoader
    from botocore.session import Session

    kept = {service: set(operations) for service, operations in _ALWAYS.items()}
    for call in calls:
        kept.setdefault(call.service, set()).add(call.operation)
    core = Session(include_builtin_handlers=False)
    _register_handlers(core, set().union(*kept.values()))

    shapes: dict[str, set[str]] = {}

    class Declared(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
        """Reads a model and drops the rest of it before anything is built of it."""

        def load_file(self, file_path: str) -> Any:
            """The parsed file, pruned where it is a service's model or adds to one that was read before."""
            loaded = super().load_file(file_path)
            if not isinstance(loaded, dict):
                return loaded
            folder, _, _ = file_path.replace("\\", "/").rpartition("/")
            if "operations" in loaded and "shapes" in loaded:
                loaded = pruned(loaded, kept.get(folder.split("/")[-2], set()))
                shapes[folder] = set(loaded["shapes"])
            elif "shapes" in loaded.get("merge", ()):
                loaded = additions(loaded, shapes.get(folder, set()))
            return loaded

    core.get_component("data_loader").file_loader = Declared()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=time_of)
    return core


def time_of(value: Any) -> datetime:
    """A time of an answer, as botocore reads it; raises ValueError for what is none.

    What all of AWS's protocols send, seconds since 1970 or ISO 8601 with a zone, is read without looking for other
    forms, which is a fifteenth of what boto3's calls cost.
    """
    with suppress(TypeError, ValueError, OverflowError, OSError):
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        if "T" in value and (found := datetime.fromisoformat(value)).tzinfo:
            return found
    from botocore.utils import parse_timestamp  # boto3 is slow to import, and this is rare

    return cast("datetime", parse_timestamp(value))


def _register_handlers(core: Any, operations: set[str]) -> None:
    """Register what botocore does by itself, but nothing for other operations or its documentation.

    Each client copies all of it: in 17 regions that was a third of a scan's memory. What is unregistered leaves its
    place in the copies, so it is not registered in the first place.
    """
    from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST

    emitter = core.get_component("event_emitter")
    for event, handler, *when in BUILTIN_HANDLERS:
        kind, _, rest = event.partition(".")
        operation = rest.partition(".")[2]
        if kind == "docs" or (kind != "getattr" and operation and operation not in {"*", *operations}):
            continue
        if not when:
            emitter.register(event, handler)
        elif when[0] is REGISTER_FIRST:
            emitter.register_first(event, handler)
        else:
            emitter.register_last(event, handler)


def pruned(model: Mapping[str, Any], operations: set[str]) -> dict[str, Any]:
    """A model with these operations only, the shapes that they reach, and no documentation."""
    kept = {name: _bare(one) for name, one in model["operations"].items() if name in operations}
    shapes: dict[str, Any] = {}
    wanted = [name for one in kept.values() for name in _named_shapes(one)]
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = _bare(model["shapes"][name])
            wanted.extend(_named_shapes(shapes[name]))
    return {**model, "operations": kept, "shapes": shapes}


def additions(extras: Mapping[str, Any], shapes: set[str]) -> dict[str, Any]:
    """What botocore adds to a model, for these shapes only: half a shape would break the reading of every error."""
    merge = extras["merge"]
    return {**extras, "merge": {**merge, "shapes": {n: s for n, s in merge["shapes"].items() if n in shapes}}}


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if not (k == "documentation" and isinstance(v, str))}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _named_shapes(value: Any) -> Iterable[str]:
    """The shapes that an operation or a shape refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for inner in value.values():
            yield from _named_shapes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_shapes(inner)
