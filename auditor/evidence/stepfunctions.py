"""AWS Step Functions: state machines and their definitions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from auditor.calls import call
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed


@evidence
class StateMachine(Resource):
    """A state machine as ListStateMachines names it."""

    type_name: ClassVar = "AWS::StepFunctions::StateMachine"
    arn: str = at("stateMachineArn")
    machine_name: str = at("name")
    type: str = at("type")
    """`STANDARD` or `EXPRESS`."""
    created: datetime = at("creationDate")

    @property
    def is_express(self) -> bool:
        """Whether it runs for five minutes at most, at least once."""
        return self.type == "EXPRESS"


state_machines = listed(
    StateMachine, call("stepfunctions", "ListStateMachines", page=1000), "stateMachines[]", of=Region
)


@dataclass(frozen=True, slots=True)
class Retrier:
    """When and how often a state is tried again; defaults are those of the States Language."""

    errors: tuple[str, ...]
    attempts: int
    backoff: float
    jitter: str


@dataclass(frozen=True, slots=True)
class Catcher:
    """Where the machine goes on after an error."""

    errors: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True)
class State:
    """One state, wherever it is nested."""

    name: str
    type: str
    resource: str
    """What a Task calls; empty for other types."""
    arguments: str
    """Its Parameters or Arguments as JSON text, to look for a word in."""
    next: tuple[str, ...]
    """Where it can lead without an error; empty where it ends."""
    retries: tuple[Retrier, ...]
    catches: tuple[Catcher, ...]
    is_bounded: bool
    """Whether it has a timeout or a heartbeat of its own."""
    wait_seconds: int | None
    is_distributed: bool
    """Whether it is a Map in distributed mode."""
    inside: str
    """The Parallel or Map that holds it; empty at the top."""

    @property
    def waits_for_token(self) -> bool:
        """Whether it stops until someone sends a token or an activity worker answers."""
        return self.resource.endswith(".waitForTaskToken") or ":activity:" in self.resource

    @property
    def waits_for_job(self) -> bool:
        """Whether it stops until the job that it started has ended."""
        return ".sync" in self.resource


def read_states(definition: str) -> tuple[State, ...]:
    """The states of a definition, nested ones behind those that hold them; raises ValueError where it is no JSON."""
    return tuple(_states(json.loads(definition), ""))


def _states(machine: Mapping[str, Any], inside: str) -> Iterator[State]:
    for name, raw in machine.get("States", {}).items():
        yield _state(name, raw, inside)
        nested = [*raw.get("Branches", ()), raw.get("ItemProcessor") or raw.get("Iterator") or {}]
        for part in nested:
            yield from _states(part, name)


def _state(name: str, raw: Mapping[str, Any], inside: str) -> State:
    ways = [raw.get("Next"), raw.get("Default"), *(choice.get("Next") for choice in raw.get("Choices", ()))]
    bounds = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
    mode = raw.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode")
    seconds = raw.get("Seconds")
    return State(
        name=name,
        type=raw["Type"],
        resource=raw.get("Resource", ""),
        arguments=json.dumps(raw.get("Arguments", raw.get("Parameters", {}))),
        next=tuple(way for way in ways if way),
        retries=tuple(_retrier(one) for one in raw.get("Retry", ())),
        catches=tuple(Catcher(tuple(one["ErrorEquals"]), one["Next"]) for one in raw.get("Catch", ())),
        is_bounded=any(bound in raw for bound in bounds),
        wait_seconds=seconds if isinstance(seconds, int) else None,
        is_distributed=mode == "DISTRIBUTED",
        inside=inside,
    )


def _retrier(raw: Mapping[str, Any]) -> Retrier:
    """Three attempts, doubling, without jitter, unless it says otherwise (States Language, retriers)."""
    return Retrier(
        tuple(raw["ErrorEquals"]),
        raw.get("MaxAttempts", 3),
        raw.get("BackoffRate", 2.0),
        raw.get("JitterStrategy", "NONE"),
    )


@evidence
class StateMachineDefinition(Evidence):
    """What a state machine does, and how it is recorded."""

    status: str = at("status", absent="ACTIVE")
    definition: str = at("definition")
    states: tuple[State, ...] = at("definition", parse=read_states)
    role: str = at("roleArn")
    description: str | None = at("description")
    log_level: str = at("loggingConfiguration.level", absent="OFF")
    log_groups: tuple[str, ...] = at("loggingConfiguration.destinations[].cloudWatchLogsLogGroup.logGroupArn")
    logs_data: bool = at("loggingConfiguration.includeExecutionData", absent=False)
    traces: bool = at("tracingConfiguration.enabled", absent=False)
    encryption: str = at("encryptionConfiguration.type", absent="AWS_OWNED_KEY")


state_machine_definition = described(
    StateMachineDefinition,
    call("stepfunctions", "DescribeStateMachine", absent="StateMachineDoesNotExist"),
    of=StateMachine,
    stateMachineArn="arn",
)
