from typing import Any

import pytest

from auditor.evidence.globalaccelerator import Accelerator, AcceleratorEndpointGroup, AcceleratorListener
from auditor.testing import made

ACCELERATOR = made(Accelerator, AcceleratorArn="arn:a", Enabled=True, DnsName="a.awsglobalaccelerator.com")
LISTENER = made(AcceleratorListener, {"ListenerArn": "arn:a/l", "Protocol": "TCP"}, under=ACCELERATOR)


def group(**fields: Any) -> AcceleratorEndpointGroup:
    usual = {"EndpointGroupArn": "arn:a/l/g", "EndpointGroupRegion": "eu-west-1"}
    return made(AcceleratorEndpointGroup, usual | fields, under=LISTENER)


def test_accelerator() -> None:
    assert (ACCELERATOR.enabled, LISTENER.protocol, LISTENER.enclosing(Accelerator)) == (True, "TCP", ACCELERATOR)


@pytest.mark.parametrize(
    ("fields", "receives"),
    [
        ({}, False),
        ({"EndpointDescriptions": [{"EndpointId": "arn:lb"}]}, True),
        ({"EndpointDescriptions": [{"EndpointId": "arn:lb", "Weight": 0}]}, False),
        ({"EndpointDescriptions": [{"EndpointId": "arn:lb", "Weight": 1}], "TrafficDialPercentage": 0.0}, False),
    ],
)
def test_endpoint_group(fields: dict[str, Any], receives: bool) -> None:
    one = group(**fields)
    assert (one.receives, one.serving_region) == (receives, "eu-west-1")


def test_detection_has_the_documented_defaults() -> None:
    assert (group().interval_seconds, group().failures, group().traffic_percent) == (30, 3, 100)
