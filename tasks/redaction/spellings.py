"""The ways in which a known value may be written: as it is, and as JSON, URLs, HTML, base64 or hexadecimal write it."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from collections.abc import Collection, Iterator
from urllib.parse import quote, quote_plus

import re2

MIN_BYTES = 6  # shorter values ("none", "1") would mask ordinary words
MIN_CUT_BYTES = 16  # values from this length on are known by their first half, too: messages get cut
MIN_BASE64_CHARACTERS = 8
IN_BASE64 = rb"[A-Za-z0-9+/=_-]*"


def pattern_of(secrets: Collection[str]) -> bytes | None:
    """One expression that finds every spelling of every value, the longest first; None where there are none."""
    values = sorted({value for value in secrets if len(value.encode("utf-8", "surrogatepass")) >= MIN_BYTES})
    plain = sorted({s for value in values for s in spellings(value)}, key=lambda s: (-len(s), s))
    cuts = sorted({s for value in values if (s := cut(value))})
    coded = sorted({s for value in values for s in base64_cores(value)}, key=lambda s: (-len(s), s))
    parts = []
    if plain:
        parts.append(b"(?i:%b)" % b"|".join(escape(s.encode("utf-8", "surrogatepass")) for s in plain))
    if cuts:
        started = b"|".join(escape(s.encode("utf-8", "surrogatepass")) for s in cuts)
        parts.append(rb"(?i:%b)[^\s'\"<>,;&]*" % started)
    if coded:
        parts.append(IN_BASE64 + b"(?:%b)" % b"|".join(escape(s) for s in coded) + IN_BASE64)
    return b"|".join(parts) or None


def escape(literal: bytes) -> bytes:
    """A literal as an expression."""
    escaped: bytes = re2.escape(literal)
    return escaped


def spellings(value: str) -> Iterator[str]:
    """The value as itself, as Python and JSON quote it (once and twice), in URLs, in HTML and in hexadecimal."""
    once = json.dumps(value)[1:-1]
    yield from (value, once, json.dumps(once)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1])
    yield once.replace("/", "\\/")
    yield once.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    data = value.encode("utf-8", "surrogatepass")
    yield from (quote(data), quote(data, safe=""), quote_plus(data), html.escape(value), data.hex())


def cut(value: str) -> str | None:
    """The first half of a value that is long enough for that to be telling."""
    return value[: max(MIN_CUT_BYTES // 2, len(value) // 2)] if len(value) >= MIN_CUT_BYTES else None


def base64_cores(value: str) -> Iterator[bytes]:
    """What any base64 text that has the value somewhere inside must contain, in both alphabets.

    The value may begin at any of three places in a group of three bytes; the characters at the edges that depend on its
    neighbours are left away.
    """
    data = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        n_bits = 8 * (before + len(data))
        core = b64encode(bytes(before) + data)[-(-8 * before // 6) : n_bits // 6]
        if len(core) >= MIN_BASE64_CHARACTERS:
            yield core
            yield core.replace(b"+", b"-").replace(b"/", b"_")
