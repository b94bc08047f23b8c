from datetime import timedelta

import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.drs import RecoveryJob, SourceServer
from auditor.testing import REGION, ago, gathered, made

ARN = "arn:aws:drs:eu-west-1:123456789012:source-server/s-1"


def test_a_source_server_and_its_replication() -> None:
    one = made(
        SourceServer,
        arn=ARN,
        sourceServerID="s-1",
        sourceProperties={"identificationHints": {"awsInstanceID": "i-1", "hostname": "web"}},
        dataReplicationInfo={"dataReplicationState": "CONTINUOUS", "lagDuration": "PT1M30S"},
        lifeCycle={
            "lastLaunch": {"initiated": {"apiCallDateTime": ago(days=9), "type": "DRILL"}, "status": "LAUNCHED"}
        },
        tags={"env": "prod"},
    )
    assert (one.instance, one.replicates, one.lag) == ("i-1", True, timedelta(seconds=90))
    assert (one.last_launch_type, one.last_launch_status) == ("DRILL", "LAUNCHED")
    assert (one.last_seen, one.replication_error) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("PT0S", timedelta(0)), ("P2DT3H", timedelta(days=2, hours=3)), ("PT0.5S", timedelta(milliseconds=500))],
)
def test_lags(text: str, expected: timedelta) -> None:
    info = {"dataReplicationState": "BACKLOG", "lagDuration": text}
    assert made(SourceServer, arn=ARN, dataReplicationInfo=info).lag == expected


def test_a_lag_that_is_none_is_a_gap() -> None:
    info = {"dataReplicationState": "BACKLOG", "lagDuration": "a while"}
    with pytest.raises(Unread, match="a while"):
        gathered(SourceServer, REGION, DescribeSourceServers={"items": [{"arn": ARN, "dataReplicationInfo": info}]})


def test_a_region_where_the_service_was_never_set_up() -> None:
    with pytest.raises(Absent):
        gathered(SourceServer, REGION, DescribeSourceServers=Absent("UninitializedAccountException"))


def test_a_drill() -> None:
    servers = [
        {"sourceServerID": "s-1", "launchStatus": "LAUNCHED", "launchActionsStatus": {"runs": [{"status": "FAILED"}]}}
    ]
    one = made(
        RecoveryJob,
        jobID="j-1",
        arn="arn:j",
        type="LAUNCH",
        initiatedBy="START_DRILL",
        creationDateTime=ago(days=9),
        participatingServers=servers,
    )
    assert one.is_drill
    assert (one.servers[0].source_server, one.servers[0].action_statuses) == ("s-1", ("FAILED",))
