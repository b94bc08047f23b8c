from typing import Any

from edges import behavior, custom, distribution, items, origins_of, permissions_of, s3, uses_of

from auditor.evidence.cloudfront import (
    CachePolicy,
    CloudFrontFunction,
    CloudFrontFunctionCode,
    EdgeFunction,
    KeyValueStore,
    OriginRequestPolicy,
)
from auditor.evidence.iam import ManagedPolicy, Role
from auditor.model import Severity
from auditor.redact import Redactor
from auditor.testing import (
    ACCOUNT,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)

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
    case("named key", FAIL, function(), code("var signingKey = 'abcdefghijklmnop1234';"), because="literal"),
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


def at_edge(event: str = "viewer-request", **fields: Any) -> dict[str, Any]:
    """A behavior that runs the function."""
    return behavior(FunctionAssociations=items({"FunctionARN": FUNCTION_ARN, "EventType": event}), **fields)


API_ORIGIN = custom("a1.execute-api.eu-west-1.amazonaws.com")
SENDS: dict[str, Any] = {"OriginRequestPolicyId": "r"}
LAMBDA_ARN = "arn:aws:lambda:us-east-1:123456789012:function:auth:3"
RUNS_LAMBDA: dict[str, Any] = {
    "LambdaFunctionAssociations": items({"LambdaFunctionARN": LAMBDA_ARN, "EventType": "viewer-request"})
}
ALL_VIEWER = every(
    made(
        OriginRequestPolicy,
        OriginRequestPolicy={
            "Id": "r",
            "OriginRequestPolicyConfig": {
                "HeadersConfig": {"HeaderBehavior": "allViewer"},
                "CookiesConfig": {"CookieBehavior": "all"},
            },
        },
    )
)
LIVE = function()
LIVES = every(LIVE)
NONE = every()


def source(text: str) -> Any:
    return every_of((LIVE, code(text)))


def api(**fields: Any) -> Any:
    """A distribution before an API, and what its origin is."""
    one = distribution(API_ORIGIN, DefaultCacheBehavior=behavior(**(SENDS | fields)))
    return one, NONE, ALL_VIEWER, origins_of(one)


def api_with(**fields: Any) -> Any:
    one = distribution(API_ORIGIN, DefaultCacheBehavior=at_edge(**SENDS), **fields)
    return one, NONE, ALL_VIEWER, origins_of(one)


ONLY_PUBLIC = distribution(
    API_ORIGIN, DefaultCacheBehavior=behavior(), CacheBehaviors=items(behavior(PathPattern="/login*", **SENDS))
)
BY_KEY = distribution(API_ORIGIN, DefaultCacheBehavior=behavior(CachePolicyId="p"))
KEYED = every(
    made(
        CachePolicy,
        CachePolicy={
            "Id": "p",
            "CachePolicyConfig": {
                "Name": "Keyed",
                "MinTTL": 0,
                "ParametersInCacheKeyAndForwardedToOrigin": {
                    "EnableAcceptEncodingGzip": True,
                    "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": items("Authorization")},
                    "CookiesConfig": {"CookieBehavior": "none"},
                    "QueryStringsConfig": {"QueryStringBehavior": "none"},
                },
            },
        },
    )
)
LEGACY = distribution(API_ORIGIN, DefaultCacheBehavior=behavior(ForwardedValues={"Headers": items("*")}))
STATIC = distribution(s3(), DefaultCacheBehavior=behavior(**SENDS))
MUTUAL = distribution(API_ORIGIN, DefaultCacheBehavior=behavior(**SENDS), ViewerMtlsConfig={"Mode": "required"})
BLIND_LIST = every(gaps=(gap("cloudfront:ListFunctions", "global"),))
JWT = source("const jwt = parse(request.headers.authorization.value);")

