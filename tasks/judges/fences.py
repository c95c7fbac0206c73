"""Fences around texts that a judge reads and must not obey: no text can close its own."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence

LENGTH = 20


def fence_all(texts: Mapping[str, str]) -> tuple[str, str]:
    """Each text between two lines with its label and one nonce for all; returns them and the nonce.

    The nonce is the start of the SHA-256 of all the texts. Who writes one of them would have to find a text that
    holds its own hash, and could not know the others; should the nonce stand in a text all the same, in whatever
    spelling Unicode has for it, the next hash is taken. The same texts have the same fences, so that a resumed run asks
    the same.
    """
    nonce = nonce_of(texts)
    fenced = (f"<<<BEGIN {label} {nonce}>>>\n{text}\n<<<END {label} {nonce}>>>" for label, text in texts.items())
    return "\n\n".join(fenced), nonce


def nonce_of(texts: Mapping[str, str]) -> str:
    """`LENGTH` hex digits that stand in none of the texts."""
    content = "\x1f".join(part for pair in texts.items() for part in pair).encode("utf-8", "surrogatepass")
    return free_nonce(content, [plainly(text) for text in texts.values()])


def free_nonce(content: bytes, plain: Sequence[str]) -> str:
    """The start of the hash of `content`, or of the hash of that and so on: the first that none of the texts holds."""
    nonce = hashlib.sha256(content).hexdigest()[:LENGTH]
    while any(nonce in text for text in plain):
        content = hashlib.sha256(content).digest()
        nonce = hashlib.sha256(content).hexdigest()[:LENGTH]
    return nonce


def plainly(text: str) -> str:
    """A text with full-width and other spellings of letters made plain, and without what can't be seen."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if unicodedata.category(one) not in ("Cf", "Cc", "Zs", "Mn"))
