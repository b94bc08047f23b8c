"""Workload identity."""

from collections.abc import Iterable

from auditor.every import Every
from auditor.evidence.ec2_network import VpcEndpoint
from auditor.evidence.ecs import EcsService, LatestTaskDefinition, TaskDefinition
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy
from auditor.evidence.policy import PolicyDocument, Statement, account_of, names_account
from auditor.model import Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import check


@check(severity=Severity.MEDIUM, practices=["SEC03-BP02"])
def ecs_task_definition_without_task_role(definition: LatestTaskDefinition) -> Verdict:
    """ECS tasks have a task role apart from the execution role.

    Why: with the execution role an intruder in the container pulls every image and reads every injected secret; with
        none, on EC2, it gets the rights of the instance.
    Fix: create a role that ecs-tasks.amazonaws.com may assume with what the application needs, and register a revision
        with it as taskRoleArn.
    """
    return _task_role(definition)


@check(severity=Severity.MEDIUM, practices=["SEC03-BP02"])
def ecs_service_without_task_role(
    _service: EcsService, definition: TaskDefinition, newest: Every[LatestTaskDefinition]
) -> Verdict:
    """ECS services on older revisions have a task role apart from the execution role, too.

    Why: with the execution role an intruder in the container pulls every image and reads every injected secret; with
        none, on EC2, it gets the rights of the instance.
    Fix: let the service run a revision whose taskRoleArn is a role with what the application needs.
    """
    if definition.arn in newest.by(_definition_arn):
        return not_applicable("it runs the newest revision of its task definition, which is judged by itself")
    return _task_role(definition)


def _definition_arn(definition: TaskDefinition) -> str:
    return definition.arn


def _task_role(definition: TaskDefinition) -> Verdict:
    revision = f"{definition.family}:{definition.revision}"
    if definition.task_role is None:
        shares = "EC2" in definition.compatibilities and definition.network_mode in ("bridge", "host")
        if shares:
            reason = f"{revision} has no task role, so its containers act with the role of their instance"
            return failed(reason, severity=Severity.HIGH)
        return failed(f"{revision} has no task role, so no AWS identity", severity=Severity.INFORMATIONAL)
    if definition.task_role == definition.execution_role:
        return failed(f"the task role of {revision} is its execution role, {definition.task_role}")
    return passed(f"{revision} acts as {definition.task_role}")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP03", "SEC09-BP02"])
def ecs_service_connect_tls_off(service: EcsService) -> Verdict:
    """ECS Service Connect encrypts traffic between services.

    Why: services that call each other in clear text neither know who calls nor hide what is said.
    Fix: set tls in the service's serviceConnectConfiguration with a certificate authority of AWS Private CA; Service
        Connect then issues and rotates the certificates.
    """
    deployment = service.primary
    if deployment is None or not deployment.service_connect or not deployment.endpoints:
        return not_applicable("it offers nothing by Service Connect")
    plain = [one.port_name or "a port" for one in deployment.endpoints if one.certificate_authority is None]
    if plain:
        return failed(f"it offers {', '.join(plain)} by Service Connect without TLS", ports=plain)
    return passed(f"{len(deployment.endpoints)} ports are offered with certificates of AWS Private CA")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP03"])
def elbv2_listener_mutual_tls_unverified(
    listener: Listener, balancer: LoadBalancer, rules: Every[ListenerRule]
) -> Verdict:
    """Load balancers that use client certificates verify them.

    Why: a certificate that nobody verifies proves nothing, yet the service behind takes it for an identity.
    Fix: set the listener's mutual authentication to verify with a trust store that holds your certificate authority,
        and do not ignore expired client certificates.
    """
    if not listener.is_tls or not balancer.is_application:
        return not_applicable("it is no HTTPS listener")
    if listener.mutual_tls == "passthrough":
        return failed(f"port {listener.port} passes client certificates on without verifying them")
    if listener.mutual_tls == "verify":
        return _verified(listener)
    if balancer.is_internet_facing or listener.authenticates:
        return not_applicable("it asks for no client certificate")
    if any(one.authenticates for one in rules.of(listener)):
        return passed("its rules check the caller's identity")
    return failed(f"port {listener.port} checks the identity of no caller", severity=Severity.INFORMATIONAL)


def _verified(listener: Listener) -> Verdict:
    if listener.trust_store_state == "removed":
        return failed(f"the trust store {listener.trust_store_arn} was removed from it", severity=Severity.HIGH)
    if listener.ignores_client_expiry:
        return failed(f"port {listener.port} accepts expired client certificates")
    return passed("it verifies client certificates")


