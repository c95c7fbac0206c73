"""Which values of the environment are secret."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import unquote, urlsplit

from tasks.redaction.spellings import MIN_BYTES

_SECRET_NAME = re.compile(
    r"(?i)api_?key|(access|private|secret|account|signing|encryption|shared|license|subscription)_?key|token|secret|passw(or)?d"
    r"|passphrase|credential|bearer|auth_string|connection_string|_dsn$|(^|_)(key|pat|pass|auth)(_?\d+)?$"
)
_WORD, _ANY_CASE_WORD = re.compile(r"[a-z_-]+"), re.compile(r"[A-Za-z]+")
_TELLING_NAME = re.compile(r"(?i)(secret|passw(or)?d|passphrase)(_?\d+)?$")
_PATH = re.compile(r"[~.]{0,2}/|[A-Za-z]:\\")
_NUMBER = re.compile(r"[-+.\d_]+")
MIN_GUESSED_BYTES = 8
# what people give a local server that asks for a key but checks none
STAND_INS = frozenset({"no-key", "nokey", "not-needed", "not-used", "unused", "placeholder", "ollama", "dummy-key"})


def secrets_of_environment(environment: Mapping[str, str], *, names: Collection[str] = ()) -> frozenset[str]:
    """The values to mask: of variables that are named, of those whose name says so, and passwords in any URL.

    A value that is named needs 6 bytes; one that is only guessed needs 8, and may not be a path, a number, a word or a
    URL without a password.
    """
    found: set[str] = set()
    for name, value in environment.items():
        if name in names or (_SECRET_NAME.search(name) and may_be_secret(name, value)):
            found.update((value, *leaves(value)))
        found.update(url_passwords(value))
    return usable(found)


def usable(values: Collection[str]) -> frozenset[str]:
    """The values that are long enough to be looked for, and stand for no key at all."""
    stripped = map(str.strip, values)
    return frozenset(value for value in stripped if n_bytes(value) >= MIN_BYTES and value.lower() not in STAND_INS)


def n_bytes(value: str) -> int:
    """The length of a value in UTF-8."""
    return len(value.encode("utf-8", "surrogatepass"))


def may_be_secret(name: str, value: str) -> bool:
    """Whether a value under a secret-looking name is likely to be one."""
    if n_bytes(value) < MIN_GUESSED_BYTES or _PATH.match(value) or _NUMBER.fullmatch(value):
        return False
    if "://" in value:
        return any(url_passwords(value))
    return _WORD.fullmatch(value) is None or (_TELLING_NAME.search(name) is not None and "_" not in value)


def url_passwords(value: str) -> Iterator[str]:
    """The password of a URL, as it stands there and decoded."""
    if "://" in value and "@" in value:
        try:
            password = urlsplit(value).password
        except ValueError:
            return
        if password:
            yield from (password, unquote(password))


def leaves(value: str) -> Iterator[str]:
    """The texts in a JSON object (a service account's, say) that stand under secret-looking names, and their lines."""
    if not value.lstrip().startswith("{"):
        return
    try:
        members = json.loads(value)
    except ValueError:
        return
    for name, member in members.items():
        if isinstance(member, str) and _SECRET_NAME.search(name) and len(member) >= MIN_GUESSED_BYTES:
            yield member
            lines = (line for line in member.splitlines() if not line.startswith("-----"))
            yield from (line for line in lines if len(line) >= MIN_GUESSED_BYTES)
