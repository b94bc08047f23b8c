"""The way of a scan: plan, collect, record; then assess the record. On a cloud of two kinds, without AWS."""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from auditor.assess import Settings, assess
from auditor.aws import Aws, Request
from auditor.calls import call
from auditor.collect import Collection, Serves
from auditor.document import document
from auditor.errors import Absent, Unread
from auditor.every import Every
from auditor.model import (
    Account,
    Assessment,
    GapKind,
    Region,
    ScanInfo,
    Severity,
    Status,
    Verdict,
    Waiver,
    failed,
    not_applicable,
    passed,
)
from auditor.plan import make_plan
from auditor.registry import Registry, load
from auditor.roots import Listing, Root, awaits, grouped, roots
from auditor.snapshot import Snapshot
from auditor.store import Store
from auditor.testing import NOW
from auditor.transport import Recorder
from auditor.tuning import no_collections
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import Batch, check, collector, described, inference, listed

BUILT_IN = load()
ACCOUNT = Account("123456789012", "aws", ("eu-central-1", "eu-west-1"), NOW)


@evidence
class Cluster(Resource):
    """A cluster, two in each region."""

    type_name: ClassVar = "AWS::Test::Cluster"
    arn: str = at("clusterArn")


@evidence
class Service(Resource):
    """A service of a cluster."""

    type_name: ClassVar = "AWS::Test::Service"
    arn: str = at("serviceArn")
    size: int = at("size")


@evidence
class Backups(Evidence):
    """A detail of a service; the odd ones have none."""

    days: int = at("days")


@evidence
class Health(Evidence):
    """Described for many services at once."""

    healthy: bool = at("healthy")


class Total(int):
    """An inference: how many services there are."""


clusters = listed(Cluster, call("ecs", "ListClusters"), "clusters[]")
services = listed(Service, call("ecs", "ListServices"), "services[]", of=Cluster, cluster="arn")
backups = described(Backups, call("backup", "GetBackups", absent="None"), of=Service, service="arn")


@collector(call("health", "DescribeHealth"), batch=2)
def health(aws: Aws, batch: Batch[Service]) -> Mapping[str, Health]:
    """Two at a time."""
    answer = aws("DescribeHealth", cluster=batch.enclosing(Cluster).arn, services=[one.arn for one in batch])
    return {item["arn"]: aws.parse(Health, item) for item in answer["health"]}


@inference
def total(everything: Every[Service]) -> Total:
    """Count them."""
    return Total(len(everything))


@check(severity=Severity.HIGH, practices=["REL09-BP01"])
def service_backups(
    service: Service, cluster: Cluster, backups: Backups | None, health: Health, *, min_days: int = 7
) -> Verdict:
    """Services are backed up.

    Why: data is lost.
    Fix: back up.
    """
    if not health.healthy:
        return not_applicable("it is down")
    if backups is None:
        return failed(f"it has no backups in {cluster.arn}")
    return passed("kept") if backups.days >= min_days else failed(f"kept {backups.days} days", severity=Severity.LOW)


@check(severity=Severity.MEDIUM, practices=["REL09-BP01"])
def account_services(_account: Account, total: Total) -> Verdict:
    """There are enough services.

    Why: because.
    Fix: make more.
    """
    return passed(f"{total} services") if total >= 12 else failed(f"{total} services")


@check(severity=Severity.LOW, practices=["REL09-BP01"])
def region_breaks(region: Region) -> Verdict:
    """Regions do not break.

    Why: because.
    Fix: mend it.
    """
    raise RuntimeError(region.name)


COLLECTORS = (clusters, services, backups, health)
CHECKS = (account_services, region_breaks, service_backups)
REGISTRY = Registry({one.id: one for one in CHECKS}, COLLECTORS, (total,), ())


