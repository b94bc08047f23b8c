"""Refuses answers that were cut short, and makes a server's errors readable.

botocore takes what arrives before a connection breaks for the answer (it does not compare the length), and JSON that
cannot be read for an answer without fields. An account would then seem to have nothing where nothing arrived. Where it
expects XML, it gives up on a server's error whose body is a web page, as a proxy's is, instead of asking again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

_ROOT = re.compile(rb"(?:<\?[^>]*>\s*)?<([\w:.-]+)[^>]*?(/?)>")
_JSON = frozenset({"json", "rest-json"})


def insist_on_whole_answers(client: Any) -> None:
    """Let a client take a cut answer for a broken connection, which botocore then asks again."""
    endpoint = client._endpoint  # noqa: SLF001 - botocore has no hook before its parser that can have a retry
    protocol = client.meta.service_model.resolved_protocol
    endpoint.http_session = _Whole(endpoint.http_session, is_json=protocol in _JSON)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A botocore HTTP session whose answers are whole."""

    inner: Any
    is_json: bool

    def send(self, request: Any) -> Any:
        """The answer; raises botocore's ConnectionClosedError where a part of it is missing."""
        from botocore.exceptions import ConnectionClosedError  # boto3 is slow to import

        response = self.inner.send(request)
        if not request.stream_output and not self._is_whole(response):
            raise ConnectionClosedError(endpoint_url=request.url, request=request)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and not self.is_json:
            _readable(response)
        return response

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()

    def _is_whole(self, response: Any) -> bool:
        body: bytes = response.content
        length = response.headers.get("content-length", "")
        if length.isdigit() and len(body) < int(length):
            return False
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES or not body:
            return True
        if self.is_json or body.startswith(b"{"):
            return _is_json(body)
        return not body.startswith(b"<") or _is_xml(body)


def _readable(response: Any) -> None:
    """Leave out a body that is a web page: botocore then goes by the status."""
    body = response.content.lstrip()
    if body.startswith(b"<") and (body[:5].lower() == b"<html" or not _is_xml(body)):
        response._content = b""  # noqa: SLF001 - where botocore keeps what it has read


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _is_xml(body: bytes) -> bool:
    """Whether the end of the document's element is there."""
    root = _ROOT.match(body)
    return root is not None and (root.group(2) == b"/" or body.rstrip().endswith(b"</" + root.group(1) + b">"))
