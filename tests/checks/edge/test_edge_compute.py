from typing import Any

from edges import behavior, distribution, items, permissions_of, points, uses_of

from auditor.evidence.cloudfront import CloudFrontFunction, CloudFrontFunctionCode, EdgeFunction, EdgeReplica
from auditor.evidence.dynamodb import Table, TableEntry
from auditor.evidence.iam import ManagedPolicy, Role
from auditor.evidence.logs import LogGroup
from auditor.model import Region, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)

FUNCTION_ARN = "arn:aws:cloudfront::123456789012:function/f"
VERSION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:auth:3"
LAMBDAS = items({"LambdaFunctionARN": VERSION_ARN, "EventType": "viewer-request"})
WITH_LAMBDA = distribution(DefaultCacheBehavior=behavior(LambdaFunctionAssociations=LAMBDAS))


ROLE_ARN = "arn:aws:iam::123456789012:role/edge"


def version(runtime: str | None = "nodejs22.x", **fields: Any) -> EdgeFunction:
    item = {"Id": "E1", "ARN": "arn:E1", "DefaultCacheBehavior": behavior(LambdaFunctionAssociations=LAMBDAS)}
    answer = {
        "FunctionArn": VERSION_ARN,
        "FunctionName": "auth",
        "Version": "3",
        "Role": ROLE_ARN,
        "CodeSize": 900,
        "MemorySize": 128,
        "Timeout": 5,
    }
    found = gathered(
        EdgeFunction,
        ACCOUNT,
        ListDistributions={"DistributionList": {"Items": [item]}},
        GetFunctionConfiguration=answer | ({"Runtime": runtime} if runtime else {}) | fields,
    )
    return found[0]  # type: ignore[no-any-return]


test_lambda_edge_runtime_supported = cases(
    "lambda_edge_runtime_supported",
    case("supported", PASS, version("nodejs24.x"), ACCOUNT, because="2028-04-30"),
    case("past its date", FAIL, version("nodejs20.x"), ACCOUNT, because="since 2026-04-30"),
    case("long gone", FAIL, version("nodejs12.x"), ACCOUNT, because="nodejs12.x has had no patches"),
    case("soon", FAIL, version("nodejs22.x"), ACCOUNT, because="in 155 days", warn_days=180),
    case("not so soon", PASS, version("nodejs22.x"), ACCOUNT),
    case("not known", UNKNOWN, version("nodejs26.x"), ACCOUNT, because="nodejs26.x"),
    case("no runtime", UNKNOWN, version(None), ACCOUNT),
)

MANY = points(50_000, 50_000)
NO = points()

test_lambda_edge_errors = cases(
    "lambda_edge_errors",
    case("few errors", PASS, WITH_LAMBDA, MANY, points(5), NO, NO, because="5 of 100,000"),
    case("many errors", FAIL, WITH_LAMBDA, MANY, points(101), NO, NO, because="101 execution errors"),
    case("malformed answers", FAIL, WITH_LAMBDA, MANY, NO, points(200), NO, because="200 validation errors"),
    case("limits", FAIL, WITH_LAMBDA, MANY, NO, NO, points(200), because="200 limit errors"),
    case("more is tolerated", PASS, WITH_LAMBDA, MANY, points(200), NO, NO, max_error_rate=0.01),
    case("no requests", NOT_APPLICABLE, WITH_LAMBDA, NO, NO, NO, NO),
    case("no function", NOT_APPLICABLE, distribution(), MANY, points(900), NO, NO),
    case("disabled", NOT_APPLICABLE, distribution(Enabled=False), MANY, NO, NO, NO),
)


LIVE_ONE = made(
    CloudFrontFunction,
    Name="f",
    FunctionConfig={"Runtime": "cloudfront-js-2.0"},
    FunctionMetadata={"FunctionARN": FUNCTION_ARN, "Stage": "LIVE"},
)
DRAFT_ONE = made(
    CloudFrontFunction,
    Name="f",
    FunctionConfig={"Runtime": "cloudfront-js-2.0"},
    FunctionMetadata={"FunctionARN": FUNCTION_ARN, "Stage": "DEVELOPMENT"},
)

test_cloudfront_function_errors = cases(
    "cloudfront_function_errors",
    case("few errors", PASS, LIVE_ONE, MANY, points(5), points(5), NO, because="10 of 100,000"),
    case("many errors", FAIL, LIVE_ONE, MANY, points(60), points(50), NO, because="110 of 100,000"),
    case("throttled", FAIL, LIVE_ONE, MANY, NO, NO, points(1), because="were throttled"),
    case("more is tolerated", PASS, LIVE_ONE, MANY, points(60), points(50), NO, max_error_rate=0.01),
    case("did not run", NOT_APPLICABLE, LIVE_ONE, NO, NO, NO, NO),
    case("draft", NOT_APPLICABLE, DRAFT_ONE, MANY, points(900), NO, NO),
)


