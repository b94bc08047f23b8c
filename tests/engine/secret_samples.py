# ruff: noqa: E501, Q003, S311 - one sample a line; their randomness is seeded
"""A labelled set for the detector: responses with a secret in them, and responses without one.

Secrets are put together at run time, of random characters and of prefixes that are split in the source, so that no
scanner takes this file for a leak. Every sample has a form (what stands before the bar in its label); the halves into
which the set is divided share no form.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import string
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

_RANDOM = random.Random(20260101)
_LETTERS = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_URL = _LETTERS + "_-"
_BASE32 = string.ascii_uppercase + "234567"


@dataclass(frozen=True)
class Sample:
    """A response, and the secret in it; none where there is none."""

    form: str
    response: Any
    secret: str = ""

    @property
    def is_held_out(self) -> bool:
        """Whether it is in the half that the patterns were not written on."""
        return hashlib.sha256(self.form.partition("|")[0].encode()).digest()[0] % 2 == 1


def some(number: int, alphabet: str = _LETTERS) -> str:
    """Random characters, digits and letters of both cases among them where the alphabet has them."""
    while True:
        made = "".join(_RANDOM.choices(alphabet, k=number))
        wanted = [
            kind
            for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase)
            if set(kind) & set(alphabet)
        ]
        if number < 8 or all(set(kind) & set(made) for kind in wanted):
            return made


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def zipped(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def mime(*parts: str) -> str:
    message = MIMEMultipart(boundary="==BOUNDARY==")
    for part in parts:
        message.attach(MIMEText(part, "x-shellscript", "utf-8"))  # base64 within
    return message.as_string()


def access_key() -> str:
    return _RANDOM.choice(["AK" + "IA", "AS" + "IA"]) + some(16, _BASE32)


def secret_key() -> str:
    return some(40, _LETTERS + "/+")


def pem(kind: str = "RSA ") -> str:
    body = "\n".join(some(64, _LETTERS + "+/") for _ in range(6))
    return f"-----BEGIN {kind}PRIV" + f"ATE KEY-----\n{body}\n-----END {kind}PRIV" + "ATE KEY-----\n"


def json_web_token() -> str:
    head, body = (
        base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=")
        for one in ({"alg": "HS256", "typ": "JWT"}, {"sub": some(8), "iat": 1700000000})
    )
    return f"{head}.{body}.{some(43, _URL)}"


_VENDORS: dict[str, Callable[[], str]] = {
    "aws": access_key,
    "jwt": json_web_token,
    "github": lambda: "gh" + "p_" + some(36),
    "github app": lambda: "gh" + "s_" + some(36),
    "github fine": lambda: "github" + "_pat_" + some(22) + "_" + some(59),
    "gitlab": lambda: "gl" + "pat-" + some(20, _URL),
    "gitlab runner": lambda: "gl" + "rt-" + some(20, _URL),
    "slack bot": lambda: "xo" + "xb-" + some(12, string.digits) + "-" + some(12, string.digits) + "-" + some(24),
    "slack user": lambda: "xo" + "xp-" + some(12, string.digits) + "-" + some(12, string.digits) + "-" + some(12, string.digits) + "-" + some(32, _HEX),
    "slack hook": lambda: "https://hooks.slack" + f".com/services/T{some(8, _BASE32)}/B{some(8, _BASE32)}/{some(24)}",
    "discord hook": lambda: "https://discord" + f".com/api/webhooks/{some(18, string.digits)}/{some(68, _URL)}",
    "teams hook": lambda: "https://x.webhook" + f".office.com/webhookb2/{uuid4()}@{uuid4()}/IncomingWebhook/{some(32, _HEX)}/{uuid4()}",
    "stripe": lambda: "sk_" + "live_" + some(24),
    "stripe restricted": lambda: "rk_" + "live_" + some(24),
    "stripe hook": lambda: "wh" + "sec_" + some(32),
    "google": lambda: "AI" + "za" + some(35, _URL),
    "google oauth": lambda: "GOC" + "SPX-" + some(28, _URL),
    "sendgrid": lambda: "S" + "G." + some(22, _URL) + "." + some(43, _URL),
    "mailgun": lambda: "ke" + "y-" + some(32, _HEX),
    "mailchimp": lambda: some(32, _HEX) + "-" + "us14",
    "npm": lambda: "np" + "m_" + some(36),
    "pypi": lambda: "pypi" + "-AgEIcHlwaS5vcmc" + some(120, _URL),
    "docker": lambda: "dckr" + "_pat_" + some(27, _URL),
    "rubygems": lambda: "rubygems" + "_" + some(48, _HEX),
    "twilio": lambda: "S" + "K" + some(32, _HEX),
    "telegram": lambda: some(10, string.digits) + ":A" + "A" + some(33, _URL),
    "shopify": lambda: "shp" + "at_" + some(32, _HEX),
    "square": lambda: "sq0" + "atp-" + some(22, _URL),
    "digitalocean": lambda: "do" + "p_v1_" + some(64, _HEX),
    "vault": lambda: "hv" + "s." + some(90, _URL),
    "terraform": lambda: some(14) + ".atlas" + "v1." + some(67, _URL),
    "new relic": lambda: "NR" + "AK-" + some(27, string.ascii_uppercase + string.digits),
    "databricks": lambda: "da" + "pi" + some(32, _HEX),
    "anthropic": lambda: "sk-" + "ant-api03-" + some(93, _URL) + "AA",
    "openai": lambda: "sk-" + "proj-" + some(74, _URL) + "T3Blbk" + "FJ" + some(74, _URL),
    "openai old": lambda: "sk" + "-" + some(20) + "T3Blbk" + "FJ" + some(20),
    "hugging face": lambda: "h" + "f_" + some(34, string.ascii_letters),
    "linear": lambda: "lin" + "_api_" + some(40),
    "notion": lambda: "nt" + "n_" + some(46),
    "figma": lambda: "fi" + "gd_" + some(40, _URL),
    "airtable": lambda: "pa" + "t" + some(14) + "." + some(64, _HEX),
    "postman": lambda: "PM" + "AK-" + some(24, _HEX) + "-" + some(34, _HEX),
    "atlassian": lambda: "AT" + "ATT3xFfGF0" + some(170, _URL) + "=" + some(8, "0123456789ABCDEF"),
    "dynatrace": lambda: "dt0" + "c01." + some(24, string.ascii_uppercase + string.digits) + "." + some(64, string.ascii_uppercase + string.digits),
    "grafana": lambda: "gl" + "sa_" + some(32) + "_" + some(8, _HEX),
    "doppler": lambda: "dp" + ".pt." + some(43),
    "pulumi": lambda: "pu" + "l-" + some(40, _HEX),
    "planetscale": lambda: "psc" + "ale_pw_" + some(43, _URL),
    "launchdarkly": lambda: "sd" + "k-" + uuid4(),
    "sonar": lambda: "sq" + "p_" + some(40, _HEX),
    "artifactory": lambda: "AK" + "Cp" + some(69),
    "tailscale": lambda: "ts" + "key-auth-" + some(17) + "-" + some(32),
    "azure": lambda: some(3) + "8" + "Q~" + some(34, _LETTERS + "_.-"),
    "heroku": lambda: "HR" + "KU-AA" + some(58, _URL),
    "circleci": lambda: "CC" + "IPAT_" + some(22) + "_" + some(40, _HEX),
    "appsync": lambda: "da" + "2-" + some(26, string.ascii_lowercase + string.digits),
    "sts": lambda: "IQoJb3" + "JpZ2lu" + some(300, _LETTERS + "/+"),
    "age": lambda: "AGE-SECRET" + "-KEY-1" + some(58, string.ascii_uppercase + string.digits),
    "buildkite": lambda: "bk" + "ua_" + some(40, string.ascii_lowercase + string.digits),
    "braintree": lambda: "access_" + "token$production$" + some(16, _HEX) + "$" + some(32, _HEX),
}  # fmt: skip


def uuid4() -> str:
    return str(uuid.UUID(int=_RANDOM.getrandbits(128), version=4))


def password() -> str:
    """A password as people make them: random, or words with a digit and a sign."""
    words = ("Summer", "winter", "Dragon", "orders", "Correct", "horse", "battery", "Falcon")
    return _RANDOM.choice(
        [
            some(16),
            some(12, _LETTERS + "!#%+_-."),
            _RANDOM.choice(words) + some(4, string.digits) + "!",
            "P@ss" + some(3, string.digits) + "w0rd" + _RANDOM.choice(words),
            _RANDOM.choice(words) + "-" + _RANDOM.choice(words).lower() + some(2, string.digits),
        ]
    )


# --- where things stand


def variables(name: str, value: str) -> Any:
    return {"FunctionName": "orders", "Environment": {"Variables": {"STAGE": "prod", name: value}}}


def container(name: str, value: str) -> Any:
    return {
        "taskDefinition": {"containerDefinitions": [{"name": "web", "environment": [{"name": name, "value": value}]}]}
    }


def project(name: str, value: str) -> Any:
    return {
        "projects": [
            {
                "name": "p",
                "environment": {
                    "type": "LINUX_CONTAINER",
                    "environmentVariables": [{"name": name, "value": value, "type": "PLAINTEXT"}],
                },
            }
        ]
    }


def job(name: str, value: str) -> Any:
    return {"Job": {"Name": "etl", "DefaultArguments": {"--job-language": "python", f"--{name}": value}}}


def stage(name: str, value: str) -> Any:
    return {"item": [{"stageName": "prod", "variables": {name: value}}]}


def stack(name: str, value: str) -> Any:
    return {"Stacks": [{"StackName": "s", "Parameters": [{"ParameterKey": name, "ParameterValue": value}]}]}


def output(name: str, value: str) -> Any:
    return {"Stacks": [{"StackName": "s", "Outputs": [{"OutputKey": name, "OutputValue": value}]}]}


def user_data(script: str) -> Any:
    return {"InstanceId": "i-0", "UserData": {"Value": encoded(script)}}


def launch_template(script: str) -> Any:
    return {"LaunchTemplateVersions": [{"LaunchTemplateData": {"ImageId": "ami-1", "UserData": encoded(script)}}]}


def zipped_user_data(script: str) -> Any:
    return {"UserData": zipped(script)}


def mime_user_data(script: str) -> Any:
    return {"UserData": encoded(mime("#!/bin/bash\nyum update -y\n", script))}


def code(source: str) -> Any:
    return {"FunctionCode": source.encode()}


def template(text: str) -> Any:
    return {"TemplateBody": text}


def definition(state: Any) -> Any:
    return {"definition": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Task", "End": True, **state}}})}


def document(content: Any) -> Any:
    return {"Name": "d", "Content": json.dumps(content, indent=2)}


def buildspec(text: str) -> Any:
    return {"projects": [{"source": {"type": "GITHUB", "buildspec": text}}]}


_SETTINGS = (variables, container, project, job, stage, stack, output)
_SCRIPTS = (user_data, launch_template, zipped_user_data, mime_user_data)


# --- positives


def _vendor_positives() -> Iterator[Sample]:
    for number, (vendor, make) in enumerate(_VENDORS.items()):
        place = _SETTINGS[number % len(_SETTINGS)]
        token = make()
        yield Sample(f"{vendor}|setting", place("VALUE", token), token.rpartition("/")[2])
        token = make()
        script = _SCRIPTS[number % len(_SCRIPTS)]
        yield Sample(f"{vendor}|script", script(f"#!/bin/bash\nset -e\nlogin-tool {token}\n"), token.rpartition("/")[2])
        token = make()
        yield Sample(f"{vendor}|anywhere", {"Items": [{"Id": "1", "Note": f"see {token}"}]}, token.rpartition("/")[2])


_SECRET_NAMES = (
    "DB_PASSWORD", "password", "MYSQL_ROOT_PASSWORD", "dbPassword", "SMTP_PASS", "PGPASSWORD", "API_KEY", "STRIPE_API_KEY",
    "apiKey", "SECRET_KEY", "SECRET_KEY_BASE", "DJANGO_SECRET_KEY", "JWT_SECRET", "AUTH_TOKEN", "ACCESS_TOKEN", "clientSecret",
    "OAUTH_CLIENT_SECRET", "ENCRYPTION_KEY", "PRIVATE_KEY", "SIGNING_KEY", "REDIS_AUTH_TOKEN", "DATADOG_API_KEY", "DD_APP_KEY",
    "WEBHOOK_SECRET", "SESSION_SECRET", "COOKIE_SECRET", "LDAP_BIND_PASSWORD", "spring.datasource.password", "db.password",
    "MasterUserPassword", "AdminPwd", "KEYSTORE_PASSPHRASE", "STORAGE_ACCOUNT_KEY", "SNOWFLAKE_PASSWORD", "twilio_auth_token",
    "TF_VAR_db_password", "DB_PASSWORD_PROD", "API_KEY_V2", "PASSWORD1", "GITHUB_TOKEN", "X-Api-Key", "license_key",
    "DATABASE_CREDENTIALS", "MQ_PASS", "VPN_PSK", "HMAC_KEY", "authtoken", "MASTER_KEY", "ServiceAccountKey", "BASIC_AUTH_PASSWORD",
)  # fmt: skip


def _named_positives() -> Iterator[Sample]:
    for number, name in enumerate(_SECRET_NAMES):
        value = (
            password()
            if "PASS" in name.upper() or "PWD" in name.upper()
            else some(32, _RANDOM.choice([_LETTERS, _HEX]))
        )
        yield Sample(f"setting {name}", _SETTINGS[number % len(_SETTINGS)](name, value), value)
    for name, value in (
        ("DB_PASSWORD", "correcthorse"),
        ("ADMIN_PASSWORD", "changeme"),
        ("PASSWORD", "letmein"),
        ("DB_PASS", "hunter2"),
    ):
        yield Sample(f"weak {name}", variables(name, value), value)
    token = uuid4()
    yield Sample("uuid as a key", variables("SERVICE_API_KEY", token), token)
    yield Sample("digits", variables("DB_PASSWORD", "8472910384"), "8472910384")
    pair = secret_key()
    yield Sample("aws pair", variables("AWS_SECRET_ACCESS_KEY", pair), pair)
    lone = secret_key()
    yield Sample("aws secret by neighbour", user_data(f"{access_key()},{lone}\n"), lone)
    inner = password()
    yield Sample("json setting", variables("CONFIG", json.dumps({"db": {"user": "app", "password": inner}})), inner)
    inner = password()
    yield Sample(
        "telling json setting", container("DB_CREDENTIALS", json.dumps({"username": "app", "password": inner})), inner
    )


_SCRIPT_FORMS = {
    "export": "export DB_PASSWORD={0}\n",
    "export double": 'export DB_PASSWORD="{0}"\n',
    "export single": "export API_TOKEN='{0}'\n",
    "env file": "cat > /etc/app.env <<EOF\nSTAGE=prod\nDB_PASSWORD={0}\nEOF\n",
    "long option": "myapp --user admin --password {0} --port 80\n",
    "long option equals": "myapp --db-password={0}\n",
    "mysql -p": "mysql -h db -u root -p{0} shop < dump.sql\n",
    "PGPASSWORD": "PGPASSWORD={0} psql -h db -U app -c 'select 1'\n",
    "sshpass": "sshpass -p {0} ssh admin@host\n",
    "docker login": "docker login -u ci -p {0} registry.example.com\n",
    "docker run": "docker run -d -e POSTGRES_PASSWORD={0} postgres:16\n",
    "curl -u": "curl -u admin:{0} https://example.com/api\n",
    "curl basic header": "curl -H 'X-Api-Key: {0}' https://example.com\n",
    "curl json": """curl -X POST -d '{{"username": "a", "password": "{0}"}}' https://example.com/login\n""",
    "curl escaped json": """curl -d "{{\\"user\\": \\"a\\", \\"password\\": \\"{0}\\"}}" https://example.com/login\n""",
    "chpasswd": "echo 'ec2-user:{0}' | chpasswd\n",
    "passwd stdin": "echo {0} | passwd --stdin ec2-user\n",
    "docker stdin": "echo '{0}' | docker login --username ci --password-stdin\n",
    "redis-cli": "redis-cli -h cache -a {0} ping\n",
    "requirepass": "cat >> redis.conf <<E\nrequirepass {0}\nE\n",
    "netrc": "machine git.example.com login ci password {0}\n",
    "npmrc": "echo '//registry.npmjs.org/:_authToken={0}' > ~/.npmrc\n",
    "sql": "mysql -e \"CREATE USER 'a'@'%' IDENTIFIED BY '{0}';\"\n",
    "postgres role": "psql -c \"ALTER USER app WITH PASSWORD '{0}';\"\n",
    "powershell": '<powershell>\n$Password = "{0}"\nnet user admin $Password\n</powershell>\n',
    "net user": "<powershell>\nnet user deploy {0} /add\n</powershell>\n",
    "securestring": '$s = ConvertTo-SecureString "{0}" -AsPlainText -Force\n',
    "cloud-config": "#cloud-config\nwrite_files:\n  - path: /etc/app.yml\n    content: |\n      database:\n        password: {0}\n",
    "cloud-config chpasswd": "#cloud-config\nchpasswd:\n  list: |\n    root:{0}\n  expire: false\n",
    "ini": "[database]\nuser = app\npassword = {0}\n",
    "yaml quoted": 'app:\n  api_key: "{0}"\n',
    "ruby": "config.password => '{0}'\n",
    "php": "define('DB_PASSWORD', '{0}');\n",
    "wp-cli": "wp config create --dbuser=wp --dbpass={0}\n",
    "sed": "sed -i 's/@@/x/' f; export ADMIN_PASSWORD='{0}'; start\n",
    "bearer": "curl -H 'Authorization: Bearer {0}' https://example.com\n",
    "url query": "wget 'https://example.com/pkg?access_token={0}&v=2'\n",
    "git url": "git clone https://ci:{0}@git.example.com/app.git\n",
    "shell default": "DB_PASSWORD=${{DB_PASSWORD:-{0}}}\n",
    "dotenv spaced": 'SECRET_KEY = "{0}"\n',
    "helm": "helm install app chart --set database.password={0}\n",
    "xml": "<datasource><username>a</username><password>{0}</password></datasource>\n",
    "k8s env": "env:\n  - name: DB_PASSWORD\n    value: {0}\n",
    "jdbc property": "spring.datasource.password={0}\n",
    "terraform": 'variable "db" {{}}\nresource "x" "y" {{\n  password = "{0}"\n}}\n',
    "systemd": 'Environment="DB_PASSWORD={0}"\n',
    "consul": '{{"encrypt_key": "{0}", "datacenter": "x"}}\n',
    "mongo": "mongosh --username root --password '{0}' --eval 1\n",
    "ansible": "ansible-playbook site.yml -e 'db_password={0}'\n",
    "snmp": "auth_token: {0}\n",
}