class Cloud:
    """Answers like AWS would, in pages, slowly; counts; and fails where it is told to."""

    def __init__(self, failures: Mapping[str, Exception] | None = None, delay: float = 0.0) -> None:
        self._failures = failures or {}
        self._delay = delay
        self.asked: Counter[str] = Counter()
        self.threads: set[str] = set()
        self._lock = threading.Lock()

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        with self._lock:
            self.asked[request.key] += 1
            self.threads.add(threading.current_thread().name)
        time.sleep(self._delay)
        for page in self._answer(request):
            if failure := self._failures.get(f"{request.call.operation} {request.region}"):
                raise failure
            yield page

    def _answer(self, request: Request) -> Iterable[dict[str, Any]]:
        params: Any = request.params
        match request.call.operation:
            case "ListClusters":
                names = [f"arn:aws:ecs:{request.region}:1:cluster/{n}" for n in "ab"]
                return [{"clusters": [{"clusterArn": name}]} for name in names]
            case "ListServices":
                names = [f"{params['cluster']}/service/{n}" for n in range(3)]
                return [{"services": [{"serviceArn": name, "size": 1} for name in names]}]
            case "GetBackups":
                if params["service"].endswith("1"):
                    raise Absent("None")
                return [{"days": 30 if params["service"].endswith("0") else 3}]
            case "DescribeHealth":
                return [{"health": [{"arn": arn, "healthy": True} for arn in params["services"]]}]
        raise AssertionError(request)


PLAN = make_plan(REGISTRY, CHECKS)
INFO = ScanInfo(ACCOUNT.id, ACCOUNT.partition, ACCOUNT.regions, NOW, complete=True)


def everywhere(_service: str, _region: str) -> bool:
    return True


def collect(
    cloud: Any, snapshot: Snapshot, work: Iterable[Sequence[Root]] = (), serves: Serves = everywhere, **options: Any
) -> None:
    """Collect the work, or else all of the plan."""
    groups = work or [roots(PLAN, ACCOUNT)]
    Collection(PLAN, ACCOUNT, Recorder(cloud, snapshot), serves, lambda _backlog: groups, **options).run()


def scan(cloud: Any, path: Path, *, resume: bool = False, settings: Settings | None = None) -> Assessment:
    snapshot = Snapshot.open(path) if resume else Snapshot.create(path)
    collect(cloud, snapshot, workers=8)
    done = assess(CHECKS, (), PLAN, Store(PLAN.sources, ACCOUNT, snapshot, everywhere), settings or Settings(), INFO)
    snapshot.close()
    return done


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scan.db"


def statuses(assessment: Assessment, check: str) -> Counter[Status]:
    return Counter(finding.status for finding in assessment.findings if finding.check == check)


def test_everything_is_asked_once_and_judged(path: Path) -> None:
    cloud = Cloud()
    assessment = scan(cloud, path)
    assert set(cloud.asked.values()) == {1}
    assert statuses(assessment, "service_backups") == {Status.PASS: 4, Status.FAIL: 8}
    assert statuses(assessment, "account_services") == {Status.PASS: 1}


def test_resources_are_described_in_batches_of_one_listing(path: Path) -> None:
    cloud = Cloud()
    scan(cloud, path)
    sizes = sorted(key.count("/service/") for key in cloud.asked if "DescribeHealth" in key)
    assert sizes == [1, 1, 1, 1, 2, 2, 2, 2]


def test_calls_are_made_concurrently(path: Path) -> None:
    cloud = Cloud(delay=0.02)
    begun = time.monotonic()
    scan(cloud, path)
    assert len(cloud.threads) > 2
    assert time.monotonic() - begun < 0.02 * cloud.asked.total()


def test_a_check_that_breaks_is_an_error_of_its_own(path: Path) -> None:
    assessment = scan(Cloud(), path)
    assert statuses(assessment, "region_breaks") == {Status.ERROR: 2}
    (finding, _) = (f for f in assessment.findings if f.check == "region_breaks")
    assert finding.reason.startswith("the check broke: RuntimeError: eu-central-1 (test_collect.py:")


