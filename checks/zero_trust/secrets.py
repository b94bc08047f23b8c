"""Secrets management."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from auditor.every import Every
from auditor.evidence.autoscaling import LaunchConfiguration
from auditor.evidence.cloudformation import Stack
from auditor.evidence.cloudtrail import EventSelectors, Trail, TrailStatus
from auditor.evidence.codebuild import BuildProject
from auditor.evidence.ec2 import Instance, InstanceUserData, LaunchTemplateVersion
from auditor.evidence.ec2_network import Permission, SecurityGroup
from auditor.evidence.ecr import Repository
from auditor.evidence.ecr_images import TaggedImage
from auditor.evidence.ecs import Container, EcsService, LatestTaskDefinition, TaskDefinition
from auditor.evidence.iam import Principal, Role
from auditor.evidence.inspector import InspectorStatus
from auditor.evidence.kms import Alias, Key, KeyPolicy
from auditor.evidence.lambda_ import Function
from auditor.evidence.policy import PolicyDocument
from auditor.evidence.rds import DbCluster, DbInstance, DbProxy, MasterSecret
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.secretsmanager import Secret, SecretPolicy
from auditor.evidence.ssm import Parameter
from auditor.inference.privilege import Privilege
from auditor.inference.role_use import RoleUse
from auditor.inference.secret_names import SecretNames
from auditor.model import Account, Region, Severity, Verdict, failed, manual, not_applicable, passed, unknown
from auditor.redact import secrets_in
from auditor.wiring import check

_DATABASE = re.compile(
    r"(?<![a-z])(db|rds|database|aurora|postgres(ql)?|mysql|mariadb|sqlserver|oracle|redshift|docdb|mongo(db)?)(?![a-z])",
    re.IGNORECASE,
)


@check(severity=Severity.MEDIUM, practices=["SEC02-BP05", "SEC02-BP03"])
def secretsmanager_secret_rotation_off(
    secret: Secret,
    account: Account,
    proxies: Every[DbProxy],
    *,
    max_age_days: int = 90,
    exempt_tags: tuple[str, ...] = ("rotation=manual", "rotation=external"),
) -> Verdict:
    """Secrets rotate automatically.

    Why: a secret that leaked, was copied to a laptop or left with a colleague works until it changes.
    Fix: turn on automatic rotation (managed rotation for RDS and Redshift, a rotation function for others); tag keys
        that a third party issues with rotation=external.
    """
    if secret.is_replica:
        return not_applicable(f"it is a copy of the secret in {secret.primary_region}")
    if secret.owning_service:
        return not_applicable(f"{secret.owning_service} made it and cares for its rotation")
    exempt = next((f"{name}={value}" for name, value in secret.tags.items() if f"{name}={value}" in exempt_tags), None)
    if exempt:
        return not_applicable(f"its tag {exempt} exempts it")
    if secret.rotation_enabled:
        return passed("it rotates automatically")
    age = (account.now - (secret.changed or secret.created)).days
    reason = f"it does not rotate, and last changed {age} days ago"
    if age > max_age_days:
        return failed(reason, severity=Severity.HIGH, age_days=age)
    if _is_for_database(secret, proxies):
        return failed(f"{reason}, though it is for a database", severity=Severity.HIGH, age_days=age)
    return failed(reason, age_days=age)


def _is_for_database(secret: Secret, proxies: Every[DbProxy]) -> bool:
    if any(_DATABASE.search(text) for text in (secret.secret_name, *secret.tags.values())):
        return True
    return any(one.secret == secret.arn for proxy in proxies.within(secret.region) for one in proxy.authentication)


@check(severity=Severity.HIGH, practices=["SEC02-BP05"])
def secretsmanager_secret_rotation_overdue(
    secret: Secret, account: Account, functions: Every[Function], *, grace_days: int = 2, max_interval_days: int = 90
) -> Verdict:
    """Scheduled rotation happens on time.

    Why: a rotation that fails goes unnoticed; the secret stays the same while everybody thinks that it changes.
    Fix: read the log of the rotation function, mend it (mostly its network path to the database or its permissions),
        and start a rotation by hand (aws secretsmanager rotate-secret).
    """
    if not secret.rotation_enabled or secret.is_replica:
        return not_applicable("it does not rotate here")
    late = _overdue(secret, account, timedelta(days=grace_days)) or _broken(secret, functions)
    if late:
        return failed(late)
    if secret.interval_days and secret.interval_days > max_interval_days:
        reason = f"it rotates every {secret.interval_days:g} days, over {max_interval_days}"
        return failed(reason, severity=Severity.MEDIUM)
    return passed(
        f"it last rotated on {secret.rotated:%Y-%m-%d}" if secret.rotated else "its first rotation is not due"
    )


def _overdue(secret: Secret, account: Account, grace: timedelta) -> str:
    """How a secret is behind its schedule; empty where it is not."""
    if secret.next_rotation and account.now - secret.next_rotation > grace:
        return f"its rotation was due on {secret.next_rotation:%Y-%m-%d}"
    since = secret.rotated or secret.created
    waits = secret.rotated is None and secret.next_rotation is not None
    if secret.interval_days and not waits and (account.now - since - grace) / timedelta(days=1) > secret.interval_days:
        last = f"last rotated on {secret.rotated:%Y-%m-%d}" if secret.rotated else "never rotated"
        return f"it was {last}, with an interval of {secret.interval_days:g} days"
    if secret.has_pending_version and secret.changed and account.now - secret.changed > timedelta(days=1):
        return f"a rotation that began before {secret.changed:%Y-%m-%d} has not ended: a version is AWSPENDING"
    return ""


def _broken(secret: Secret, functions: Every[Function]) -> str:
    """Why rotation cannot work; empty where the function exists, or is in another account or region."""
    arn = secret.rotation_function
    if arn is None or arn.split(":")[3:5] != secret.arn.split(":")[3:5]:
        return ""
    exists = ":".join(arn.split(":")[:7]) in functions.by(_function_arn, secret.region)
    return "" if exists else f"its rotation function {arn} does not exist"


def _function_arn(function: Function) -> str:
    return function.arn


@check(severity=Severity.MEDIUM, practices=["SEC02-BP03"])
def rds_master_password_unmanaged(instance: DbInstance, names: SecretNames) -> Verdict:
    """Master passwords of database instances live in Secrets Manager.

    Why: a password that a person chose is in their notes, in a template, and never changes.
    Fix: run aws rds modify-db-instance --manage-master-user-password; RDS then keeps and rotates it, and applications
        read the secret at start.
    """
    if instance.is_cluster_member or instance.is_replica:
        return not_applicable("it has the password of its cluster or source")
    return _master_password(instance.master_secret, names.naming(instance.identifier, instance.region))


@check(severity=Severity.MEDIUM, practices=["SEC02-BP03"])
def rds_cluster_master_password_unmanaged(cluster: DbCluster, names: SecretNames) -> Verdict:
    """Master passwords of database clusters live in Secrets Manager.

    Why: a password that a person chose is in their notes, in a template, and never changes.
    Fix: run aws rds modify-db-cluster --manage-master-user-password; RDS then keeps and rotates it, and applications
        read the secret at start.
    """
    if cluster.is_neptune:
        return not_applicable("Neptune has no master password")
    if cluster.replication_source or not cluster.writer:
        return not_applicable("it has the password of its source")
    return _master_password(cluster.master_secret, names.naming(cluster.identifier, cluster.region))


@check(severity=Severity.MEDIUM, practices=["SEC02-BP03"])
def redshift_cluster_master_password_unmanaged(cluster: RedshiftCluster, names: SecretNames) -> Verdict:
    """Admin passwords of Redshift clusters live in Secrets Manager.

    Why: a password that a person chose is in their notes, in a template, and never changes.
    Fix: run aws redshift modify-cluster --manage-master-password; Redshift then keeps and rotates it.
    """
    if cluster.master_secret:
        return passed("Redshift keeps its admin password in Secrets Manager")
    return _master_password(None, names.naming(cluster.identifier, cluster.region))


def _master_password(managed: MasterSecret | None, by_hand: Secret | None) -> Verdict:
    if managed and managed.status == "impaired":
        return failed(f"its managed secret {managed.arn} is impaired: it cannot be rotated", severity=Severity.HIGH)
    if managed:
        return passed(f"{managed.arn} keeps its master password")
    if by_hand:
        rotation = "rotates" if by_hand.rotation_enabled else "does not rotate"
        reason = f"its master password seems kept by hand in {by_hand.name}, which {rotation}"
        return failed(reason, severity=Severity.LOW)
    return failed("no secret in its region keeps its master password")


@check(severity=Severity.CRITICAL, practices=["SEC02-BP03"])
def lambda_function_plaintext_secret(function: Function) -> Verdict:
    """Lambda environment variables hold no credentials.

    Why: whoever may list functions (ReadOnlyAccess is enough) reads them, and so does every dependency of the code.
    Fix: store the secret in Secrets Manager, give the function its ARN instead, and read it at start (the AWS
        Parameters and Secrets Lambda Extension caches it); then rotate what was in the clear.
    """
    if function.environment_error:
        return unknown(f"Lambda could not read its environment variables ({function.environment_error})")
    found = _secrets_of(function.environment)
    if not function.environment:
        return passed("it has no environment variables")
    if not found:
        return passed(f"none of its {len(function.environment)} environment variables looks secret")
    certain = any(kind != _BY_NAME for kinds in found.values() for kind in kinds)
    severity = Severity.CRITICAL if certain else Severity.HIGH
    key = "" if function.key else ", and no key of your own encrypts them"
    reason = f"{_named(found)} in its environment variables{key}"
    return failed(reason, severity=severity, variables=sorted(found))


_BY_NAME = "password"
"""The type of a secret that the name of its variable tells, not its shape."""


def _secrets_of(settings: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The types of secrets by the name of the setting that holds them."""
    return {name: kinds for name, value in settings.items() if (kinds := secrets_in(value))}


