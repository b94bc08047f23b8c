"""Workload identity."""

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network

from auditor.every import Every
from auditor.evidence.acmpca import CertificateAuthority
from auditor.evidence.apigateway import ApiDomain, RestApi
from auditor.evidence.apigatewayv2 import HttpApi, HttpDomain
from auditor.evidence.appmesh import MeshEgress, VirtualNode
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import Permission, SecurityGroup, Vpc, VpcEndpoint
from auditor.evidence.ecs import EcsService, LatestTaskDefinition, TaskDefinition
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.iam import ManagedPolicy, Role
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy
from auditor.evidence.policy import PolicyDocument, Statement, account_of, names_account
from auditor.evidence.route53_vpcs import VpcZones
from auditor.evidence.tagging import TaggedResource
from auditor.inference.api_names import ApiNames
from auditor.inference.environments import environment
from auditor.inference.exposure import Exposure
from auditor.inference.function_urls import UrlCallers
from auditor.inference.network import Interfaces, Routes
from auditor.inference.policy import Rights, Rule
from auditor.inference.powers import Powers
from auditor.inference.privilege import Privilege
from auditor.inference.public_access import Outside
from auditor.inference.role_use import RoleUse, Workload, instance_workload
from auditor.inference.vpc_needs import User, VpcNeeds
from auditor.model import Account, Severity, Status, Verdict, failed, manual, not_applicable, passed
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
    if definition.arn in newest.by(_definition_arn, definition.region):
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
def ecs_service_connect_tls_off(service: EcsService, authorities: Every[CertificateAuthority]) -> Verdict:
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
    own = {one.certificate_authority or "" for one in deployment.endpoints}
    own = {one for one in own if account_of(one) == account_of(service.arn)}
    states = {one.arn: one.status for one in authorities.within(service.region)} if own else {}
    idle = next((one for one in sorted(own) if states.get(one) != "ACTIVE"), "")
    if idle:
        reason = f"its certificates come of {idle}, which is {states.get(idle, 'deleted')}"
        return failed(reason, severity=Severity.HIGH)
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
    if service in _SKILLS:
        return bool(statement.required("lambda:EventSourceToken"))
    arns = statement.required("aws:SourceArn")
    return any(all(map(account_of, values)) for values in arns)


_SKILLS = ("alexa-appkit", "alexa-connectedhome")
"""Services that name a skill by a token, and by no ARN."""

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
    refusing = [one for one in endpoint.policy.denying if any(one.excepted(key) for key in _PERIMETER)]
    if any(map(_is_of_everything, refusing)):
        return passed("its policy denies what lies outside named accounts or organizations")
    if not any(_is_open(one) for one in endpoint.policy.allowing):
        return passed("its policy names principals, actions or resources, or limits them by a condition")
    severity = Severity.MEDIUM if endpoint.service in _CARRIERS else Severity.LOW
    more = f", but for {', '.join(refusing[0].actions)} outside of what it names" if refusing else ""
    reason = f"its policy allows everything on everything of {endpoint.service} to everyone{more}"
    return failed(reason, severity=severity)


def _is_open(statement: Statement) -> bool:
    return _is_of_everything(statement) and not any(statement.required(key) for key in _PERIMETER)


def _is_of_everything(statement: Statement) -> bool:
    """Whether it speaks of everyone, all actions of a service and all resources, with or without exceptions."""
    actions = any(action.rpartition(":")[2] == "*" for action in statement.actions) or bool(statement.not_actions)
    resources = any(name.rpartition(":")[2] == "*" for name in statement.resources) or bool(statement.not_resources)
    return statement.names_anyone and actions and resources


