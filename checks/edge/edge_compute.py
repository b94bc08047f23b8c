"""Edge compute (Lambda@Edge and CloudFront Functions)."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.cloudfront import (
    Behavior,
    CloudFrontFunction,
    CloudFrontFunctionCode,
    Distribution,
    EdgeFunction,
    EdgeReplica,
)
from auditor.evidence.dynamodb import Table
from auditor.evidence.lambda_runtimes import end_of_support
from auditor.evidence.logs import LogGroup
from auditor.evidence.policy import Statement
from auditor.inference.edge import EdgePermissions, EdgeUses, Use
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check

_HOME = "us-east-1"
_CODE_QUOTA_BYTES = 10_240
"""The size of a CloudFront Function's code (CloudFront quotas)."""

_ARN = attrgetter("arn")
_NAME = attrgetter("function_name")

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


_FUNCTION = {"FunctionName": "function_name", "Region": "=Global"}
Invocations = Annotated[
    Metric, metric("AWS/CloudFront", "FunctionInvocations", "Sum", days=7, region=_HOME, **_FUNCTION)
]
Failures = Annotated[
    Metric, metric("AWS/CloudFront", "FunctionExecutionErrors", "Sum", days=7, region=_HOME, **_FUNCTION)
]
Malformed = Annotated[
    Metric, metric("AWS/CloudFront", "FunctionValidationErrors", "Sum", days=7, region=_HOME, **_FUNCTION)
]
Throttles = Annotated[Metric, metric("AWS/CloudFront", "FunctionThrottles", "Sum", days=7, region=_HOME, **_FUNCTION)]


@check(severity=Severity.HIGH, practices=["REL06-BP02", "REL11-BP01"])
def cloudfront_function_errors(
    function: CloudFrontFunction,
    invocations: Invocations,
    failures: Failures,
    malformed: Malformed,
    throttles: Throttles,
    *,
    max_error_rate: float = 0.001,
) -> Verdict:
    """CloudFront Functions run without errors or throttles.

    Why: each failed or throttled run is a 5xx in front of a viewer that no log of the origin shows.
    Fix: test the function with the event that fails (TestFunction), and take work out of it where it is throttled.
        max_error_rate is a share of invocations.
    """
    if not function.is_live:
        return not_applicable("only the live stage runs")
    if not invocations:
        return not_applicable("it did not run in 7 days")
    if throttles.total:
        return failed(f"{throttles.total:,.0f} of {invocations.total:,.0f} runs in 7 days were throttled")
    errors = failures.total + malformed.total
    if errors > max_error_rate * invocations.total:
        return failed(f"{errors:,.0f} of {invocations.total:,.0f} runs in 7 days ended in an error", errors=errors)
    return passed(f"{errors:,.0f} of {invocations.total:,.0f} runs in 7 days ended in an error")


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

    Why: a function over its budget is stopped, and the viewer gets a 5xx. The 2 MB that are often quoted are its
        memory; its code may have 10 KB.
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


_UNUSED = not_applicable("no serving distribution runs this version")
_USD_A_CALL = (0.60 - 0.10) / 1_000_000
_USD_A_GB_SECOND = 0.00005001
"""Prices of Lambda@Edge in every region, and of CloudFront Functions by invocation (USD, November 2025)."""
_MONTH_OF_14_DAYS = 30 / 14


@check(severity=Severity.MEDIUM, practices=["PERF02-BP01", "PERF04-BP02", "COST05-BP05"])
def lambda_edge_replaceable_by_cloudfront_function(
    function: EdgeFunction,
    uses: EdgeUses,
    permissions: EdgePermissions,
    replicas: Every[EdgeReplica],
    *,
    max_code_bytes: int = 10_240,
    max_p99_ms: float = 10,
    max_average_ms: float = 2,
) -> Verdict:
    """Simple edge transformations run as CloudFront Functions.

    Why: Lambda@Edge costs six times as much a request, is billed by time as well, and adds milliseconds that a
        CloudFront Function does not.
    Fix: rewrite it as a CloudFront Function of the runtime cloudfront-js-2.0 on the same viewer event. Keep Lambda@Edge
        for what needs the body, the network, AWS calls or much code.
    """
    events = uses.of(function.arn)
    if not events:
        return _UNUSED
    need = next(_needs(function, events, max_code_bytes), "")
    if need:
        return passed(f"it needs Lambda@Edge: {need}")
    rights = permissions.beyond_telemetry(function.role)
    if rights is None:
        return unknown(f"not all policies of its role {function.role.rpartition('/')[2]} are known")
    if rights:
        return passed(f"it needs Lambda@Edge: its role may {', '.join(rights[0].actions[:2]) or 'do almost anything'}")
    own = replicas.by(_NAME).get(function.unqualified_name, ())
    slow = [one for one in own if one.p99_ms > max_p99_ms]
    calls = sum(one.invocations for one in own)
    average = sum(one.total_ms for one in own) / calls if calls else 0.0
    if slow or average > max_average_ms:
        return passed(f"it takes {average:.1f} ms on average, more than a transformation does")
    return _replaceable(function, events, calls, average)


