from auditor.evidence.ram import ResourceShare, SharePrincipal, share_arn
from auditor.testing import every, gathered, made

ARN = "arn:aws:ram:eu-west-1:123456789012:resource-share/1"
BASE = {"resourceShareArn": ARN, "name": "net", "allowExternalPrincipals": True}


def test_a_share_in_words() -> None:
    share = made(ResourceShare, {**BASE, "status": "ACTIVE", "tags": [{"key": "team", "value": "net"}]})
    assert share.name == "net"
    assert share.is_active
    assert share.allows_outsiders
    assert share.tags == {"team": "net"}
    assert not made(ResourceShare, {**BASE, "status": "PENDING"}).is_active


def test_shares_that_are_gone_are_left_out() -> None:
    gone = [{**BASE, "status": status} for status in ("DELETING", "DELETED", "FAILED")]
    assert not gathered(ResourceShare, GetResourceShares={"resourceShares": gone})


def test_principals_are_found_by_their_share() -> None:
    one = made(SharePrincipal, id="999999999999", resourceShareArn=ARN, external=True)
    assert one.is_external
    assert every(one).by(share_arn)[ARN] == (one,)
