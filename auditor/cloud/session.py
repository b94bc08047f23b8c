"""Opens an account: whose credentials these are, which regions it has, and clients for its services."""

from __future__ import annotations

import difflib
import ipaddress
import socket
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from auditor import __version__
from auditor.calls import Call
from auditor.cloud.models import declared_session
from auditor.cloud.siblings import share
from auditor.cloud.trust import trust_once, trusting_context
from auditor.cloud.wholeness import insist_on_whole_answers
from auditor.errors import CredentialsError, UsageError
from auditor.model import GLOBAL
from auditor.partitions import global_region, partition_of
from auditor.scheduler import WORKERS
from auditor.text import compact_json
from auditor.transport import DENIED, REFUSED

READ_ONLY = ("ReadOnlyAccess", "SecurityAudit")
"""AWS managed policies that bound an assumed role's session: whatever the role may, the session only reads."""

_SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".aws")

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_MODE, _ATTEMPTS = "adaptive", 6
"""How botocore tries again, where the user's own configuration does not say.

Adaptive: each client slows down to the rate that its service bears. Where 10,000 resources were read at rates like
AWS's, that brought 126 refusals instead of 1,115, and no question was given up.
"""

_S3 = {"addressing_style": "path"}
"""Buckets by their path, unless the user's configuration says how: else each has a host of its own, and so hardly two
of the questions about it would find a connection open (urllib3 keeps ten hosts)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking, and where."""

    account: str
    partition: str
    caller: str
    """ARN of the caller."""
    alias: str = ""


@dataclass(slots=True)
class Cloud:
    """One account, opened with credentials: the source of boto3 clients for `transport.Live`."""

    session: Any
    """A `boto3.session.Session`."""
    home: str
    """The region that global services are signed for."""
    partition: str
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _regions: dict[str, frozenset[str]] = field(default_factory=dict)
    _bare_endpoint: bool = False
    """The configured endpoint is an address without a name: no account id can be put before it."""
    _siblings: dict[str, Any] = field(default_factory=dict)
    """The first client of each service."""
    _context: Any = None
    """By which its clients trust AWS."""

    def afresh(self) -> Cloud:
        """The same account for another process: with its own clients, since connections cannot be shared."""
        return replace(self, _clients={}, _lock=threading.Lock(), _siblings={}, _context=None)

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region, made once; making clients is not safe in threads."""
        key = (service, region)
        found = self._clients.get(key)
        if found is None:
            with self._lock:
                found = self._clients.get(key) or self._make(service, region)
                self._clients[key] = found
        return found

    def disconnect(self, service: str, region: str) -> None:
        """Close the connections of a client; it opens others when it is asked again."""
        if client := self._clients.get((service, region)):
            client.close()

    def _make(self, service: str, region: str) -> Any:
        place = global_region(self.partition, service) if region == GLOBAL else region
        client = self.session.client(service, region_name=place, config=self._config())
        if not self._bare_endpoint and _is_bare(client.meta.endpoint_url):
            self._bare_endpoint = True
            return self._make(service, region)
        share(client, self._siblings.setdefault(service, client))
        trust_once(client, self._trust())
        insist_on_whole_answers(client)
        return client

    def _trust(self) -> Any:
        self._context = self._context or trusting_context()
        return self._context

    def _config(self) -> Any:
        from botocore.config import Config  # boto3 is slow to import: `auditor --help` does without

        core = self.session._session  # noqa: SLF001 - boto3 has no other way to the user's settings
        scoped = core.get_scoped_config()
        own = core.get_config_variable("max_attempts") or scoped.get("retry_mode")
        retries = {} if own else {"retries": {"mode": _MODE, "max_attempts": _ATTEMPTS}}
        return Config(
            max_pool_connections=WORKERS,
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            user_agent_extra=f"auditor/{__version__}",
            inject_host_prefix=not self._bare_endpoint,
            s3=None if "s3" in scoped else _S3,
            **retries,
        )

    def serves(self, service: str, region: str) -> bool:
        """Whether a service exists in a region; what cannot be told counts as yes.

        botocore's endpoint data knows most, but lags behind for some services. Where it has no endpoint, the name
        that the endpoint would have is looked up: a name that does not exist settles it.
        """
        known = self._available(service)
        if not known or region in known or region not in self._available("ec2"):
            return True
        return self._has_name(urlsplit(self.client(service, region).meta.endpoint_url).hostname or "")

    def _has_name(self, host: str) -> bool:
        if getproxies() or not host.endswith(_SUFFIXES):  # then names are not looked up here, or not AWS's
            return True
        try:
            socket.getaddrinfo(host, 443)
        except socket.gaierror as error:
            return error.errno != socket.EAI_NONAME
        return True

    def _available(self, service: str) -> frozenset[str]:
        if service not in self._regions:
            self._regions[service] = frozenset(
                self.session.get_available_regions(service, partition_name=self.partition)
            )
        return self._regions[service]

    def identity(self) -> Identity:
        """Who these credentials belong to; raises CredentialsError where they are refused."""
        try:
            caller = self.client("sts", self.home).get_caller_identity()
        except Exception as error:
            raise _credentials_error(error) from error
        arn = caller["Arn"]
        return Identity(caller["Account"], arn.split(":")[1], arn, self._alias())

    def _alias(self) -> str:
        try:
            aliases = self.client("iam", GLOBAL).list_account_aliases()["AccountAliases"]
        except Exception:  # noqa: BLE001 - a nicety of the report, never a reason to stop
            return ""
        return aliases[0] if aliases else ""

    def regions(self, wanted: Sequence[str] = ()) -> tuple[str, ...]:
        """The regions to scan: those wanted, or all that are enabled. Raises UsageError for one that is not."""
        enabled, disabled = self._enabled()
        if not wanted or "all" in wanted:
            return tuple(sorted(enabled))
        for name in wanted:
            if name not in enabled:
                raise UsageError(_no_region(name, enabled, disabled))
        return tuple(sorted(set(wanted)))

    def region_states(self) -> dict[str, bool]:
        """Every region that AWS tells of, by name, and whether it is enabled."""
        enabled, disabled = self._enabled()
        return {name: name in enabled for name in sorted(enabled | disabled)}

    def _enabled(self) -> tuple[frozenset[str], frozenset[str]]:
        """Enabled and disabled regions; where AWS does not tell, those that every account has."""
        try:
            answer = self.client("ec2", self.home).describe_regions(AllRegions=True)["Regions"]
        except Exception as error:
            if _code(error) not in DENIED:
                raise _credentials_error(error) from error
            return self._available("ec2"), frozenset()
        off = {r["RegionName"] for r in answer if r.get("OptInStatus") == "not-opted-in"}
        return frozenset(r["RegionName"] for r in answer) - off, frozenset(off)


def open_cloud(
    profile: str | None = None,
    role_arn: str | None = None,
    external_id: str | None = None,
    region: str | None = None,
    calls: Sequence[Call] = (),
    actions: Sequence[str] = (),
) -> Cloud:
    """Credentials by boto3's own chain, and a role assumed with them if one is named.

    The clients know the declared `calls` and what opening an account takes, and no other operation. An assumed role's
    session may read, or, where `actions` are given, do these and nothing else: so deliveries write.
    Raises CredentialsError for a missing profile or missing credentials.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ProfileNotFound

    try:
        session = boto3.session.Session(botocore_session=declared_session(calls), profile_name=profile)
        credentials = session.get_credentials()
    except ProfileNotFound:
        known = ", ".join(boto3.session.Session().available_profiles) or "none"
        raise CredentialsError(f"there is no AWS profile {profile}; configured profiles: {known}") from None
    except BotoCoreError as error:
        raise CredentialsError(f"no usable AWS credentials: {error}") from error
    if credentials is None:
        raise CredentialsError(
            "no AWS credentials found; set AWS_PROFILE or --profile, or the variables AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY, or run `aws sso login`; without an account, try `auditor scan --demo`"
        )
    near = next((name for name in (region, session.region_name) if name and _is_known(session, name)), "us-east-1")
    partition = partition_of(near)
    if role_arn:
        session = _assumed(session, role_arn, external_id, _bounds(partition, actions), calls)
    return Cloud(session, near, partition)


