"""A call outside the plan, of a delivery: its answer, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auditor.model import GapKind
from auditor.text import plain
from auditor.transport import classify

_PASSING = frozenset({GapKind.THROTTLED, GapKind.UNREACHABLE})
_LONGEST = 300


class RefusedError(Exception):
    """AWS did not do what it was asked for. The text is plain: `AccessDeniedException: User … is not authorized …`."""

    def __init__(self, code: str, message: str, kind: GapKind) -> None:
        super().__init__(plain(f"{code}: {message}" if message else code)[:_LONGEST])
        self.code = code
        self.message = message
        self.kind = kind

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed later."""
        return self.kind in _PASSING


def ask(operation: Callable[..., Any], /, **params: Any) -> Any:
    """The answer of a client's method; raises RefusedError, whatever way it failed in."""
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    try:
        return operation(**params)
    except ClientError as error:
        told = error.response.get("Error", {})
        code, message = str(told.get("Code", "")), str(told.get("Message", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        raise RefusedError(code, message, classify(code, message, status)) from error
    except ParamValidationError as error:
        raise RefusedError("ParamValidationError", str(error), GapKind.INVALID) from error
    except BotoCoreError as error:
        raise RefusedError(type(error).__name__, str(error), GapKind.UNREACHABLE) from error
