"""Amazon CloudWatch: alarms and what they watch, and dashboards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from auditor.calls import call
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed

_ALARMS = call("cloudwatch", "DescribeAlarms", page=100, AlarmTypes=["MetricAlarm", "CompositeAlarm"])


@evidence
class WatchedMetric(Evidence):
    """A metric that an alarm watches, with the dimensions that pick out one resource."""

    namespace: str = at("Namespace", absent="")
    metric: str = at("MetricName")
    dimensions: Mapping[str, str] = at("Dimensions")

    def is_of(self, namespace: str, metric: str, **dimensions: str) -> bool:
        """Whether it is this metric, and its dimensions include these."""
        same = (self.namespace, self.metric) == (namespace, metric)
        return same and all(self.dimensions.get(name) == value for name, value in dimensions.items())


@evidence
class AlarmQuery(Evidence):
    """One line of an alarm's metric math: a metric, or an expression."""

    watched: WatchedMetric | None = at("MetricStat.Metric")
    period: int | None = at("MetricStat.Period")
    statistic: str | None = at("MetricStat.Stat")
    expression: str | None = at("Expression")


_QUERY = re.compile(r"\b(?:SEARCH\s*\(|SELECT\b)", re.IGNORECASE)


@evidence
class Alarm(Resource):
    """What metric alarms and composite alarms share."""

    arn: str = at("AlarmArn")
    alarm: str = at("AlarmName")
    description: str | None = at("AlarmDescription")
    has_enabled_actions: bool = at("ActionsEnabled")
    actions: tuple[str, ...] = at("AlarmActions")
    ok_actions: tuple[str, ...] = at("OKActions")
    state: str = at("StateValue")
    transitioned: datetime | None = at("StateTransitionedTimestamp")
    updated: datetime = at("StateUpdatedTimestamp")

    @property
    def acts(self) -> bool:
        """Whether it does anything when it goes into ALARM."""
        return self.has_enabled_actions and bool(self.actions)

    @property
    def since(self) -> datetime:
        """When it came into its state, or the last update of that where no transition is known."""
        return self.transitioned or self.updated


@evidence
class MetricAlarm(Alarm):
    """An alarm on a metric, on metric math, or on an anomaly band."""

    type_name: ClassVar = "AWS::CloudWatch::Alarm"
    namespace: str | None = at("Namespace")
    metric: str | None = at("MetricName")
    dimensions: Mapping[str, str] = at("Dimensions")
    statistic: str | None = at("Statistic")
    extended_statistic: str | None = at("ExtendedStatistic")
    period: int | None = at("Period")
    """Seconds; None for metric math, whose queries have their own."""
    evaluation_periods: int = at("EvaluationPeriods")
    datapoints_to_alarm: int | None = at("DatapointsToAlarm")
    threshold: float | None = at("Threshold")
    """None for an anomaly band."""
    comparison: str = at("ComparisonOperator")
    missing_data: str = at("TreatMissingData", absent="missing")
    queries: tuple[AlarmQuery, ...] = at("Metrics")

    @property
    def is_of_target_tracking(self) -> bool:
        """Whether a scaling policy made it and acts on it."""
        return self.alarm.startswith("TargetTracking-")

    @property
    def expressions(self) -> tuple[str, ...]:
        """Its metric math and queries."""
        return tuple(one.expression for one in self.queries if one.expression)

    @property
    def named_metrics(self) -> frozenset[tuple[str, str]]:
        """The metrics that it names, each by namespace and name."""
        queried = ((one.watched.namespace, one.watched.metric) for one in self.queries if one.watched)
        return frozenset((*queried, *([(self.namespace or "", self.metric)] if self.metric else [])))

    def watches(self, namespace: str, metric: str, **dimensions: str) -> bool:
        """Whether it watches a metric of one resource; a query over all resources of the namespace counts."""
        if (self.namespace, self.metric) == (namespace, metric):
            return all(self.dimensions.get(name) == value for name, value in dimensions.items())
        return any(one.watched.is_of(namespace, metric, **dimensions) for one in self.queries if one.watched) or any(
            self.searches(namespace, metric)
        )

    def searches(self, namespace: str, metric: str) -> Iterator[str]:
        """Its SEARCH and Metrics Insights expressions that cover a metric for all resources of a namespace."""
        for expression in self.expressions:
            if _QUERY.search(expression) and _names(expression, namespace) and _names(expression, metric):
                yield expression


def _names(expression: str, word: str) -> bool:
    """Whether a name stands in an expression whole: `Errors` does not stand in `UserErrors`."""
    return re.search(rf"(?<![\w./-]){re.escape(word)}(?![\w/-])", expression) is not None


_RULE_ALARM = re.compile(
    r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([^\s()\"']+))\s*\)"
)


@evidence
class CompositeAlarm(Alarm):
    """An alarm on the states of other alarms."""

    type_name: ClassVar = "AWS::CloudWatch::CompositeAlarm"
    rule: str = at("AlarmRule")

    @property
    def alarms(self) -> frozenset[str]:
        """The names of the alarms in its rule; a rule may name them by ARN."""
        found = ("".join(groups) for groups in _RULE_ALARM.findall(self.rule))
        return frozenset(name.partition(":alarm:")[2] or name for name in found)


metric_alarms = listed(MetricAlarm, _ALARMS, "MetricAlarms[]")
composite_alarms = listed(CompositeAlarm, _ALARMS, "CompositeAlarms[]")


@evidence
class Dashboard(Resource):
    """A dashboard; dashboards belong to no region."""

    type_name: ClassVar = "AWS::CloudWatch::Dashboard"
    arn: str = at("DashboardArn")
    dashboard: str = at("DashboardName")


@evidence
class DashboardBody(Evidence):
    """What a dashboard shows."""

    text: str = at("DashboardBody")

    def names(self, word: str) -> bool:
        """Whether a resource stands in it, by name, id or the end of its ARN."""
        return word in self.text


dashboards = listed(Dashboard, call("cloudwatch", "ListDashboards"), "DashboardEntries[]", of=Account)
dashboard_body = described(DashboardBody, call("cloudwatch", "GetDashboard"), of=Dashboard, DashboardName="dashboard")
