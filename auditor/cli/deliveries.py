"""Deliveries as the command line has them: made of words, sent one after the other, their receipts told."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from auditor.cli.options import option, several, together
from auditor.cloud.session import Cloud, open_cloud
from auditor.deliver.delivery import Clients, Delivery, Receipt
from auditor.errors import AuditorError, CredentialsError, UsageError
from auditor.model import Assessment
from auditor.text import plain

Say = Callable[[str], None]
F = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A delivery that can be asked for by name."""

    help: str
    short: str
    """The same in the list of deliveries."""
    options: Callable[[F], F]
    make: Callable[..., Delivery]
    """Makes it of the options' values and `dry_run`; raises UsageError for what cannot be."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose name it is sent in."""

    profile: str | None
    role_arn: str | None
    external_id: str | None
    region: str | None = None

    def open(self, delivery: Delivery) -> Cloud:
        """A session for this delivery; that of an assumed role may do nothing else."""
        actions = [call.action for call in delivery.calls]
        return open_cloud(self.profile, self.role_arn, self.external_id, self.region, delivery.calls, actions)


def _security_hub(spool: Path, *, only_failed: bool, dry_run: bool) -> Delivery:
    from auditor.deliver.securityhub import SecurityHub

    return SecurityHub(spool, only_failed, dry_run)


def _bucket(bucket: str, formats: Sequence[str], kms_key: str, bucket_owner: str, *, dry_run: bool) -> Delivery:
    from auditor.cli.output import named_formats
    from auditor.deliver.bucket import Bucket

    scheme, _, rest = bucket.partition("://")
    name, _, prefix = (rest or scheme).partition("/")
    if (rest and scheme != "s3") or not name:
        raise UsageError(f"{bucket} is no bucket; give its name, or s3://BUCKET/PREFIX")
    return Bucket(name, named_formats(formats or ("json", "html")), prefix, kms_key, bucket_owner, dry_run=dry_run)


def _well_architected(workload: str, lens: str, owner: str, *, create: bool, dry_run: bool) -> Delivery:
    from auditor.deliver.wellarchitected import WellArchitected

    return WellArchitected(workload, create, owner, lens, dry_run=dry_run)


def _webhook(*, dry_run: bool) -> Delivery:
    from auditor.deliver.webhook import Webhook

    return Webhook.of_environment(dry_run=dry_run)


KINDS = {
    "securityhub": Kind(
        """Findings to AWS Security Hub, in the region of each.

        New ones are imported, changed ones updated, and those of resources that are gone archived, where their check
        went through all there is. What could not be sent waits in the spool.
        """,
        "Findings to AWS Security Hub, in the region of each.",
        together(
            option("--only-failed", is_flag=True, help="Send nothing new but failures; keep what is there up to date."),
            option(
                "--spool",
                type=click.Path(path_type=Path, dir_okay=False),
                default=Path("auditor-spool.jsonl"),
                show_default=True,
                metavar="FILE",
                help="Where findings wait that could not be sent.",
            ),
        ),
        _security_hub,
    ),
    "s3": Kind(
        """Report files to BUCKET, or s3://BUCKET/PREFIX, encrypted, by account and date.

        A bucket that the public can read is refused.
        """,
        "Report files to a private bucket, encrypted.",
        together(
            click.argument("bucket"),
            several("--format", "formats", metavar="FORMAT", help="json and html by default; may be several."),
            option("--kms-key", default="", metavar="KEY", help="Encrypt by this KMS key; by default S3's own."),
            option("--bucket-owner", default="", metavar="ACCOUNT", help="Refuse a bucket that another account owns."),
        ),
        _bucket,
    ),
    "wellarchitected": Kind(
        """Answers to the Well-Architected Tool, for the workload named WORKLOAD.

        A milestone is taken first. A practice is selected where all its checks ran and passed; what a person
        selected is never taken back, and notes of people stay as they are.
        """,
        "Answers to the Well-Architected Tool.",
        together(
            click.argument("workload"),
            option("--create", is_flag=True, help="Make the workload, where there is none of this name."),
            option("--lens", default="wellarchitected", show_default=True, metavar="ALIAS", help="The lens to answer."),
            option(
                "--owner", default="auditor", show_default=True, help="The review owner of a workload that is made."
            ),
        ),
        _well_architected,
    ),
    "webhook": Kind(
        """A summary as JSON that Slack shows, to the address in AUDITOR_WEBHOOK_URL.

        With AUDITOR_WEBHOOK_SECRET the header X-Auditor-Signature holds the HMAC of the body.
        """,
        "A summary to Slack or another webhook.",
        together(),
        _webhook,
    ),
}