def _needs(function: EdgeFunction, events: Sequence[Use], max_code_bytes: int) -> Iterator[str]:
    """Why it must be a Lambda function, as far as its configuration tells."""
    if any(one.association.includes_body for one in events):
        yield "it reads the body of requests"
    if function.code_bytes > max_code_bytes:
        yield f"its code has {function.code_bytes:,} bytes"
    if function.layers:
        yield "it uses a layer"
    if function.memory_mb > _VIEWER_MB:
        yield f"it has {function.memory_mb} MB of memory"
    if not (function.runtime or "").startswith(("nodejs", "python")):
        yield f"its runtime is {function.runtime or 'a container image'}"


def _replaceable(function: EdgeFunction, events: Sequence[Use], calls: float, average: float) -> Verdict:
    usd = calls * (_USD_A_CALL + average / 1000 * _VIEWER_MB / 1024 * _USD_A_GB_SECOND) * _MONTH_OF_14_DAYS
    seen = f"takes {average:.1f} ms on average" if calls else "was not seen to run"
    reason = f"its {function.code_bytes:,} bytes of {function.runtime} make no AWS call, and it {seen}"
    saving = round(usd, 2)
    if all(one.event.startswith("viewer-") for one in events):
        return failed(f"{reason}; about {usd:,.2f} USD a month are saved", monthly_saving_usd=saving)
    return failed(
        f"{reason}; it runs on {events[0].event}, and would have to move to a viewer event",
        severity=Severity.INFORMATIONAL,
        monthly_saving_usd=saving,
    )


_SECURITY_HEADERS = frozenset(
    {
        "strict-transport-security",
        "content-security-policy",
        "x-frame-options",
        "x-content-type-options",
        "referrer-policy",
        "permissions-policy",
    }
)
_RESPONSES = ("viewer-response", "origin-response")
_NAMED_HEADER = re.compile(r"headers\s*(?:\.\s*(\w+)|\[\s*['\"]([\w-]+)['\"]\s*\])")
_MORE_THAN_HEADERS = re.compile(r"\b(?:statusCode|statusDescription|cookies|body|querystring|kvs|fetch)\b")


@check(severity=Severity.LOW, practices=["PERF04-BP02", "COST05-BP05"])
def lambda_edge_header_function_redundant(
    distribution: Distribution,
    functions: Every[EdgeFunction],
    scripts: Every[CloudFrontFunction],
    codes: Every[CloudFrontFunctionCode],
    *,
    max_code_bytes: int = 2048,
) -> Verdict:
    """Header-only edge functions are replaced by native policies.

    Why: a function that only sets headers is paid for with every response, and is code that somebody must maintain.
    Fix: attach a response headers policy with the same headers to the behavior, and take the function off.
    """
    if not distribution.serves:
        return not_applicable("it is disabled, or a staging copy")
    judged = [one for one in distribution.behaviors if any(one.runs_code_at(event) for event in _RESPONSES)]
    if not judged:
        return not_applicable("no function runs on its responses")
    bare = [one for one in judged if not one.response_headers_policy]
    found = [
        f"{name} on {one.path}"
        for one in bare
        for name in (*_small(one, functions, max_code_bytes), *_only_headers(one, scripts, codes))
    ]
    if found:
        return failed(f"a response headers policy could do what {', '.join(found)} does")
    return passed("the functions on its responses do more than a response headers policy could")


def _small(behavior: Behavior, functions: Every[EdgeFunction], max_code_bytes: int) -> Iterator[str]:
    for each in behavior.lambdas:
        if each.event in _RESPONSES:
            known = functions.by(_ARN).get(each.version_arn, ())
            yield from (one.name for one in known if one.code_bytes < max_code_bytes)


def _only_headers(
    behavior: Behavior, scripts: Every[CloudFrontFunction], codes: Every[CloudFrontFunctionCode]
) -> Iterator[str]:
    for each in behavior.functions:
        if each.event in _RESPONSES:
            live = [one for one in scripts.by(_ARN).get(each.function, ()) if one.is_live]
            yield from (one.function_name for one in live for code in codes.of(one) if _sets_headers(code.source))


