from auditor.evidence.fis import Experiment, ExperimentActions, ExperimentTemplate, TemplateActions
from auditor.testing import ago, made

ACTIONS = {
    "kill": {"actionId": "aws:ec2:terminate-instances"},
    "slow": {
        "actionId": "aws:ssm:send-command",
        "parameters": {"documentArn": "arn:aws:ssm:eu-west-1::document/AWSFIS-Run-Network-Latency"},
    },
}


def test_a_template_and_what_it_would_do() -> None:
    one = made(ExperimentTemplate, id="EXT1", arn="arn:aws:fis:eu-west-1:1:experiment-template/EXT1")
    assert one.name == "EXT1"
    does = made(
        TemplateActions,
        actions=ACTIONS,
        targets={"web": {"resourceType": "aws:ec2:instance"}},
        stopConditions=[{"source": "none"}],
    )
    assert does.actions == ("aws:ec2:terminate-instances", "aws:ssm:send-command")
    assert does.documents == ("AWSFIS-Run-Network-Latency",)
    assert does.target_types == ("aws:ec2:instance",)
    assert not does.stops_by_alarm


def test_an_experiment_and_what_it_did() -> None:
    one = made(Experiment, id="EXP1", arn="arn:e", state={"status": "completed"}, creationTime=ago(days=2))
    assert one.completed
    assert not made(Experiment, id="EXP2", arn="arn:e", state={"status": "stopped"}).completed
    did = made(
        ExperimentActions, actions=ACTIONS, stopConditions=[{"source": "aws:cloudwatch:alarm", "value": "arn:a"}]
    )
    assert did.stops_by_alarm