test_cloudfront_authenticated_paths_checked_at_edge = cases(
    "cloudfront_authenticated_paths_checked_at_edge",
    case("unchecked", FAIL, *api(), NONE, NONE, because="default (*)"),
    case("by a function", PASS, *api_with(), LIVES, JWT),
    case("by a function that only rewrites", FAIL, *api_with(), LIVES, source("request.uri += 'index.html';")),
    case("by Lambda@Edge", PASS, *api(**RUNS_LAMBDA), NONE, NONE),
    case("by a key group", PASS, *api(TrustedKeyGroups={"Enabled": True}), NONE, NONE),
    case("by certificates", PASS, MUTUAL, NONE, ALL_VIEWER, origins_of(MUTUAL), NONE, NONE, because="certificate"),
    case("in the cache key", FAIL, BY_KEY, KEYED, NONE, origins_of(BY_KEY), NONE, NONE),
    case("by legacy settings", FAIL, LEGACY, NONE, NONE, origins_of(LEGACY), NONE, NONE),
    case("a public path", NOT_APPLICABLE, ONLY_PUBLIC, NONE, ALL_VIEWER, origins_of(ONLY_PUBLIC), NONE, NONE),
    case("no longer public", FAIL, ONLY_PUBLIC, NONE, ALL_VIEWER, origins_of(ONLY_PUBLIC), NONE, NONE, public_paths=()),
    case("nothing is sent", NOT_APPLICABLE, *api(OriginRequestPolicyId="other"), NONE, NONE),
    case("a bucket", NOT_APPLICABLE, STATIC, NONE, ALL_VIEWER, origins_of(STATIC), NONE, NONE),
    case("cache policies unread", UNKNOWN, BY_KEY, BLIND_LIST, NONE, origins_of(BY_KEY), NONE, NONE),
    case("request policies unread", UNKNOWN, api()[0], NONE, BLIND_LIST, api()[3], NONE, NONE),
    case("functions unread", UNKNOWN, *api_with(), BLIND_LIST, NONE),
    case("code unread", UNKNOWN, *api_with(), LIVES, every(gaps=(gap("cloudfront:GetFunction", "global"),))),
    case("disabled", NOT_APPLICABLE, distribution(Enabled=False), NONE, NONE, origins_of(), NONE, NONE),
)

REDIRECTS = ",\n".join(f"  '/old/{number}': '/new/{number}'" for number in range(21))
FEW = ", ".join(f"'/page/{number}'" for number in range(20))
LONG = "const pages = " + "; const more = ".join(f"'{number:0>400}'" for number in range(21)) + ";"
STORED = made(
    CloudFrontFunction,
    Name="f",
    FunctionConfig={
        "Runtime": "cloudfront-js-2.0",
        "KeyValueStoreAssociations": items({"KeyValueStoreARN": "arn:aws:cloudfront::1:key-value-store/k"}),
    },
    FunctionMetadata={"FunctionARN": FUNCTION_ARN, "Stage": "LIVE"},
)

test_edge_config_in_key_value_store = cases(
    "edge_config_in_key_value_store",
    case("a table of redirects", FAIL, LIVE, code(f"const map = {{\n{REDIRECTS}\n}};"), because="21 entries"),
    case("by names", FAIL, LIVE, code("const map = {" + ", ".join(f"k{n}: 'v'" for n in range(30)) + "};")),
    case("a short list", PASS, LIVE, code(f"const pages = [{FEW}];"), because="20 entries"),
    case("shorter ones are not tolerated", FAIL, LIVE, code(f"const pages = [{FEW}];"), max_literals=5),
    case("strings here and there", PASS, LIVE, code("if (uri === '/a') { return '/b'; }"), because="1 entries"),
    case("mostly literals", FAIL, LIVE, code(LONG), because="more than half"),
    case("with a store", PASS, STORED, code(f"const pages = [{FEW}, 'x', 'y'];"), because="associated"),
    case("draft", NOT_APPLICABLE, function("DEVELOPMENT"), code(f"const map = {{{REDIRECTS}}};")),
)