def _named(found: Mapping[str, Iterable[str]]) -> str:
    """`DB_PASSWORD (password), KEY (aws-access-key)`, no more than three."""
    told = [f"{name} ({', '.join(sorted(set(kinds)))})" for name, kinds in sorted(found.items())]
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""  # noqa: PLR2004 - what fits in a line
    return ", ".join(told[:3]) + more + (" stand" if len(told) > 1 else " stands")


@check(severity=Severity.CRITICAL, practices=["SEC02-BP03"])
def ecs_task_definition_plaintext_secret(definition: LatestTaskDefinition, services: Every[EcsService]) -> Verdict:
    """ECS containers get secrets by reference, not as plain environment.

    Why: whoever may describe task definitions reads them, and every revision keeps them for ever.
    Fix: put the secret into Secrets Manager or a SecureString parameter and refer to it by secrets[].valueFrom;
        register a new revision, deregister and delete the old ones, and rotate what was in the clear.
    """
    used = definition.arn in services.by(_task_definition, definition.region)
    return _containers(definition, Severity.CRITICAL if used else Severity.MEDIUM)


@check(severity=Severity.CRITICAL, practices=["SEC02-BP03"])
def ecs_service_plaintext_secret(
    _service: EcsService, definition: TaskDefinition, newest: Every[LatestTaskDefinition]
) -> Verdict:
    """ECS services on older revisions get secrets by reference, too.

    Why: whoever may describe task definitions reads them, and the service goes on using them.
    Fix: let the service run a revision whose containers get the secret by secrets[].valueFrom, then deregister and
        delete the old one, and rotate what was in the clear.
    """
    if definition.arn in newest.by(_definition_arn, definition.region):
        return not_applicable("it runs the newest revision of its task definition, which is judged by itself")
    return _containers(definition, Severity.CRITICAL)