def _is_known(session: Any, region: str) -> bool:
    """Whether botocore knows a region: a mistyped one has no endpoint that could be asked which there are."""
    return region in session.get_available_regions("sts", partition_name=partition_of(region))


def _bounds(partition: str, actions: Sequence[str]) -> dict[str, Any]:
    """The parameters of AssumeRole that keep a session to reading, or to these actions."""
    if not actions:
        return {"PolicyArns": [{"arn": f"arn:{partition}:iam::aws:policy/{name}"} for name in READ_ONLY]}
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    return {"Policy": compact_json({"Version": "2012-10-17", "Statement": [statement]})}


def _assumed(
    session: Any, role_arn: str, external_id: str | None, bounds: dict[str, Any], calls: Sequence[Call]
) -> Any:
    """A session of the role, within the bounds, that renews itself before it expires."""
    import boto3
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    extra: dict[str, Any] = {"RoleSessionName": "auditor", **bounds}
    if external_id:
        extra["ExternalId"] = external_id
    core = session._session  # noqa: SLF001 - as above
    fetcher = AssumeRoleCredentialFetcher(core.create_client, core.get_credentials(), role_arn, extra_args=extra)
    assumed = declared_session(calls)
    assumed._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")  # noqa: SLF001 - botocore's way
    return boto3.session.Session(botocore_session=assumed, region_name=session.region_name)


def _is_bare(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return host == "localhost"


def _code(error: Exception) -> str:
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", "")) or type(error).__name__


def _credentials_error(error: Exception) -> CredentialsError:
    code = _code(error)
    if code in DENIED:
        return CredentialsError(f"AWS refused the role or the call: {error}")
    minutes = _minutes_off(error)
    if minutes:
        return CredentialsError(
            f"this machine's clock is {minutes} minutes off AWS's, so AWS refuses what it signs ({code}): set the clock"
        )
    if code in REFUSED:
        return CredentialsError(
            f"the AWS credentials are expired or invalid ({code}); renew them, for example by `aws sso login`"
        )
    return CredentialsError(f"AWS could not be asked who you are: {error}")


_TOLERATED_MINUTES = 5
"""How far a signature's time may be from AWS's (Signature Version 4)."""


def _minutes_off(error: Exception) -> int:
    """By how many minutes the clocks differ, where that is more than AWS bears; botocore does not correct it."""
    answer: Any = getattr(error, "response", {})
    sent = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if not sent or _code(error) not in REFUSED:
        return 0
    try:
        apart = abs(datetime.now(UTC) - parsedate_to_datetime(sent))
    except (TypeError, ValueError):
        return 0
    minutes = round(apart.total_seconds() / 60)
    return minutes if minutes >= _TOLERATED_MINUTES else 0


def _no_region(name: str, enabled: Iterable[str], disabled: frozenset[str]) -> str:
    if name in disabled:
        return f"region {name} is not enabled in this account; enable it, or leave it out"
    close = difflib.get_close_matches(name, sorted(enabled), 1)
    hint = f"; did you mean {close[0]}?" if close else "; `auditor regions` lists those of this account"
    return f"there is no region {name}{hint}"