def parse(text: str) -> Delivery:
    """The delivery that is written as after `auditor deliver`: `securityhub --only-failed`, `s3 BUCKET`."""
    try:
        name, *words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--deliver {text}: {str(error).lower()}") from None
    if name not in KINDS:
        raise UsageError(f"--deliver {text}: there is no delivery {name}; there are {', '.join(KINDS)}")
    kind = KINDS[name]
    command = kind.options(
        click.command(name, add_help_option=False)(lambda **given: kind.make(**given, dry_run=False))
    )
    try:
        made: Delivery = command.main(words, prog_name=name, standalone_mode=False)  # type: ignore[attr-defined]
    except click.ClickException as error:
        raise UsageError(f"--deliver {text}: {error.format_message()}") from None
    return made


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is to be sent, and in whose name."""

    deliveries: Sequence[Delivery]
    credentials: Credentials

    def send(self, assessment: Assessment, say: Say) -> bool:
        """Send the assessment every way that is asked for; gives whether all of it arrived."""
        arrived = [_delivered(one, assessment, self.credentials, say) for one in self.deliveries]
        return all(arrived)


def _delivered(delivery: Delivery, assessment: Assessment, credentials: Credentials, say: Say) -> bool:
    try:
        receipt = delivery.send(assessment, _clients(delivery, assessment.scan.account, credentials))
    except AuditorError as error:
        complain(f"{delivery.title}: {error}")
        return False
    return tell(delivery, receipt, say)


def _clients(delivery: Delivery, account: str, credentials: Credentials) -> Clients:
    """Clients for the delivery; raises CredentialsError where they are of another account than findings belong to."""
    if not delivery.calls:
        return _no_clients
    cloud = credentials.open(delivery)
    if delivery.at_home:
        found = cloud.identity()
        if found.account != account:
            raise CredentialsError(
                f"the findings are of account {account}, the credentials of {found.account} ({found.caller}); "
                "it takes findings from its own account only: choose --profile or --role-arn accordingly"
            )
    return lambda service, region: cloud.client(service, region or cloud.home)


def _no_clients(service: str, region: str) -> Any:
    raise AssertionError(f"an undeclared call to {service} in {region}")


def tell(delivery: Delivery, receipt: Receipt, say: Say) -> bool:
    """Show what came of it; gives whether everything arrived."""
    names = list(dict.fromkeys(name for counts in receipt.counts.values() for name in counts))
    names = [name for name in names if any(counts.get(name) for counts in receipt.counts.values())]
    rows = [[plain(place), *(counts.get(name, 0) for name in names)] for place, counts in receipt.counts.items()]
    if len(rows) > 1:
        rows.append(["together", *(sum(counts.get(name, 0) for counts in receipt.counts.values()) for name in names)])
    say(f"\nDelivered: {plain(delivery.title)}" + ("" if names else ": there was nothing to send"))
    if names:
        table = tabulate(rows, ["", *names], intfmt=",", tablefmt="simple")
        say("\n".join(f"  {line}" for line in table.splitlines()))
    for note in receipt.notes:
        say(f"  {plain(note)}")
    for problem in receipt.problems:
        complain(problem)
    return not receipt.problems


def complain(text: str) -> None:
    """One line on standard error."""
    click.echo(f"{click.style('auditor:', fg='red', bold=True)} {plain(text)}", err=True)
