"""Teaches the endpoint the lists of an account so many times as large as the one that it learned from moto.

python -m benchmarks.grow scan.db --times 10 --port 12345 [-- the scan's options]

What is asked about one resource, the endpoint grows itself (`POST /-/grow`). A list becomes one of more pages, whose
markers only botocore's models know: so it is asked for once more through boto3, marked by a header, and its pages are
made from the recorded ones and given to the endpoint.
"""

from __future__ import annotations

import argparse
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from auditor.aws import Request
from auditor.model import GLOBAL
from auditor.partitions import global_region
from benchmarks.endpoint import token
from benchmarks.replay import Replay
from benchmarks.replica import rewritten

PAGE = 50
"""Items a page, where a call does not say how many: about what AWS gives."""
_MARKERS = ("NextToken", "nextToken", "NextMarker", "Marker", "position")
"""How an answer calls its marker, where botocore has no paginator."""
Page = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask for each list, and give its pages."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grow", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("--times", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("scan", nargs="*")
    options = parser.parse_args(arguments)
    replay = Replay.of(options.snapshot, options.scan)
    teacher = _Teacher(replay, options.times, options.port)
    lists = [one for one in replay.walk.clock.requests.values() if one.paged]
    print(json.dumps({"lists": sum(map(teacher.teach, range(len(lists)), lists))}))


class _Teacher:
    """Knows the recorded answers, and how boto3 asks."""

    def __init__(self, replay: Replay, times: int, port: int) -> None:
        import boto3  # noqa: PLC0415 - slow, and `--help` does without

        self._walk = replay.walk
        self._times = times
        self._port = port
        self._session = boto3.session.Session()
        self._clients: dict[tuple[str, str], Any] = {}
        self._list = -1

    def teach(self, number: int, request: Request) -> bool:
        """Teach one list; False where it says nothing of resources, or ends in a failure."""
        pages = self._pages(request)
        if not pages:
            return False
        self._list = number
        client = self._client(request)
        model = client.meta.service_model.operation_model(request.call.operation)
        marks = _marks(client, model, request.call.operation)
        self._ask(client, request)
        made = _joined(_grown(pages, self._times), marks.items, request.call.page or PAGE)
        bodies = [_body(model, marks.mark(page, number, place, len(made))) for place, page in enumerate(made)]
        self._give(number, bodies)
        return True

    def _pages(self, request: Request) -> list[Page]:
        """What was recorded, where it grows."""
        from auditor.errors import Absent, Unread  # noqa: PLC0415 - with the snapshot only

        try:
            pages = list(self._walk.snapshot.pages(request))
        except (Absent, Unread):
            return []
        about = json.dumps(request.params)
        text = json.dumps(pages)
        grows = rewritten(about, 1) == about and rewritten(text, 1) != text
        return pages if grows else []

    def _client(self, request: Request) -> Any:
        account, service = self._walk.account, request.call.service
        region = global_region(account.partition, service) if request.region == GLOBAL else request.region
        if (service, region) not in self._clients:
            client = self._session.client(service, region_name=region)
            client.meta.events.register("before-send", self._mark)
            self._clients[service, region] = client
        return self._clients[service, region]

    def _mark(self, request: Any, **_: Any) -> None:
        request.headers["X-Bench-List"] = str(self._list)

    def _ask(self, client: Any, request: Request) -> None:
        """The first page, asked for as a scan does."""
        from botocore import xform_name  # noqa: PLC0415 - as boto3

        method = xform_name(request.call.operation)
        if client.can_paginate(method):
            size = {"PageSize": request.call.page} if request.call.page else {}
            next(iter(client.get_paginator(method).paginate(**request.params, PaginationConfig=size)))
        else:
            getattr(client, method)(**request.params)

    def _give(self, number: int, bodies: Sequence[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("POST", f"/-/pages?list={number}", json.dumps(bodies).encode())
        connection.getresponse().read()
        connection.close()


class _Marks:
    """Where an answer has its items, its marker and whether there is more, by botocore's paginator or the model."""

    def __init__(self, items: Sequence[str], markers: Sequence[str], more: str) -> None:
        self.items = items
        self._markers = markers
        self._more = more

    def mark(self, page: Page, number: int, place: int, pages: int) -> Page:
        """The page with the marker of the next one, or as the last."""
        last = place == pages - 1
        for marker in self._markers:
            _put(page, marker, None if last else token(number, place + 1))
        if self._more:
            _put(page, self._more, not last)
        return page


def _marks(client: Any, model: Any, operation: str) -> _Marks:
    from botocore import xform_name  # noqa: PLC0415 - as boto3

    if not client.can_paginate(xform_name(operation)):
        members = model.output_shape.members
        return _Marks((), [next(name for name in _MARKERS if name in members)], "")
    known = client.get_paginator(xform_name(operation))._pagination_cfg  # noqa: SLF001 - boto3 has no other way to it
    items, markers = (one if isinstance(one, list) else [one] for one in (known["result_key"], known["output_token"]))
    more = known.get("more_results", "")
    return _Marks(items, [one.partition(" ")[0] for one in markers], "" if more in markers else more)


def _grown(pages: Sequence[Page], times: int) -> Iterator[Page]:
    text = json.dumps(pages)
    for number in range(times):
        yield from cast("list[Page]", json.loads(rewritten(text, number) if number else text))


def _joined(pages: Iterator[Page], items: Sequence[str], size: int) -> list[Page]:
    """Pages put together as far as they hold no more than so many items."""
    made: list[Page] = []
    for page in pages:
        parts = [_get(page, name) for name in items]
        known = [_get(made[-1], name) for name in items] if made else []
        room = bool(parts and known) and all(isinstance(part, list) for part in (*parts, *known))
        if room and all(len(old) + len(new) <= size for old, new in zip(known, parts, strict=True)):
            for old, new in zip(known, parts, strict=True):
                old.extend(new)
        else:
            made.append(page)
    return made


def _get(page: Mapping[str, Any], path: str) -> Any:
    found: Any = page
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _put(page: Page, path: str, value: Any) -> None:
    *above, name = path.split(".")
    for one in above:
        page = page.setdefault(one, {})
    if value is None:
        page.pop(name, None)
    else:
        page[name] = value


def _body(model: Any, page: Page) -> str:
    """The page as the service writes it."""
    from moto.core.serialize import SERIALIZERS, SERVICE_SPECIFIC_SERIALIZERS  # noqa: PLC0415 - slow
    from moto.core.utils import get_service_model  # noqa: PLC0415 - as above

    name, protocol = model.service_model.service_name, model.service_model.resolved_protocol
    kind = SERVICE_SPECIFIC_SERIALIZERS.get(name, {}).get(protocol) or SERIALIZERS[protocol]
    body = kind(get_service_model(name).operation_model(model.name)).serialize(page)["body"]
    return body.decode("latin-1") if isinstance(body, bytes) else body.encode().decode("latin-1")


if __name__ == "__main__":
    main()
