"""Edge authentication and personalization."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.cloudfront import (
    Behavior,
    CachePolicy,
    CloudFrontFunction,
    CloudFrontFunctionCode,
    Distribution,
    EdgeFunction,
    KeyValueStore,
    OriginRequestPolicy,
)
from auditor.evidence.policy import Statement
from auditor.inference.edge import EdgePermissions, EdgeUses, Origins
from auditor.model import Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check

_ID = attrgetter("id")
_ARN = attrgetter("arn")

_KEY_LITERAL = re.compile(r"createHmac\(\s*['\"][\w-]+['\"]\s*,\s*['\"][^'\"]{16,}['\"]")
_NAMED_LITERAL = re.compile(
    r"(?i)\b(?:const|let|var)\s+\w*(?:secret|key|password|token)\w*\s*=\s*['\"][^'\"\s]{16,}['\"]"
)
_BASIC_LITERAL = re.compile(r"['\"]Basic\s+(?:['\"]\s*\+\s*['\"])?[A-Za-z0-9+/]{8,}={0,2}['\"]")


@check(severity=Severity.HIGH, practices=["SEC02-BP03"])
def cloudfront_function_no_secret_in_code(function: CloudFrontFunction, code: CloudFrontFunctionCode) -> Verdict:
    """Edge functions hold no signing keys or credentials in code.

    Why: everyone who may read the function, its repository or its build logs can then sign tokens of their own.
    Fix: take the key out of the code, replace it, and verify with a key from a KeyValueStore, or use a signature
        by public key in Lambda@Edge.
    """
    found = {*code.literal_secrets, *_literal_keys(code.source)}
    if found:
        kinds = ", ".join(sorted(found))
        return failed(f"the {function.stage} code holds a literal {kinds}", kinds=sorted(found))
    return passed(f"the {function.stage} code holds no literal that looks like a secret")


def _literal_keys(source: str) -> Iterator[str]:
    if _KEY_LITERAL.search(source):
        yield "HMAC key"
    if _NAMED_LITERAL.search(source):
        yield "value of a name that means a secret"
    if _BASIC_LITERAL.search(source):
        yield "Basic credential"


_SPLITS_TOKEN = re.compile(r"split\(\s*['\"]\.['\"]\s*\)|Bearer")
_DECODES = re.compile(r"\batob\(|Buffer\.from\([^)]*base64|JSON\.parse\(")
_EXPIRY = re.compile(r"\bexp\b")
_ASYMMETRIC = re.compile(r"\b(?:RS|ES|PS)(?:256|384|512)\b")


@check(severity=Severity.HIGH, practices=["SEC09-BP03", "SEC11-BP04"])
def cloudfront_jwt_function_verifies_signature(
    function: CloudFrontFunction, code: CloudFrontFunctionCode, distributions: Every[Distribution]
) -> Verdict:
    """JWT functions at the edge check signature and expiry.

    Why: a token whose signature nobody checks can be written by anyone, with any name and role in it.
    Fix: verify HS256 tokens with crypto.createHmac and compare exp with the time; verify RS256 and ES256 in
        Lambda@Edge or at the origin. The code is judged by its text: read it before acting.
    """
    if not function.is_live:
        return not_applicable("only the live stage runs")
    if not (_SPLITS_TOKEN.search(code.source) and _DECODES.search(code.source)):
        return not_applicable("it reads no token")
    if not any(_judges_viewers(behavior, function.arn) for one in distributions for behavior in one.behaviors):
        return not_applicable("no behavior runs it on viewer requests")
    problems = list(_unverified(code.source))
    return failed("; ".join(problems)) if problems else passed("it makes an HMAC and reads the expiry of tokens")


def _judges_viewers(behavior: Behavior, arn: str) -> bool:
    return any(one.function == arn and one.event == "viewer-request" for one in behavior.functions)


def _unverified(source: str) -> Iterator[str]:
    if "createHmac" not in source:
        yield "it decodes a token and never computes its signature"
    if not _EXPIRY.search(source):
        yield "it never reads the exp claim"
    asymmetric = _ASYMMETRIC.search(source)
    if asymmetric:
        yield f"it names {asymmetric[0]}, which CloudFront Functions cannot verify"


_VARIANTS = (
    "CloudFront-Viewer-Country",
    "CloudFront-Is-Mobile-Viewer",
    "CloudFront-Is-Tablet-Viewer",
    "Accept-Language",
)
_DYNAMIC = frozenset({"apigw", "lambda_url", "other", "vpc_origin"})

Problem = tuple[Severity, str]


@check(severity=Severity.HIGH, practices=["SEC08-BP04", "SEC03-BP07"])
def cloudfront_personalized_response_not_shared(
    distribution: Distribution, caches: Every[CachePolicy], requests: Every[OriginRequestPolicy]
) -> Verdict:
    """Personalized responses are not served to other viewers from cache.

    Why: what the origin answers to one viewer's cookie is stored and given to the next one.
    Fix: put the cookie or header into the cache key, or use Managed-CachingDisabled for paths that depend on it.
    """
    if not distribution.serves:
        return not_applicable("it is disabled, or a staging copy")
    problems = [
        problem
        for behavior in distribution.behaviors
        if behavior.cache_policy and behavior.origin_request_policy
        for cache in caches.by(_ID).get(behavior.cache_policy, ())
        for request in requests.by(_ID).get(behavior.origin_request_policy, ())
        for problem in _shared(distribution, behavior, cache, request)
    ]
    if not problems:
        return passed("what reaches the origins by viewer is in the cache key, or is not cached")
    worst = max((severity for severity, _ in problems), key=lambda one: one.rank)
    return failed("; ".join(reason for _, reason in problems), severity=worst)


def _shared(
    distribution: Distribution, behavior: Behavior, cache: CachePolicy, request: OriginRequestPolicy
) -> Iterator[Problem]:
    if cache.never_caches:
        return
    secret = _personal(cache, request)
    kinds = {one.kind for one in distribution.origins_of(behavior)}
    if secret and cache.min_ttl > 0:
        yield Severity.HIGH, f"{behavior.path} keeps answers to {secret} for at least {cache.min_ttl} s for everyone"
    elif secret and cache.default_ttl > 0 and kinds & _DYNAMIC:
        yield Severity.MEDIUM, f"{behavior.path} keeps answers to {secret} for everyone unless the origin forbids it"
    runs = any(one.event.startswith("origin-") for one in behavior.lambdas)
    variant = next((one for one in _VARIANTS if request.sends_header(one) and not cache.varies_by(one)), None)
    if runs and variant:
        yield Severity.LOW, f"{behavior.path} varies by {variant}, which is not in its cache key"


def _personal(cache: CachePolicy, request: OriginRequestPolicy) -> str:
    """What tells viewers apart, reaches the origin and is not in the cache key."""
    if request.cookie_behavior != "none" and cache.cookie_behavior == "none":
        return "cookies"
    if request.sends_header("Authorization") and not cache.varies_by("Authorization"):
        return "the header Authorization"
    return ""


_APPLICATIONS = frozenset({"alb", "nlb", "apigw", "lambda_url", "vpc_origin"})
_CHECKS_TOKENS = re.compile(r"(?i)jwt|authorization|createHmac|token")


@check(severity=Severity.LOW, practices=["SEC05-BP03", "SEC09-BP03", "PERF04-BP02"])
def cloudfront_authenticated_paths_checked_at_edge(
    distribution: Distribution,
    caches: Every[CachePolicy],
    requests: Every[OriginRequestPolicy],
    origins: Origins,
    functions: Every[CloudFrontFunction],
    codes: Every[CloudFrontFunctionCode],
    *,
    public_paths: tuple[str, ...] = ("/login*", "/oauth*", "/.well-known/*", "/public/*", "/health*"),
) -> Verdict:
    """API behaviors reject unauthenticated requests at the edge.

    Why: requests without a valid token travel to the origin and use its capacity only to be refused there.
    Fix: check the token in a CloudFront Function or in Lambda@Edge on viewer requests, by signed URLs or cookies of a
        key group, or by certificates of the viewers; name the paths that need none in public_paths.
    """
    if not distribution.serves:
        return not_applicable("it is disabled, or a staging copy")
    judged = [
        one
        for one in distribution.behaviors
        if not any(fnmatchcase(one.path, public) for public in public_paths)
        and _sends_credentials(one, caches, requests)
        and any(origins.kind(origin) in _APPLICATIONS for origin in distribution.origins_of(one))
    ]
    if not judged:
        return not_applicable("no path sends credentials to an application")
    if distribution.mutual_tls == "required":
        return passed("viewers must show a certificate")
    unchecked = [one.path for one in judged if not _is_checked(one, functions, codes)]
    if unchecked:
        return failed(f"nothing at the edge looks at the credentials for {', '.join(unchecked)}", paths=unchecked)
    return passed(f"credentials are looked at before {len(judged)} paths go to their origins")


def _sends_credentials(behavior: Behavior, caches: Every[CachePolicy], requests: Every[OriginRequestPolicy]) -> bool:
    named = {"*", "authorization"} & {one.lower() for one in behavior.legacy_headers}
    cached = caches.by(_ID).get(behavior.cache_policy, ()) if behavior.cache_policy else ()
    sent = requests.by(_ID).get(behavior.origin_request_policy, ()) if behavior.origin_request_policy else ()
    keyed = any(one.varies_by("Authorization") for one in cached)
    return bool(named) or keyed or any(one.sends_header("Authorization") for one in sent)


def _is_checked(behavior: Behavior, functions: Every[CloudFrontFunction], codes: Every[CloudFrontFunctionCode]) -> bool:
    if behavior.signed_by_key_group or any(one.event == "viewer-request" for one in behavior.lambdas):
        return True
    arns = [one.function for one in behavior.functions if one.event == "viewer-request"]
    live = [one for arn in arns for one in functions.by(_ARN).get(arn, ()) if one.is_live]
    return any(_CHECKS_TOKENS.search(code.source) for one in live for code in codes.of(one))


_STRING = r"(?:'[^'\n]*'|\"[^\"\n]*\")"
_ENTRY = re.compile(rf"(?:(?:[\w$]+|{_STRING})\s*:\s*)?{_STRING}")
_LARGE_BYTES = 8192


@check(severity=Severity.LOW, practices=["OPS05-BP03", "OPS05-BP09", "PERF02-BP01"])
def edge_config_in_key_value_store(
    function: CloudFrontFunction, code: CloudFrontFunctionCode, *, max_literals: int = 20
) -> Verdict:
    """Edge lookup tables and flags live in a KeyValueStore.

    Why: a redirect or a flag that stands in code is changed by a deployment, and the table grows into the code quota.
    Fix: create a KeyValueStore, move the entries there, and associate it with the function; max_literals is how many
        strings one list or table in the code may have.
    """
    if not function.is_live:
        return not_applicable("only the live stage runs")
    if function.key_value_stores:
        return passed("it is associated with a KeyValueStore")
    longest, share = _literals(code.source)
    size = len(code.source.encode())
    if longest > max_literals:
        return failed(f"a table in its code has {longest} entries", entries=longest)
    if size > _LARGE_BYTES and share > len(code.source) / 2:
        return failed(f"more than half of its {size:,} bytes are literals")
    return passed(f"its longest table has {longest} entries")


def _literals(source: str) -> tuple[int, int]:
    """The entries of the longest run of strings that only commas part, and the characters of all of them."""
    longest = run = end = characters = 0
    for entry in _ENTRY.finditer(source):
        run = run + 1 if run and source[end : entry.start()].strip() == "," else 1
        longest, end, characters = max(longest, run), entry.end(), characters + len(entry[0])
    return longest, characters


@check(severity=Severity.LOW, practices=["OPS05-BP03", "PERF02-BP01", "COST05-BP05"])
def lambda_edge_lookup_in_key_value_store(
    function: EdgeFunction, uses: EdgeUses, permissions: EdgePermissions, functions: Every[CloudFrontFunction]
) -> Verdict:
    """Lambda@Edge functions that only look something up use a KeyValueStore instead.

    Why: each request then waits for one region's parameter, object or table, and pays for Lambda@Edge as well.
    Fix: copy the data to a KeyValueStore and read it in a CloudFront Function on viewer requests.
    """
    if not any(one.event == "viewer-request" for one in uses.of(function.arn)):
        return not_applicable("no serving distribution runs this version on viewer requests")
    rights = permissions.beyond_telemetry(function.role)
    if rights is None:
        return unknown(f"not all policies of its role {function.role.rpartition('/')[2]} are known")
    source = _only_source(rights)
    if not source:
        return passed("its role may do more, or less, than read from one place")
    if any(one.key_value_stores for one in functions):
        return passed("the account keeps edge data in a KeyValueStore")
    return failed(f"all that its role may do is to read {source}, and no function has a KeyValueStore")


_LOOKUPS = re.compile(r"(?i)ssm:getparameter\w*|s3:getobject|dynamodb:(?:getitem|query)")


def _only_source(rights: Sequence[Statement]) -> str:
    """The one parameter, prefix or table that is all that a role may read; empty where there is more or nothing."""
    actions = [action for one in rights for action in one.actions]
    places = {resource for one in rights for resource in one.resources}
    reads = all(_LOOKUPS.fullmatch(action) for action in actions) and not any(one.not_actions for one in rights)
    return places.pop() if reads and len(places) == 1 and "*" not in places else ""


@check(severity=Severity.LOW, practices=["OPS05-BP03", "SUS02-BP03"])
def cloudfront_key_value_store_in_use(store: KeyValueStore, functions: Every[CloudFrontFunction]) -> Verdict:
    """KeyValueStores are read by a function.

    Why: changes to a store that no function reads have no effect, which whoever made them believes.
    Fix: associate the store with the function that is to read it, or delete it.
    """
    readers = [one.function_name for one in functions if store.arn in one.key_value_stores]
    if readers:
        return passed(f"{readers[0]} reads it")
    return failed(f"none of {len({one.arn for one in functions})} functions is associated with it")
