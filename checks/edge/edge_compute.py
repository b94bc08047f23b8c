"""Edge compute (Lambda@Edge and CloudFront Functions)."""

from datetime import date, timedelta
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.cloudfront import (
    CloudFrontFunction,
    CloudFrontFunctionCode,
    Distribution,
    EdgeFunction,
)
from auditor.evidence.lambda_runtimes import end_of_support
from auditor.evidence.logs import LogGroup
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check

_HOME = "us-east-1"
_CODE_QUOTA_BYTES = 10_240
"""The size of a CloudFront Function's code (CloudFront quotas)."""

_ARN = attrgetter("arn")

Utilization = Annotated[
    Metric,
    metric(
        "AWS/CloudFront",
        "FunctionComputeUtilization",
        "Average",
        days=7,
        period=3600,
        region=_HOME,
        FunctionName="function_name",
        Region="=Global",
    ),
]
WeekOfRequests = Annotated[
    Metric, metric("AWS/CloudFront", "Requests", "Sum", days=7, region=_HOME, DistributionId="id", Region="=Global")
]
ExecutionErrors = Annotated[
    Metric,
    metric(
        "AWS/CloudFront", "LambdaExecutionError", "Sum", days=7, region=_HOME, DistributionId="id", Region="=Global"
    ),
]
ValidationErrors = Annotated[
    Metric,
    metric(
        "AWS/CloudFront", "LambdaValidationError", "Sum", days=7, region=_HOME, DistributionId="id", Region="=Global"
    ),
]
LimitErrors = Annotated[
    Metric,
    metric(
        "AWS/CloudFront",
        "LambdaLimitExceededErrors",
        "Sum",
        days=7,
        region=_HOME,
        DistributionId="id",
        Region="=Global",
    ),
]


@check(severity=Severity.HIGH, practices=["SEC06-BP01", "PERF05-BP06"])
def lambda_edge_runtime_supported(function: EdgeFunction, account: Account, *, warn_days: int = 90) -> Verdict:
    """Lambda@Edge functions use a supported runtime.

    Why: holes in an old runtime are no longer patched, and a published version keeps its runtime for ever.
    Fix: move the code to a current runtime, publish a new version and associate that one with the behavior.
    """
    if function.runtime is None:
        return unknown("the version has no runtime of AWS's")
    end = end_of_support(function.runtime)
    if end is None:
        return unknown(f"the support of {function.runtime} is not known")
    left = (end - account.now.date()).days
    if left < 0:
        since = "" if end == date.min else f" since {end}"
        return failed(f"{function.runtime} has had no patches{since}", runtime=function.runtime)
    if left <= warn_days:
        return failed(f"{function.runtime} gets no patches after {end}, in {left} days", runtime=function.runtime)
    return passed(f"{function.runtime} is patched until {end}")


@check(severity=Severity.HIGH, practices=["REL06-BP02", "REL11-BP01"])
def lambda_edge_errors(
    distribution: Distribution,
    requests: WeekOfRequests,
    execution: ExecutionErrors,
    validation: ValidationErrors,
    limits: LimitErrors,
    *,
    max_error_rate: float = 0.001,
) -> Verdict:
    """Edge functions run without errors or throttles.

    Why: each failed run is a 5xx in front of a viewer that no log of the origin shows.
    Fix: look into the function's log group in the regions of its viewers; validation errors are malformed answers.
        max_error_rate is a share of requests.
    """
    if not distribution.serves:
        return not_applicable("it is disabled, or a staging copy")
    if not any(one.lambdas for one in distribution.behaviors):
        return not_applicable("it runs no Lambda@Edge function")
    if not requests:
        return not_applicable("it had no request in 7 days")
    errors = {"execution": execution.total, "validation": validation.total, "limit": limits.total}
    bad = {name: count for name, count in errors.items() if count > max_error_rate * requests.total}
    if bad:
        named = ", ".join(f"{count:,.0f} {name} errors" for name, count in bad.items())
        return failed(f"{requests.total:,.0f} requests in 7 days met {named}", requests=requests.total)
    return passed(f"{sum(errors.values()):,.0f} of {requests.total:,.0f} requests in 7 days met an error")


@check(severity=Severity.LOW, practices=["COST04-BP05", "SUS04-BP03"])
def lambda_edge_log_retention_all_regions(group: LogGroup, *, max_days: int = 400) -> Verdict:
    """Lambda@Edge logs expire in every Region where replicas ran.

    Why: replicas make log groups by themselves near the viewers, where nobody looks and events are kept for ever.
    Fix: set a retention of at most max_days on every group /aws/lambda/us-east-1.<function>, in all regions.
    """
    if not group.log_group.startswith("/aws/lambda/us-east-1."):
        return not_applicable("no Lambda@Edge replica made it")
    if group.retention_days is None:
        return failed(f"its {group.stored_bytes:,} bytes never expire")
    if group.retention_days > max_days:
        return failed(f"it keeps events for {group.retention_days} days")
    return passed(f"it keeps events for {group.retention_days} days")


@check(severity=Severity.MEDIUM, practices=["REL01-BP03", "PERF02-BP04"])
def cloudfront_function_compute_headroom(
    function: CloudFrontFunction,
    code: CloudFrontFunctionCode,
    utilization: Utilization,
    *,
    max_utilization: float = 70,
    max_code_bytes: int = 9216,
) -> Verdict:
    """CloudFront Functions stay within their time and size budget.

    Why: a function over its budget is stopped, and the viewer gets a 5xx.
    Fix: move tables to a KeyValueStore, take regular expressions and loops apart, or use Lambda@Edge;
        max_utilization is a percentage of the time allowed.
    """
    if not function.is_live:
        return not_applicable("only the live stage runs")
    size = len(code.source.encode())
    if utilization and utilization.maximum > max_utilization:
        return failed(f"it used {utilization.maximum:.0f} % of its time in the worst hour of 7 days")
    if size > max_code_bytes:
        return failed(f"its code has {size:,} of {_CODE_QUOTA_BYTES:,} bytes", bytes=size)
    used = f"{utilization.maximum:.0f} %" if utilization else "none"
    return passed(f"its code has {size:,} bytes, and its worst hour of 7 days used {used} of its time")


@check(severity=Severity.LOW, practices=["PERF05-BP06", "OPS05-BP03", "SUS02-BP03"])
def cloudfront_function_current_and_in_use(
    function: CloudFrontFunction,
    functions: Every[CloudFrontFunction],
    distributions: Every[Distribution],
    *,
    max_draft_days: int = 14,
) -> Verdict:
    """CloudFront Functions are live, in use and on runtime 2.0.

    Why: a draft that was never published is a fix that viewers do not have, and an unused function is dead weight.
    Fix: publish or delete the draft, associate or delete the function, and set the runtime to cloudfront-js-2.0.
    """
    stages = functions.by(_ARN)[function.arn]
    live = next((one for one in stages if one.is_live), None)
    if live is None:
        return failed("it exists only as a draft")
    if not function.is_live:
        return not_applicable("its live stage is judged")
    if not any(_runs(one, function.arn) for one in distributions):
        return failed("no distribution runs it")
    if function.runtime == "cloudfront-js-1.0":
        return failed("its runtime is cloudfront-js-1.0")
    newest = max(one.modified for one in stages)
    if newest - function.modified > timedelta(days=max_draft_days):
        return failed(f"its draft is {(newest - function.modified).days} days newer than what runs")
    return passed(f"it is live on {function.runtime}, and a distribution runs it")


def _runs(distribution: Distribution, arn: str) -> bool:
    return any(one.function == arn for behavior in distribution.behaviors for one in behavior.functions)
