from typing import Any

from edges import behavior, distribution, items, points

from auditor.evidence.cloudfront import CloudFrontFunction, CloudFrontFunctionCode, EdgeFunction
from auditor.evidence.logs import LogGroup
from auditor.testing import ACCOUNT, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, ago, case, cases, every, gap, gathered, made

FUNCTION_ARN = "arn:aws:cloudfront::123456789012:function/f"
VERSION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:auth:3"
LAMBDAS = items({"LambdaFunctionARN": VERSION_ARN, "EventType": "viewer-request"})
WITH_LAMBDA = distribution(DefaultCacheBehavior=behavior(LambdaFunctionAssociations=LAMBDAS))


def version(runtime: str | None) -> EdgeFunction:
    item = {"Id": "E1", "ARN": "arn:E1", "DefaultCacheBehavior": behavior(LambdaFunctionAssociations=LAMBDAS)}
    answer = {"FunctionArn": VERSION_ARN, "FunctionName": "auth", "Version": "3"}
    found = gathered(
        EdgeFunction,
        ACCOUNT,
        ListDistributions={"DistributionList": {"Items": [item]}},
        GetFunctionConfiguration=answer | ({"Runtime": runtime} if runtime else {}),
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
