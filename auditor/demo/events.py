"""Messages: queues, topics, buses, rules and workflows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, allow, labels, pairs, policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.demo.clients import Clients
    from auditor.demo.identity import Identity


@dataclass(frozen=True, slots=True)
class Messaging:
    """ARNs by name."""

    queues: Mapping[str, str]
    topics: Mapping[str, str]


def build_messaging(clients: Clients, identity: Identity) -> Messaging:
    """The orders' path with its dead letters, and a queue and a topic that anyone may use."""
    queues = _queues(clients("sqs"), identity)
    topics = _topics(clients("sns"), identity, queues["shop-orders"])
    _rules(clients("events"), queues["shop-orders"])
    _workflow(clients("stepfunctions"), identity)
    return Messaging(queues, topics)


def _queues(sqs: Any, identity: Identity) -> dict[str, str]:
    arns = {
        name: f"arn:aws:sqs:{PRIMARY}:{identity.account}:{name}"
        for name in ("shop-orders-dead", "shop-orders", "shop-mail", "legacy-imports")
    }
    kept = {"KmsMasterKeyId": identity.keys["shop-data"], "MessageRetentionPeriod": "1209600"}
    dead = {"deadLetterTargetArn": arns["shop-orders-dead"], "maxReceiveCount": 5}
    everybody = policy(allow("sqs:*", arns["legacy-imports"], Principal="*"))
    attributes: dict[str, dict[str, str]] = {
        "shop-orders-dead": kept,
        "shop-orders": {**kept, "RedrivePolicy": json.dumps(dead), "VisibilityTimeout": "180"},
        "shop-mail": {"SqsManagedSseEnabled": "true"},
        "legacy-imports": {"SqsManagedSseEnabled": "false", "Policy": everybody},
    }
    for name, values in attributes.items():
        sqs.create_queue(QueueName=name, Attributes=values, tags=labels(name, "app"))
    return arns


def _topics(sns: Any, identity: Identity, orders: str) -> dict[str, str]:
    keys = {"shop-orders": identity.keys["shop-data"], "shop-alarms": "alias/aws/sns", "legacy-news": ""}
    arns = {}
    for name, key in keys.items():
        attributes = {"KmsMasterKeyId": key} if key else {}
        arns[name] = sns.create_topic(Name=name, Attributes=attributes, Tags=pairs(labels(name, "app")))["TopicArn"]
    sns.subscribe(TopicArn=arns["shop-orders"], Protocol="sqs", Endpoint=orders)
    sns.subscribe(TopicArn=arns["shop-alarms"], Protocol="email", Endpoint="on-call@example.com")
    sns.subscribe(TopicArn=arns["legacy-news"], Protocol="http", Endpoint="http://news.example.com/hook")
    return arns


def _rules(events: Any, orders: str) -> None:
    """The shop's bus with a rule; severe GuardDuty findings match a rule that has no target."""
    events.create_event_bus(Name="shop", Tags=pairs(labels("shop", "app")))
    pattern = json.dumps({"source": ["shop.checkout"], "detail-type": ["OrderPlaced"]})
    events.put_rule(Name="shop-order-placed", EventBusName="shop", EventPattern=pattern)
    events.put_targets(Rule="shop-order-placed", EventBusName="shop", Targets=[{"Id": "orders", "Arn": orders}])
    severe = json.dumps({"source": ["aws.guardduty"], "detail": {"severity": [{"numeric": [">=", 7]}]}})
    events.put_rule(Name="shop-severe-threats", EventPattern=severe)


def _workflow(states: Any, identity: Identity) -> None:
    """Fulfilment without retries, without logs."""
    ship = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    states.create_state_machine(
        name="shop-fulfilment",
        definition=json.dumps({"StartAt": "Ship", "States": {"Ship": ship}}),
        roleArn=identity.roles["shop-workflow"],
        tags=pairs(labels("shop-fulfilment", "app"), "key", "value"),
    )