@check(severity=Severity.MEDIUM, practices=["SEC03-BP02", "SEC03-BP01"])
def iam_role_shared_by_workloads(
    role: Role,
    use: RoleUse,
    privilege: Privilege,
    tagged: Every[TaggedResource],
    *,
    max_workloads: int = 1,
    workload_tags: tuple[str, ...] = ("Service", "Application", "App"),
) -> Verdict:
    """Every workload has a role of its own.

    Why: a role that several share has the sum of what they need; whoever takes over the weakest has it all, and the
        logs do not tell which of them it was.
    Fix: give each function, service and group its own role with what it needs.

    `max_workloads` is how many may share a role; those with one value of a tag of `workload_tags`, or of one stack,
    count as one where the role names no secret, key or table.
    """
    if role.is_service_linked:
        return not_applicable("an AWS service owns it")
    workloads = use.known(role)
    precious = len(workloads) > max_workloads and _names_precious(role, privilege)
    several = {one.arn: one for one in workloads}
    if len(several) > max_workloads and not precious:
        several = {_application(one, workload_tags, tagged): one for one in workloads}
    if len(several) <= max_workloads:
        number = len(use.all(role))
        return passed(f"{number} workloads act as it") if number else not_applicable("no workload acts as it")
    named = ", ".join(sorted(map(str, several.values()))[:4])
    environments = {found for one in workloads if (found := environment(one.tags, one.name))}
    reached = use.reached(role)
    why = f", of {' and '.join(sorted(environments))}" if len(environments) > 1 else ""
    why += f"; the internet reaches the {reached} by {reached.way}" if reached else ""
    severity = Severity.HIGH if why else Severity.MEDIUM
    return failed(f"{len(several)} workloads act as it ({named}){why}", severity=severity, workloads=len(several))


def _application(workload: Workload, tag_keys: Iterable[str], tagged: Every[TaggedResource]) -> str:
    """What a workload is part of: its stack or application, or else itself; strict about its having no tags."""
    region = workload.arn.split(":")[3] if workload.arn.startswith("arn:") else ""
    read = tagged.by(_tagged_arn, region).get(workload.arn, ()) if region and not workload.tags else ()
    tags = workload.tags or {key: value for one in read for key, value in one.tags.items()}
    named = (tags[key] for key in ("aws:cloudformation:stack-name", *tag_keys) if key in tags)
    return next(named, workload.arn)


def _tagged_arn(resource: TaggedResource) -> str:
    return resource.arn


_PRECIOUS = (":secretsmanager:", ":kms:", ":dynamodb:")


def _names_precious(role: Role, privilege: Privilege) -> bool:
    """Whether a role's policies name a secret, a key or a table."""
    named = (name for rule in privilege.rights(role).granted.all for name in rule.statement.resources)
    return any(service in name for name in named for service in _PRECIOUS)


_SENSITIVE: Mapping[Severity, tuple[str, ...]] = {
    Severity.CRITICAL: (
        "iam:PassRole", "iam:CreateAccessKey", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:AttachUserPolicy",
        "iam:PutUserPolicy", "iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy", "sts:AssumeRole",
    ),
    Severity.HIGH: (
        "secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath",
        "kms:Decrypt", "kms:CreateGrant", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "dynamodb:GetItem",
        "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem",
        "dynamodb:DeleteItem", "dynamodb:BatchWriteItem",
    ),
    Severity.MEDIUM: (
        "sqs:ReceiveMessage", "sqs:SendMessage", "sqs:DeleteMessage", "sns:Publish", "lambda:InvokeFunction",
        "ec2:RunInstances", "ec2:TerminateInstances", "ec2:ModifyInstanceAttribute",
        "ec2:AuthorizeSecurityGroupIngress", "rds:ModifyDBInstance", "rds:DeleteDBInstance",
        "rds:RestoreDBInstanceFromDBSnapshot",
    ),
}  # fmt: skip
"""What a workload must not be able to do to everything, by how bad that is."""
_WIDE = re.compile(r"\*$|arn:[^:]*:s3:::\*(?:/\*)?$|arn:[^:]*:(?!s3:)[^:]*:[^:]*:[^:]*:(?:[a-z-]+[:/])?\*(?:/\*)?$")
"""Resources that stand for all of a service; what stands before a slash is a bucket in S3, and a type elsewhere."""
_WITHOUT_RESOURCES = ("ssmmessages", "ec2messages", "xray", "cloudwatch")
"""Services of agents and metrics, whose actions name no resource, or next to none."""
_BROAD = ("FullAccess", "PowerUserAccess")


