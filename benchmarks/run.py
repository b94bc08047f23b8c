"""Measures a scan against a local endpoint with a latency, and how near it comes to what boto3 allows.

python -m benchmarks.run --resources 1000 --times 1 --latency 0.05 --regions 2 [--limits] [--json FILE]
    [-- more options of `auditor scan`]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from botocore.httpsession import get_cert_path
from tabulate import tabulate

from benchmarks.authority import Authority
from benchmarks.figures import HEADERS, MIB, Calls, Measured, Usage, calls_of, quickest

REGIONS = (
    "eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2", "eu-north-1", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ca-central-1", "eu-west-2", "eu-west-3",
    "sa-east-1", "us-east-2", "us-west-1",
)  # fmt: skip
"""Those that every account has."""
DONE = (0, 3, 4)
"""Exit codes of a scan that came to its end."""
TIMES = 10
"""The resources of the offline assessment, as a multiple of the scan's, unless the scan's account was made larger."""


class BenchmarkError(Exception):
    """What was to be measured did not run."""


@dataclass(frozen=True)
class Endpoint:
    """A running endpoint."""

    port: int
    tls: int | None = None
    """Its port for TLS."""
    bundle: Path | None = None
    """The authorities that its clients trust there: those that boto3 brings, and its own."""

    def ask(self, method: str, path: str) -> Any:
        """Steer it, or ask it what it was asked."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request(method, path)
        found = json.loads(connection.getresponse().read())
        connection.close()
        return found

    @property
    def environment(self) -> dict[str, str]:
        """Settings by which boto3 reaches it, and nothing of the machine's user.

        S3 Control puts the account's id before the host's name, which only a proxy can find.
        """
        url = f"http://127.0.0.1:{self.port}"
        over_tls = {"AWS_ENDPOINT_URL": f"https://127.0.0.1:{self.tls}", "AWS_CA_BUNDLE": str(self.bundle)}
        return clean_environment() | {
            "AWS_ENDPOINT_URL": url,
            "AWS_ENDPOINT_URL_S3_CONTROL": "http://s3-control.invalid",
            "HTTP_PROXY": url,
            "NO_PROXY": "127.0.0.1",
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": REGIONS[0],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **(over_tls if self.tls else {}),
        }


