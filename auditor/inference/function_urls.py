"""Who may call a Lambda function by its URL: its AuthType says who has to sign, its policy who may call."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy, FunctionUrl
from auditor.evidence.policy import PolicyDocument, Statement
from auditor.wiring import inference

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


@dataclass(frozen=True, slots=True)
class UrlCallers:
    """The policies of functions and of their aliases, for the URLs of both."""

    policies: Every[FunctionPolicy]
    aliases: Every[FunctionAlias]
    alias_policies: Every[AliasPolicy]

    def policies_of(self, url: FunctionUrl, function: Function) -> list[PolicyDocument]:
        """The policies of what a URL calls, the function or one of its aliases; raises `Unread`."""
        if not url.alias:
            return [one.document for one in self.policies.of(function)]
        named = (one for one in self.aliases.of(function) if one.alias == url.alias)
        return [policy.document for alias in named for policy in self.alias_policies.of(alias)]

    def seem_everyone(self, url: FunctionUrl, function: Function) -> bool:
        """Whether a URL without sign-in is seen to answer everyone; where its policy was not read, it is not."""
        with suppress(Unread):
            return open_to_everyone(self.policies_of(url, function)) == CALLING
        return False


@inference
def url_callers(
    policies: Every[FunctionPolicy], aliases: Every[FunctionAlias], alias_policies: Every[AliasPolicy]
) -> UrlCallers:
    """Who may call function URLs."""
    return UrlCallers(policies, aliases, alias_policies)