@check(severity=Severity.HIGH, practices=["SEC03-BP02"])
def iam_workload_role_overscoped(
    role: Role, use: RoleUse, privilege: Privilege, policies: Every[ManagedPolicy]
) -> Verdict:
    """Workload roles allow named actions on named resources.

    Why: a hole in one function then opens every bucket, table or secret of the account, not only its own.
    Fix: replace `*` by the ARNs that the workload uses, and `service:*` by the actions; Access Analyzer writes such a
        policy from CloudTrail's history (StartPolicyGeneration).
    """
    if role.is_service_linked or not use.is_used(role):
        return not_applicable("no workload acts as it")
    if privilege.administrator(role).possible:
        return not_applicable("it is an administrator, which iam_principal_administrator judges")
    rights = privilege.rights(role)
    for severity, actions in _SENSITIVE.items():
        wide = [(action, rule) for action in actions if (rule := _on_everything(action, rights))]
        if wide:
            named = ", ".join(action for action, _ in wide[:4])
            reason = f"{wide[0][1].label} allows {named} on {_widest(wide[0][1])}"
            return failed(reason, severity=severity, actions=[action for action, _ in wide])
    for rule in rights.granted.all:
        if (whole := _whole_service(rule)) and rights.can(whole).certain:
            return failed(f"{rule.label} allows {whole} on everything", severity=Severity.MEDIUM)
    known = (one for arn in role.attached_policies for one in policies.by(_arn_of).get(arn, ()))
    broad = next((one.name for one in known if one.is_aws_managed and one.name.endswith(_BROAD)), "")
    if broad:
        return failed(f"it has AWS's policy {broad}", severity=Severity.MEDIUM)
    return passed("none of the actions that matter is allowed on everything")


def _on_everything(action: str, rights: Rights) -> Rule | None:
    """The statement by which an action is allowed on all resources of its service, whatever the conditions."""
    for rule in rights.granted.about(action)[0]:
        if _widest(rule) and rights.can(action, _widest(rule)).certain:
            return rule
    return None


def _widest(rule: Rule) -> str:
    """The resource of a statement that stands for all; empty where each is named."""
    if rule.statement.not_resources:
        return "*"
    return next((one for one in rule.statement.resources if _WIDE.match(one)), "")


def _whole_service(rule: Rule) -> str:
    """`service:*`, where a statement allows all of a service on everything."""
    if not rule.statement.allows or "*" not in rule.statement.resources:
        return ""
    whole = (one for one in rule.statement.actions if one.endswith(":*"))
    return next((one for one in whole if one.partition(":")[0].lower() not in _WITHOUT_RESOURCES), "")


def _arn_of(policy: ManagedPolicy) -> str:
    return policy.arn


@check(severity=Severity.CRITICAL, practices=["SEC03-BP02", "SEC05-BP01"])
def ec2_internet_reachable_privileged_role(
    instance: Instance,
    exposure: Exposure,
    interfaces: Interfaces,
    use: RoleUse,
    powers: Powers,
    *,
    max_secrets: int = 5,
    max_keys: int = 3,
) -> Verdict:
    """Internet-reachable instances hold no privileged role.

    Why: one hole in what the instance serves gives its role away, and with it all that the role can do.
    Fix: change the cheapest of the three: take the port out of the security group, take the rights from the role, or
        require tokens of the metadata service.

    `max_secrets` and `max_keys` are how many secrets and keys a role may use before it counts as privileged.
    """
    role = use.role_of(instance_workload(instance))
    if instance.instance_profile_arn is None or role is None:
        return not_applicable("it has no role")
    own = interfaces.of_instance(instance.id, instance.region)
    paths = [path for one in own for path in exposure.of(one) if path.has_ports and not path.service]
    if not paths:
        return passed("the internet does not reach it")
    power = powers.of(role, max_secrets, max_keys)
    if not power:
        return passed(f"the internet reaches it, but its role {role.role_name} is not privileged")
    nearest = min(paths, key=lambda path: (not path.is_direct, not path.is_world()))
    imds = ", and its metadata service gives the role away without a token" if instance.allows_imdsv1 else ""
    return failed(
        f"its role {role.role_name} {power}{imds}; the internet reaches it: {nearest.describe()}",
        severity=Severity.CRITICAL if nearest.is_direct or imds else Severity.HIGH,
        cheapest="metadata tokens" if imds and not nearest.is_direct else "the network path",
    )