def log_group(name: str = "/aws/lambda/us-east-1.auth", days: int | None = None) -> LogGroup:
    raw = {"arn": f"arn:log:{name}", "logGroupName": name, "storedBytes": 1024}
    return made(LogGroup, raw | ({"retentionInDays": days} if days else {}))


test_lambda_edge_log_retention_all_regions = cases(
    "lambda_edge_log_retention_all_regions",
    case("expires", PASS, log_group(days=30), because="30 days"),
    case("never expires", FAIL, log_group(), because="1,024 bytes"),
    case("expires late", FAIL, log_group(days=731), because="731 days"),
    case("may be kept longer", PASS, log_group(days=731), max_days=800),
    case("another function's", NOT_APPLICABLE, log_group("/aws/lambda/auth")),
)


def function(stage: str = "LIVE", runtime: str = "cloudfront-js-2.0", days: float = 100) -> CloudFrontFunction:
    return made(
        CloudFrontFunction,
        Name="f",
        FunctionConfig={"Runtime": runtime},
        FunctionMetadata={"FunctionARN": FUNCTION_ARN, "Stage": stage, "LastModifiedTime": ago(days=days)},
    )


def code(size: int = 100) -> CloudFrontFunctionCode:
    return made(CloudFrontFunctionCode, {"FunctionCode": "x" * size}, under=function())


LIVE, DRAFT = function(), function("DEVELOPMENT")

test_cloudfront_function_compute_headroom = cases(
    "cloudfront_function_compute_headroom",
    case("room", PASS, LIVE, code(), points(20, 40), because="40 %"),
    case("not run", PASS, LIVE, code(), NO, because="none of its time"),
    case("slow in one hour", FAIL, LIVE, code(), points(20, 81), because="81 %"),
    case("slower is tolerated", PASS, LIVE, code(), points(81), max_utilization=90),
    case("large", FAIL, LIVE, code(9300), NO, because="9,300 of 10,240"),
    case("draft", NOT_APPLICABLE, DRAFT, code(9300), NO),
)


def running(arn: str = FUNCTION_ARN) -> Any:
    associations = items({"FunctionARN": arn, "EventType": "viewer-request"})
    return every(distribution(DefaultCacheBehavior=behavior(FunctionAssociations=associations)))


NEW_DRAFT = function("DEVELOPMENT", days=50)
OLD_RUNTIME = function(runtime="cloudfront-js-1.0")

test_cloudfront_function_current_and_in_use = cases(
    "cloudfront_function_current_and_in_use",
    case("live and in use", PASS, LIVE, every(LIVE, DRAFT), running()),
    case("draft of a live one", NOT_APPLICABLE, DRAFT, every(LIVE, DRAFT), running()),
    case("only a draft", FAIL, DRAFT, every(DRAFT), running(), because="only as a draft"),
    case("unused", FAIL, LIVE, every(LIVE, DRAFT), running("arn:other"), because="no distribution"),
    case("old runtime", FAIL, OLD_RUNTIME, every(OLD_RUNTIME), running(), because="cloudfront-js-1.0"),
    case("unpublished change", FAIL, LIVE, every(LIVE, NEW_DRAFT), running(), because="50 days"),
    case("longer drafts are tolerated", PASS, LIVE, every(LIVE, NEW_DRAFT), running(), max_draft_days=60),
    case("distributions unread", UNKNOWN, LIVE, every(LIVE), every(gaps=(gap("cloudfront:ListDistributions"),))),
)


USED = uses_of(WITH_LAMBDA)
UNUSED = uses_of()
ON_ORIGIN = uses_of(
    distribution(
        DefaultCacheBehavior=behavior(
            LambdaFunctionAssociations=items({"LambdaFunctionARN": VERSION_ARN, "EventType": "origin-request"})
        )
    )
)
WITH_BODY = uses_of(
    distribution(
        DefaultCacheBehavior=behavior(
            LambdaFunctionAssociations=items(
                {"LambdaFunctionARN": VERSION_ARN, "EventType": "viewer-request", "IncludeBody": True}
            )
        )
    )
)


def role(*statements: dict[str, Any], attached: tuple[str, ...] = ()) -> Role:
    inline = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}]
    managed = [{"PolicyArn": arn, "PolicyName": "m"} for arn in attached]
    return made(Role, Arn=ROLE_ARN, RoleName="edge", Path="/", RolePolicyList=inline, AttachedManagedPolicies=managed)


