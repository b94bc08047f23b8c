"""The IAM policy that a plan needs: its actions and no others, in the formats that people deploy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from auditor.plan import Plan

SIZE_LIMIT = 6144
"""Characters that a managed policy may have, white space not counted (IAM and STS quotas)."""

_ALWAYS = ("ec2:DescribeRegions", "iam:ListAccountAliases")
"""What every scan asks before its plan; sts:GetCallerIdentity needs no permission."""

_ROOM = SIZE_LIMIT - 200


def actions(plan: Plan) -> tuple[str, ...]:
    """The IAM actions of a plan, sorted."""
    return tuple(sorted({call.action for call in plan.calls} | set(_ALWAYS)))


def policy(needed: Sequence[str]) -> dict[str, object]:
    """A policy document that allows these actions on everything: lists have no narrower resource."""
    statement = {"Sid": "AuditorReads", "Effect": "Allow", "Action": list(needed), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def parts(needed: Sequence[str]) -> list[list[str]]:
    """The actions in as few managed policies as their size allows."""
    found: list[list[str]] = [[]]
    size = 0
    for action in needed:
        size += len(action) + 3
        if size > _ROOM:
            found.append([])
            size = len(action) + 3
        found[-1].append(action)
    return found


def as_json(needed: Sequence[str]) -> str:
    """One policy document."""
    return json.dumps(policy(needed), indent=2)


def as_cloudformation(needed: Sequence[str]) -> str:
    """A template with a role that an account you name may assume with an external id."""
    import yaml

    policies = {
        f"AuditorPolicy{number}": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy(part)}}
        for number, part in enumerate(parts(needed), 1)
    }
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${TrustedAccount}:root"}},
                "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
            }
        ],
    }
    role = {
        "RoleName": {"Ref": "RoleName"},
        "AssumeRolePolicyDocument": trust,
        "ManagedPolicyArns": [{"Ref": name} for name in policies],
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A role for auditor: it reads what its checks need, and nothing else.",
        "Parameters": {
            "TrustedAccount": {
                "Type": "String",
                "AllowedPattern": "[0-9]{12}",
                "Description": "The account that assumes the role.",
            },
            "ExternalId": {
                "Type": "String",
                "MinLength": 8,
                "NoEcho": True,
                "Description": "A secret that the caller must give.",
            },
            "RoleName": {"Type": "String", "Default": "auditor"},
        },
        "Resources": {**policies, "AuditorRole": {"Type": "AWS::IAM::Role", "Properties": role}},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["AuditorRole", "Arn"]}}},
    }
    return yaml.safe_dump(template, sort_keys=False, width=120)


def as_terraform(needed: Sequence[str]) -> str:
    """A module with the same role."""
    blocks = [_TERRAFORM]
    for number, part in enumerate(parts(needed), 1):
        listed = "".join(f'      "{action}",\n' for action in part)
        blocks.append(_TERRAFORM_POLICY.format(number=number, actions=listed))
    return "\n".join(blocks)


_TERRAFORM = """\
variable "trusted_account" {
  type        = string
  description = "The account that assumes the role."
}

variable "external_id" {
  type        = string
  sensitive   = true
  description = "A secret that the caller must give."
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "auditor_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${var.trusted_account}:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
}

resource "aws_iam_role" "auditor" {
  name               = "auditor"
  assume_role_policy = data.aws_iam_policy_document.auditor_trust.json
}

output "role_arn" {
  value = aws_iam_role.auditor.arn
}
"""

_TERRAFORM_POLICY = """\
data "aws_iam_policy_document" "auditor_{number}" {{
  statement {{
    sid       = "AuditorReads"
    resources = ["*"]
    actions = [
{actions}    ]
  }}
}}

resource "aws_iam_policy" "auditor_{number}" {{
  name   = "auditor-{number}"
  policy = data.aws_iam_policy_document.auditor_{number}.json
}}

resource "aws_iam_role_policy_attachment" "auditor_{number}" {{
  role       = aws_iam_role.auditor.name
  policy_arn = aws_iam_policy.auditor_{number}.arn
}}
"""

FORMATS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "json": as_json,
    "cloudformation": as_cloudformation,
    "terraform": as_terraform,
}