@check(severity=Severity.HIGH, practices=["SEC03-BP07", "SEC03-BP02"])
def lambda_permission_unscoped_service(_function: Function, policy: FunctionPolicy | None) -> Verdict:
    """Lambda permissions for AWS services name the source.

    Why: a service acts for all its customers; without a source, anybody's topic, bucket or rule can run the function.
    Fix: remove the permission and add it again with --source-arn, and for S3 with --source-account as well (aws lambda
        add-permission).
    """
    return _sources(policy.document if policy else None)


@check(severity=Severity.HIGH, practices=["SEC03-BP07", "SEC03-BP02"])
def lambda_alias_permission_unscoped_service(_alias: FunctionAlias, policy: AliasPolicy | None) -> Verdict:
    """Lambda permissions of aliases for AWS services name the source.

    Why: a service acts for all its customers; without a source, anybody's topic, bucket or rule can run the function.
    Fix: remove the permission and add it again with --source-arn, and for S3 with --source-account as well (aws lambda
        add-permission --qualifier).
    """
    return _sources(policy.document if policy else None)


_FOR_ANYBODY = (
    "s3", "sns", "events", "apigateway", "sqs", "iot", "ses", "logs", "cognito-idp", "config", "cloudformation",
)  # fmt: skip
"""Services that any customer can point at a function of another account."""


def _sources(document: PolicyDocument | None) -> Verdict:
    granted = [one for one in document.allowing if "Service" in one.principals] if document else []
    if not granted:
        return not_applicable("its policy lets no AWS service invoke it")
    flaws = [flaw for one in granted for flaw in _unscoped(one)]
    if not flaws:
        return passed(f"its {len(granted)} permissions for AWS services name their source")
    service, reason = min(flaws, key=lambda flaw: flaw[0] not in _FOR_ANYBODY)
    return failed(reason, severity=Severity.HIGH if service in _FOR_ANYBODY else Severity.MEDIUM)


def _unscoped(statement: Statement) -> Iterable[tuple[str, str]]:
    """The services that a statement admits without their source, and how."""
    for principal in statement.principals["Service"]:
        service = principal.partition(".")[0]
        if not _names_source(statement, service):
            given = next(iter(statement.required("aws:SourceArn")), ())
            how = f"only from {', '.join(given)}, whoever's it is" if given else "from any account"
            yield service, f"{statement.label} of its policy lets {principal} invoke it {how}"


def _names_source(statement: Statement, service: str) -> bool:
    by_account = (*statement.required("aws:SourceAccount"), *statement.required("aws:SourceOrgID"))
    if any(all(map(names_account, values)) for values in (*by_account, *statement.required("aws:PrincipalOrgID"))):
        return True
    if service == "alexa-appkit":
        return bool(statement.required("lambda:EventSourceToken"))
    arns = statement.required("aws:SourceArn")
    return any(all(map(account_of, values)) for values in arns)


_CARRIERS = ("s3", "dynamodb", "secretsmanager", "kms", "sqs", "sns", "sts", "execute-api")
"""Services through which data can be carried to another account."""
_PERIMETER = (
    "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "aws:PrincipalArn",
    "aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:ResourceAccount",
)  # fmt: skip


@check(severity=Severity.MEDIUM, practices=["SEC03-BP05", "SEC03-BP07"])
def ec2_vpc_endpoint_policy_full_access(endpoint: VpcEndpoint) -> Verdict:
    """VPC endpoint policies limit principals and resources to the organization.

    Why: an intruder in the VPC copies data to a bucket of its own account through the endpoint, past every firewall.
    Fix: in the endpoint policy, add the conditions StringEquals aws:PrincipalOrgID and aws:ResourceOrgID with your
        organization's id; allow the buckets of AWS that hosts need (package repositories, ECR layers) by name.
    """
    if not endpoint.is_available or not endpoint.is_aws_service or not (endpoint.is_gateway or endpoint.is_interface):
        return not_applicable("it is no endpoint of an AWS service, or not available")
    if endpoint.policy is None:
        return not_applicable(f"{endpoint.service} has no endpoint policies")
    if any(any(one.excepted(key) for key in _PERIMETER) for one in endpoint.policy.denying):
        return passed("its policy denies what lies outside named accounts or organizations")
    if not any(_is_open(one) for one in endpoint.policy.allowing):
        return passed("its policy names principals, actions or resources, or limits them by a condition")
    severity = Severity.MEDIUM if endpoint.service in _CARRIERS else Severity.LOW
    return failed(f"its policy allows everything on everything of {endpoint.service} to everyone", severity=severity)


def _is_open(statement: Statement) -> bool:
    everything = any(action.rpartition(":")[2] == "*" for action in statement.actions) or bool(statement.not_actions)
    limited = any(statement.required(key) for key in _PERIMETER)
    return statement.names_anyone and everything and "*" in statement.resources and not limited
