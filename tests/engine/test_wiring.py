from typing import Annotated, Any, ClassVar

import pytest

from auditor.calls import call
from auditor.errors import WiringError
from auditor.every import Every
from auditor.evidence.s3 import Bucket, BucketPolicy, BucketVersioning
from auditor.metrics import Metric, metric
from auditor.model import Account, Region, Severity, Verdict, passed
from auditor.plan import Sources, make_plan
from auditor.registry import Registry, load
from auditor.typed import Evidence, evidence
from auditor.wiring import Form, Tags, check, collector, inference

BUILT_IN = load()


def registry(*checks: Any, collectors: Any = None, inferences: Any = ()) -> Registry:
    return Registry({one.id: one for one in checks}, collectors or BUILT_IN.collectors, tuple(inferences), ())


@check(severity=Severity.LOW, practices=["SEC09-BP02"])
def sample_check(
    bucket: Bucket,
    policy: BucketPolicy | None,
    everything: Every[Bucket],
    requests: Annotated[Metric, metric("AWS/S3", "AllRequests", "Sum", BucketName="bucket")],
    tags: Tags,
    *,
    max_days: int = 30,
    names: tuple[str, ...] = ("a",),
) -> Verdict:
    """Buckets are as they should be.

    Why: because
        of this.
    Fix: do that,
        then this.
    """
    return passed(f"{max_days}{names}{bucket}{policy}{everything}{requests}{tags}")


def test_a_signature_is_the_declaration() -> None:
    assert sample_check.subject is Bucket
    policy, everything, requests, tags = sample_check.needs
    assert (policy.kind, policy.optional) == (BucketPolicy, True)
    assert (everything.kind, everything.form) == (Bucket, Form.EVERY)
    assert requests.spec is not None
    assert requests.spec.metric == "AllRequests"
    assert tags.kind is Tags
    assert [(t.name, t.default, t.schema) for t in sample_check.thresholds] == [
        ("max_days", 30, {"type": "integer"}),
        ("names", ["a"], {"type": "array", "items": {"type": "string"}}),
    ]


def test_a_docstring_has_the_title_the_risk_and_the_fix() -> None:
    assert (sample_check.title, sample_check.why, sample_check.fix) == (
        "Buckets are as they should be",
        "because of this.",
        "do that, then this.",
    )


def test_a_plan_is_the_closure_of_what_the_checks_need() -> None:
    plan = make_plan(registry(sample_check), [sample_check])
    assert [one.name for one in plan.calls] == [
        "cloudwatch:GetMetricData",
        "resourcegroupstaggingapi:GetResources",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:ListBuckets",
    ]


@evidence
class BucketPolicies(Evidence):
    """Provided by nothing."""


def _refused(function: Any) -> str:
    with pytest.raises(WiringError) as caught:
        one = check(severity=Severity.LOW, practices=["SEC09-BP02"])(function)
        make_plan(registry(one), [one])
    return str(caught.value)


DOC = "Title.\n\nWhy: a.\nFix: b.\n"


def _documented(function: Any) -> Any:
    function.__doc__ = DOC
    return function


@_documented
def misspelt(bucket: Bucket, policies: BucketPolicies) -> Verdict:
    return passed("")


@_documented
def bare(bucket: Bucket, policy) -> Verdict:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return passed("")


@_documented
def no_subject() -> Verdict:
    return passed("")


@_documented
def no_default(bucket: Bucket, *, days: int) -> Verdict:
    return passed("")


@_documented
def odd_threshold(bucket: Bucket, *, days: dict = {}) -> Verdict:  # type: ignore[type-arg]  # noqa: B006
    return passed("")


@_documented
def of_another(account: Account, versioning: BucketVersioning) -> Verdict:
    return passed("")


@_documented
def not_under(account: Account, bucket: Bucket) -> Verdict:
    return passed("")


def undocumented(bucket: Bucket) -> Verdict:
    return passed("")


@_documented
def union(bucket: Bucket, both: BucketPolicy | BucketVersioning) -> Verdict:
    return passed("")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (misspelt, "test_wiring: nothing provides BucketPolicies; did you mean BucketPolicy?"),
        (bare, "bare: annotate policy"),
        (no_subject, "no_subject: the first parameter is the resource that is judged"),
        (no_default, "no_default: give days a default"),
        (odd_threshold, "<class 'dict'>: a threshold is a bool, int, float, str or a tuple of one of them"),
        (of_another, "BucketVersioning is about a Bucket, not a Account"),
        (not_under, "a Account is not listed under a Bucket; ask for Every[Bucket]"),
        (undocumented, "undocumented: the docstring has a title, `Why:` and `Fix:`"),
        (union, "asks for more than one kind"),
    ],
)
def test_a_mistake_is_refused_at_load(function: Any, message: str) -> None:
    assert message in _refused(function)


def test_two_providers_of_one_kind_are_refused() -> None:
    @inference
    def another(everything: Every[Bucket]) -> BucketPolicy:
        raise NotImplementedError

    with pytest.raises(WiringError, match="two functions provide BucketPolicy"):
        Sources(BUILT_IN.collectors, [another])


def test_an_inference_is_of_the_account_or_of_a_region() -> None:
    @inference
    def whole(everything: Every[Bucket]) -> BucketPolicies:
        raise NotImplementedError

    @inference
    def part(region: Region, everything: Every[Bucket]) -> BucketPolicies:
        raise NotImplementedError

    assert (whole.scope, part.scope) == (Account, Region)


def test_a_collector_says_that_it_works_in_batches() -> None:
    with pytest.raises(WiringError, match=r"go together"):

        @collector(call("s3", "GetBucketPolicy"), batch=10)
        def wrong(aws: Any, bucket: Bucket) -> BucketPolicy:
            raise NotImplementedError


class Shape(Evidence):
    view: ClassVar = "shape"

    def describe(self) -> dict[str, Any]:
        return {}


@inference
def shape(buckets: Every[Bucket]) -> Shape:
    return Shape()


def test_a_view_is_planned_where_a_check_rests_on_it_or_someone_asks() -> None:
    known = registry(sample_check, inferences=[shape])
    assert make_plan(known, [sample_check]).views == {}
    plan = make_plan(known, [], views=["shape"])
    assert plan.views == {"shape": Shape}
    assert Bucket in [one.provides for one in plan.collectors]
