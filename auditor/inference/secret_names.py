"""Which secret's name or tags name a resource: a hint that its password is kept there by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from auditor.every import Every
from auditor.evidence.secretsmanager import Secret
from auditor.wiring import inference

_WORD = re.compile(r"[\w-]+")


class SecretNames:
    """The secrets by the words of their names and tags; a region is read when it is asked about."""

    def __init__(self, secrets: Every[Secret]) -> None:
        self._secrets = secrets
        self._by_word: dict[str, Mapping[str, Secret]] = {}

    def naming(self, identifier: str, region: str) -> Secret | None:
        """The first secret of a region with a word that is the identifier, or begins with it and a hyphen."""
        if region not in self._by_word:
            found: dict[str, Secret] = {}
            for one in self._secrets.within(region):
                for word in _words(one):
                    found.setdefault(word, one)
            self._by_word[region] = found
        return self._by_word[region].get(identifier.lower())


def _words(secret: Secret) -> Iterator[str]:
    """Each word of its name and tags, and each of its beginnings that ends before a hyphen."""
    for text in (secret.secret_name, *secret.tags.values()):
        for word in _WORD.findall(text.lower()):
            yield word
            yield from (word[: hyphen.start()] for hyphen in re.finditer("-", word))


@inference
def secret_names(secrets: Every[Secret]) -> SecretNames:
    """The words of the account's secrets."""
    return SecretNames(secrets)