def may(action: Any, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


BASIC = made(
    ManagedPolicy,
    Arn="arn:basic",
    PolicyVersionList=[
        {"IsDefaultVersion": True, "Document": {"Statement": [may(["logs:CreateLogStream", "logs:PutLogEvents"])]}}
    ],
)
LOGS_ONLY = permissions_of(role(may("xray:PutTraceSegments"), attached=("arn:basic",)), policies=[BASIC])
MANAGED_UNKNOWN = permissions_of(role(attached=("arn:gone",)))
ROLES_UNREAD = permissions_of(gaps=(gap("iam:GetAccountAuthorizationDetails", "global"),))
EVERYTHING_BUT = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}


def ran(region: str = "eu-west-1", p99: float = 4, average: float = 1, longest: float = 9, runs: float = 1e6) -> Any:
    """How the function did in a region."""
    values = {"invocations": runs, "total": runs * average, "longest": longest, "p99": p99}
    results = [{"Id": f"{word}0", "Timestamps": [ago(days=1)], "Values": [value]} for word, value in values.items()]
    item = {"Id": "E1", "ARN": "arn:E1", "DefaultCacheBehavior": behavior(LambdaFunctionAssociations=LAMBDAS)}
    answers: dict[str, Any] = {"ListDistributions": {"DistributionList": {"Items": [item]}}}
    return gathered(EdgeReplica, Region(region, ACCOUNT), GetMetricData={"MetricDataResults": results}, **answers)[0]


RAN = every(ran())
NOWHERE = every()
METRICS_UNREAD = every(gaps=(gap("cloudwatch:GetMetricData"),))

test_lambda_edge_replaceable_by_cloudfront_function = cases(
    "lambda_edge_replaceable_by_cloudfront_function",
    case("simple", FAIL, version(), USED, LOGS_ONLY, RAN, severity=Severity.MEDIUM, because="1.08 USD"),
    case("did not run", FAIL, version(), USED, LOGS_ONLY, NOWHERE, because="was not seen to run"),
    case("on origin events", FAIL, version(), ON_ORIGIN, LOGS_ONLY, RAN, severity=Severity.INFORMATIONAL),
    case("reads bodies", PASS, version(), WITH_BODY, LOGS_ONLY, RAN, because="the body"),
    case("much code", PASS, version(CodeSize=20_000), USED, LOGS_ONLY, RAN, because="20,000 bytes"),
    case("much code is allowed", FAIL, version(CodeSize=20_000), USED, LOGS_ONLY, RAN, max_code_bytes=30_000),
    case("layers", PASS, version(Layers=[{"Arn": "arn:layer:1"}]), USED, LOGS_ONLY, RAN, because="a layer"),
    case("memory", PASS, version(MemorySize=512), ON_ORIGIN, LOGS_ONLY, RAN, because="512 MB"),
    case("another language", PASS, version("java21"), USED, LOGS_ONLY, RAN, because="java21"),
    case("AWS calls", PASS, version(), USED, permissions_of(role(may("dynamodb:GetItem"))), RAN, because="GetItem"),
    case(
        "almost anything", PASS, version(), USED, permissions_of(role(EVERYTHING_BUT)), RAN, because="almost anything"
    ),
    case("slow at times", PASS, version(), USED, LOGS_ONLY, every(ran(p99=11)), because="1.0 ms"),
    case("slow on average", PASS, version(), USED, LOGS_ONLY, every(ran(average=3)), because="3.0 ms"),
    case("slow is allowed", FAIL, version(), USED, LOGS_ONLY, every(ran(p99=11)), max_p99_ms=20),
    case("policy not known", UNKNOWN, version(), USED, MANAGED_UNKNOWN, RAN, because="role edge"),
    case("roles unread", UNKNOWN, version(), USED, ROLES_UNREAD, RAN),
    case("metrics unread", UNKNOWN, version(), USED, LOGS_ONLY, METRICS_UNREAD),
    case("not in use", NOT_APPLICABLE, version(), UNUSED, LOGS_ONLY, RAN),
)


def answers_with(arn: str = FUNCTION_ARN, event: str = "viewer-response", **fields: Any) -> Any:
    associations = items({"FunctionARN": arn, "EventType": event})
    return distribution(DefaultCacheBehavior=behavior(FunctionAssociations=associations, **fields))


def script(text: str) -> Any:
    return every_of((LIVE_ONE, made(CloudFrontFunctionCode, {"FunctionCode": text}, under=LIVE_ONE)))


ON_ANSWERS = items({"LambdaFunctionARN": VERSION_ARN, "EventType": "origin-response"})
LAMBDA_ANSWERS = distribution(DefaultCacheBehavior=behavior(LambdaFunctionAssociations=ON_ANSWERS))
HSTS = "r.headers['strict-transport-security'] = {value: 'max-age=1'};"
SMALL, LARGE = every(version()), every(version(CodeSize=4096))
SCRIPTS = every(LIVE_ONE)
BLIND = every(gaps=(gap("cloudfront:ListFunctions", "global"),))

