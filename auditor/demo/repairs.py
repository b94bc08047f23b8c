"""Where moto forgets what AWS remembers, or remembers for too short a time: mended while the emulator runs."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AGES: Mapping[str, int] = {"alice": 700, "bob": 210, "carol": 45, "ci-robot": 430, "legacy-backup": 1200}
"""Days since each user, with password and access keys, was made."""


@contextmanager
def origins_remembered() -> Iterator[None]:
    """Let CloudFront's origins keep their access control: moto takes it and never gives it back."""
    from moto.cloudfront.models import Origin  # noqa: PLC0415 - an extra, perhaps not installed

    make = Origin.__init__

    def made(self: Any, origin: dict[str, Any]) -> None:
        make(self, origin)
        self.origin_access_control_id = origin.get("OriginAccessControlId", "")
        if "S3OriginConfig" in origin:
            self.s3_origin_config = origin["S3OriginConfig"]

    with patch.object(Origin, "__init__", made):
        yield


@contextmanager
def certificates_issued() -> Iterator[None]:
    """Issue certificates at once, not after a minute."""
    import moto.settings  # noqa: PLC0415 - an extra, perhaps not installed

    with patch.object(moto.settings, "ACM_VALIDATION_WAIT", -1):
        yield


@contextmanager
def database_ids_seeded() -> Iterator[None]:
    """Let RDS draw its ids from where all the rest of moto does."""
    import moto.rds.models  # noqa: PLC0415 - an extra, perhaps not installed
    from moto.moto_api._internal import mock_random  # noqa: PLC0415

    with patch.object(moto.rds.models, "uuid", mock_random):
        yield


def age_credentials(account: str) -> None:
    """Make users and access keys as old as they would be: through the API all are of this minute."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - an extra, perhaps not installed

    users = iam_backends[account]["aws"].users.values()
    for user in users:
        age = timedelta(days=AGES.get(user.name, 0))
        user.create_date -= age
        for key in user.access_keys:
            key.create_date -= age
