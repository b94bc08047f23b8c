"""What makes it worth while to take over a role: administrator's rights, secrets, keys."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.every import Every
from auditor.evidence.iam import Role
from auditor.evidence.kms import Key, KeyPolicy
from auditor.evidence.secretsmanager import Secret, SecretPolicy
from auditor.inference.privilege import Privilege
from auditor.wiring import inference


class Powers:
    """Answers for every role of the account, each asked for when somebody wants it."""

    def __init__(
        self,
        privilege: Privilege,
        secrets: Every[Secret],
        secret_policies: Every[SecretPolicy],
        keys: Every[Key],
        key_policies: Every[KeyPolicy],
    ) -> None:
        self._privilege = privilege
        self._secrets = secrets
        self._secret_policies = secret_policies
        self._keys = keys
        self._key_policies = key_policies

    def of(self, role: Role, max_secrets: int, max_keys: int) -> str:
        """What is special about a role, in words; empty where nothing is."""
        if self._privilege.administrator(role).possible:
            return "is an administrator"
        is_strong = self._privilege.seems_strong(role)
        if is_strong:
            return "can become an administrator"
        secrets = sum(self._readable(role))
        if secrets > max_secrets:
            return f"can read {secrets} secrets, over {max_secrets}"
        keys = sum(self._usable(role))
        if keys > max_keys:
            return f"can decrypt with {keys} keys, over {max_keys}"
        if is_strong is None:
            self._privilege.escalation(role)  # raises what could not be read
        return ""

    def _readable(self, role: Role) -> Iterator[bool]:
        for secret in (one for one in self._secrets if not one.is_replica):
            policy = next((one.document for one in self._secret_policies.of(secret)), None)
            yield self._privilege.can(role, "secretsmanager:GetSecretValue", secret.arn, policy).possible

    def _usable(self, role: Role) -> Iterator[bool]:
        for key in self._keys:
            policy = next((one.document for one in self._key_policies.of(key)), None)
            yield self._privilege.can(role, "kms:Decrypt", key.arn, policy, delegates=False).possible


@inference
def powers(
    privilege: Privilege,
    secrets: Every[Secret],
    secret_policies: Every[SecretPolicy],
    keys: Every[Key],
    key_policies: Every[KeyPolicy],
) -> Powers:
    """What the roles of the account could be taken over for."""
    return Powers(privilege, secrets, secret_policies, keys, key_policies)