test_lambda_edge_header_function_redundant = cases(
    "lambda_edge_header_function_redundant",
    case("only headers", FAIL, answers_with(), NOWHERE, SCRIPTS, script(HSTS), because="f on default (*)"),
    case("another header", PASS, answers_with(), NOWHERE, SCRIPTS, script(HSTS + "r.headers.server = 0;")),
    case("another status", PASS, answers_with(), NOWHERE, SCRIPTS, script(HSTS + "r.statusCode = 404;")),
    case("no header", PASS, answers_with(), NOWHERE, SCRIPTS, script("return r;")),
    case("with a policy too", PASS, answers_with(ResponseHeadersPolicyId="h"), NOWHERE, SCRIPTS, script(HSTS)),
    case("small Lambda function", FAIL, LAMBDA_ANSWERS, SMALL, NOWHERE, NOWHERE, because="auth:3"),
    case("larger Lambda function", PASS, LAMBDA_ANSWERS, LARGE, NOWHERE, NOWHERE),
    case("counts as small", FAIL, LAMBDA_ANSWERS, LARGE, NOWHERE, NOWHERE, max_code_bytes=5000),
    case("on requests", NOT_APPLICABLE, WITH_LAMBDA, SMALL, NOWHERE, NOWHERE),
    case("Lambda functions unread", UNKNOWN, LAMBDA_ANSWERS, BLIND, NOWHERE, NOWHERE),
    case("functions unread", UNKNOWN, answers_with(), NOWHERE, BLIND, NOWHERE),
    case("code unread", UNKNOWN, answers_with(), NOWHERE, SCRIPTS, BLIND),
    case("disabled", NOT_APPLICABLE, distribution(Enabled=False), SMALL, NOWHERE, NOWHERE),
)

test_lambda_edge_limits_headroom = cases(
    "lambda_edge_limits_headroom",
    case("room", PASS, version(), USED, RAN, because="9 ms of 5,000"),
    case(
        "near the limit",
        FAIL,
        version(Timeout=30),
        USED,
        every(ran(longest=4100)),
        because="4,100 ms of 5,000 in eu-west",
    ),
    case("near its own timeout", FAIL, version(Timeout=2), USED, every(ran(longest=1700)), because="of 2,000"),
    case("on origin events", PASS, version(Timeout=30), ON_ORIGIN, every(ran(longest=4100, average=200))),
    case(
        "slow for viewers", FAIL, version(), USED, every(ran(), ran("us-east-1", average=60)), because="60 ms to each"
    ),
    case("slow is allowed", PASS, version(), USED, every(ran(average=60)), max_added_ms=100),
    case("did not run", NOT_APPLICABLE, version(), USED, NOWHERE),
    case("not in use", NOT_APPLICABLE, version(), UNUSED, RAN),
    case("metrics unread", UNKNOWN, version(), USED, METRICS_UNREAD),
)

TABLE_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/flags"


def table(*regions: str) -> Any:
    entry = made(TableEntry, "flags")
    described = {"TableArn": TABLE_ARN, "TableName": "flags", "Replicas": [{"RegionName": one} for one in regions]}
    return every(*gathered(Table, entry, DescribeTable={"Table": described}))


READS = permissions_of(role(may("dynamodb:GetItem", f"{TABLE_ARN}/index/by-host")))
READS_ALL = permissions_of(role(may("dynamodb:GetItem", "*")))
THREE = every(ran(), ran("us-east-1"), ran("eu-central-1"))

test_lambda_edge_data_access_is_local = cases(
    "lambda_edge_data_access_is_local",
    case("replicas", PASS, version(), USED, READS, THREE, table("us-east-1", "ap-southeast-2")),
    case("one replica", FAIL, version(), USED, READS, THREE, table("us-east-1"), because="flags in eu-west-1 has 1"),
    case("few regions", NOT_APPLICABLE, version(), USED, READS, RAN, table(), because="1 regions"),
    case("one region is many", FAIL, version(), USED, READS, RAN, table(), min_regions=1),
    case("no table", NOT_APPLICABLE, version(), USED, LOGS_ONLY, THREE, table()),
    case("no table by name", NOT_APPLICABLE, version(), USED, READS_ALL, THREE, table()),
    case("table not scanned", UNKNOWN, version(), USED, READS, THREE, NOWHERE, because="table/flags is not"),
    case("policy not known", UNKNOWN, version(), USED, MANAGED_UNKNOWN, THREE, table()),
    case("tables unread", UNKNOWN, version(), USED, READS, THREE, every(gaps=(gap("dynamodb:ListTables"),))),
    case("metrics unread", UNKNOWN, version(), USED, READS, METRICS_UNREAD, table()),
    case("not in use", NOT_APPLICABLE, version(), UNUSED, READS, THREE, table()),
)
