"""What boto3 alone costs: clients, and the scan's own calls with nothing around them. A process of its own.

    python -m benchmarks.floor QUESTIONS.json

QUESTIONS.json holds the scan's questions: service, region, method, parameters.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

THREADS = 48
"""As many as a scan has."""

Question = tuple[str, str, str, dict[str, Any]]
"""Service, region, method and parameters."""


def main(arguments: Sequence[str]) -> None:
    """Measure, and print the figures as JSON."""
    questions: list[Question] = [tuple(row) for row in json.loads(Path(arguments[0]).read_text())]
    print(json.dumps(measure(questions)))


def measure(questions: Sequence[Question]) -> dict[str, float]:
    """CPU seconds a client and a call; a call is measured with warm clients, in threads, all at once."""
    before = time.process_time()
    import boto3  # noqa: PLC0415 - what importing costs is measured
    from botocore.config import Config  # noqa: PLC0415 - as above

    imported = time.process_time()
    session = boto3.session.Session()
    config = Config(max_pool_connections=THREADS)
    clients: dict[tuple[str, str], Any] = {}
    for service, region, _, _ in questions:
        if (service, region) not in clients:
            clients[service, region] = session.client(service, region_name=region, config=config)
    made = time.process_time()
    with ThreadPoolExecutor(THREADS) as pool:
        first = {(service, region, method): row for row in questions for service, region, method, _ in [row]}
        list(pool.map(lambda row: _ask(clients, row), first.values()))
        warm, begun = time.process_time(), time.perf_counter()
        list(pool.map(lambda row: _ask(clients, row), questions))
        done, ended = time.process_time(), time.perf_counter()
    return {
        "import_cpu": imported - before,
        "clients": len(clients),
        "client_cpu": (made - imported) / len(clients),
        "questions": len(questions),
        "call_cpu": (done - warm) / len(questions),
        "wall": ended - begun,
    }


def _ask(clients: dict[tuple[str, str], Any], question: Question) -> None:
    """One call; an answer that is an error costs its CPU too."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    service, region, method, params = question
    try:
        getattr(clients[service, region], method)(**params)
    except ClientError:
        return


if __name__ == "__main__":
    main(sys.argv[1:])