def _task_definition(service: EcsService) -> str | None:
    return service.task_definition


def _definition_arn(definition: TaskDefinition) -> str:
    return definition.arn


def _containers(definition: TaskDefinition, severity: Severity) -> Verdict:
    revision = f"{definition.family}:{definition.revision}"
    found = {place: kinds for one in definition.containers for place, kinds in _places(one)}
    if found:
        return failed(f"{_named(found)} in {revision}", severity=severity, places=sorted(found))
    files = [file for one in definition.containers for file in one.environment_files]
    if files:
        return failed(
            f"{revision} reads its environment from {files[0]}, a file in the clear", severity=Severity.MEDIUM
        )
    return passed(f"nothing in {revision} looks secret")


def _places(container: Container) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where in a container definition secrets stand, with their types."""
    for settings in (container.environment, container.docker_labels, container.log_options):
        yield from ((f"{container.container}.{name}", kinds) for name, kinds in _secrets_of(settings).items())
    for name, words in (("command", container.command), ("entryPoint", container.entry_point)):
        if kinds := secrets_in(" ".join(words)):
            yield f"{container.container}.{name}", kinds


@check(severity=Severity.CRITICAL, practices=["SEC02-BP03"])
def ec2_user_data_plaintext_secret(_instance: Instance, user_data: InstanceUserData) -> Verdict:
    """User data of instances holds no credentials.

    Why: every process on the instance reads it at the metadata service, and so does whoever may describe the instance.
    Fix: let the boot script fetch the secret with the instance's role (aws secretsmanager get-secret-value), replace
        the instance, and rotate what was in the clear.
    """
    return _script(user_data.secrets)


@check(severity=Severity.CRITICAL, practices=["SEC02-BP03"])
def ec2_launch_template_plaintext_secret(version: LaunchTemplateVersion) -> Verdict:
    """User data of launch templates holds no credentials.

    Why: every instance that it starts gives it to each of its processes, and whoever may describe the template reads
        it.
    Fix: let the boot script fetch the secret with the instance's role, make that version the default, delete the old
        versions, and rotate what was in the clear.
    """
    return _script(version.settings.secrets)


@check(severity=Severity.CRITICAL, practices=["SEC02-BP03"])
def autoscaling_launch_configuration_plaintext_secret(configuration: LaunchConfiguration) -> Verdict:
    """User data of launch configurations holds no credentials.

    Why: every instance that it starts gives it to each of its processes, and it cannot be changed any more.
    Fix: move the group to a launch template whose boot script fetches the secret with the instance's role, delete the
        launch configuration, and rotate what was in the clear.
    """
    return _script(configuration.secrets)


def _script(kinds: tuple[str, ...]) -> Verdict:
    if not kinds:
        return passed("nothing in its user data looks secret")
    number = "a secret" if len(kinds) == 1 else f"{len(kinds)} secrets"
    return failed(f"its user data holds {number} ({', '.join(sorted(set(kinds)))})", secrets=len(kinds))


@check(severity=Severity.HIGH, practices=["SEC02-BP03", "SEC08-BP02"])
def ssm_parameter_plaintext_secret(parameter: Parameter, account: Account, *, max_age_days: int = 90) -> Verdict:
    """Parameter Store keeps credentials as SecureString.

    Why: a String parameter is stored and shown in the clear to whoever may read parameters, without a trace at KMS.
    Fix: put it again as a SecureString with a key of your own (aws ssm put-parameter --type SecureString --key-id,
        after delete-parameter), and rotate it; better, keep it in Secrets Manager, which rotates it.
    """
    if parameter.data_type != "text" or parameter.parameter.startswith("/aws/"):
        return not_applicable(f"it holds {parameter.data_type}, or is AWS's")
    if not parameter.tells_secret:
        return passed("its name tells of no secret; its value was not read")
    if not parameter.is_secure:
        return failed(f"its name tells of a secret, yet its type is {parameter.kind}")
    if parameter.key == "alias/aws/ssm":
        return failed("its key is alias/aws/ssm, which has no policy of yours", severity=Severity.LOW)
    age = (account.now - parameter.changed).days
    if age > max_age_days and _DATABASE.search(parameter.parameter):
        reason = f"the password of a database has not changed for {age} days, and nothing here rotates it"
        return failed(reason, severity=Severity.LOW, age_days=age)
    return passed(f"{parameter.key} encrypts it")


@check(severity=Severity.HIGH, practices=["SEC02-BP03"])
def cloudformation_stack_plaintext_secret(stack: Stack) -> Verdict:
    """Stack parameters and outputs hold no credentials.

    Why: whoever may describe stacks reads them, and so do the events and the console.
    Fix: take the secret from Secrets Manager by a dynamic reference ({{resolve:secretsmanager:...}}), or set NoEcho on
        the parameter; remove the output, and rotate what was in the clear.
    """
    found = {**_secrets_of(stack.parameters), **_secrets_of(stack.outputs)}
    if found:
        return failed(f"{_named(found)} among its parameters and outputs", names=sorted(found))
    return passed("none of its parameters and outputs looks secret")


@check(severity=Severity.HIGH, practices=["SEC04-BP01"])
def cloudtrail_secret_reads_not_logged(
    region: Region,
    secrets: Every[Secret],
    parameters: Every[Parameter],
    trails: Every[Trail],
    statuses: Every[TrailStatus],
    selectors: Every[EventSelectors],
) -> Verdict:
    """A trail records every read of a secret and use of a key.

    Why: after a break-in nobody can tell which secrets were read, so all of them have to be changed.
    Fix: let a multi-region trail record management events with ReadWriteType All and without excluded sources (aws
        cloudtrail put-event-selectors).
    """
    kept = len(secrets.within(region.name)) + sum(one.is_secure for one in parameters.within(region.name))
    if not kept:
        return not_applicable(f"{region.name} has no secret and no SecureString parameter")
    recorded = [
        what
        for trail in trails.known()
        if trail.covers(region.name) and any(status.is_logging for status in statuses.of(trail))
        for what in selectors.of(trail)
    ]
    missed = [name for name in ("secretsmanager", "ssm", "kms") if not _is_recorded(name, recorded)]
    number = len(trails) if missed else len(recorded)
    if missed == ["kms"]:
        return failed(f"no trail of {number} records decryption by KMS in {region.name}", severity=Severity.LOW)
    if missed:
        reason = f"no trail that logs records reads by {', '.join(missed)} in {region.name} (secrets there: {kept})"
        return failed(reason, trails=number)
    return passed(f"a trail records reads of secrets in {region.name} (secrets there: {kept})")


def _is_recorded(service: str, recorded: Iterable[EventSelectors]) -> bool:
    return any(one.has_management_source(f"{service}.amazonaws.com") for one in recorded)


@check(severity=Severity.MEDIUM, practices=["SEC03-BP02", "SEC02-BP03"])
def secretsmanager_secret_many_readers(
    secret: Secret,
    policy: SecretPolicy | None,
    privilege: Privilege,
    use: RoleUse,
    keys: Every[Key],
    key_policies: Every[KeyPolicy],
    aliases: Every[Alias],
    *,
    max_readers: int = 5,
) -> Verdict:
    """Few principals can read each secret.

    Why: each reader is one more laptop, function or build that has to be taken over for the secret to be lost.
    Fix: name the secret's ARN in the policies of its readers instead of `*`, or deny everybody else in the secret's
        policy (aws:PrincipalArn).

    `max_readers` is how many users and roles, administrators apart, may read it.
    """
    if policy is None:
        return not_applicable(f"it is a copy of the secret in {secret.primary_region}, which is judged there")
    key = _key_of(secret, keys, aliases)
    key_policy = next((one.document for one in key_policies.of(key)), None) if key else None
    readers = [
        (one, grant)
        for one, grant in privilege.holders(_READING, secret.arn, policy.document)
        if not privilege.administrator(one).possible and (key is None or _decrypts(one, key, key_policy, privilege))
    ]
    number = len(readers)
    if number <= max_readers:
        return passed(f"{number} users and roles besides administrators can read it")
    exposed = next((one for one, _ in readers if isinstance(one, Role) and _is_strange(one, secret, use)), None)
    by = Counter(grant.rule.label for _, grant in readers if grant.rule)
    widest = ", ".join(f"{label} ({count})" for label, count in by.most_common(3))
    told = f"; among them is {exposed.role_name}, whose workload the internet reaches" if exposed else ""
    return failed(
        f"{number} users and roles can read it, over {max_readers}, most by {widest}{told}",
        severity=Severity.HIGH if exposed or number > 3 * max_readers else Severity.MEDIUM,
        readers=sorted(one.arn for one, _ in readers)[:50],
    )


_READING = "secretsmanager:GetSecretValue"


def _key_of(secret: Secret, keys: Every[Key], aliases: Every[Alias]) -> Key | None:
    """The account's own key of a secret; none for AWS's, with which every reader of a secret may decrypt."""
    if secret.key is None or secret.key.endswith("alias/aws/secretsmanager"):
        return None
    before, is_alias, name = secret.key.partition("alias/")
    wanted = before.rpartition("/")[2]
    if is_alias:
        named = (one.key_id for one in aliases.within(secret.region) if one.alias == f"alias/{name}")
        wanted = next(named, None) or ""
    return next((one for one in keys.within(secret.region) if one.key_id == wanted), None)


def _decrypts(principal: Principal, key: Key, policy: PolicyDocument | None, privilege: Privilege) -> bool:
    return privilege.can(principal, "kms:Decrypt", key.arn, policy, delegates=False).possible


def _is_strange(role: Role, secret: Secret, use: RoleUse) -> bool:
    """Whether a workload that the internet reaches runs as a role, and the secret's tags do not name it."""
    reached = use.reached(role)
    return reached is not None and reached.name not in secret.tags.values()


