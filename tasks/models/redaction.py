"""Keep keys out of every text that is stored, logged or shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

MASK = "[redacted]"
MIN_SECRET_CHARACTERS = 6  # shorter values ("none", "1") would mask ordinary words
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
# Each keeps its first three groups. Prose about keys and authorities is left alone: a value needs a digit or length.
_PATTERNS = (
    re.compile(r"(?i)((?:proxy-)?authorization)(['\"]?\s*[:=]\s*)(['\"]?)[^'\",}\n]+"),
    re.compile(r"(?i)\b((?:x-)?(?:goog-)?api[-_]?key)(['\"]?\s*[:=]\s*)(['\"]?)(?=\S*\d)[^\s'\",}]{6,}"),
    re.compile(r"(?i)\b(bearer|basic)(\s+)()(?=[\w.~+/=-]*(?:\d|(?-i:[a-z][A-Z]))|[\w.~+/=-]{20})[\w.~+/=-]+"),
    re.compile(r"(://)()()[^/\s@]+(?=@)"),
    re.compile(r"(?i)([?&](?:key|api_key|token|sig)=)()()[^&\s'\"]+"),
    re.compile(r"()()()\b(?:sk|rk|pk|gsk|xai|hf|ghp)[-_][\w-]{8,}"),
)


def secrets_of_environment() -> tuple[str, ...]:
    """Values of environment variables whose names say that they are secret, longest first."""
    found = {
        value for name, value in os.environ.items() if _SECRET_NAME.search(name) and len(value) >= MIN_SECRET_CHARACTERS
    }
    return tuple(sorted(found, key=len, reverse=True))


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with the given secrets, the environment's, and whatever looks like a credential masked."""
    for secret in (*secrets, *secrets_of_environment()):
        if len(secret) >= MIN_SECRET_CHARACTERS:
            text = text.replace(secret, MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1\2\3{MASK}", text)
    return text
