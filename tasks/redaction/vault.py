"""What this process knows to be secret, and the functions that keep it out of texts."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection

from tasks.redaction.environment import secrets_of_environment, usable
from tasks.redaction.redactor import Redactor
from tasks.redaction.table import People


class Vault:
    """Secrets as they become known; logs come from any thread, so it is the one thing here that every thread shares."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._people: frozenset[People] = frozenset()
        self._keys = self._texts = Redactor()

    def learn(self, values: Collection[str], *, people: Collection[People] | None = None) -> None:
        """Mask these values from now on; `people` sets which patterns on people apply to texts."""
        with self._lock:
            secrets = self._secrets | usable(values)
            asked = self._people if people is None else frozenset(people)
            if (secrets, asked) != (self._secrets, self._people):
                self._secrets, self._people = secrets, asked
                self._keys = Redactor(secrets)
                self._texts = Redactor(secrets, people=asked) if asked else self._keys

    @property
    def keys(self) -> Redactor:
        """What masks keys, in anything."""
        return self._keys

    @property
    def texts(self) -> Redactor:
        """What masks keys and, where the settings ask for it, people's addresses and numbers; not for figures."""
        return self._texts


_VAULT = Vault()


def learn_environment(*, names: Collection[str] = (), people: Collection[People] | None = None) -> None:
    """Mask what the environment holds now; `names` are variables that are secret though their names don't say so."""
    _VAULT.learn(secrets_of_environment(os.environ, names=names), people=people)


def learn_secrets(*values: str) -> None:
    """Mask these values from now on."""
    _VAULT.learn(values)


def redact(text: str) -> str:
    """A text with everything that is, or looks like, a key masked: for whatever is logged, shown or named."""
    return _VAULT.keys.redact(text)


def redact_text(text: str) -> str:
    """A prompt, an answer or another free text as it may be stored: as `redact`, and people as the settings say."""
    return _VAULT.texts.redact(text)


def mask_known(text: str) -> str:
    """A text with the values that are known to be secret masked, and nothing else."""
    return _VAULT.keys.mask_known(text)


def suspects(data: bytes) -> bool:
    """Whether anything in `data` might be a key."""
    return _VAULT.keys.suspects(data)
