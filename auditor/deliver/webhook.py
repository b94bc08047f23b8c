"""A summary to a webhook: JSON that Slack, Mattermost and their like show as a message."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from auditor.calls import Call
from auditor.deliver.delivery import Clients, Receipt
from auditor.document import instant
from auditor.errors import UsageError
from auditor.model import Assessment, Finding, Severity, Status
from auditor.text import compact_json, plain

ADDRESS, SECRET = "AUDITOR_WEBHOOK_URL", "AUDITOR_WEBHOOK_SECRET"
"""The address is a secret itself, as Slack's are: both come from the environment only."""

SIGNATURE = "X-Auditor-Signature"
"""Header with the SHA-256 HMAC of the body under the secret, where there is one: `sha256=…`."""

WORST = 5
_LONGEST = 200
_TRIES = 4
_SECONDS = 15
_AGAIN = (429, 500, 502, 503, 504)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Webhook:
    """The delivery, with its settings."""

    address: str = field(repr=False)
    secret: str = field(default="", repr=False)
    dry_run: bool = False
    pause: float = 1.0
    """Seconds before the second try; they double with each."""

    @classmethod
    def of_environment(cls, variables: Mapping[str, str] = os.environ, *, dry_run: bool = False) -> Webhook:
        """From the environment; raises UsageError where it names no usable address."""
        address = variables.get(ADDRESS, "").strip()
        parts = urlsplit(address)
        if not address:
            raise UsageError(f"the webhook needs the environment variable {ADDRESS}: the address to send to")
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            raise UsageError(f"{ADDRESS} must be an https address: what is sent there must not be read on the way")
        return cls(address, variables.get(SECRET, ""), dry_run)

    @property
    def title(self) -> str:
        """The host only: the rest of the address is a secret."""
        return f"webhook at {urlsplit(self.address).hostname}"

    @property
    def calls(self) -> Sequence[Call]:
        """It does not go to AWS."""
        return ()

    @property
    def at_home(self) -> bool:
        """Reports of many accounts go to one place."""
        return False

    def send(self, assessment: Assessment, clients: Clients) -> Receipt:  # noqa: ARG002 - as every delivery
        """Post the summary, again where the other side is busy; a redirection is not followed."""
        body = compact_json(message(assessment)).encode()
        if self.dry_run:
            return Receipt({self.title: {"messages": 1}}, notes=[f"would send {len(body):,} bytes"])
        problem = self._post(body)
        counts = {self.title: {"messages": 0 if problem else 1, "not sent": 1 if problem else 0}}
        return Receipt(counts, [f"{self.title}: {problem}"] if problem else [])

    def _post(self, body: bytes) -> str:
        """What went wrong, or nothing. No message of an error is passed on: it would name the address."""
        import urllib3  # noqa: PLC0415 - only who sends needs it

        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SIGNATURE] = "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        again = urllib3.Retry(
            _TRIES - 1,
            redirect=0,
            backoff_factor=self.pause,
            status_forcelist=_AGAIN,
            allowed_methods=None,
            raise_on_status=False,
            raise_on_redirect=False,
        )
        pool = urllib3.PoolManager(retries=again, timeout=_SECONDS)
        try:
            answer = pool.request("POST", self.address, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            return f"no answer ({type(getattr(error, 'reason', error)).__name__}) after {_TRIES} tries"
        finally:
            pool.clear()
        return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"  # noqa: PLR2004 - HTTP's success


def message(assessment: Assessment) -> dict[str, Any]:
    """The summary: `text` for those that show nothing else, `blocks` for Slack, `auditor` for programs."""
    scan = assessment.scan
    failed = [one for one in assessment.findings if one.status is Status.FAIL and not one.waiver]
    counts = Counter(one.severity for one in failed)
    severities = [severity for severity in reversed(Severity) if counts[severity]]
    told = ", ".join(f"{counts[severity]:,} {severity}" for severity in severities) or "nothing failed"
    score = assessment.scores.overall.value
    title = f"Account {scan.alias or scan.account}: {told}"
    lines = [f"Score {score:.0f} of 100" if score is not None else "Nothing could be judged", *_caveats(assessment)]
    worst = [_told(one, assessment) for one in _worst(failed)]
    return {
        "text": _escaped(title),
        "blocks": [
            _block("header", "plain_text", _cut(title, 150)),
            _block("section", "mrkdwn", "\n".join(map(_escaped, lines))),
            *([_block("section", "mrkdwn", "\n".join(f"• {line}" for line in map(_escaped, worst)))] if worst else []),
        ],
        "auditor": {
            "schema": "auditor.summary",
            "version": "1.0",
            "account": scan.account,
            "started": instant(scan.started),
            "complete": scan.complete,
            "profile": assessment.profile,
            "score": score,
            "failed": {severity.value: counts[severity] for severity in Severity},
        },
    }


def _caveats(assessment: Assessment) -> list[str]:
    scan = assessment.scan
    unknown = sum(1 for one in assessment.findings if one.status is Status.UNKNOWN)
    when = f"Scanned {instant(scan.started)} in {len(scan.regions)} regions"
    return [when, *([f"{unknown:,} could not be judged"] if unknown else []), *([scan.note] if scan.note else [])]


def _worst(failed: Sequence[Finding]) -> list[Finding]:
    """The first of each check, the worst checks first."""
    first: dict[str, Finding] = {}
    for one in sorted(failed, key=lambda finding: (-finding.severity.rank, finding.check)):
        first.setdefault(one.check, one)
    return list(first.values())[:WORST]


def _told(finding: Finding, assessment: Assessment) -> str:
    title = next((info.title for info in assessment.checks if info.id == finding.check), finding.check)
    return f"{finding.severity}: {title} ({finding.resource.name}: {finding.reason})"


def _block(kind: str, form: str, text: str) -> dict[str, Any]:
    return {"type": kind, "text": {"type": form, "text": text}}


def _escaped(text: str) -> str:
    """A line that Slack takes for text: no mention, link or channel of an account's names."""
    return _cut(text, _LONGEST).translate(_ESCAPES)


def _cut(text: str, most: int) -> str:
    text = plain(text)
    return text if len(text) <= most else text[: most - 1] + "…"
