"""A strict validator of BatchImportFindings: botocore's model, and the limits that are only documented.

Stricter than the service where its documentation leaves room: lengths count UTF-16 units, sizes count powers of ten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session

LENGTHS = {
    "Id": (1, 512),
    "ProductArn": (12, 2048),
    "ProductName": (1, 128),
    "GeneratorId": (1, 512),
    "AwsAccountId": (12, 12),
    "Title": (1, 256),
    "Description": (1, 1024),
    "Remediation.Recommendation.Text": (1, 512),
    "Remediation.Recommendation.Url": (1, 1024),
    "Resources[].Type": (1, 256),
    "Resources[].Id": (1, 512),
    "Resources[].Region": (1, 16),
    "Note.Text": (1, 512),
    "Note.UpdatedBy": (1, 512),
    "FindingProviderFields.Severity.Original": (1, 64),
    "Compliance.RelatedRequirements[]": (1, 64),
    "Compliance.StatusReasons[].ReasonCode": (1, 100),
    "Compliance.StatusReasons[].Description": (1, 1024),
}
COUNTS = {
    "Resources": (1, 32),
    "FindingProviderFields.Types": (0, 50),
    "Compliance.RelatedRequirements": (0, 32),
}
MAPS = {  # entries, length of a key, length of a value
    "ProductFields": (50, 128, 2048),
    "UserDefinedFields": (50, 128, 1024),
    "Resources[].Tags": (50, 128, 256),
    "Resources[].Details.Other": (50, 127, 1023),
}
PATTERNS = {
    "SchemaVersion": "2018-10-08",
    "AwsAccountId": r"\d{12}",
    "ProductArn": r"arn:aws[a-z-]*:securityhub:[a-z0-9-]+:\d{12}:product/\d{12}/default",
    "CreatedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)",
    "UpdatedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)",
    "FindingProviderFields.Types[]": (
        r"(Software and Configuration Checks|TTPs|Effects|Unusual Behaviors|Sensitive Data Identifications)"
        r"(/[^/]+){0,2}"
    ),
    "Compliance.StatusReasons[].ReasonCode": r"[A-Z]+(_[A-Z]+)*",
    "Remediation.Recommendation.Url": r"https://[!-~]+",
    "Resources[].Region": r"[a-z]{2,4}(-[a-z]+)+-\d",
}
TAG = re.compile(r"[A-Za-z0-9 .:+=@_/-]*")
PROVIDER_OWNED = ("Severity", "Types", "Confidence", "Criticality", "RelatedFindings")
"""What a provider sets in FindingProviderFields and nowhere else."""

POPULATED_BY_SECURITY_HUB = ("Region", "ProcessedAt", "CompanyName", "AwsAccountName", "WorkflowState")


@cache
def _shape() -> Any:
    model = botocore.session.get_session().get_service_model("securityhub")
    return model.operation_model("BatchImportFindings").input_shape.members["Findings"].member


def supported_types() -> set[str]:
    """The resource types with details of their own, and the account."""
    details = _shape().members["Resources"].member.members["Details"]
    return {name for name in details.members if name.startswith("Aws")} | {"AwsAccount"}


def batch_problems(batch: Sequence[Mapping[str, Any]]) -> list[str]:
    """What Security Hub would refuse the request for."""
    ids = [finding["Id"] for finding in batch]
    size = len(json.dumps({"Findings": batch}).encode())
    return [
        *([] if 1 <= len(batch) <= 100 else [f"{len(batch)} findings"]),
        *([] if size <= 6_000_000 else [f"{size} bytes"]),
        *([] if len(set(ids)) == len(ids) else ["an Id twice"]),
        *([] if len({finding["ProductArn"] for finding in batch}) <= 1 else ["findings of several products"]),
        *(problem for finding in batch for problem in problems(finding)),
    ]


def problems(finding: Mapping[str, Any]) -> list[str]:
    """What Security Hub would refuse the finding for, each with its place."""
    return [*_of_shape(finding, _shape(), ""), *_of_finding(finding)]


def _of_finding(finding: Mapping[str, Any]) -> Iterator[str]:
    size = len(json.dumps(finding).encode())
    if size > 240_000:
        yield f"{size} bytes"
    for name in (*PROVIDER_OWNED, *POPULATED_BY_SECURITY_HUB):
        if name in finding:
            yield f"{name} is not for providers to set"
    if not finding.get("FindingProviderFields", {}).get("Severity"):
        yield "FindingProviderFields.Severity is missing"
    account, region = finding["AwsAccountId"], finding["ProductArn"].split(":")[3]
    if f":{account}:product/{account}/" not in finding["ProductArn"]:
        yield "the product of a foreign account"
    if finding["Resources"][0].get("Region") != region:
        yield "another region than the product's"
    if datetime.fromisoformat(finding["UpdatedAt"]) < datetime.fromisoformat(finding["CreatedAt"]):
        yield "updated before it was created"


def _of_shape(value: Any, shape: Any, path: str) -> Iterator[str]:
    check = {"structure": _structure, "list": _list, "map": _map, "string": _string}.get(shape.type_name)
    if check:
        yield from check(value, shape, path)
    elif not isinstance(value, (int, float)):
        yield f"{path}: {value!r} is no {shape.type_name}"


def _structure(value: Any, shape: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: no object"
        return
    yield from (f"{path}.{name} is missing" for name in shape.required_members if name not in value)
    for name, inner in value.items():
        if name in shape.members:
            yield from _of_shape(inner, shape.members[name], f"{path}.{name}".lstrip("."))
        else:
            yield f"{path}.{name} is unknown"


def _list(value: Any, shape: Any, path: str) -> Iterator[str]:
    least, most = COUNTS.get(path, (0, 1000))
    if not isinstance(value, list) or not least <= len(value) <= most:
        yield f"{path}: not a list of {least} to {most}"
        return
    for inner in value:
        yield from _of_shape(inner, shape.member, f"{path}[]")


def _map(value: Any, shape: Any, path: str) -> Iterator[str]:
    most, key_length, value_length = MAPS[path]
    if not isinstance(value, dict) or not 1 <= len(value) <= most:
        yield f"{path}: not 1 to {most} entries"
        return
    for key, inner in value.items():
        yield from _text(key, shape.key, path, (1, key_length))
        yield from _text(inner, shape.value, path, (1, value_length))
        if path.endswith(".Tags") and not (TAG.fullmatch(key) and TAG.fullmatch(inner)):
            yield f"{path}: {key!r}={inner!r} has characters that tags may not have"


def _string(value: Any, shape: Any, path: str) -> Iterator[str]:
    yield from _text(value, shape, path, LENGTHS.get(path, (1, 512)))
    if path in PATTERNS and isinstance(value, str) and not re.fullmatch(PATTERNS[path], value):
        yield f"{path}: {value!r} does not match {PATTERNS[path]}"


def _text(value: Any, shape: Any, path: str, length: tuple[int, int]) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path}: {value!r} is no text"
        return
    if any("\ud800" <= char <= "\udfff" for char in value):
        yield f"{path}: half a character"
        return
    least, most = length
    if not least <= len(value.encode("utf-16-le")) // 2 <= most:
        yield f"{path}: {len(value)} characters, not {least} to {most}"
    if not re.search(shape.metadata.get("pattern", ""), value):
        yield f"{path}: {value!r} does not match {shape.metadata['pattern']}"
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"
    if any(char < " " or char == "\x7f" for char in value):
        yield f"{path}: control characters in {value!r}"
