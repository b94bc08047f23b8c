from typing import Any

from edges import behavior, custom, distribution, items, s3

from auditor.evidence.cloudfront import CachePolicy, CloudFrontFunction, CloudFrontFunctionCode, OriginRequestPolicy
from auditor.model import Severity
from auditor.redact import Redactor
from auditor.testing import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, every, gap, made

FUNCTION_ARN = "arn:aws:cloudfront::123456789012:function/f"


def function(stage: str = "LIVE") -> CloudFrontFunction:
    return made(
        CloudFrontFunction,
        Name="f",
        FunctionConfig={"Runtime": "cloudfront-js-2.0"},
        FunctionMetadata={"FunctionARN": FUNCTION_ARN, "Stage": stage},
    )


def code(source: str) -> CloudFrontFunctionCode:
    return made(CloudFrontFunctionCode, Redactor(b"key").clean({"FunctionCode": source}), under=function())


test_cloudfront_function_no_secret_in_code = cases(
    "cloudfront_function_no_secret_in_code",
    case("key from a store", PASS, function(), code("const key = await kvs.get('jwt'); createHmac('sha256', key);")),
    case("token of the request", PASS, function(), code("const token = request.headers.authorization.value;")),
    case("HMAC key", FAIL, function(), code("createHmac('sha256', 'abcdefghijklmnop1234')"), because="HMAC key"),
    case("named key", FAIL, function(), code("var signingKey = 'abcdefghijklmnop1234';"), because="means a secret"),
    case("named secret", FAIL, function(), code("const secret = 'abcdefghijklmnop1234';"), because="password"),
    case("access key", FAIL, function(), code("id('AKIAIOSFODNN7EXAMPLE')"), because="aws-access-key"),
    case("Basic", FAIL, function(), code("if (a !== 'Basic dXNlcjpwYXNzd29yZA==') deny()"), because="Basic"),
    case(
        "in a draft",
        FAIL,
        function("DEVELOPMENT"),
        code("var apiKeyX = 'abcdefghijklmnop1234';"),
        because="DEVELOPMENT",
    ),
)


def running(event: str = "viewer-request") -> Any:
    associations = items({"FunctionARN": FUNCTION_ARN, "EventType": event})
    return every(distribution(DefaultCacheBehavior=behavior(FunctionAssociations=associations)))


SPLIT = "const parts = bearer.split('.'); const claims = JSON.parse(atob(parts[1]));"
VERIFIED = f"{SPLIT} createHmac('sha256', key); if (claims.exp < now) deny();"
BLIND = every(gaps=(gap("cloudfront:ListDistributions"),))

test_cloudfront_jwt_function_verifies_signature = cases(
    "cloudfront_jwt_function_verifies_signature",
    case("verifies", PASS, function(), code(VERIFIED), running()),
    case(
        "no signature", FAIL, function(), code(f"{SPLIT} if (claims.exp < now) deny();"), running(), because="signature"
    ),
    case("no expiry", FAIL, function(), code(f"{SPLIT} createHmac('sha256', key);"), running(), because="exp"),
    case("asymmetric", FAIL, function(), code(f"{VERIFIED} alg === 'RS256'"), running(), because="RS256"),
    case("no token", NOT_APPLICABLE, function(), code("request.uri += 'index.html';"), running()),
    case("on responses", NOT_APPLICABLE, function(), code(SPLIT), running("viewer-response")),
    case("draft", NOT_APPLICABLE, function("DEVELOPMENT"), code(SPLIT), running()),
    case("distributions unread", UNKNOWN, function(), code(SPLIT), BLIND),
)


def cache(minimum: int = 0, default: int = 60, maximum: int = 3600, **key: Any) -> Any:
    config = {
        "Name": "C",
        "MinTTL": minimum,
        "DefaultTTL": default,
        "MaxTTL": maximum,
        "ParametersInCacheKeyAndForwardedToOrigin": key,
    }
    return every(made(CachePolicy, CachePolicy={"Id": "c", "CachePolicyConfig": config}))


def request(headers: tuple[str, ...] = (), cookies: str = "none") -> Any:
    config = {
        "Name": "R",
        "HeadersConfig": {"HeaderBehavior": "whitelist" if headers else "none", "Headers": items(*headers)},
        "CookiesConfig": {"CookieBehavior": cookies},
    }
    return every(made(OriginRequestPolicy, OriginRequestPolicy={"Id": "r", "OriginRequestPolicyConfig": config}))


def personal(*origins: dict[str, Any], **fields: Any) -> Any:
    used = behavior(CachePolicyId="c", OriginRequestPolicyId="r", **fields)
    return distribution(*(origins or (custom(),)), DefaultCacheBehavior=used)


COOKIES = request(cookies="all")
ON_ORIGIN = items({"LambdaFunctionARN": "arn:l:1", "EventType": "origin-request"})
LANGUAGE = request(("Accept-Language",))

test_cloudfront_personalized_response_not_shared = cases(
    "cloudfront_personalized_response_not_shared",
    case(
        "kept for everyone",
        FAIL,
        personal(),
        cache(10),
        COOKIES,
        severity=Severity.HIGH,
        because="cookies for at least 10 s",
    ),
    case("up to the origin", FAIL, personal(), cache(), COOKIES, severity=Severity.MEDIUM, because="unless the origin"),
    case("up to a bucket", PASS, personal(s3()), cache(), COOKIES),
    case("cookies in the key", PASS, personal(), cache(10, CookiesConfig={"CookieBehavior": "all"}), COOKIES),
    case("authorization", FAIL, personal(), cache(10), request(("Authorization",)), because="Authorization"),
    case("nothing cached", PASS, personal(), cache(0, 0, 0), COOKIES),
    case("nothing personal sent", PASS, personal(), cache(10), request()),
    case(
        "variants by language",
        FAIL,
        personal(LambdaFunctionAssociations=ON_ORIGIN),
        cache(),
        LANGUAGE,
        severity=Severity.LOW,
        because="Accept-Language",
    ),
    case(
        "language in the key",
        PASS,
        personal(LambdaFunctionAssociations=ON_ORIGIN),
        cache(HeadersConfig={"HeaderBehavior": "whitelist", "Headers": items("Accept-Language")}),
        LANGUAGE,
    ),
    case("unread", UNKNOWN, personal(), every(gaps=(gap("cloudfront:ListCachePolicies"),)), COOKIES),
    case("no request policy", PASS, distribution(), every(gaps=(gap("cloudfront:ListCachePolicies"),)), COOKIES),
    case("disabled", NOT_APPLICABLE, distribution(Enabled=False), cache(10), COOKIES),
)
