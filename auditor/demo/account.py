"""The demonstration account: a web shop in two Regions, with good and bad parts, on moto instead of AWS."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from auditor.demo.balancers import build_balancers
from auditor.demo.buckets import build_buckets
from auditor.demo.clients import ACCOUNT, PRIMARY, Clients
from auditor.demo.compute import build_fleet
from auditor.demo.containers import build_containers
from auditor.demo.data import build_data
from auditor.demo.edge import build_edge
from auditor.demo.emulator import DemoUnavailable, collector_paused, emulator
from auditor.demo.events import build_messaging
from auditor.demo.functions import build_functions
from auditor.demo.guardrails import build_guardrails
from auditor.demo.identity import build_identity, rotate_secrets
from auditor.demo.monitoring import build_monitoring
from auditor.demo.network import build_networks
from auditor.demo.recovery import build_recovery
from auditor.demo.repairs import age_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boto3.session import Session

__all__ = ["DemoUnavailable", "build", "demo_account"]


@contextmanager
def demo_account() -> Iterator[None]:
    """While it is open, every boto3 session reaches the demonstration account, built and ready, and none reaches AWS.

    What moto does not know is answered with the error code 501. The environment is as before afterwards.
    """
    with emulator():
        import boto3  # noqa: PLC0415 - slow, and not needed to import the package

        build(boto3.session.Session(region_name=PRIMARY))
        age_credentials(ACCOUNT)
        yield


def build(session: Session) -> None:
    """Create the demonstration account through any session whose endpoints are moto's."""
    with collector_paused():
        _build(Clients(session))


def _build(clients: Clients) -> None:
    identity = build_identity(clients)
    shop, recovery = build_networks(clients, identity.roles["shop-flow-logs"])
    build_buckets(clients, identity)
    build_data(clients, identity, shop, recovery)
    balancers = build_balancers(clients, shop)
    build_fleet(clients, identity, shop, balancers)
    build_containers(clients, identity, shop, balancers)
    messaging = build_messaging(clients, identity)
    functions = build_functions(clients, identity, shop, messaging)
    rotate_secrets(clients, functions["shop-rotate-secret"])
    build_edge(clients, balancers)
    build_recovery(clients, identity, recovery)
    build_guardrails(clients, identity)
    build_monitoring(clients, messaging, balancers)