def _sets_headers(source: str) -> bool:
    """Whether the only headers that it names are those that a response headers policy sets."""
    names = {(dotted or quoted).lower() for dotted, quoted in _NAMED_HEADER.findall(source)}
    known = all(name in _SECURITY_HEADERS or name.startswith("access-control-") for name in names)
    return bool(names) and known and not _MORE_THAN_HEADERS.search(source)


_VIEWER_MB = 128
_VIEWER_SECONDS = 5
_ORIGIN_SECONDS = 30
"""Lambda@Edge quotas: viewer events 5 seconds and 128 MB, origin events 30 seconds."""
_SHARE = 0.8


@check(severity=Severity.MEDIUM, practices=["REL01-BP03", "PERF02-BP04"])
def lambda_edge_limits_headroom(
    function: EdgeFunction, uses: EdgeUses, replicas: Every[EdgeReplica], *, max_added_ms: float = 50
) -> Verdict:
    """Lambda@Edge stays clear of its time limit: 5 seconds on viewer events, 30 on origin events.

    Why: at the limit the viewer gets a 5xx, and every millisecond before is added to every request. The 30 seconds
        that are often quoted are for origin events; viewer events have 5, and 128 MB.
    Fix: cache what it looks up outside the handler, move work to an origin event or to the origin, or raise a Timeout
        that is below the limit.
    """
    events = uses.of(function.arn)
    if not events:
        return _UNUSED
    at_viewer = any(one.event.startswith("viewer-") for one in events)
    limit = min(function.timeout_seconds, _VIEWER_SECONDS if at_viewer else _ORIGIN_SECONDS)
    own = replicas.by(_NAME).get(function.unqualified_name, ())
    if not own:
        return not_applicable("it did not run in 14 days")
    worst = max(own, key=lambda one: one.longest_ms)
    if worst.longest_ms > _SHARE * limit * 1000:
        return failed(f"it took {worst.longest_ms:,.0f} ms of {limit * 1000:,} in {worst.region}")
    slowest = max(own, key=lambda one: one.average_ms)
    if at_viewer and slowest.average_ms > max_added_ms:
        return failed(f"it adds {slowest.average_ms:,.0f} ms to each request in {slowest.region}")
    return passed(f"it took at most {worst.longest_ms:,.0f} ms of {limit * 1000:,} in 14 days")


_NEAR = 2


@check(severity=Severity.LOW, practices=["PERF04-BP06", "PERF03-BP02", "REL10-BP01"])
def lambda_edge_data_access_is_local(
    function: EdgeFunction,
    uses: EdgeUses,
    permissions: EdgePermissions,
    replicas: Every[EdgeReplica],
    tables: Every[Table],
    *,
    min_regions: int = 3,
) -> Verdict:
    """Lambda@Edge data stores are replicated near the viewers.

    Why: a function in Sydney that asks a table in Ireland adds a quarter of a second to every request.
    Fix: make the table a global table with replicas near the viewers and ask the nearest one, or move the data to a
        KeyValueStore.
    """
    if not uses.of(function.arn):
        return _UNUSED
    rights = permissions.beyond_telemetry(function.role)
    if rights is None:
        return unknown(f"not all policies of its role {function.role.rpartition('/')[2]} are known")
    named = sorted({arn for one in rights for arn in _tables(one)})
    if not named:
        return not_applicable("its role may use no DynamoDB table by name")
    regions = sorted(one.region for one in replicas.by(_NAME).get(function.unqualified_name, ()))
    if len(regions) < min_regions:
        return not_applicable(f"it ran in {len(regions)} regions only")
    found = {arn: tables.by(_ARN).get(arn, ()) for arn in named}
    far = [one for known in found.values() for one in known if len(one.replicas) < _NEAR]
    if far:
        reason = f"{far[0].table} in {far[0].region} has {len(far[0].replicas)} replicas"
        return failed(f"{reason}, and it runs in {', '.join(regions)}", regions=regions)
    unseen = [arn for arn, known in found.items() if not known]
    if unseen:
        return unknown(f"{unseen[0]} is not among the tables of the scanned regions")
    return passed(f"its tables have replicas in at least {_NEAR} other regions")


def _tables(statement: Statement) -> Iterator[str]:
    """The tables that it names; an index is of its table."""
    if statement.not_actions or not any(one.lower().startswith("dynamodb:") for one in statement.actions):
        return
    for resource in statement.resources:
        table = resource.partition("/index/")[0].partition("/stream/")[0]
        if ":table/" in table and not {"*", "?"} & set(table):
            yield table
