"""Who may call a Lambda function by its URL: its AuthType says who has to sign, its policy who may call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy, FunctionUrl
from auditor.evidence.policy import PolicyDocument, Statement
from auditor.model import Gap
from auditor.wiring import inference

CALLING = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
"""What a caller of a URL needs: both since October 2025, and of older URLs, too, since November 2026."""


def open_to_everyone(documents: Iterable[PolicyDocument], auth: str = "NONE") -> tuple[str, ...]:
    """Of what a caller of a URL of an AuthType needs, that which these policies let everyone do.

    Where callers sign, everyone is who has an AWS account, whichever.
    """
    own = list(documents)
    return tuple(action for action in CALLING if any(_invites_everyone(one, action, auth) for one in own))


def _invites_everyone(document: PolicyDocument, action: str, auth: str) -> bool:
    return any(
        one.names_anyone and one.covers_action(action) and not one.limited_to and _is_of(one, auth)
        for one in document.allowing
    )


def _is_of(statement: Statement, auth: str) -> bool:
    """Whether it speaks of URLs of an AuthType, as far as its conditions tell."""
    return all(auth in types for types in statement.required("lambda:FunctionUrlAuthType"))


@dataclass(frozen=True, slots=True)
class Openings:
    """The URLs by which everyone may call a function, as far as they are seen."""

    urls: tuple[FunctionUrl, ...]
    gap: Gap | None
    """Why there may be more; None where there are none."""

    @property
    def is_anonymous(self) -> bool:
        """Whether one of them asks for no credentials."""
        return any(one.is_unauthenticated for one in self.urls)


@dataclass(frozen=True, slots=True)
class UrlCallers:
    """The URLs of functions and of their aliases, with the policies of both."""

    urls: Every[FunctionUrl]
    policies: Every[FunctionPolicy]
    aliases: Every[FunctionAlias]
    alias_policies: Every[AliasPolicy]

    def policies_of(self, url: FunctionUrl, function: Function) -> list[PolicyDocument]:
        """The policies of what a URL calls, the function or one of its aliases; raises `Unread`."""
        if not url.alias:
            return [one.document for one in self.policies.of(function)]
        named = (one for one in self.aliases.of(function) if one.alias == url.alias)
        return [policy.document for alias in named for policy in self.alias_policies.of(alias)]

    def openings(self, function: Function) -> Openings:
        """The URLs by which everyone may call a function, and why there may be more than are seen."""
        found: list[FunctionUrl] = []
        gap: Gap | None = None
        try:
            urls = self.urls.of(function)
        except Unread as failure:
            return Openings((), failure.gap)
        for url in urls:
            try:
                if open_to_everyone(self.policies_of(url, function), url.auth) == CALLING:
                    found.append(url)
            except Unread as failure:
                gap = gap or failure.gap
        return Openings(tuple(found), gap)


@inference
def url_callers(
    urls: Every[FunctionUrl],
    policies: Every[FunctionPolicy],
    aliases: Every[FunctionAlias],
    alias_policies: Every[AliasPolicy],
) -> UrlCallers:
    """Who may call function URLs."""
    return UrlCallers(urls, policies, aliases, alias_policies)
