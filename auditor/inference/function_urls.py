"""Who may call a Lambda function by its URL: its AuthType says who has to sign, its policy who may call."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.evidence.policy import PolicyDocument, Statement

CALLING = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
"""What a caller of a URL needs: both since October 2025, and of older URLs, too, since November 2026."""


def open_to_everyone(documents: Iterable[PolicyDocument]) -> tuple[str, ...]:
    """Of what a caller of a URL without sign-in needs, that which these policies let everyone do."""
    own = list(documents)
    return tuple(action for action in CALLING if any(_invites_everyone(one, action) for one in own))


def _invites_everyone(document: PolicyDocument, action: str) -> bool:
    return any(
        one.names_anyone and one.covers_action(action) and not one.limited_to and _meets_none(one)
        for one in document.allowing
    )


def _meets_none(statement: Statement) -> bool:
    """Whether it speaks of URLs whose AuthType is NONE, as far as its conditions tell."""
    return all("NONE" in types for types in statement.required("lambda:FunctionUrlAuthType"))