def clean_environment() -> dict[str, str]:
    """This process's, without settings of AWS, of ours, or one by which Python would compile each run anew."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "AUDITOR_")) and name != "PYTHONDONTWRITEBYTECODE"
    }


@dataclass(frozen=True)
class Scanned:
    """What was measured of scans of one account."""

    usages: Sequence[Usage]
    calls: Calls
    """Those of the last scan."""
    floor: Mapping[str, float]
    """What boto3 alone costs."""
    chain: int
    """Calls that stand behind one another."""
    links: str
    """Those calls, as text."""


@contextmanager
def endpoint(resources: int, regions: Sequence[str], folder: Path | None = None) -> Iterator[Endpoint]:
    """An endpoint in a process of its own, with its account made; over TLS where a folder for certificates is given."""
    command = [sys.executable, "-m", "benchmarks.endpoint", "--resources", str(resources), "--regions", *regions]
    bundle = None
    if folder:
        authority = Authority(folder)
        command += ["--certificate", str(authority.issue())]
        bundle = folder / "bundle.pem"
        bundle.write_bytes(Path(get_cert_path(True)).read_bytes() + authority.bundle.read_bytes())
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        line = process.stdout.readline()
        if not line:
            raise BenchmarkError("the endpoint did not start")
        try:
            ports = [int(word) for word in line.split()]
            yield Endpoint(ports[0], ports[1] if bundle else None, bundle)
        finally:
            process.terminate()


def run(arguments: Sequence[str], environment: dict[str, str] | None = None) -> Usage:
    """Run the command line to its end."""
    command = [sys.executable, "-m", "auditor", *arguments]
    given = environment or clean_environment()
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=given, stdout=subprocess.DEVNULL, stderr=errors)  # noqa: S603 - as above
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if process.returncode not in DONE:
            raise BenchmarkError(f"auditor {arguments[0]}: {errors.read().decode()[-2000:]}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / MIB)


def scan(server: Endpoint, regions: Sequence[str], folder: Path, more: Sequence[str]) -> Usage:
    """One scan of the account into a new snapshot."""
    for old in folder.glob("scan.db*"):
        old.unlink()
    places = [word for region in regions for word in ("--region", region)]
    files = ["--snapshot", str(folder / "scan.db"), "--format", "json", "--output-dir", str(folder / "report")]
    return run(["scan", "--quiet", *places, *files, *more], server.environment)


def scans(options: argparse.Namespace, server: Endpoint, folder: Path) -> Scanned:
    """Learn the account by one scan, make it larger, then measure scans and boto3 alone in turns."""
    regions = REGIONS[: options.regions]
    scan(server, regions, folder, options.scan)
    if options.times > 1:
        grow(server, folder / "scan.db", options.times, options.scan)
    usages, floors = [], []
    chain: dict[str, Any] = {}
    for _ in range(options.repeat):
        server.ask("POST", f"/-/play?loose=1&latency={options.latency}" + ("&limits=1" if options.limits else ""))
        usages.append(scan(server, regions, folder, options.scan))
        calls = calls_of(server.ask("GET", "/-/log"))
        chain = chain or replay(folder, TIMES - 1 if options.times == 1 else 0, options.scan)
        floors.append(floor(server, folder / "questions.json"))
    return Scanned(usages, calls, quickest(floors), chain["calls"], chain["text"])


def replay(folder: Path, copies: int, more: Sequence[str]) -> dict[str, Any]:
    """What the recorded scan asked, and a larger snapshot; by a process of its own, for its memory would count here."""
    command = [sys.executable, "-m", "benchmarks.replay", str(folder / "scan.db"), str(folder / "questions.json")]
    larger = ["--copies", str(copies), "--replica", str(folder / "replica.db")] if copies else []
    given = [*larger, *(["--", *more] if more else [])]
    done = subprocess.run([*command, *given], stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own program
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def grow(server: Endpoint, snapshot: Path, times: int, more: Sequence[str]) -> None:
    """Let the endpoint answer for so many times the resources."""
    command = [sys.executable, "-m", "benchmarks.grow", "--times", str(times), "--port", str(server.port)]
    given = [str(snapshot), *(["--", *more] if more else [])]
    subprocess.run([*command, *given], env=server.environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - as above
    server.ask("POST", f"/-/grow?times={times}")


def offline(snapshot: Path, folder: Path, more: Sequence[str]) -> Usage:
    """An assessment from a snapshot, with the same choice of checks."""
    report = ["--format", "json", "--output-dir", str(folder / "report")]
    return run(["assess", str(snapshot), "--quiet", *report, *more])


def floor(server: Endpoint, questions: Path) -> dict[str, float]:
    """What boto3 alone costs for the same questions."""
    command = [sys.executable, "-m", "benchmarks.floor", str(questions)]
    done = subprocess.run(command, env=server.environment, stdout=subprocess.PIPE, check=True)  # noqa: S603 - as above
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--resources", type=int, default=1000)
    parser.add_argument("--times", type=int, default=1, help="as many times the resources, made of the answers")
    parser.add_argument("--limits", action="store_true", help="hold requests to rates like AWS's")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before an answer leaves")
    parser.add_argument("--tls", action="store_true", help="over HTTPS, as AWS answers")
    parser.add_argument("--regions", type=int, default=2, choices=range(1, len(REGIONS) + 1))
    parser.add_argument("--repeat", type=int, default=3, help="scans; the quickest counts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("scan", nargs="*", help="more options of `auditor scan`, after --")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        certificates = Path(name) / "certificates" if options.tls else None
        with endpoint(options.resources, REGIONS[: options.regions], certificates) as server:
            _measure(options, server, Path(name))


def _measure(options: argparse.Namespace, server: Endpoint, folder: Path) -> None:
    account = server.ask("GET", "/-/account")
    number = sum(account.values()) * options.times
    print(
        f"{number} resources in {options.regions} regions, {1000 * options.latency:.0f} ms a call"
        + (", over TLS" if options.tls else "")
    )
    scanned = scans(options, server, folder)
    helped = min(run(["--help"]).cpu for _ in range(5))
    snapshot = folder / ("replica.db" if options.times == 1 else "scan.db")
    assessed = offline(snapshot, folder, options.scan)
    measured = Measured(
        options.latency,
        scanned.usages,
        scanned.calls,
        scanned.chain,
        scanned.floor,
        helped,
        assessed,
        number,
        number * (TIMES if options.times == 1 else 1),
    )
    _show(measured, scanned.links)
    if options.json:
        options.json.write_text(json.dumps(_data(options, measured, account, scanned.links), indent=2) + "\n")


def _show(measured: Measured, chain: str) -> None:
    sides = ("left", "left", *["right"] * 4, "left")
    print(tabulate([row.cells for row in measured.rows], HEADERS, disable_numparse=True, colalign=sides))
    print("\nThe bound is the larger of boto3's CPU for all calls, and of the calls that wait for one another,")
    print(f"{measured.chain} of {measured.latency} s each:")
    print(f"  {chain}")
    print(f"The same questions by boto3 alone, in as many threads: {measured.floor['wall']:.2f} s.\n")
    parts = [(name, f"{seconds:.2f} s") for name, seconds in measured.parts]
    print(tabulate(parts, disable_numparse=True, tablefmt="plain", colalign=("left", "right")))
    calls = measured.calls
    print(f"\nEndpoint: {calls.endpoint:.2f} s of CPU; answers other than 200: {dict(calls.errors) or 'none'}.")
    if calls.throttled:
        print(f"Throttled: {calls.throttled}; the slowest is {calls.slowest}, {calls.rate_bound:.1f} s at its rate.")
    missed = dict(Counter(calls.missed).most_common(5))
    for what, found in (("Asked again", calls.again), ("Not learned", missed), ("Retried", calls.retried)):
        if found:
            print(f"{what}: {found}")


def _data(options: argparse.Namespace, measured: Measured, account: dict[str, int], chain: str) -> dict[str, Any]:
    return {
        "options": {name: value for name, value in vars(options).items() if name != "json"},
        "account": account,
        "load": os.getloadavg(),
        "rows": [row.json for row in measured.rows],
        "cpu": dict(measured.parts),
        "chain": chain,
        "scans": [asdict(usage) for usage in measured.scans],
        "assess": asdict(measured.assess),
        "floor": measured.floor,
        "calls": asdict(measured.calls),
    }


if __name__ == "__main__":
    main()
