"""Request rates like AWS's: a token bucket for each region and service, and for each operation where AWS counts so.

The figures are AWS's published defaults where it publishes them (the services' pages of quotas and throttling), and
a guess of 20 a second for the others. They are of the right size, not exact: real accounts differ.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Rate = tuple[float, float]
"""Requests a second, and how many at once."""

USUAL: Rate = (20, 40)
BY_OPERATION = frozenset({"ec2", "lambda"})
"""Services that count each operation by itself."""
RATES: dict[str, Rate] = {
    "ec2": (20, 100),
    "lambda": (15, 15),
    "lambda:GET /2015-03-31/functions": (100, 100),
    "s3": (1000, 1000),
    "iam": (20, 60),
    "kms": (50, 100),
    "sqs": (1000, 1000),
    "dynamodb": (100, 200),
    "sns": (30, 100),
    "monitoring": (50, 100),
    "logs": (10, 20),
    "route53": (5, 5),
    "cloudfront": (10, 20),
    "apigateway": (10, 40),
    "tagging": (15, 15),
    "secretsmanager": (50, 100),
    "ssm": (40, 40),
    "rds": (20, 60),
    "elasticloadbalancing": (10, 40),
    "ecr": (20, 40),
    "servicequotas": (10, 20),
    "cloudtrail": (2, 4),
    "states": (20, 100),
}
"""By the name that requests are signed for, and `name:` with the operation or the beginning of method and path."""


def rate_of(service: str, name: str) -> Rate:
    """The rate of a service, or of one of its operations."""
    finer = (rate for key, rate in RATES.items() if ":" in key and f"{service}:{name}".startswith(key))
    return next(finer, RATES.get(service, USUAL))


@dataclass
class Bucket:
    """Tokens that come at a rate, up to a number; each request takes one."""

    rate: float
    burst: float
    left: float
    at: float
    asked: int = 0
    refused: int = 0

    def take(self, now: float) -> bool:
        """Whether a request may pass."""
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        passes = self.left >= 1
        self.left -= passes
        self.asked += passes
        self.refused += not passes
        return passes

    @property
    def seconds(self) -> float:
        """How long so many requests take at the least."""
        return max(self.asked - self.burst, 0) / self.rate


@dataclass
class Limits:
    """The buckets of an account."""

    clock: Callable[[], float] = time.monotonic
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def refuses(self, region: str, service: str, name: str) -> bool:
        """Whether a request comes too early."""
        key = f"{region} {service}" + (f":{name.partition('?')[0]}" if service in BY_OPERATION else "")
        bucket = self.buckets.get(key)
        if bucket is None:
            rate, burst = rate_of(service, name)
            bucket = self.buckets[key] = Bucket(rate, burst, burst, self.clock())
        return not bucket.take(self.clock())


def refusal(service: str, content_type: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """How a service says that a request came too early, in its protocol."""
    if service == "ec2":
        code = b"RequestLimitExceeded"
        return 503, [], b"<Response><Errors><Error><Code>%s</Code></Error></Errors></Response>" % code
    if service == "s3":
        return 503, [], b"<Error><Code>SlowDown</Code></Error>"
    if "x-www-form-urlencoded" in content_type or service in ("route53", "cloudfront"):
        return 400, [], b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"
    headers = [("x-amzn-ErrorType", "ThrottlingException"), ("Content-Type", "application/x-amz-json-1.1")]
    status = 400 if "x-amz-json" in content_type else 429
    return status, headers, b'{"__type":"ThrottlingException"}'
