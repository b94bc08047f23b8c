from auditor.evidence.ec2_network import Vpc
from auditor.evidence.route53_vpcs import VpcZones
from auditor.testing import gathered, made

VPC = made(Vpc, VpcId="vpc-1", OwnerId="123456789012", CidrBlock="10.0.0.0/16")


def test_zones_of_all_pages() -> None:
    pages = [
        {"HostedZoneSummaries": [{"HostedZoneId": "Z", "Name": name, "Owner": {}}], "MaxItems": "1"}
        for name in ("shop.internal.", "kms.eu-west-1.amazonaws.com.")
    ]
    zones = gathered(VpcZones, VPC, ListHostedZonesByVPC=pages)
    assert zones.names == ("shop.internal.", "kms.eu-west-1.amazonaws.com.")
    assert zones.has("kms.eu-west-1.")
    assert not zones.has("sts.eu-west-1.")
