import base64
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.redact import Redactor, secrets_in

REDACTOR = Redactor(b"key")
ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA\n" * 4 + "-----END RSA PRIVATE KEY-----"
TOKEN = "gh" + "p_" + "a1B2" * 9


def cleaned(value: Any) -> str:
    return json.dumps(REDACTOR.clean(value))


@pytest.mark.parametrize(
    ("response", "secret", "kind"),
    [
        ({"Environment": {"Variables": {"DB_PASSWORD": "hunter2hunter2"}}}, "hunter2hunter2", "password"),
        ({"Environment": {"Variables": {"KEY": ACCESS_KEY}}}, ACCESS_KEY, "aws-access-key"),
        ({"environment": [{"name": "API_TOKEN", "value": "abcdef012345"}]}, "abcdef012345", "password"),
        ({"environment": [{"name": "URL", "value": "postgres://u:s3cretpw@db/x"}]}, "s3cretpw", "url-password"),
        (
            {"UserData": {"Value": base64.b64encode(f"export K={ACCESS_KEY}\n".encode()).decode()}},
            ACCESS_KEY,
            "aws-access-key",
        ),
        ({"UserData": base64.b64encode(b"mysql --password=correcthorse").decode()}, "correcthorse", "password"),
        ({"Parameters": [{"ParameterKey": "MasterPassword", "ParameterValue": "longvalue"}]}, "longvalue", "password"),
        ({"Description": f"use {TOKEN} to deploy"}, TOKEN, "github-token"),
        ({"Body": PRIVATE_KEY}, "MIIEowIBAAKCAQEA", "private-key"),
        ({"Anything": PRIVATE_KEY}, "MIIEowIBAAKCAQEA", "private-key"),
        ({"Location": "https://x/y?X-Amz-Credential=z&X-Amz-Signature=0a1b2c"}, "0a1b2c", "signed-url"),
        ({"SecretString": "plain words"}, "plain words", "secret"),
        ({"FunctionCode": io.BytesIO(f"const k='{TOKEN}'".encode())}, TOKEN, "github-token"),
        ({"stageVariables": {"secret": "0123456789"}}, "0123456789", "password"),
    ],
)
def test_a_secret_becomes_a_marker_of_its_type(response: Any, secret: str, kind: str) -> None:
    text = cleaned(response)
    assert secret not in text
    assert kind in secrets_in(text)


@pytest.mark.parametrize(
    "response",
    [
        {"Environment": {"Variables": {"SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:x"}}},
        {"Environment": {"Variables": {"DB_PASSWORD": "{{resolve:secretsmanager:x}}"}}},
        {
            "Environment": {
                "Variables": {"TOKEN_TTL": "3600", "TABLE": "orders", "SECRETS_TABLE_NAME": "orders-secrets"}
            }
        },
        {"AccessKeyMetadata": [{"AccessKeyId": ACCESS_KEY, "UserName": "u"}]},
        {"NextToken": "eyJhbGciOiJIUzI1NiJ9"},
        {"Tags": [{"Key": "password-policy", "Value": "strict"}]},
        {"Policy": '{"Statement":[{"Effect":"Deny","Action":"secretsmanager:*"}]}'},
    ],
)
def test_what_is_no_secret_stays(response: Any) -> None:
    assert REDACTOR.clean(response) == response


def test_equal_secrets_have_equal_markers_and_other_snapshots_other_ones() -> None:
    one, same, other = (
        redactor.clean({"SecretString": "abc"})["SecretString"] for redactor in (REDACTOR, REDACTOR, Redactor(b"other"))
    )
    assert one == same
    assert one != other


def test_cleaning_twice_changes_nothing() -> None:
    once = REDACTOR.clean({"Environment": {"Variables": {"PASSWORD": "hunter2hunter2"}}})
    assert REDACTOR.clean(once) == once


def test_dates_and_bytes_become_json() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert REDACTOR.clean({"At": moment, "Blob": b"abc"}) == {"At": "2026-01-01T00:00:00+00:00", "Blob": "abc"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.text(alphabet="abcdef0123456789", min_size=12, max_size=40))
def test_whatever_stands_around_it_a_telling_name_is_enough(around: Any, secret: str) -> None:
    response = {"Environment": {"Variables": {"DB_PASSWORD": f"x{secret}"}}, "Other": around}
    assert f"x{secret}" not in json.dumps(REDACTOR.clean(response)["Environment"])


@given(JSON)
def test_any_response_can_be_cleaned(response: Any) -> None:
    json.dumps(REDACTOR.clean(response))