def denied(operation: str, region: str, kind: GapKind = GapKind.DENIED) -> dict[str, Exception]:
    service = "backup" if operation == "GetBackups" else "ecs"
    request = Request(call(service, operation), region, {})
    return {f"{operation} {region}": Unread(request.gap(kind, "AccessDenied", "no"))}


def test_a_denied_detail_is_unknown_for_its_resources_only(path: Path) -> None:
    assessment = scan(Cloud(denied("GetBackups", "eu-west-1")), path)
    assert statuses(assessment, "service_backups") == {Status.PASS: 2, Status.FAIL: 6, Status.UNKNOWN: 4}
    (entry,) = assessment.unread
    assert (entry.gap.action, entry.times, entry.checks) == ("backup:GetBackups", 4, ("service_backups",))


def test_a_denied_listing_is_one_unknown_for_its_region_and_for_the_whole(path: Path) -> None:
    assessment = scan(Cloud(denied("ListClusters", "eu-west-1")), path)
    assert statuses(assessment, "service_backups") == {Status.PASS: 2, Status.FAIL: 4, Status.UNKNOWN: 1}
    assert statuses(assessment, "account_services") == {Status.UNKNOWN: 1}
    unknown = [f for f in assessment.findings if f.status is Status.UNKNOWN]
    assert {f.reason for f in unknown} == {"ecs:ListClusters was denied in eu-west-1"}


def test_a_resumed_scan_says_what_an_undisturbed_one_says(path: Path, tmp_path: Path) -> None:
    calm = document(scan(Cloud(), tmp_path / "calm.db"))
    scan(Cloud(denied("ListServices", "eu-west-1", GapKind.THROTTLED)), path)
    again = Cloud()
    resumed = document(scan(again, path, resume=True))
    assert resumed == calm
    assert {key.split()[0] for key in again.asked} == {"ecs:ListServices", "backup:GetBackups", "health:DescribeHealth"}


class Interrupting(Cloud):
    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        if self.asked.total() == 5:
            raise KeyboardInterrupt
        yield from super().pages(request)


def test_an_interrupt_starts_no_more_calls_and_keeps_what_is_there(path: Path, tmp_path: Path) -> None:
    snapshot = Snapshot.create(path)
    cloud = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        collect(cloud, snapshot, workers=2)
    assert cloud.asked.total() < 30
    snapshot.close()
    assert document(scan(Cloud(), path, resume=True)) == document(scan(Cloud(), tmp_path / "calm.db"))


def test_thresholds_of_a_profile_reach_the_check(path: Path) -> None:
    settings = Settings(parameters={"service_backups": {"min_days": 3}})
    assert statuses(scan(Cloud(), path, settings=settings), "service_backups") == {Status.PASS: 8, Status.FAIL: 4}


def test_a_waiver_hides_a_failure_until_it_expires(path: Path, tmp_path: Path) -> None:
    def waived(expires: str, where: Path) -> Assessment:
        waiver = Waiver("accepted", "me", expires, ("service_*",), ("*cluster/a/*",))
        return scan(Cloud(), where, settings=Settings(waivers=(waiver,)))

    standing = waived("2026-12-31", path)
    assert sum(1 for finding in standing.findings if finding.waiver) == 4
    assert standing.scores.overall.waived == 4
    expired = waived("2026-11-25", tmp_path / "expired.db")
    assert not any(finding.waiver for finding in expired.findings)
    assert expired.warnings == ("the waiver of service_* by me expired on 2026-11-25: 4 findings are reported again",)


def test_a_severity_of_the_case_overrides_the_checks_own(path: Path) -> None:
    found = {
        f.severity for f in scan(Cloud(), path).findings if f.status is Status.FAIL and f.check == "service_backups"
    }
    assert found == {Severity.HIGH, Severity.LOW}