_CODE_FORMS = {
    "js const": "const secret = '{0}';",
    "js key": 'var signingKey = "{0}";',
    "js property": "const c = {{ user: 'a', password: '{0}' }};",
    "js compare": "if (headers['x-token'].value === token) {{}}\nvar apiKey = '{0}';",
    "js hmac": "crypto.createHmac('sha256', '{0}').update(x)",
    "js fallback": "const p = process.env.DB_PASSWORD || '{0}';",
    "js basic": "if (auth.value !== 'Basic {1}') return deny;",
    "js jwt": "jwt.verify(token, '{0}')",
    "python": "def f():\n    password = '{0}'\n    return password",
    "python dict": "conf = {{'db_password': '{0}'}}",
    "python kwarg": "connect(host='db', user='a', password='{0}')",
    "python environ": "os.environ['API_TOKEN'] = '{0}'",
    "python default": "token = os.environ.get('API_TOKEN', '{0}')",
    "java": 'private static final String DB_PASSWORD = "{0}";',
    "java setter": 'dataSource.setPassword("{0}");',
    "go": 'apiKey := "{0}"',
    "csharp": 'var cs = "Server=db;Database=x;User Id=sa;Password={0};";',
    "php array": "'password' => '{0}',",
    "typescript": "private readonly apiSecret: string = '{0}';",
    "bytes": "SECRET_KEY = b'{0}'",
}

