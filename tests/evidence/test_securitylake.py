from auditor.evidence.securitylake import SecurityLake
from auditor.testing import made

ARN = "arn:aws:securitylake:eu-west-1:123456789012:data-lake/default"


def test_how_long_a_lake_keeps_its_data() -> None:
    assert made(SecurityLake, dataLakeArn=ARN, region="eu-west-1").keeps_for(10_000)
    short = made(SecurityLake, dataLakeArn=ARN, region="eu-west-1", lifecycleConfiguration={"expiration": {"days": 90}})
    assert short.keeps_for(90)
    assert not short.keeps_for(91)