@check(severity=Severity.HIGH, practices=["SEC03-BP02", "SEC05-BP01"])
def ecs_internet_reachable_privileged_role(
    service: EcsService, use: RoleUse, powers: Powers, *, max_secrets: int = 5, max_keys: int = 3
) -> Verdict:
    """Internet-reachable services hold no privileged role.

    Why: one hole in a container gives its task role away, and with it all that the role can do.
    Fix: take the rights from the task role, or put them into a service of its own that the internet does not reach.

    `max_secrets` and `max_keys` are how many secrets and keys a role may use before it counts as privileged.
    """
    return _exposed(service, use, powers, max_secrets, max_keys)


@check(severity=Severity.HIGH, practices=["SEC03-BP02", "SEC05-BP01"])
def lambda_internet_reachable_privileged_role(
    function: Function,
    use: RoleUse,
    powers: Powers,
    callers: UrlCallers,
    *,
    max_secrets: int = 5,
    max_keys: int = 3,
) -> Verdict:
    """Internet-reachable functions hold no privileged role.

    Why: one hole in a function gives its role away: the credentials stand in its environment.
    Fix: take the rights from the execution role, or put them into another function that the internet does not reach.

    `max_secrets` and `max_keys` are how many secrets and keys a role may use before it counts as privileged. A URL
    counts where the function's policy lets everyone call it: anybody, or whoever has an AWS account and signs.
    """
    verdict = _exposed(function, use, powers, max_secrets, max_keys)
    if verdict.status is not Status.FAIL:
        return verdict
    opened = callers.openings(function)
    if opened.is_anonymous:
        return failed(f"{verdict.reason}, and a URL of it asks for no credentials", severity=Severity.CRITICAL)
    if opened.gap:
        return failed(f"{verdict.reason}; whether a URL of it answers everyone is not known: {opened.gap.reason}")
    return verdict


def _exposed(workload: EcsService | Function, use: RoleUse, powers: Powers, max_secrets: int, max_keys: int) -> Verdict:
    role = use.role_of(workload.arn)
    if role is None:
        return not_applicable("it has no role of this account")
    way = use.way_to(workload.arn, workload.region)
    if not way:
        return passed("no request from the internet is known to get to it")
    power = powers.of(role, max_secrets, max_keys)
    if not power:
        return passed(f"requests come by {way}, but its role {role.role_name} is not privileged")
    return failed(f"its role {role.role_name} {power}, and requests from the internet come by {way}")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP03", "SEC09-BP02"])
def appmesh_virtual_node_mtls_off(node: VirtualNode, egress: MeshEgress) -> Verdict:
    """App Mesh listeners and clients enforce mutual TLS.

    Why: without it, whoever gets into the network calls each service under any name.
    Fix: move to ECS Service Connect with TLS or VPC Lattice, as AWS has ended App Mesh; until then set tls.mode STRICT
        with a validation context, and a client certificate in backendDefaults.
    """
    plain = [one for one in node.listeners if one.mode != "STRICT"]
    if plain:
        ports = [one.port for one in plain]
        return failed(f"port {ports[0]} takes plain text ({plain[0].mode})", ports=ports)
    if unasked := [one.port for one in node.listeners if one.client_trust is None]:
        return failed(f"port {unasked[0]} asks clients for no certificate", ports=unasked)
    if not node.demands_tls or node.client_certificate is None:
        return failed("it calls other services without TLS, or without a certificate of its own")
    if egress.filter == "ALLOW_ALL":
        return failed(f"the mesh {node.mesh} lets proxies call any address", severity=Severity.LOW)
    spire = node.client_certificate == "sds" or any(one.client_trust == "sds" for one in node.listeners)
    return passed("both sides show certificates" + (" of SPIRE" if spire else ""))