_CONNECTIONS = (
    "postgres://app:{0}@db.example.com:5432/shop", "postgresql+psycopg2://app:{0}@db/x", "mysql://root:{0}@10.0.0.1/x",
    "mongodb+srv://app:{0}@cluster0.abcde.mongodb.net/x?retryWrites=true", "redis://:{0}@cache:6379/0", "amqps://u:{0}@mq:5671",
    "jdbc:mysql://db/x?user=a&password={0}", "jdbc:sqlserver://db;user=sa;password={0};encrypt=true", "app:{0}@tcp(db:3306)/shop",
    "Server=tcp:db,1433;User ID=sa;Password={0};Encrypt=True", "host=db user=app password={0} sslmode=require", "ftp://u:{0}@files/x",
    "https://deploy:{0}@git.example.com/x.git", "Data Source=db;Initial Catalog=x;Uid=sa;Pwd={0}", "smtp://mailer:{0}@smtp.example.com:587",
    "ldap://cn=admin:{0}@ldap.example.com",
)  # fmt: skip


def _text_positives() -> Iterator[Sample]:
    for number, (form, text) in enumerate(_SCRIPT_FORMS.items()):
        for script in (_SCRIPTS[number % 4], _SCRIPTS[(number + 1) % 4]):
            value = some(24)
            yield Sample(f"script {form}", script("#!/bin/bash\nset -eu\n" + text.format(value)), value)
    for form, text in _CODE_FORMS.items():
        value, basic = some(24), encoded(f"admin:{some(12)}")
        yield Sample(
            f"code {form}",
            code(f"function handler(event) {{\n  {text.format(value, basic)}\n}}\n"),
            basic if "{1}" in text else value,
        )
    for number, text in enumerate(_CONNECTIONS):
        value = some(14)
        form = text.partition(":")[0] + str(number)
        yield Sample(
            f"connection {form}|setting", _SETTINGS[number % len(_SETTINGS)]("DATABASE", text.format(value)), value
        )
        value = some(14)
        yield Sample(f"connection {form}|anywhere", {"Items": [{"Remark": text.format(value)}]}, value)


