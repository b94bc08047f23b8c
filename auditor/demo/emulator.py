"""moto in this process, set up for a demonstration: quick, repeatable, and with no way out to AWS."""

from __future__ import annotations

import functools
import gc
import json
import logging
import os
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, cast
from unittest.mock import patch

from auditor.demo.clients import PRIMARY
from auditor.demo.identity import MANAGED
from auditor.demo.repairs import certificates_issued, database_ids_seeded, origins_remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from moto.core.config import DefaultConfig

logger = logging.getLogger(__name__)

SEED = 7
"""moto draws every id from this, so that two demonstrations are about the same resources."""

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "demonstration",
    "AWS_SECRET_ACCESS_KEY": "demonstration",
    "AWS_SESSION_TOKEN": "demonstration",
    "AWS_DEFAULT_REGION": PRIMARY,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}
"""The only settings of AWS and moto while the emulator runs: nothing of the user's own."""

SETTINGS: dict[str, Any] = {
    "iam": {"load_aws_managed_policies": True},
    "lambda": {"use_docker": False},
    "batch": {"use_docker": False},
    "core": {"mock_credentials": False, "reset_boto3_session": True, "service_whitelist": None},
}

NOT_ANSWERED: tuple[int, dict[str, str], bytes] = (501, {}, b"")
"""botocore makes of it a ClientError with the code 501, in every protocol and without a retry."""

NOT_FOUND = 404


class DemoUnavailable(Exception):  # noqa: N818 - the name says what is the matter
    """The demonstration cannot run here."""


@contextmanager
def emulator() -> Iterator[None]:
    """While it is open, boto3 reaches an empty account in this process; afterwards everything is as before."""
    with ExitStack() as stack:
        stack.enter_context(_environment())
        try:
            _enter(stack)
        except ImportError as error:
            raise DemoUnavailable("the demonstration needs moto: pip install 'auditor[demo]'") from error
        yield


def _enter(stack: ExitStack) -> None:
    import moto  # noqa: PLC0415 - an extra, perhaps not installed
    from moto.moto_api._internal import mock_random  # noqa: PLC0415

    mock_random.seed(SEED)
    import moto.eks.models  # noqa: PLC0415 - draws ids when imported: a seed before for them, and one after for the rest

    for guard in (_no_way_out, _models_read_once, _one_private_key, _few_managed_policies):
        stack.enter_context(guard())
    for repair in (origins_remembered, certificates_issued, database_ids_seeded):
        stack.enter_context(repair())
    stack.enter_context(moto.mock_aws(config=cast("DefaultConfig", SETTINGS)))
    stack.enter_context(_always_answered())
    _forget()
    mock_random.seed(SEED)


def _forget() -> None:
    """Drop what an earlier emulator left: in moto's own reset some services make others anew, before the seed."""
    from moto.core.base_backend import BackendDict  # noqa: PLC0415 - an extra, perhaps not installed

    for name, module in list(sys.modules.items()):
        if name.startswith("moto."):
            for value in list(vars(module).values()):
                if isinstance(value, BackendDict):
                    value.clear()


@contextmanager
def _environment() -> Iterator[None]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    with patch.dict(os.environ, kept | ENVIRONMENT, clear=True):
        yield


@contextmanager
def _no_way_out() -> Iterator[None]:
    """Refuse what botocore would send: a client from before moto's import knows nothing of moto."""
    import botocore.httpsession  # noqa: PLC0415 - slow, and not needed to import the package
    from botocore.exceptions import EndpointConnectionError  # noqa: PLC0415

    def refuse(_session: object, request: Any) -> NoReturn:
        raise EndpointConnectionError(endpoint_url=request.url)

    with patch.object(botocore.httpsession.URLLib3Session, "send", refuse):
        yield


@contextmanager
def _models_read_once() -> Iterator[None]:
    """Let all sessions, of which moto makes a dozen, share what they read of botocore's service models."""
    import botocore.session  # noqa: PLC0415 - slow, and not needed to import the package
    import moto.core.utils  # noqa: PLC0415

    with ExitStack() as stack:
        for module in (botocore.session, moto.core.utils):
            stack.enter_context(patch.object(module, "create_loader", functools.cache(module.create_loader)))
        yield


@contextmanager
def _one_private_key() -> Iterator[None]:
    """Make one RSA key serve all certificates and KMS keys: moto would spend a second on them, and nobody uses them."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - comes with moto

    once = functools.cache(rsa.generate_private_key)

    def shared(public_exponent: int, key_size: int, backend: object = None) -> rsa.RSAPrivateKey:
        del backend
        return once(public_exponent=public_exponent, key_size=key_size)

    with patch.object(rsa, "generate_private_key", shared):
        yield


@contextmanager
def _few_managed_policies() -> Iterator[None]:
    """Only the AWS managed policies in use: all 1,500 of them would take longer than the whole account."""
    import moto.iam.models  # noqa: PLC0415 - an extra, perhaps not installed

    since = {"CreateDate": "2015-02-06T18:39:46+00:00", "UpdateDate": "2015-02-06T18:39:46+00:00"}
    about = {"DefaultVersionId": "v1", "Path": "/", **since}
    policies = {name: {"Document": json.loads(text), **about} for name, text in MANAGED.items()}
    with patch.object(moto.iam.models, "aws_managed_policies_data", json.dumps(policies)):
        yield


@contextmanager
def _always_answered() -> Iterator[None]:
    """Answer what moto leaves open or breaks on; from an open one botocore would go on to the real endpoint."""
    from moto.core.models import botocore_stubber  # noqa: PLC0415 - an extra, perhaps not installed

    with patch.object(botocore_stubber, "process_request", _answered(botocore_stubber.process_request)):
        yield


def _answered(process: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(process)
    def answer(request: Any) -> Any:
        try:
            found = process(request)
        except Exception as error:  # whatever an emulator breaks on is not the scan's fault
            logger.debug("moto breaks on %s %s: %r", request.method, request.url, error, exc_info=True)
            return NOT_ANSWERED
        unknown = found is None or (found[0] == NOT_FOUND and found[2] == "Not yet implemented")
        return NOT_ANSWERED if unknown else found

    return answer


@contextmanager
def collector_paused() -> Iterator[None]:
    """Do without garbage collection: half the time of a build goes into walking botocore's models again and again."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if paused:
            gc.enable()