@check(severity=Severity.HIGH, practices=["SEC09-BP03"])
def apigateway_mutual_tls_bypass(api: RestApi, names: ApiNames, outside: Outside) -> Verdict:
    """REST APIs with mutual TLS or private endpoints have no second way in.

    Why: the certificate that one name asks for is worth nothing where another name asks for none.
    Fix: set disableExecuteApiEndpoint, give every domain name of the API a truststore, and in the policy of a private
        API demand aws:SourceVpce or named principals.
    """
    domains = names.of_rest(api)
    if any(one.truststore for one in domains):
        return _second_way(domains, closed=api.closes_default_endpoint)
    if not api.is_private:
        return not_applicable("no name of it asks for certificates, and it is not private")
    if api.policy is None:
        return passed("it is private, and without a policy every call to it fails")
    if found := outside.everyone(api.policy):
        reason = f"{found[0].label} of its policy admits {found[0].who}, by whatever VPC endpoint"
        return failed(reason, severity=Severity.MEDIUM)
    return passed("its policy names endpoints or principals")


@check(severity=Severity.HIGH, practices=["SEC09-BP03"])
def apigatewayv2_mutual_tls_bypass(api: HttpApi, names: ApiNames) -> Verdict:
    """HTTP APIs with mutual TLS have no second way in.

    Why: the certificate that one name asks for is worth nothing where another name asks for none.
    Fix: set DisableExecuteApiEndpoint, and give every domain name of the API a truststore.
    """
    domains = names.of_http(api)
    if not any(one.truststore for one in domains):
        return not_applicable("no name of it asks for certificates")
    return _second_way(domains, closed=api.closes_default_endpoint)


def _second_way(domains: Sequence[ApiDomain | HttpDomain], *, closed: bool) -> Verdict:
    if not closed:
        return failed("clients may use its execute-api name, which asks for no certificate")
    if loose := [one.domain for one in domains if not one.truststore]:
        return failed(f"its name {loose[0]} asks for no certificate")
    if warned := next((one for one in domains if one.truststore_warnings), None):
        reason = f"the truststore of {warned.domain} has a fault: {warned.truststore_warnings[0]}"
        return failed(reason, severity=Severity.MEDIUM)
    return passed("every way to it asks for a certificate")


_GATEWAYS = ("s3", "dynamodb")
_VITAL = ("secretsmanager", "ssm", "kms", "sts")


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02", "COST08-BP03"])
def ec2_vpc_endpoint_missing_for_used_service(
    vpc: Vpc,
    account: Account,
    needs: VpcNeeds,
    endpoints: Every[VpcEndpoint],
    groups: Every[SecurityGroup],
    routes: Routes,
    zones: VpcZones,
    *,
    check_services: tuple[str, ...] = (
        "s3", "dynamodb", "secretsmanager", "ssm", "ssmmessages", "ec2messages", "kms", "sts", "ecr.api", "ecr.dkr",
        "logs", "sqs", "sns", "events", "execute-api", "lambda", "states",
    ),
) -> Verdict:  # fmt: skip
    """VPCs reach the AWS services that they use through working endpoints.

    Why: without an endpoint, secrets and data leave the network by a NAT or internet gateway, and each gigabyte is paid
        for.
    Fix: create gateway endpoints for S3 and DynamoDB on every route table, and interface endpoints with private DNS and
        a security group that admits 443 from the workloads for the rest.

    `check_services` are the endpoints that are looked for.
    """
    if vpc.owner != account.id:
        return not_applicable(f"{vpc.owner} shares it, whose endpoints serve it and cannot be seen from here")
    wanted = {name: used for name, used in needs.of(vpc).items() if name in check_services}
    if not wanted:
        return not_applicable("no workload in it is known to use one of the services")
    here = [one for one in endpoints.within(vpc.region) if one.vpc_id == vpc.id]
    by_id = groups.by(_group_id, vpc.region)
    flaws = []
    for name, users in sorted(wanted.items()):
        found = [one for one in here if one.service == name]
        answered = zones.has(f"{_domain(name)}.{vpc.region}.")
        faults = [_fault(one, users, vpc, routes, by_id, answered=answered) for one in found]
        if found and all(faults):
            flaws.append((Severity.MEDIUM, f"the endpoint {found[0].id} of {name} {faults[0]}"))
        elif not found and not answered:
            severity = _without_endpoint(name, users, vpc, routes)
            flaws.append((severity, f"{name} has no endpoint, though {users[0].name} uses it"))
    if not flaws:
        return passed(f"working endpoints lead to {', '.join(sorted(wanted))}")
    flaws.sort(key=lambda flaw: -flaw[0].rank)
    told = "; ".join(text for _, text in flaws[:4]) + (f"; and {len(flaws) - 4} more" if len(flaws) > 4 else "")  # noqa: PLR2004
    return failed(told, severity=flaws[0][0], services=len(flaws))