@check(severity=Severity.MEDIUM, practices=["SEC02-BP03"])
def workload_secret_source_missing(
    function: Function,
    databases: Every[DbInstance],
    proxies: Every[DbProxy],
    groups: Every[SecurityGroup],
    use: RoleUse,
    privilege: Privilege,
) -> Verdict:
    """Functions that reach a database can also fetch its credential.

    Why: a function that may fetch no secret has its password in its package, its image or its environment.
    Fix: keep the password in Secrets Manager and let the function's role read it, or sign in with IAM
        (rds-db:connect); then rotate what was in the package.
    """
    own = {*function.security_groups}
    if not own:
        return not_applicable("it is in no VPC")
    target = _reached(
        own, function.region, (*proxies.within(function.region), *databases.within(function.region)), groups
    )
    settings = function.environment
    sealed = bool(function.environment_error) or _has_ciphertext(settings.values())
    return _source(target, use.role_of(function.arn), privilege, plain=bool(_secrets_of(settings)), sealed=sealed)


@check(severity=Severity.MEDIUM, practices=["SEC02-BP03"])
def ecs_workload_secret_source_missing(
    service: EcsService,
    definition: TaskDefinition,
    databases: Every[DbInstance],
    proxies: Every[DbProxy],
    groups: Every[SecurityGroup],
    use: RoleUse,
    privilege: Privilege,
) -> Verdict:
    """Services that reach a database can also fetch its credential.

    Why: a service whose tasks get no secret and may fetch none has its password in the image or in the environment.
    Fix: name the secret in secrets[].valueFrom of the task definition, or let the task role read it; then rotate what
        was in the image.
    """
    own = {*service.security_groups}
    if not own or any(one.secrets for one in definition.containers):
        return not_applicable("it gets secrets by reference, or has no interfaces of its own")
    target = _reached(own, service.region, (*proxies.within(service.region), *databases.within(service.region)), groups)
    plain = any(True for one in definition.containers for _ in _places(one))
    sealed = _has_ciphertext(value for one in definition.containers for value in one.environment.values())
    return _source(target, use.role_of(service.arn), privilege, plain=plain, sealed=sealed)


