"""What watches the account: trails, recorders, detectors, hubs, budgets. Mostly in the primary Region only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from auditor.demo.clients import labels, pairs

if TYPE_CHECKING:
    from auditor.demo.clients import Clients
    from auditor.demo.identity import Identity


def build_guardrails(clients: Clients, identity: Identity) -> None:
    """Guardrails as a team leaves them that set them up once, where it happened to be."""
    _trail(clients("cloudtrail"), identity)
    _recorder(clients("config"), identity)
    _detectors(clients)
    _budget(clients("budgets"), identity)
    _contacts(clients("account"))
    _stack(clients("cloudformation"))
    _documents(clients("ssm"))


def _trail(cloudtrail: Any, identity: Identity) -> None:
    """All Regions, with validation; data events are not recorded."""
    cloudtrail.create_trail(
        Name="shop-trail",
        S3BucketName="shop-logs",
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        KmsKeyId=identity.keys["shop-data"],
        TagsList=pairs(labels("shop-trail")),
    )
    cloudtrail.start_logging(Name="shop-trail")
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    cloudtrail.put_event_selectors(TrailName="shop-trail", EventSelectors=[selector])


def _recorder(config: Any, identity: Identity) -> None:
    recorder = {
        "name": "default",
        "roleARN": identity.roles["shop-config"],
        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
    }
    config.put_configuration_recorder(ConfigurationRecorder=recorder)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "shop-logs"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    for rule in ("IAM_USER_MFA_ENABLED", "INCOMING_SSH_DISABLED"):
        name = rule.lower().replace("_", "-")
        source = {"Owner": "AWS", "SourceIdentifier": rule}
        config.put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source})


def _detectors(clients: Clients) -> None:
    """Threat detection without its S3 plan; a hub with standards; scanning of functions is off."""
    features = [{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}, {"Name": "RDS_LOGIN_EVENTS", "Status": "ENABLED"}]
    clients("guardduty").create_detector(Enable=True, FindingPublishingFrequency="FIFTEEN_MINUTES", Features=features)
    clients("securityhub").enable_security_hub(EnableDefaultStandards=True, Tags=labels("shop-hub"))
    clients("inspector2").enable(accountIds=[clients.account], resourceTypes=["EC2", "ECR"])


def _budget(budgets: Any, identity: Identity) -> None:
    budget = {
        "BudgetName": "shop-monthly",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "9000", "Unit": "USD"},
    }
    notification = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    subscriber = {"SubscriptionType": "EMAIL", "Address": "shop-team@example.com"}
    budgets.create_budget(
        AccountId=identity.account,
        Budget=budget,
        NotificationsWithSubscribers=[{"Notification": notification, "Subscribers": [subscriber]}],
    )


def _contacts(account: Any) -> None:
    """Security has an address; operations and billing have none."""
    account.put_alternate_contact(
        AlternateContactType="SECURITY",
        Name="Security",
        Title="On call",
        EmailAddress="security@example.com",
        PhoneNumber="+353 1 555 0100",
    )


def _stack(cloudformation: Any) -> None:
    """A stack whose database password was given as a plain parameter."""
    template = {
        "Parameters": {"DbPassword": {"Type": "String"}},
        "Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "shop-jobs"}}},
    }
    cloudformation.create_stack(
        StackName="shop-jobs",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "DbPassword", "ParameterValue": "made-up-Passw0rd-4"}],
        Tags=pairs(labels("shop-jobs", "app")),
    )


def _documents(ssm: Any) -> None:
    """One runbook."""
    step = {
        "name": "restart",
        "action": "aws:changeInstanceState",
        "inputs": {"InstanceIds": [], "DesiredState": "running"},
    }
    content = {"schemaVersion": "0.3", "description": "Restart the application", "mainSteps": [step]}
    ssm.create_document(Name="shop-restart-app", DocumentType="Automation", Content=json.dumps(content))
