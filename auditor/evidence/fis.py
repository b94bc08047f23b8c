"""AWS Fault Injection Service: experiment templates and the experiments that ran."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed


@evidence
class ExperimentTemplate(Resource):
    """A template of experiments."""

    type_name: ClassVar = "AWS::FIS::ExperimentTemplate"
    arn: str = at("arn")
    id: str = at("id")
    description: str = at("description", absent="")
    created: datetime = at("creationTime")
    tags: Mapping[str, str] = at("tags")


experiment_templates = listed(
    ExperimentTemplate, call("fis", "ListExperimentTemplates", page=100), "experimentTemplates[]"
)


@evidence
class Experiment(Resource):
    """An experiment that was started."""

    type_name: ClassVar = "AWS::FIS::Experiment"
    arn: str = at("arn")
    id: str = at("id")
    template: str = at("experimentTemplateId")
    status: str = at("state.status")
    created: datetime = at("creationTime")
    tags: Mapping[str, str] = at("tags")

    @property
    def completed(self) -> bool:
        """Whether it ran to its end."""
        return self.status == "completed"


experiments = listed(Experiment, call("fis", "ListExperiments", page=100), "experiments[]")


def _actions(raw: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({one["actionId"] for one in raw.values() if "actionId" in one}))


def _documents(raw: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    arns = (one.get("parameters", {}).get("documentArn") for one in raw.values())
    return tuple(sorted({arn.rpartition("/")[2] for arn in arns if arn}))


@evidence
class FaultActions(Evidence):
    """What is done to what, and what would stop it."""

    actions: tuple[str, ...] = at("actions", parse=_actions)
    """Ids, for example `aws:ec2:terminate-instances`."""
    documents: tuple[str, ...] = at("actions", parse=_documents)
    """The SSM documents that its actions run, for example `AWSFIS-Run-Network-Latency`."""
    target_types: tuple[str, ...] = at("targets", parse=lambda raw: tuple(one["resourceType"] for one in raw.values()))
    stop_conditions: tuple[str, ...] = at("stopConditions[].source")
    """`none`, or `aws:cloudwatch:alarm`."""

    @property
    def stops_by_alarm(self) -> bool:
        """Whether an alarm would stop it."""
        return any(one != "none" for one in self.stop_conditions)


@evidence
class TemplateActions(FaultActions):
    """What experiments of a template would do."""


@evidence
class ExperimentActions(FaultActions):
    """What an experiment did."""


template_actions = described(
    TemplateActions, call("fis", "GetExperimentTemplate"), "experimentTemplate", of=ExperimentTemplate, id="id"
)
experiment_actions = described(ExperimentActions, call("fis", "GetExperiment"), "experiment", of=Experiment, id="id")
