"""Logs, metrics, alarms and a dashboard."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, labels, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.demo.balancers import Balancers
    from auditor.demo.clients import Clients
    from auditor.demo.events import Messaging

DAYS = 14

LOG_GROUPS: Mapping[str, int] = {
    "/shop/flow-logs": 90,
    "/shop/orders": 30,
    "/aws/lambda/shop-checkout": 0,
    "/aws/lambda/legacy-newsletter": 0,
}
"""Days of retention; 0 stands for ever."""

DAILY: tuple[tuple[str, str, str, str, float], ...] = (
    ("AWS/ApplicationELB", "RequestCount", "LoadBalancer", "shop-web", 1_900_000),
    ("AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", "shop-web", 0.18),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", "shop-web", 140),
    ("AWS/ApplicationELB", "RequestCount", "LoadBalancer", "legacy-web", 0),
    ("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "shop-orders", 38),
    ("AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", "shop-orders", 120),
    ("AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", "legacy-crm", 0),
    ("AWS/ElastiCache", "CacheHits", "ReplicationGroupId", "shop-sessions", 920_000),
    ("AWS/ElastiCache", "CacheMisses", "ReplicationGroupId", "shop-sessions", 41_000),
    ("AWS/ElastiCache", "CacheHits", "CacheClusterId", "legacy-pages", 3_000),
    ("AWS/ElastiCache", "CacheMisses", "CacheClusterId", "legacy-pages", 9_000),
    ("AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName", "shop-app", 3),
    ("AWS/EC2", "CPUUtilization", "AutoScalingGroupName", "shop-app", 44),
    ("AWS/Lambda", "Invocations", "FunctionName", "shop-checkout", 88_000),
    ("AWS/Lambda", "Errors", "FunctionName", "shop-checkout", 12),
    ("AWS/Lambda", "Errors", "FunctionName", "legacy-newsletter", 700),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "shop-orders", 4),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "shop-orders-dead", 31),
)
"""One value a day: namespace, metric, dimension, its value, the metric's."""

ALARMS: tuple[tuple[str, str, str, str, str, float, bool], ...] = (
    ("shop-web-errors", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", "shop-web", 500, True),
    ("shop-orders-busy", "AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "shop-orders", 80, True),
    ("shop-orders-waiting", "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "shop-orders", 300, True),
    ("legacy-crm-busy", "AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "legacy-crm", 90, False),
)
"""Name, namespace, metric, dimension, its value, threshold, whether anyone is told."""


def build_monitoring(clients: Clients, messaging: Messaging, balancers: Balancers) -> None:
    """Logs with and without an end, two weeks of metrics, alarms of which one is mute."""
    _log_groups(clients("logs"))
    cloudwatch = clients("cloudwatch")
    names = {name: arn.split(":loadbalancer/")[1] for name, arn in balancers.arns.items()}
    _metrics(cloudwatch, names)
    _alarms(cloudwatch, names, messaging.topics["shop-alarms"])
    _dashboard(cloudwatch, names["shop-web"])


def _log_groups(logs: Any) -> None:
    for name, days in LOG_GROUPS.items():
        logs.create_log_group(logGroupName=name, tags=labels(name))
        if days:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)


def _dimension(names: Mapping[str, str], kind: str, of: str) -> list[dict[str, str]]:
    return [{"Name": kind, "Value": names[of] if kind == "LoadBalancer" else of}]


def _metrics(cloudwatch: Any, names: Mapping[str, str]) -> None:
    """One datum a metric and day, the last an hour ago."""
    last = datetime.now(tz=UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    for namespace in dict.fromkeys(row[0] for row in DAILY):
        data = [
            {
                "MetricName": metric,
                "Dimensions": _dimension(names, kind, of),
                "Timestamp": last - timedelta(days=day),
                "Value": value,
            }
            for space, metric, kind, of, value in DAILY
            if space == namespace
            for day in range(DAYS)
        ]
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def _alarms(cloudwatch: Any, names: Mapping[str, str], topic: str) -> None:
    for name, namespace, metric, kind, of, threshold, tells in ALARMS:
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=f"Runbook: https://runbooks.example.com/{name}" if tells else "",
            Namespace=namespace,
            MetricName=metric,
            Dimensions=_dimension(names, kind, of),
            Statistic="Average",
            Period=300,
            EvaluationPeriods=3,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            ActionsEnabled=tells,
            AlarmActions=[topic] if tells else [],
            Tags=pairs(labels(name)),
        )


def _dashboard(cloudwatch: Any, balancer: str) -> None:
    metric = ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", balancer]
    widget = {"type": "metric", "properties": {"metrics": [metric], "region": PRIMARY, "period": 300}}
    cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=json.dumps({"widgets": [widget]}))
