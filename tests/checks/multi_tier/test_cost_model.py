from typing import Any

import networks as net
import threetier as three

from auditor.evidence.elbv2 import TargetHealth
from auditor.metrics import Metric
from auditor.model import Severity
from auditor.testing import ACCOUNT, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, ago, case, cases, gap

NONE = Metric()
OLD: dict[str, Any] = {"CreatedTime": ago(days=90)}
SHOP, NETWORK = net.balancer(**OLD), net.balancer(kind="network", **OLD)
NEW = net.balancer(CreatedTime=ago(days=29))


def daily(requests: float) -> Metric:
    return Metric((requests,) * 30)


test_request_volume_justifies_provisioned_tier = cases(
    "request_volume_justifies_provisioned_tier",
    case("much", PASS, SHOP, daily(500_000.0), ACCOUNT, because="it had 15000000 requests in 30 days"),
    case("in between", PASS, SHOP, daily(200_000.0), ACCOUNT, because="either model"),
    case("at the lower limit", PASS, SHOP, Metric((5_000_000.0,)), ACCOUNT, because="either model"),
    case("little", FAIL, SHOP, daily(1000.0), ACCOUNT, because="30000 requests", severity=Severity.INFORMATIONAL),
    case("abandoned", FAIL, SHOP, daily(2.0), ACCOUNT, because="looks abandoned", severity=Severity.MEDIUM),
    case("never called", FAIL, SHOP, NONE, ACCOUNT, because="it had 0 requests", severity=Severity.MEDIUM),
    case("little is enough here", PASS, SHOP, daily(1000.0), ACCOUNT, low_requests=10_000, high_requests=20_000),
    case("new", NOT_APPLICABLE, NEW, daily(2.0), ACCOUNT, because="younger"),
    case("TCP", NOT_APPLICABLE, NETWORK, daily(2.0), ACCOUNT, because="no application load balancer"),
)

WEEK = 7 * 24
IDLE, BUSY = Metric((4.0,) * WEEK), Metric((4.0, 55.0) * WEEK)
SMALL, SWINGING = Metric((2.0,) * WEEK), Metric((2.0, 4.0) * WEEK)


def fleet(least: int = 2, most: int = 4) -> Any:
    return three.asg(targets=(three.TARGETS.arn,), MinSize=least, MaxSize=most)


APART = three.asg("aside")
TIERS, WITH_APART = three.world().tiers, three.world(APART).tiers
UNREAD = three.world(APART, gaps={TargetHealth: (gap("elbv2:DescribeTargetHealth"),)}).tiers

test_minimum_capacity_floor_not_idle = cases(
    "minimum_capacity_floor_not_idle",
    case("busy", PASS, fleet(), BUSY, SMALL, TIERS, because="busy to 55.0 percent"),
    case("idle", FAIL, fleet(), IDLE, SMALL, TIERS, because="at its minimum of 2 for 100%", severity=Severity.LOW),
    case("idle, but often larger", PASS, fleet(), IDLE, SWINGING, TIERS, because="only 50%"),
    case("idle and large", FAIL, fleet(3), IDLE, SWINGING, TIERS, because="minimum of 3 is more than two a zone"),
    case("idle and fixed", FAIL, fleet(2, 2), IDLE, NONE, TIERS, because="fixed size of 2"),
    case("scaled to zero", NOT_APPLICABLE, fleet(0), IDLE, SMALL, TIERS, because="minimum is 0"),
    case("new", NOT_APPLICABLE, fleet(), Metric((4.0,) * 20), SMALL, TIERS, because="less than seven days"),
    case("of no tier", NOT_APPLICABLE, APART, IDLE, SMALL, WITH_APART, because="not of the application tier"),
    case("of a tier that could not be told", UNKNOWN, APART, IDLE, SMALL, UNREAD, because="denied"),
    case("no group metrics", UNKNOWN, fleet(), IDLE, NONE, TIERS, because="GroupDesiredCapacity"),
)
