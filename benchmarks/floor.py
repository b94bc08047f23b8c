"""What boto3 alone costs: clients, and the scan's own questions with nothing around them. A process of its own.

python -m benchmarks.floor QUESTIONS.json
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

THREADS = 64
"""As many as a scan has."""


class Question(NamedTuple):
    """One call, as boto3 takes it."""

    service: str
    region: str
    operation: str
    params: dict[str, Any]
    page: int | None
    """Items a page, where the scan says how many."""


def main(arguments: Sequence[str]) -> None:
    """Measure, and print the figures as JSON."""
    rows = json.loads(Path(arguments[0]).read_text())
    print(json.dumps(measure([Question(*row) for row in rows])))


def measure(questions: Sequence[Question]) -> dict[str, float]:
    """CPU seconds a client and a call; calls are measured with warm clients, in threads, all at once.

    Without garbage collection, which a scan could do without as well: what it costs a scan is not boto3's.
    """
    gc.disable()
    start = time.process_time()
    import boto3  # noqa: PLC0415 - what importing costs is measured
    from botocore.config import Config  # noqa: PLC0415 - as above

    session = boto3.session.Session()
    imported = time.process_time()
    config = Config(max_pool_connections=THREADS)
    places = dict.fromkeys((question.service, question.region) for question in questions)
    clients = {place: session.client(place[0], region_name=place[1], config=config) for place in places}
    made = time.process_time()
    first = {(question.service, question.region, question.operation): question for question in questions}
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda question: _ask(clients, question), first.values()))
        warm, begun = time.process_time(), time.perf_counter()
        list(pool.map(lambda question: _ask(clients, question), questions))
        done, ended = time.process_time(), time.perf_counter()
    return {
        "imports": imported - start,
        "clients": len(clients),
        "client": (made - imported) / len(clients),
        "questions": len(questions),
        "call": (done - warm) / len(questions),
        "wall": ended - begun,
    }


def _ask(clients: dict[tuple[str, str], Any], question: Question) -> None:
    """One call, its first page; an answer that is an error costs its CPU too."""
    from botocore import xform_name  # noqa: PLC0415 - as above
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    client = clients[question.service, question.region]
    method = xform_name(question.operation)
    try:
        if question.page:
            pages = client.get_paginator(method).paginate(
                **question.params, PaginationConfig={"PageSize": question.page}
            )
            next(iter(pages))
        else:
            getattr(client, method)(**question.params)
    except ClientError:
        return


if __name__ == "__main__":
    main(sys.argv[1:])
