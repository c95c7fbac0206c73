"""Whether what a pattern found looks like a secret, and not like prose, code or a placeholder."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

Looks: TypeAlias = Literal[
    "any", "digit", "value", "token", "header", "basic", "cookie", "password", "parameter", "phone"
]

PLACEHOLDERS = frozenset(
    b"password passwd passwort pass pw pwd secret token key apikey api_key none null true false changeme string str "
    b"bytes int port redacted hidden masked value username user".split()
)
# what documentation writes where a value would be: your-key-1, <key>, $KEY, ${KEY}, {key}, %KEY%, xxxx, ****, ...
_PLACEHOLDER = re.compile(rb"(?i)your|my[-_]|the[-_]|some[-_]|[<$%{(\[*.]|x{4}|.*(?:\.\.\.|x{6}|\*\*|redacted)")
_NUMBER = re.compile(rb"(?i)[-+]?(?:0x[0-9a-f]+|[\d.,_:/-]+(?:e[-+]?\d+)?l?)")
_DOTTED_NAME = re.compile(rb"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_SNAKE_NAME = re.compile(rb"_*[A-Za-z]+\d{0,4}(?:_+[A-Za-z]+\d{0,4})+_*")
_DIGIT, _LETTER = re.compile(rb"\d"), re.compile(rb"[A-Za-z]")
_INNER_MARK = re.compile(rb"[A-Za-z0-9][._~+/=-]+[A-Za-z0-9]")
_COOKIE_VALUE = re.compile(rb"=[^;\s]*\d[^;\s]*")
MIN_COOKIE_BYTES = 17  # with the `=`
MIN_LONG_BYTES = 16
MIN_PARAMETER_BYTES = 12
_DATE_OR_FIGURE = re.compile(rb"\d{4}[-/.]\d\d?[-/.]\d\d?|\d+\.\d+$|\d{1,3}(?:\.\d{1,3}){3}$")
PHONE_DIGITS = range(8, 16)  # E.164 allows 15


def is_placeholder(value: bytes) -> bool:
    """Whether a value only stands for one."""
    return value.strip(b"[]{}<>()'\"*.,:;=-").lower() in PLACEHOLDERS or _PLACEHOLDER.match(value) is not None


def has_digit(value: bytes) -> bool:
    """Digits among letters, which words seldom have."""
    return bool(_DIGIT.search(value) and _LETTER.search(value))


def is_value(value: bytes) -> bool:
    """Digits among letters, and neither a number, nor a placeholder, nor the name of an attribute."""
    return has_digit(value) and not (is_placeholder(value) or _NUMBER.fullmatch(value) or _DOTTED_NAME.fullmatch(value))


def is_token(value: bytes) -> bool:
    """As `is_value`, and no name of a variable either."""
    return is_value(value) and _SNAKE_NAME.fullmatch(value) is None


def is_header(value: bytes) -> bool:
    """After the scheme of an authorization header: all but plain words and placeholders."""
    if is_placeholder(value):
        return False
    is_marked = _INNER_MARK.search(value) is not None and not value.isupper()
    return is_marked or is_value(value) or len(value) >= MIN_LONG_BYTES


def is_basic(value: bytes) -> bool:
    """Base64 of `user:password`."""
    decode = urlsafe_b64decode if set(value) & set(b"-_") else b64decode
    try:
        plain = decode(value.rstrip(b"=") + b"=" * (-len(value.rstrip(b"=")) % 4))
    except (binascii.Error, ValueError):
        return False
    return b":" in plain and plain.isascii() and plain.decode("ascii").isprintable()


def is_cookie(value: bytes) -> bool:
    """Any long value with a digit in it."""
    return any(len(found) >= MIN_COOKIE_BYTES for found in _COOKIE_VALUE.findall(value))


def is_password(value: bytes) -> bool:
    """Anything but a placeholder."""
    return not is_placeholder(value)


def is_parameter(value: bytes) -> bool:
    """A URL's parameter: digits among letters, or length."""
    return is_value(value) or (len(value) >= MIN_PARAMETER_BYTES and not is_placeholder(value))


def is_phone(value: bytes) -> bool:
    """As many digits as a number that can be called from abroad; no date, plain number, amount or IP address."""
    n_digits = sum(48 <= byte <= 57 for byte in value)
    is_marked = value[:1] in b"+(" or any(mark in value for mark in (b" ", b"-", b"/", b".", b"("))
    return n_digits in PHONE_DIGITS and is_marked and _DATE_OR_FIGURE.match(value) is None


LOOKS: Mapping[Looks, Callable[[bytes], bool]] = {
    "any": lambda _: True,
    "digit": has_digit,
    "value": is_value,
    "token": is_token,
    "header": is_header,
    "basic": is_basic,
    "cookie": is_cookie,
    "password": is_password,
    "parameter": is_parameter,
    "phone": is_phone,
}