def _document_positives() -> Iterator[Sample]:
    values = iter([some(20) for _ in range(60)])

    def sample(form: str, make: Callable[[str], Any]) -> Sample:
        value = next(values)
        return Sample(form, make(value), value)

    yield sample("state machine parameter", lambda v: definition({"Parameters": {"Password": v, "User.$": "$.user"}}))
    yield sample("state machine header", lambda v: definition({"Parameters": {"Headers": {"X-Api-Key": [v]}}}))
    yield sample(
        "state machine environment",
        lambda v: definition(
            {
                "Parameters": {
                    "Overrides": {"ContainerOverrides": [{"Environment": [{"Name": "DB_PASSWORD", "Value": v}]}]}
                }
            }
        ),
    )
    yield sample("state machine bearer", lambda v: definition({"Arguments": {"Authorization": f"Bearer {v}"}}))
    yield sample(
        "ssm default",
        lambda v: document({"schemaVersion": "2.2", "parameters": {"dbPassword": {"type": "String", "default": v}}}),
    )
    yield sample(
        "ssm command",
        lambda v: document(
            {"mainSteps": [{"action": "aws:runShellScript", "inputs": {"runCommand": [f"export DB_PASSWORD={v}"]}}]}
        ),
    )
    yield sample(
        "ssm yaml",
        lambda v: {"Content": f"schemaVersion: '2.2'\nparameters:\n  password:\n    type: String\n    default: {v}\n"},
    )
    yield sample(
        "template json",
        lambda v: template(
            json.dumps({"Resources": {"D": {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": v}}}})
        ),
    )
    yield sample(
        "template dict",
        lambda v: {
            "TemplateBody": {"Resources": {"F": {"Properties": {"Environment": {"Variables": {"API_KEY": v}}}}}}
        },
    )
    yield sample(
        "template parameter",
        lambda v: {"TemplateBody": {"Parameters": {"DbPassword": {"Type": "String", "NoEcho": True, "Default": v}}}},
    )
    yield sample(
        "template yaml",
        lambda v: template(
            f"Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: {v}\n"
        ),
    )
    yield sample(
        "template yaml default",
        lambda v: template(f"Parameters:\n  DBPassword:\n    Type: String\n    NoEcho: true\n    Default: {v}\n"),
    )
    yield sample(
        "buildspec",
        lambda v: buildspec(
            f"version: 0.2\nenv:\n  variables:\n    NPM_TOKEN: {v}\nphases:\n  build:\n    commands:\n      - make\n"
        ),
    )
    yield sample(
        "buildspec command",
        lambda v: buildspec(f"phases:\n  build:\n    commands:\n      - docker login -u x -p {v}\n"),
    )
    yield sample(
        "ecs command", lambda v: {"containerDefinitions": [{"name": "w", "command": ["serve", "--password", v]}]}
    )
    yield sample(
        "ecs command equals",
        lambda v: {"containerDefinitions": [{"name": "w", "command": ["serve", f"--api-key={v}"]}]},
    )
    yield sample(
        "ecs entry point",
        lambda v: {"containerDefinitions": [{"name": "w", "entryPoint": ["sh", "-c", f"TOKEN={v} exec app"]}]},
    )
    yield sample(
        "docker labels", lambda v: {"containerDefinitions": [{"name": "w", "dockerLabels": {"traefik.password": v}}]}
    )
    yield sample(
        "glue connection",
        lambda v: {
            "Connection": {
                "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:x://y", "USERNAME": "a", "PASSWORD": v}
            }
        },
    )
    yield sample(
        "origin header",
        lambda v: {
            "Origins": {
                "Items": [{"CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-Origin", "HeaderValue": v}]}}]
            }
        },
    )
    yield sample(
        "listener condition",
        lambda v: {
            "Rules": [
                {
                    "Conditions": [
                        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Origin", "Values": [v]}}
                    ]
                }
            ]
        },
    )
    yield sample(
        "waf header",
        lambda v: {
            "Rules": [
                {
                    "Statement": {
                        "NotStatement": {
                            "Statement": {
                                "ByteMatchStatement": {
                                    "SearchString": v.encode(),
                                    "FieldToMatch": {"SingleHeader": {"Name": "x-origin"}},
                                }
                            }
                        }
                    }
                }
            ]
        },
    )
    yield sample("api integration", lambda v: {"requestParameters": {"integration.request.header.x-api-key": f"'{v}'"}})
    yield sample(
        "vpn", lambda v: {"CustomerGatewayConfiguration": f"<vpn><ike><pre_shared_key>{v}</pre_shared_key></ike></vpn>"}
    )
    yield sample("tunnel", lambda v: {"TunnelOptions": [{"OutsideIpAddress": "1.2.3.4", "PreSharedKey": v}]})
    yield sample("events target", lambda v: {"Targets": [{"Id": "1", "Input": json.dumps({"token": v})}]})
    yield sample("events header", lambda v: {"HttpParameters": {"HeaderParameters": {"x-api-key": v}}})
    yield sample("identity provider", lambda v: {"ProviderDetails": {"client_id": "x", "client_secret": v}})
    yield sample(
        "beanstalk",
        lambda v: {
            "OptionSettings": [
                {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "DB_PASSWORD", "Value": v}
            ]
        },
    )
    yield sample("app runner", lambda v: {"ImageConfiguration": {"RuntimeEnvironmentVariables": {"SESSION_SECRET": v}}})
    yield sample("dms", lambda v: {"Endpoints": [{"ExtraConnectionAttributes": f"ssl=true;password={v};x=1"}]})
    yield sample("amplify", lambda v: {"app": {"environmentVariables": {"API_SECRET": v}}})
    yield sample(
        "batch",
        lambda v: {"jobDefinitions": [{"containerProperties": {"environment": [{"name": "PASSWORD", "value": v}]}}]},
    )
    yield sample("cognito client", lambda v: {"UserPoolClient": {"ClientId": "x", "ClientSecret": v}})
    yield sample(
        "presigned",
        lambda v: {
            "Code": {
                "RepositoryType": "S3",
                "Location": f"https://x.s3.amazonaws.com/k?versionId=1&X-Amz-Security-Token={v}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={some(64, _HEX)}",
            }
        },
    )
    yield sample(
        "old presigned",
        lambda v: {
            "Url": f"https://b.s3.amazonaws.com/k?AWSAccessKeyId={access_key()}&Signature={v}%3D&Expires=1700000000"
        },
    )
    yield sample("sas", lambda v: {"Remark": f"https://a.blob.core.windows.net/c?sv=2022&sig={v}{some(24)}%3D"})
    yield sample(
        "azure storage",
        lambda v: {"Remark": f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={v}{some(64)}==;"},
    )
    yield sample("bearer in a description", lambda v: {"Description": f"call it with Authorization: Bearer {v}"})
    yield sample(
        "b64 in cloud-init",
        lambda v: user_data(
            "#cloud-config\nwrite_files:\n- encoding: b64\n  content: "
            + encoded(f"[db]\npassword = {v}\n")
            + "\n  path: /x\n"
        ),
    )
    yield sample(
        "gz b64 in cloud-init",
        lambda v: user_data(
            "#cloud-config\nwrite_files:\n- encoding: gz+b64\n  content: "
            + zipped(f"[database]\nuser = x\npassword = {v}\n")
            + "\n  path: /x\n"
        ),
    )
    yield sample(
        "template user data",
        lambda v: {
            "TemplateBody": {
                "Resources": {"I": {"Properties": {"UserData": {"Fn::Base64": f"#!/bin/sh\nexport DB_PASSWORD={v}\n"}}}}
            }
        },
    )
    for kind in ("RSA ", "EC ", "OPENSSH ", "", "ENCRYPTED "):
        key = pem(kind)
        line = key.splitlines()[2]
        yield Sample(
            f"pem {kind}|",
            _RANDOM.choice([variables("CERT", key), user_data(f"cat > k <<E\n{key}E\n"), {"Note": key}]),
            line,
        )
        key = pem(kind)
        yield Sample(f"pem {kind}|escaped", variables("CERT", key.replace("\n", "\\n")), key.splitlines()[2])


def positives() -> list[Sample]:
    """Responses with a secret each."""
    return [*_vendor_positives(), *_named_positives(), *_text_positives(), *_document_positives()]


# --- negatives


_ACCOUNT = "123456789012"


def _arns() -> Iterator[str]:
    for region in ("eu-west-1", "us-gov-west-1"):
        partition = "aws-us-gov" if "gov" in region else "aws"
        base = f"arn:{partition}:"
        yield f"{base}secretsmanager:{region}:{_ACCOUNT}:secret:prod/db/password-AbCdEf"
        yield f"{base}secretsmanager:{region}:{_ACCOUNT}:secret:prod-db"
        yield f"{base}secretsmanager:{region}:{_ACCOUNT}:secret:app/token-x1Y2z3:apiToken::"
        yield f"{base}secretsmanager:{region}:{_ACCOUNT}:secret:rds!db-{uuid4()}-AbCdEf"
        yield f"{base}secretsmanager:{region}:{_ACCOUNT}:secret:db-AbC123:password:AWSCURRENT:"
        yield f"{base}secretsmanager:{region}:{_ACCOUNT}:secret:*"
        yield f"{base}ssm:{region}:{_ACCOUNT}:parameter/prod/db/password"
        yield f"{base}ssm:{region}:{_ACCOUNT}:parameter/api-key"
        yield f"{base}kms:{region}:{_ACCOUNT}:key/{uuid4()}"
        yield f"{base}kms:{region}:{_ACCOUNT}:key/mrk-{some(32, _HEX)}"
        yield f"{base}kms:{region}:{_ACCOUNT}:alias/token-signing"
        yield f"{base}iam::{_ACCOUNT}:role/service-role/SecretReader"
        yield f"{base}iam::{_ACCOUNT}:policy/ReadSecrets"
        yield f"{base}lambda:{region}:{_ACCOUNT}:function:rotate-password:prod"
        yield f"{base}elasticloadbalancing:{region}:{_ACCOUNT}:loadbalancer/app/web/{some(16, _HEX)}"
        yield f"{base}states:{region}:{_ACCOUNT}:stateMachine:TokenExchange"
        yield f"{base}dynamodb:{region}:{_ACCOUNT}:table/tokens/stream/2026-01-01T00:00:00.000"


def _identifiers() -> Iterator[tuple[str, str]]:
    yield "uuid", uuid4()
    yield "md5", some(32, _HEX)
    yield "git sha", some(40, _HEX)
    yield "sha256", some(64, _HEX)
    yield "digest", "sha256:" + some(64, _HEX)
    yield "image", f"{_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:{some(64, _HEX)}"
    yield "code hash", base64.b64encode(_RANDOM.randbytes(32)).decode()
    yield "instance", "i-0" + some(16, _HEX)
    yield "subnet", "subnet-0" + some(16, _HEX)
    yield "role id", "AROA" + some(17, _BASE32)
    yield "user id", "AIDA" + some(17, _BASE32)
    yield "canonical id", some(64, _HEX)
    yield "version", f"1.{_RANDOM.randint(0, 40)}.{_RANDOM.randint(0, 40)}"
    yield "s3 url", f"s3://assets-{some(8, _HEX)}/deploy/secrets-rotation-{some(12, _HEX)}.zip"
    yield "https url", f"https://{some(10, _HEX)}.execute-api.eu-west-1.amazonaws.com/prod/token"
    yield "queue url", f"https://sqs.eu-west-1.amazonaws.com/{_ACCOUNT}/password-resets"
    yield "cognito issuer", f"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_{some(9)}"
    yield "docker hub", f"docker.io/library/vault:{some(7, _HEX)}"
    yield "date", "2026-01-02T03:04:05.678Z"
    yield "cron", "cron(0 3 * * ? *)"
    yield "proxy", "http://proxy.internal:3128"
    yield "email", f"alarm+{some(4, _HEX)}@example.com"
    yield "path", f"/aws/lambda/token-service-{some(6, _HEX)}"
    yield "certificate id", f"arn:aws:acm:us-east-1:{_ACCOUNT}:certificate/{uuid4()}"
    yield "scoped package", "https://registry.npmjs.org:443/@scope/pkg"
    yield "git ssh", "ssh://git@github.com:22/acme/shop.git"
    yield "png", "data:image/png;base64,iVBORw0KGgo" + base64.b64encode(_RANDOM.randbytes(300)).decode()
    yield "jpeg", "/9j/4AAQSkZJRg" + base64.b64encode(_RANDOM.randbytes(200)).decode()
    yield "kms ciphertext", "AQICAH" + base64.b64encode(_RANDOM.randbytes(120)).decode()


_HARMLESS_SETTINGS = (
    ("SECRETS_TABLE_NAME", "orders"), ("TOKEN_TTL", "3600"), ("SECRET_NAME", "prod/db"), ("SECRET_ID", "prod/db/password"),
    ("PASSWORD_POLICY", "strict"), ("TOKEN_ENDPOINT", "https://auth.example.com/oauth2/token"), ("TOKEN_ISSUER", "https://issuer.example.com"),
    ("AUTH_TOKEN_HEADER", "x-auth-token"), ("API_KEY_HEADER_NAME", "X-Api-Key"), ("USE_TOKEN", "true"), ("MAX_TOKENS", "4096"),
    ("TOKENIZER_MODEL", "cl100k_base"), ("TOKENS_PER_MINUTE", "90000"), ("PASSWORD_MIN_LENGTH", "12"), ("PASSWORD_RESET_URL", "https://x.example.com/reset"),
    ("SECRET_PROVIDER", "vault"), ("DB_PASSWORD_SECRET", "prod/orders/db"), ("DB_PASSWORD_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf"),
    ("DB_PASSWORD_PARAMETER", "/prod/db/password"), ("CREDENTIALS_FILE", "/run/secrets/credentials.json"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/token"),
    ("DB_PASSWORD", "{{resolve:secretsmanager:prod/db:SecretString:password}}"), ("DB_PASSWORD", "{{resolve:ssm-secure:/db/password:1}}"),
    ("MasterPassword", "****"), ("DBPassword", "********"), ("API_KEY", "${API_KEY}"), ("API_TOKEN", "$API_TOKEN"), ("PASSWORD", "$(cat /run/secrets/p)"),
    ("PASSENGER_APP_ENV", "production"), ("COMPASS_MODE", "north-by-northwest"), ("BYPASS_CACHE", "always-for-admins"), ("SECRETARY_EMAIL", "anna@example.com"),
    ("TOKEN_EXPIRY_SECONDS", "86400"), ("JWT_ALGORITHM", "RS256"), ("PASSWORD_HASH_ALGORITHM", "argon2id"), ("KEY_PREFIX", "orders:"), ("CACHE_KEY", "orders:v2:list"),
    ("SORT_KEY", "createdAt#orderId"), ("PARTITION_KEY", "customerId"), ("IDEMPOTENCY_KEY_FIELD", "requestId"), ("PUBLIC_KEY_URL", "https://x.example.com/jwks.json"),
    ("SSH_KEY_NAME", "ops-2026"), ("KMS_KEY_ID", "alias/app"), ("ENCRYPTION_KEY_ALIAS", "alias/orders"), ("ENCRYPTION_KEY", "arn:aws:kms:eu-west-1:123456789012:key/1"),
    ("SESSION_TOKEN_COOKIE_NAME", "__Host-sid"), ("CSRF_TOKEN_FIELD", "_csrf"), ("REQUIRE_API_KEY", "yes"), ("API_KEY_REQUIRED", "true"), ("TOKEN_TYPE", "Bearer"),
    ("VAULT_ADDR", "https://vault.example.com:8200"), ("SECRETS_BACKEND", "aws.secretsmanager"), ("PASSWORD_ROTATION_DAYS", "30"), ("PWD", "/usr/src/app"),
    ("SECRET_MANAGER_REGION", "eu-west-1"), ("ACCESS_KEY_MAX_AGE", "90 days"), ("TOKEN_BUCKET_SIZE", "500"), ("PASS_THROUGH", "headers-and-cookies"),
    ("GRANT_TYPE", "password"), ("AUTH_TYPE", "token"), ("SECRET_VERSION", "AWSCURRENT"), ("CONNECTION_STRING_NAME", "OrdersDb"), ("TOKEN_SERVICE_HOST", "tokens.internal.example.com"),
    ("CREDENTIALS_PROVIDER", "com.amazonaws.auth.InstanceProfileCredentialsProvider"), ("API_KEY_SOURCE", "HEADER"), ("SECRET_KEY_REF", "db-credentials"), ("NEXT_TOKEN", "eyJvZmZzZXQiOjEwMH0"),
    ("TOKEN_SCOPES", "read:orders write:orders"), ("PASSWORD_FIELD_LABEL", "Your password please"), ("MONKEY_PATCH", "gevent-all-modules"), ("KEYBOARD_LAYOUT", "de-latin1-nodeadkeys"),
    ("DB_PASSWORD_LAST_CHANGED", "2026-01-01"), ("SECRETS_PATH", "/v1/kv/data/orders"), ("DB_SECRET", "orders-db-credentials"), ("AUTHORIZER_TOKEN_SOURCE", "method.request.header.Authorization"),
    ("COGNITO_TOKEN_VALIDITY_UNITS", "minutes"), ("TOKEN_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/tokens"), ("PASSWORD_BLOCKLIST_BUCKET", "acme-password-blocklist"),
    ("API_KEYS_TABLE", "tenant-api-keys"), ("OAUTH_TOKEN_URI", "https://oauth2.googleapis.com/token"), ("ENABLE_PASSWORD_LOGIN", "false"), ("SECRET_CACHE_TTL", "300s"), ("SIGNING_KEY_ID", "K2JCJMDEHXQW5F"),
    ("CLOUDFRONT_KEY_PAIR_ID", "K36X4X2EO997HM"), ("PUBLIC_KEY", "-----BEGIN PUBLIC" + " KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC" + " KEY-----"),
    ("SSH_PUBLIC_KEY", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx4Vd0f ops@example.com"), ("DB_PASSWORD_ENCRYPTED", "AQICAHhqL1d0ZXN0Y2lwaGVydGV4dGZvcmttcw=="), ("ALLOWED_TOKENS_COUNT", "12"),
)  # fmt: skip

_HARMLESS_SCRIPTS = (
    "TOKEN=$(curl -s -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600')\n",
    "curl -H \"X-aws-ec2-metadata-token: $TOKEN\" http://169.254.169.254/latest/meta-data/instance-id\n",
    "DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text)\n",
    "export PASSWORD=\"${PASSWORD}\"\n", "export API_KEY=`cat /run/secrets/api_key`\n", "mysql -u root -p\"$MYSQL_ROOT_PASSWORD\" -e 'select 1'\n",
    "aws ssm get-parameter --name /prod/db/password --with-decryption --query Parameter.Value\n", "docker login -u AWS --password-stdin $REGISTRY\n",
    "aws ecr get-login-password | docker login --username AWS --password-stdin 1.dkr.ecr.eu-west-1.amazonaws.com\n", "echo \"$PASSWORD\" | passwd --stdin ec2-user\n",
    "curl -u \"$USER:$PASS\" https://example.com\n", "read -s -p 'Password: ' PASSWORD\n", "if [ -z \"$DB_PASSWORD\" ]; then echo 'password missing'; fi\n",
    "sed -i 's/PasswordAuthentication yes/PasswordAuthentication no/' /etc/ssh/sshd_config\n", "echo 'token bucket configured'\n", "chage -M 90 -d 0 root # password age\n",
    "passwd -l root\n", "kubectl create secret generic db --from-file=password=/tmp/p\n", "vault kv get -field=password secret/prod/db\n", "openssl rand -base64 32 > /run/secret.key\n",
    "export VAULT_TOKEN=$(vault write -field=token auth/aws/login role=web)\n", "#cloud-config\nssh_pwauth: false\ndisable_root: true\nchpasswd:\n  expire: false\n", "export TOKEN_FILE=/var/run/token\n",
    "helm upgrade app chart --set existingSecret=db-credentials\n", "curl -H \"Authorization: Bearer ${TOKEN}\" https://example.com/api\n", "git clone https://github.com/acme/shop.git\n",
    "git clone https://${GIT_USER}:${GIT_TOKEN}@github.com/acme/shop.git\n", "psql \"postgres://app:$DB_PASSWORD@db/x\"\n", "psql \"postgres://app:<password>@db/x\"\n", "secret_name=prod/db\n", "KEY_NAME=ops\n",
    "apt-get install -y libsecret-tools gnome-keyring passwd\n", "gpg --keyserver hkps://keys.openpgp.org --recv-keys 0x7FCC7D46ACCC4CF8\n", "rpm --import https://x.example.com/RPM-GPG-KEY\n",
    "PASSWORD_FILE=/run/secrets/db\n", "echo 'DB_PASSWORD_FILE=/run/secrets/db' >> /etc/environment\n", "mysqldump --defaults-extra-file=/root/.my.cnf -ppassword_prompt > /dev/null || true\n"[:48] + "\n",
    "token=\"$1\"; shift\n", "PASS=${1:?usage}\n", "systemctl restart sshd # secret: nothing to see\n", "test \"$TOKEN\" = \"\" && exit 1\n", "cat <<EOF > conf.yml\npassword: ${DB_PASSWORD}\ntoken: {{ token }}\nEOF\n",
    "export SECRET_KEY=$(openssl rand -hex 32)\n", "export NVM_DIR=/opt/nvm; export PATH=$PATH:/opt/secret-agent/bin\n", "dotnet user-secrets init\n", "export AWS_SHARED_CREDENTIALS_FILE=/etc/aws/credentials\n",
)  # fmt: skip

_HARMLESS_CODE = (
    "const token = request.headers['x'];", "const token = request.headers.authorization.value;", "var password = process.env.DB_PASSWORD;", "const c = { password: process.env.DB_PASSWORD };",
    "const secret = await kvs.get('jwt');", "const token = getToken(event);", "let token = null;", "if (token === undefined) return deny();", "function verify(token, secret) { return jwt.verify(token, secret); }",
    "const { password } = await getSecret(process.env.SECRET_ARN);", "type Login = { password: string; token?: string };", "interface Auth { apiKey: string, secret: string }", "password = os.environ['DB_PASSWORD']",
    "password = os.environ.get('DB_PASSWORD', '')", "password: str = field(default='')", "def connect(user: str, password: str) -> None: ...", "connect(user=user, password=password)", "connect(user=user, password=db_password, token=token)",
    "token = event['headers'].get('Authorization')", "secret = client.get_secret_value(SecretId=name)['SecretString']", "password = json.loads(secret)['password']", "throw new Error('Missing token: please log in');",
    "const error = { token: 'Invalid token supplied' };", "res.status(401).json({ message: 'password: required' });", "headers['x-auth-token'] = token;", "request.headers['x-forwarded-token'] = { value: token };",
    "const tokens = auth.split(' ');", "var tokenParts = token.split('.');", "if (auth.scheme !== 'Bearer') {}", "const AUTH_HEADER = 'x-api-key';", "const TOKEN_HEADER = 'authorization';", "const SECRET_NAME = 'prod/db/password';",
    "new Secret(this, 'DbSecret', { secretName: 'prod/db' });", "const key = Buffer.from(secretString, 'base64');", "crypto.createHmac('sha256', key).update(x)", "crypto.createHmac('sha256', process.env.KEY)", "jwt.sign(payload, privateKey, { algorithm: 'RS256' })",
    "const password = crypto.randomBytes(32).toString('hex');", "String password = System.getenv(\"DB_PASSWORD\");", "private final String password;", "this.password = password;", "config.setPassword(env.getProperty(\"db.password\"));",
    "apiKey := os.Getenv(\"API_KEY\")", "token, err := client.Token(ctx)", "<input type=\"password\" name=\"password\" placeholder=\"Password\">", "password = var.db_password", "secret = data.aws_secretsmanager_secret_version.db.secret_string",
    "master_password = random_password.master.result", "var cacheKey = 'orders:' + id;", "const publicKey = '-----BEGIN PUBLIC' + ' KEY-----';", "var uri = request.uri.replace('/token', '/');", "const secretsManager = new AWS.SecretsManager({ region: 'eu-west-1' });",
    "cookies.session.value === token ? next : deny", "const passwordPolicy = { minLength: 12, requireDigits: true };", "password: Joi.string().min(12).required(),", "tokenUse: 'access',", "token_use: 'id',", "const tokenType = 'Bearer';",
    "const tokenEndpoint = 'https://auth.example.com/token';", "password_validator = re.compile(r'^(?=.*[A-Z]).{12,}$')", "assert token, 'token expected'", "raise ValueError('bad token: ' + token[:4])", "logger.info('token: %s', mask(token))",
    "f\"Bearer {token}\"", "headers = {'Authorization': f'Bearer {token}'}", "headers = {\"Authorization\": \"Bearer \" + token}", "headers: { Authorization: `Bearer ${token}` }", "token = token || request.querystring.token;", "password=password,", "secret: sharedSecretFromVault,",
)  # fmt: skip

_PROSE = (
    "the secret of success", "Password: at least 12 characters, one of them a digit", "Token: see the wiki", "Rotates the password of the orders database", "API key for partners (stored in Secrets Manager)",
    "This role reads the secret prod/db and the parameter /prod/token", "The token is valid for one hour", "secret: everybody knows it", "Allows passing credentials to EC2", "Default key that protects my Secrets Manager data when no other key is defined",
    "Key for tokens: rotate yearly", "Used by token-service; owner: team-auth", "Do not put passwords here", "password policy = strict", "Denies secretsmanager:GetSecretValue without VPC endpoint", "Credentials: none", "Auth via Bearer tokens from Cognito",
    "See https://wiki.example.com/secrets?page=2", "Basic authentication is off", "pass: yes / fail: no", "Secret rotation (30 days)", "basic monitoring", "Bearer of good news", "Master password is managed by RDS", "Token=bucket, leaky=bucket",
)  # fmt: skip


def _policies() -> Iterator[tuple[str, str]]:
    for action in (
        "secretsmanager:GetSecretValue",
        "sts:GetSessionToken",
        "ssm:GetParameter",
        "kms:Decrypt",
        "iam:CreateAccessKey",
        "iam:UpdateLoginProfile",
    ):
        statement = {
            "Sid": "ReadSecretTokens",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"},
            "Action": [action, "secretsmanager:*"],
            "Resource": f"arn:aws:secretsmanager:eu-west-1:{_ACCOUNT}:secret:prod/token-AbCdEf",
            "Condition": {
                "Bool": {"aws:SecureTransport": "true"},
                "StringEquals": {"aws:PrincipalTag/token": "orders", "secretsmanager:VersionStage": "AWSCURRENT"},
                "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
                "DateLessThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"},
            },
        }
        yield action, json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _state_machines() -> Iterator[Any]:
    yield definition(
        {
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
        }
    )
    yield definition({"Parameters": {"SecretId": "prod/db/password"}})
    yield definition({"Parameters": {"SecretId.$": "$.secret", "ClientRequestToken.$": "$$.Execution.Id"}})
    yield definition(
        {"Arguments": {"Password": "{% $states.input.password %}", "Token": "{% $token %}"}, "QueryLanguage": "JSONata"}
    )
    yield definition(
        {
            "ResultPath": "$.token",
            "ResultSelector": {"token.$": "$.Body.token", "password.$": "States.Format('{}', $.p)"},
        }
    )
    yield definition({"Comment": "get the token, then the secret: both are short-lived"})
    yield definition({"Choices": [{"Variable": "$.token", "IsPresent": True, "Next": "B"}], "Type": "Choice"})
    yield definition({"Parameters": {"NextToken.$": "$.NextToken", "MaxResults": 100}})
    yield definition(
        {
            "Parameters": {
                "Environment": [
                    {"Name": "SECRET_ARN", "Value": "arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf"},
                    {"Name": "TOKEN_TTL", "Value": "3600"},
                ]
            }
        }
    )
    yield definition({"Catch": [{"ErrorEquals": ["InvalidToken", "SecretNotFound"], "Next": "Fail"}]})


def _fields() -> Iterator[tuple[str, Any]]:
    yield "iam keys", {"AccessKeyMetadata": [{"UserName": "u", "AccessKeyId": access_key(), "Status": "Active"}]}
    yield "last used", {"UserName": "u", "AccessKeyLastUsed": {"ServiceName": "s3", "Region": "eu-west-1"}}
    yield "next token", {"NextToken": json_web_token()}
    yield "aws next token", {"nextToken": "IQoJb3" + "JpZ2lu" + some(200, _LETTERS + "/+")}
    yield "marker", {"Marker": some(120, _LETTERS + "+/"), "IsTruncated": True}
    yield "client token", {"Instances": [{"ClientToken": uuid4(), "InstanceId": "i-1"}]}
    yield (
        "secret list",
        {
            "SecretList": [
                {
                    "ARN": next(_arns()),
                    "Name": "prod/db/password",
                    "SecretVersionsToStages": {uuid4(): ["AWSCURRENT"]},
                    "Description": "password of orders",
                }
            ]
        },
    )
    yield (
        "ssm parameters",
        {"Parameters": [{"Name": "/prod/db/password", "Type": "SecureString", "KeyId": "alias/aws/ssm", "Version": 3}]},
    )
    yield (
        "master secret",
        {
            "DBInstances": [
                {
                    "MasterUserSecret": {"SecretArn": next(_arns()), "SecretStatus": "active", "KmsKeyId": "k"},
                    "MasterUsername": "admin",
                }
            ]
        },
    )
    yield (
        "password policy",
        {"PasswordPolicy": {"MinimumPasswordLength": 14, "RequireSymbols": True, "MaxPasswordAge": 90}},
    )
    yield "ecs secrets", {"containerDefinitions": [{"secrets": [{"name": "DB_PASSWORD", "valueFrom": next(_arns())}]}]}
    yield (
        "codebuild reference",
        {
            "environment": {
                "environmentVariables": [
                    {"name": "DB_PASSWORD", "value": "prod/db:password", "type": "SECRETS_MANAGER"}
                ]
            }
        },
    )
    yield (
        "codebuild parameter",
        {
            "environment": {
                "environmentVariables": [{"name": "NPM_TOKEN", "value": "CI-npmToken1", "type": "PARAMETER_STORE"}]
            }
        },
    )
    yield (
        "certificate",
        {
            "Certificate": "-----BEGIN CERTIFICATE-----\n"
            + "\n".join(some(64, _LETTERS + "+/") for _ in range(12))
            + "\n-----END CERTIFICATE-----\n"
        },
    )
    yield (
        "public key",
        {"PublicKey": "-----BEGIN PUBLIC KEY-----\n" + some(64, _LETTERS + "+/") + "\n-----END PUBLIC" + " KEY-----"},
    )
    yield "key pair", {"KeyPairs": [{"KeyName": "ops", "KeyFingerprint": ":".join(some(2, _HEX) for _ in range(20))}]}
    yield "presigned placeholder", {"Description": "https://b.s3.amazonaws.com/k?X-Amz-Signature=<signature>"}
    yield "presigned doc", {"Description": "send X-Amz-Signature=... with it"}
    yield (
        "rds parameters",
        {
            "Parameters": [
                {
                    "ParameterName": "password_encryption",
                    "ParameterValue": "scram-sha-256",
                    "Description": "password encryption",
                    "AllowedValues": "md5,scram-sha-256",
                }
            ]
        },
    )
    yield (
        "tags",
        {
            "Tags": [
                {"Key": "password-policy", "Value": "strict"},
                {"Key": "secret", "Value": "orders-db"},
                {"Key": "token", "Value": some(20)},
            ]
        },
    )
    yield "tag map", {"Tags": {"api-key": "rotates-yearly-2026", "DB_PASSWORD": "see-vault-page-12"}}
    yield (
        "template parameter",
        {
            "TemplateBody": {
                "Parameters": {
                    "DbPassword": {
                        "Type": "String",
                        "NoEcho": True,
                        "MinLength": 12,
                        "Description": "Password of the database",
                        "AllowedPattern": "[a-zA-Z0-9]*",
                    }
                }
            }
        },
    )
    yield (
        "template reference",
        {
            "TemplateBody": {
                "Resources": {
                    "D": {"Properties": {"MasterUserPassword": {"Ref": "DbPassword"}, "ManageMasterUserPassword": True}}
                }
            }
        },
    )
    yield (
        "template resolve",
        {
            "TemplateBody": {
                "Resources": {
                    "D": {"Properties": {"MasterUserPassword": "{{resolve:secretsmanager:db:SecretString:password}}"}}
                }
            }
        },
    )
    yield (
        "template secret",
        {
            "TemplateBody": {
                "Resources": {
                    "S": {
                        "Type": "AWS::SecretsManager::Secret",
                        "Properties": {
                            "Name": "prod/db",
                            "GenerateSecretString": {
                                "GenerateStringKey": "password",
                                "PasswordLength": 32,
                                "SecretStringTemplate": '{"username": "admin"}',
                            },
                        },
                    }
                }
            }
        },
    )
    yield (
        "template yaml",
        template(
            "Parameters:\n  DBPassword:\n    Type: String\n    NoEcho: true\nResources:\n  D:\n    Properties:\n      MasterUserPassword: !Ref DBPassword\n      Secret: !Sub '{{resolve:secretsmanager:${S}}}'\n"
        ),
    )
    yield (
        "buildspec",
        buildspec(
            "version: 0.2\nenv:\n  secrets-manager:\n    DB_PASSWORD: prod/db:password\n  parameter-store:\n    NPM_TOKEN: /ci/npm\nphases:\n  build:\n    commands:\n      - npm ci\n"
        ),
    )
    yield (
        "authorizer",
        {
            "items": [
                {
                    "name": "a",
                    "type": "TOKEN",
                    "identitySource": "method.request.header.Authorization",
                    "authorizerResultTtlInSeconds": 300,
                }
            ]
        },
    )
    yield "stage variables", stage("tokenUrl", "https://auth.example.com/token")
    yield (
        "waf uri",
        {
            "Rules": [
                {
                    "Statement": {
                        "ByteMatchStatement": {"SearchString": b"/login/password", "FieldToMatch": {"UriPath": {}}}
                    }
                }
            ]
        },
    )
    yield "health check", {"HealthCheckConfig": {"SearchString": "token service ok", "Type": "HTTPS_STR_MATCH"}}
    yield (
        "listener host",
        {"Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["token.example.com"]}}]},
    )
    yield (
        "cognito app",
        {
            "UserPoolClient": {
                "ClientId": some(26, string.ascii_lowercase + string.digits),
                "TokenValidityUnits": {"AccessToken": "hours", "RefreshToken": "days"},
                "AccessTokenValidity": 1,
            }
        },
    )
    yield (
        "snapshot copy",
        {"Snapshots": [{"Description": "Created by CreateImage(i-0abc) for ami-0abc", "SnapshotId": "snap-1"}]},
    )
    yield (
        "event pattern",
        {
            "EventPattern": json.dumps(
                {"source": ["aws.secretsmanager"], "detail": {"eventName": ["PutSecretValue", "RotateSecret"]}}
            )
        },
    )
    yield (
        "event target",
        {"Targets": [{"Input": json.dumps({"secretName": "prod/db", "tokenUrl": "https://x.example.com/token"})}]},
    )
    yield (
        "log filter",
        {
            "filterPattern": '{ ($.errorCode = "*UnauthorizedOperation") || ($.userIdentity.sessionContext.attributes.mfaAuthenticated = "false") }'
        },
    )
    yield (
        "ssm document",
        document(
            {
                "schemaVersion": "2.2",
                "parameters": {
                    "password": {
                        "type": "String",
                        "description": "The password",
                        "default": "{{ssm-secure:/db/password}}",
                    }
                },
            }
        ),
    )
    yield "function url", {"Environment": {"Variables": {"ORDERS": "https://example.com:8443/a@b"}}}
    yield "base64 config", variables("CONFIG", encoded("stage: prod\nregion: eu-west-1\nretries: 3\nfeature: on\n"))
    yield (
        "user data conf",
        zipped_user_data(
            "#!/bin/bash\nyum install -y amazon-cloudwatch-agent\nsystemctl enable amazon-cloudwatch-agent\n"
        ),
    )
    yield "mime", mime_user_data("#!/bin/bash\n/opt/bootstrap.sh --cluster web --region eu-west-1\n")
    yield (
        "ecs command",
        {
            "containerDefinitions": [
                {"command": ["serve", "--token-file", "/run/token", "--password-stdin", "--secret-id", "prod/db"]}
            ]
        },
    )


def negatives() -> list[Sample]:
    """Responses in which nothing is secret."""
    made: list[Sample] = []
    places = (*_SETTINGS, *(_in(field) for field in ("Description", "Id", "Note", "Value", "Location", "definition")))
    for number, arn in enumerate(_arns()):
        made += [Sample(f"arn {number}|{place.__name__}", place("RESOURCE", arn)) for place in places]
        made += [
            Sample(f"arn {number}|as {name}", variables(name, arn)) for name in ("DB_PASSWORD", "API_TOKEN", "SECRET")
        ]
    for form, value in (pair for _ in range(2) for pair in _identifiers()):
        made += [Sample(f"{form}|{place.__name__}", place("VALUE", value)) for place in places]
    for number, (name, value) in enumerate(_HARMLESS_SETTINGS):
        made += [
            Sample(f"setting {name}", _SETTINGS[(number + more) % len(_SETTINGS)](name, value)) for more in range(3)
        ]
    for text in _HARMLESS_SCRIPTS:
        made += [
            Sample(f"script {text}", script("#!/bin/bash\nset -e\n" + text)) for script in (user_data, launch_template)
        ]
    for text in _HARMLESS_CODE:
        made += [
            Sample(f"code {text}", place(f"function handler(event) {{\n  {text}\n}}\n")) for place in (code, template)
        ]
    for text in _PROSE:
        made += [Sample(f"prose {text}", {field: text}) for field in ("Description", "Comment", "Value")]
    for action, policy in _policies():
        made += [
            Sample(f"policy {action}|{field}", {field: policy})
            for field in ("Policy", "PolicyDocument", "Document", "Content", "Value")
        ]
        made += [Sample(f"policy {action}|parsed", {"PolicyDocument": json.loads(policy)})]
    made += [Sample(f"state machine {number}", one) for number, one in enumerate(_state_machines())]
    return made + [Sample(f"field {form}", one) for form, one in _fields()]


def _in(field: str) -> Callable[[str, str], Any]:
    def place(_name: str, value: str) -> Any:
        return {"Items": [{field: value}]}

    place.__name__ = field
    return place
