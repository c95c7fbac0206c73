"""What the ledger keeps of prompts, answers and other free texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal, TypeAlias

from tasks.redaction.vault import redact_text

StoreText: TypeAlias = Literal["full", "hash", "none"]
TextKeeper: TypeAlias = Callable[[str], str | None]


def text_keeper(store_text: StoreText) -> TextKeeper:
    """A function from a text to what may be stored of it: itself with secrets masked, its SHA-256, or nothing."""
    match store_text:
        case "full":
            return redact_text
        case "hash":
            return hash_text
        case "none":
            return lambda _: None


def hash_text(text: str) -> str:
    """The SHA-256 of a text, marked as one."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
