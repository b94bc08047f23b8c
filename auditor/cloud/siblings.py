"""Clients of one service in several regions, which need most things once.

botocore lets each client work out the shapes of its answers and the rules of its endpoints for itself: 36 kB a client,
and as often the work.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def share(client: Any, sibling: Any) -> None:
    """Let a client use what another one of its service knows; where botocore keeps it elsewhere, leave it alone.

    Neither depends on the region: it is a parameter of the rules.
    """
    with suppress(AttributeError):
        client._ruleset_resolver._provider = sibling._ruleset_resolver._provider  # noqa: SLF001 - there is no other way
        client.meta._service_model = sibling.meta.service_model  # noqa: SLF001 - as above