ROLE_ARN = "arn:aws:iam::123456789012:role/edge"
LOGS = {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:PutLogEvents"], "Resource": "*"}


def edge_role(*statements: dict[str, Any], attached: str = "") -> Role:
    own = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}]
    managed = [{"PolicyArn": attached, "PolicyName": "m"}] if attached else []
    return made(Role, Arn=ROLE_ARN, RoleName="edge", Path="/", RolePolicyList=own, AttachedManagedPolicies=managed)


def may(action: Any, resource: str = "arn:aws:ssm:us-east-1:123456789012:parameter/flags") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def edge_function() -> EdgeFunction:
    item = {"Id": "E1", "ARN": "arn:E1", "DefaultCacheBehavior": behavior(**RUNS_LAMBDA)}
    answer = {"FunctionArn": LAMBDA_ARN, "FunctionName": "auth", "Version": "3", "Role": ROLE_ARN}
    answers: dict[str, Any] = {"ListDistributions": {"DistributionList": {"Items": [item]}}}
    return gathered(EdgeFunction, ACCOUNT, GetFunctionConfiguration=answer, **answers)[0]  # type: ignore[no-any-return]


AUTH = edge_function()
USED = uses_of(distribution(DefaultCacheBehavior=behavior(**RUNS_LAMBDA)))
READS_FLAGS = permissions_of(edge_role(LOGS, may("ssm:GetParameter")))
BY_MANAGED = made(
    ManagedPolicy,
    Arn="arn:m",
    PolicyVersionList=[
        {"IsDefaultVersion": True, "Document": {"Statement": [may("s3:PutObject", "arn:aws:s3:::b/*")]}}
    ],
)

test_lambda_edge_lookup_in_key_value_store = cases(
    "lambda_edge_lookup_in_key_value_store",
    case("reads one parameter", FAIL, AUTH, USED, READS_FLAGS, LIVES, because="parameter/flags"),
    case(
        "reads one prefix",
        FAIL,
        AUTH,
        USED,
        permissions_of(edge_role(may("s3:GetObject", "arn:aws:s3:::b/f/*"))),
        LIVES,
    ),
    case("a store is used", PASS, AUTH, USED, READS_FLAGS, every(STORED), because="KeyValueStore"),
    case(
        "writes as well",
        PASS,
        AUTH,
        USED,
        permissions_of(edge_role(may(["ssm:GetParameter", "ssm:PutParameter"]))),
        LIVES,
    ),
    case(
        "writes by a managed policy",
        PASS,
        AUTH,
        USED,
        permissions_of(edge_role(may("ssm:GetParameter"), attached="arn:m"), policies=[BY_MANAGED]),
        LIVES,
    ),
    case("only logs", PASS, AUTH, USED, permissions_of(edge_role(LOGS)), LIVES),
    case("anything", PASS, AUTH, USED, permissions_of(edge_role(may("*", "*"))), LIVES),
    case(
        "policy not known", UNKNOWN, AUTH, USED, permissions_of(edge_role(attached="arn:gone")), LIVES, because="edge"
    ),
    case("roles unread", UNKNOWN, AUTH, USED, permissions_of(gaps=(gap("iam:GetAccountAuthorizationDetails"),)), LIVES),
    case("functions unread", UNKNOWN, AUTH, USED, READS_FLAGS, BLIND_LIST),
    case("not at viewers", NOT_APPLICABLE, AUTH, uses_of(), READS_FLAGS, LIVES),
)

STORE = made(KeyValueStore, ARN="arn:aws:cloudfront::1:key-value-store/k", Name="flags")

test_cloudfront_key_value_store_in_use = cases(
    "cloudfront_key_value_store_in_use",
    case("read", PASS, STORE, every(STORED), because="f reads it"),
    case("unread by functions", FAIL, STORE, LIVES, because="none of 1 functions"),
    case("functions unread", UNKNOWN, STORE, BLIND_LIST),
)
