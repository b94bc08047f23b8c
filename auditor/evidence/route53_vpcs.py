"""Amazon Route 53: the private hosted zones that answer within a VPC, whoever owns them."""

from __future__ import annotations

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.ec2_network import Vpc
from auditor.typed import Evidence, at, evidence
from auditor.wiring import collector


@evidence
class VpcZones(Evidence):
    """The names of the private hosted zones that are associated with a VPC."""

    names: tuple[str, ...] = at("HostedZoneSummaries[].Name")

    def has(self, name: str) -> bool:
        """Whether names under this one are answered privately."""
        return any(one.rstrip(".").startswith(name) for one in self.names)


@collector(call("route53", "ListHostedZonesByVPC"))
def vpc_zones(aws: Aws, vpc: Vpc) -> VpcZones:
    """All pages."""
    pages = aws.pages("ListHostedZonesByVPC", VPCId=vpc.id, VPCRegion=vpc.region)
    return aws.parse(VpcZones, {"HostedZoneSummaries": [one for page in pages for one in page["HostedZoneSummaries"]]})
