"""Security beyond zero trust."""

from auditor.every import Every
from auditor.evidence.ec2 import ImageBlockPublicAccess, SnapshotBlockPublicAccess
from auditor.evidence.ssm import DocumentSharing, ManagedInstance, SessionPreferences
from auditor.inference.regions import RegionUse
from auditor.model import Region, Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import check

_IMAGES_BLOCKED = "block-new-sharing"
_SNAPSHOTS_OPEN = "unblocked"


@check(severity=Severity.MEDIUM, practices=["SEC03-BP07", "SEC06-BP02"])
def ec2_public_sharing_not_blocked(
    region: Region,
    images: ImageBlockPublicAccess,
    snapshots: SnapshotBlockPublicAccess,
    documents: DocumentSharing,
    use: RegionUse,
) -> Verdict:
    """Images and snapshots cannot be shared with everybody.

    Why: one wrong click publishes a disk with its credentials to every AWS account; the region's block makes the
        click fail.
    Fix: in every region, EnableImageBlockPublicAccess, EnableSnapshotBlockPublicAccess (block-all-sharing), and set
        /ssm/documents/console/public-sharing-permission to Disable; best by a declarative policy of the organization.
    """
    if not use.uses(region.name):
        return not_applicable("the region is not used")
    open_ = [
        *(["images"] if images.state != _IMAGES_BLOCKED else []),
        *(["snapshots"] if snapshots.state == _SNAPSHOTS_OPEN else []),
        *([] if documents.is_blocked else ["documents"]),
    ]
    if open_:
        return failed(f"{' and '.join(open_)} may be shared with everybody", open=open_)
    return passed("images, snapshots and documents cannot be shared with everybody")


@check(severity=Severity.LOW, practices=["SEC04-BP01", "SEC06-BP03"])
def ssm_session_logging_missing(
    region: Region, preferences: SessionPreferences | None, managed: Every[ManagedInstance]
) -> Verdict:
    """Interactive sessions are logged and encrypted.

    Why: CloudTrail says who opened a shell and when, not what was typed into it.
    Fix: in Session Manager's preferences, name an encrypted log group or bucket, and demand its encryption.
    """
    machines = managed.within(region.name)
    if not machines:
        return not_applicable("no managed instance is here")
    if preferences is None or not (preferences.log_group or preferences.bucket):
        return failed(f"sessions on {len(machines)} managed instances are logged nowhere")
    place = preferences.log_group or preferences.bucket
    if not preferences.demands_encryption:
        return failed(f"sessions are logged to {place}, whose encryption is not demanded")
    return passed(f"sessions are logged to {place}, which must be encrypted")