def _reached(
    own: set[str], region: str, targets: Iterable[DbInstance | DbProxy], groups: Every[SecurityGroup]
) -> DbInstance | DbProxy | None:
    """The first proxy or database whose groups let in one of these groups by name, and not by a range."""
    by_id = groups.by(_group_id, region)
    for target in targets:
        rules = (rule for name in target.vpc_security_groups for one in by_id.get(name, ()) for rule in one.ingress)
        if any(own.intersection(rule.group_ids) for rule in rules if _leads_to(rule, target)):
            return target
    return None


def _leads_to(rule: Permission, target: DbInstance | DbProxy) -> bool:
    """Whether a rule is for the port of a database; a proxy, and one that is being made, tell none."""
    port = target.port if isinstance(target, DbInstance) else None
    return rule.has_ports if port is None else rule.covers(port)


def _group_id(group: SecurityGroup) -> str:
    return group.id


_FETCHING = (_READING, "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
_CIPHERTEXT = ("AQICA", "AQECA")
"""What KMS's ciphertexts begin with in base64."""


def _has_ciphertext(values: Iterable[str]) -> bool:
    """Whether a setting is a ciphertext of KMS, which a right to decrypt opens."""
    return any(value.startswith(_CIPHERTEXT) for value in values)


def _source(
    target: DbInstance | DbProxy | None, role: Role | None, privilege: Privilege, *, plain: bool, sealed: bool
) -> Verdict:
    if target is None:
        return not_applicable("no database lets its security groups in")
    iam_only = isinstance(target, DbProxy) and any(one.iam == "REQUIRED" for one in target.authentication)
    fetching = (*_FETCHING, "kms:Decrypt") if sealed else _FETCHING
    ways = ("rds-db:connect",) if iam_only else (*fetching, "rds-db:connect")
    rights = privilege.rights(role) if role else None
    way = next((one for one in ways if rights and rights.can_somewhere(one).possible), "")
    if way:
        return passed(f"it reaches {target.name}, and its role may call {way}")
    reason = f"it reaches {target.name}, and its role may not call {' or '.join(ways[:2])}"
    if plain:
        return failed(f"{reason}; a secret stands in its configuration", severity=Severity.HIGH)
    return failed(f"{reason}: its password must come from its package, image or environment", confidence="inferred")


@check(severity=Severity.MEDIUM, practices=["SEC11-BP02", "SEC02-BP03"])
def inspector_secret_scanning_off(
    region: Region,
    status: InspectorStatus | None,
    functions: Every[Function],
    repositories: Every[Repository],
    projects: Every[BuildProject],
) -> Verdict:
    """Code, functions and images are scanned for leaked secrets.

    Why: a key that slipped into code, a package or an image is found by whoever looks first.
    Fix: activate Amazon Inspector's Lambda code scanning and ECR scanning in the region (aws inspector2 enable), and
        connect the source repositories to its code security.
    """
    if not region.serves("inspector2"):
        return not_applicable("the region has no Amazon Inspector")
    used = {
        "functions": (status and status.function_code, functions.within(region.name)),
        "repositories": (status and status.ecr, repositories.within(region.name)),
    }
    built = [one for one in projects.within(region.name) if one.source != "NO_SOURCE"]
    if not built and not any(found for _, found in used.values()):
        return not_applicable("there is neither code nor an image to scan here")
    off = [f"{len(found)} {kind}" for kind, (scan, found) in used.items() if found and scan not in _SCANNING]
    if off:
        return failed(f"Inspector does not look for secrets in {' and '.join(off)}")
    if built and (status is None or status.repositories not in _SCANNING):
        return failed(f"Inspector does not scan the sources of {len(built)} build projects", severity=Severity.LOW)
    return passed("Inspector looks for secrets in code and images")


_SCANNING = ("ENABLED", "ENABLING")


@check(severity=Severity.CRITICAL, practices=["SEC02-BP03"])
def ecr_image_embedded_secret(image: TaggedImage) -> Verdict:
    """Container images carry no credentials in their configuration and history.

    Why: whoever may pull the image reads its environment and the commands that built it, and so does each cluster.
    Fix: build again without ENV or ARG for the secret (RUN --mount=type=secret), let the task get it at start, delete
        the image, and rotate the secret.
    """
    if image.manifest is None:
        return unknown("ECR has no form of its manifest that tells its history; it is an OCI image or a list of images")
    found = sorted(set(image.secrets))
    if found:
        number = len(image.secrets)
        return failed(f"{number} secrets ({', '.join(found)}) stand in the configuration or history of {image.name}")
    return passed(f"nothing in the configuration and history of {image.name} looks secret")


@check(severity=Severity.HIGH, practices=["SEC02-BP03"])
def source_code_without_credentials(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Source code holds no credentials.

    Why: who reads the repository, or an old clone of it, has what is in it; most repositories are outside AWS.
    Fix: scan all repositories with their history, replace what is found, and keep secrets in Secrets Manager;
    answer in the audit profile.
    """
    return manual("was all source code, with its history, searched for credentials, and is it free of them?")


@check(severity=Severity.MEDIUM, practices=["SEC02-BP03", "SEC11-BP02"])
def repositories_scanned_for_secrets(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Pushes to repositories are scanned for secrets.

    Why: a secret is copied within minutes of being pushed; hosts of repositories are outside AWS.
    Fix: turn on secret scanning with push protection at the host of the repositories; answer in the audit
    profile.
    """
    return manual("does the host of the repositories stop pushes that hold secrets?")


@check(severity=Severity.MEDIUM, practices=["SEC02-BP03"])
def secrets_retrieved_at_runtime(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Applications fetch secrets when they need them and keep no copies.

    Why: a copy in a file or an image outlives the rotation; that a secret was read shows, that nothing was kept
    does not.
    Fix: fetch secrets by SDK or the agent's cache at run time, and write them nowhere; answer in the audit
    profile.
    """
    return manual("do applications fetch secrets at run time, without files or images that keep them?")
