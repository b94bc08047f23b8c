"""What a transport says to a question, with the failure that ends it."""

from __future__ import annotations

from typing import Any

from auditor.aws import Request, Transport
from auditor.errors import Absent, Unread


def told(transport: Transport, request: Request) -> list[Any]:
    """The pages, and the failure as text."""
    pages: list[Any] = []
    try:
        pages.extend(transport.pages(request))
    except (Unread, Absent) as failure:
        pages.append(str(failure))
    return pages