def test_a_service_that_a_region_lacks_is_not_asked_there(path: Path) -> None:
    snapshot = Snapshot.create(path)
    cloud = Cloud()
    collect(cloud, snapshot, serves=lambda _service, region: region == "eu-west-1", workers=4)
    assert not any("eu-central-1" in key for key in cloud.asked)


@pytest.mark.parametrize("divided", [False, True])
def test_roots_are_grouped_so_that_no_question_is_asked_by_two(*, divided: bool) -> None:
    found = roots(make_plan(BUILT_IN, BUILT_IN.checks.values()), ACCOUNT, divided=divided)
    groups = grouped(found)
    assert sorted(map(id, found)) == sorted(id(root) for group in groups for root in group)
    assert len(groups) > 80
    asks = [
        {(call, root.region) for root in group for call in root.calls if call != "cloudwatch:GetMetricData"}
        for group in groups
    ]
    for one, other in itertools.combinations(asks, 2):
        assert not one & other
        everywhere = {call for call, region in one if region == "global"}
        assert not everywhere & {call for call, _ in other}
    weights = [sum(root.weight for root in group) for group in groups]
    assert weights == sorted(weights, reverse=True)


def test_what_asks_about_a_listing_is_a_group_of_its_own_or_with_its_root() -> None:
    groups = grouped(roots(make_plan(BUILT_IN, BUILT_IN.checks.values()), ACCOUNT, divided=True))
    waiting = [group for group in groups if awaits(group)]
    assert {listing.kind.__name__ for group in waiting for listing in awaits(group)} >= {"Bucket", "Function", "Table"}
    assert all(root.of in awaits(group) for group in waiting for root in group)
    here = [(root, group) for group in groups if not awaits(group) for root in group if root.of]
    assert all(root.of in {other.lists for other in group} for root, group in here)


@pytest.mark.parametrize("resume", [False, True])
def test_what_hangs_on_a_listing_is_asked_by_all(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, resume: bool
) -> None:
    monkeypatch.setattr("auditor.roots._DIVISIBLE", 1)
    cloud = Cloud(delay=0.01)
    if resume:
        scan(Cloud(denied("GetBackups", "eu-west-1", GapKind.THROTTLED)), path)
    snapshot = Snapshot.open(path) if resume else Snapshot.create(path)
    groups = grouped(roots(PLAN, ACCOUNT, divided=True))
    whole: list[Listing] = []

    def recorded(listing: Listing) -> Iterator[Any]:
        assert listing in whole
        regional = replace(ACCOUNT, regions=(listing.region,))
        store = Store(PLAN.sources, regional, snapshot, everywhere)
        return (one for group in store.subjects(listing.kind) for one in group.items)

    told: dict[str, Any] = {"recorded": recorded, "listed": whole.append}
    collect(cloud, snapshot, [group for group in groups if not awaits(group)], **told)
    before = set(cloud.asked)
    assert not any("GetBackups" in key or "DescribeHealth" in key for key in before)
    collect(cloud, snapshot, [group for group in groups if awaits(group)], **told)
    assert set(cloud.asked.values()) == {1}
    assert any("GetBackups" in key for key in cloud.asked)
    snapshot.close()
    assert document(scan(Cloud(), path, resume=True)) == document(scan(Cloud(), tmp_path / "calm.db"))


def test_an_assessment_lets_its_evidence_go_without_a_collection(path: Path) -> None:
    """Failures that are kept must not hold the frames that they went through: these hold the store."""
    scan(Cloud(denied("GetBackups", "eu-west-1")), path)
    store = Store(PLAN.sources, ACCOUNT, Snapshot.open(path), everywhere)
    gone = weakref.ref(store)
    with no_collections():
        done = assess(CHECKS, (), PLAN, store, Settings(), INFO)
        del store
        assert gone() is None
    assert statuses(done, "service_backups")[Status.UNKNOWN] == 4