def _group_id(group: SecurityGroup) -> str:
    return group.id


def _domain(name: str) -> str:
    """A service's name as hosts have it, the other way round: `api.ecr` for the endpoint `ecr.api`."""
    return ".".join(reversed(name.split(".")))


def _fault(
    endpoint: VpcEndpoint,
    users: Iterable[User],
    vpc: Vpc,
    routes: Routes,
    groups: Mapping[str, tuple[SecurityGroup, ...]],
    *,
    answered: bool,
) -> str:
    """Why an endpoint does not serve its users; empty where it does. `answered` is by a private hosted zone."""
    if not endpoint.is_available:
        return f"is {endpoint.state}"
    if endpoint.is_gateway:
        tables = (routes.by_ids(subnet, vpc.id, vpc.region) for user in users for subnet in user.subnets)
        without = next((one.id for one in tables if one and one.id not in endpoint.route_table_ids), "")
        return f"is not on the route table {without}" if without else ""
    if not endpoint.private_dns and not answered:
        return "has no private DNS, so that clients do not find it"
    rules = [rule for name in endpoint.group_ids for one in groups.get(name, ()) for rule in one.ingress]
    shut = next((one.name for one in users if not any(_admits(rule, one, vpc) for rule in rules)), "")
    return f"has no security group that admits 443 from {shut}" if shut else ""


def _admits(rule: Permission, user: User, vpc: Vpc) -> bool:
    """Whether a rule lets a workload of the VPC in on 443, by a group, or by a range that overlaps the VPC's.

    What a prefix list holds is not looked up: it is taken for one that does.
    """
    if not rule.covers(443):
        return False
    named = {*rule.group_ids} & {*user.groups}
    return bool(named or rule.prefix_lists) or any(_overlap(block, own) for block in rule.ranges for own in vpc.cidrs)


def _overlap(one: str, other: str) -> bool:
    first, second = ip_network(one, strict=False), ip_network(other, strict=False)
    return first.version == second.version and first.overlaps(second)


def _without_endpoint(name: str, users: Iterable[User], vpc: Vpc, routes: Routes) -> Severity:
    """How bad it is that a service has no endpoint; secrets that leave by the internet are worst."""
    if name not in (*_GATEWAYS, *_VITAL):
        return Severity.LOW
    tables = (routes.by_ids(subnet, vpc.id, vpc.region) for user in users for subnet in user.subnets)
    leaves = name in _VITAL and any(table and table.default_routes for table in tables)
    return Severity.HIGH if leaves else Severity.MEDIUM


@check(severity=Severity.MEDIUM, practices=["SEC02-BP02"])
def workload_identity_attested_outside_aws(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Workloads that AWS does not know prove their identity by short-lived documents.

    Why: SPIFFE and SPIRE servers have no API in AWS, so what they issue and to whom cannot be seen.
    Fix: attest workloads outside AWS by SPIRE, OIDC or IAM Roles Anywhere with documents that end within hours;
    answer in the audit profile.
    """
    return manual("do workloads outside AWS get short-lived identities by attestation, and no stored keys?")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02", "SEC09-BP03"])
def service_mesh_mutual_tls_enforced(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Meshes that the account runs itself enforce mutual TLS.

    Why: what Istio, Linkerd or Envoy enforce stands in objects of Kubernetes, outside the API of AWS.
    Fix: set strict mutual TLS for the whole mesh, and alarm on permissive exceptions; answer in the audit
    profile.
    """
    return manual("do the meshes that run in clusters refuse connections without mutual TLS?")
