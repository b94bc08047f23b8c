"""One store of trusted certificates for all clients of an account.

botocore gives each client a TLS context of its own, and urllib3 reads all certificate authorities into it again for
each connection (https://github.com/urllib3/urllib3/issues/3623): with OpenSSL 3 more than ten milliseconds of CPU a
connection, of which a scan opens hundreds, and 0.7 MB of memory a client.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

_OF_PROXIES = frozenset({"proxy_ca_bundle", "proxy_client_cert"})
"""Settings that botocore puts into a context, which is then not for others to trust."""


def trust_once(client: Any, context: Any) -> None:
    """Let a client open its connections with this context; where botocore keeps it elsewhere, leave it alone."""
    with suppress(AttributeError):
        session = client._endpoint.http_session  # noqa: SLF001 - botocore takes no context
        settings = session._proxy_config.settings  # noqa: SLF001 - as above
        session._manager.connection_pool_kw["ssl_context"] = context  # noqa: SLF001 - as above
        if not _OF_PROXIES & settings.keys():
            session._get_ssl_context = lambda: context  # noqa: SLF001 - as above


def trusting_context() -> Any:
    """A TLS context that reads a file of trusted certificates once, however often it is told to."""
    from botocore.httpsession import create_urllib3_context  # boto3 is slow to import

    context = create_urllib3_context()
    for name in ("load_verify_locations", "set_alpn_protocols"):
        setattr(context, name, _once(getattr(context, name)))
    return context


def _once(function: Callable[..., None]) -> Callable[..., None]:
    """Call it for new arguments only; what fails is tried again."""
    done: set[str] = set()

    def call(*args: Any, **kwargs: Any) -> None:
        what = repr((args, kwargs))
        if what not in done:
            function(*args, **kwargs)
            done.add(what)

    return call
