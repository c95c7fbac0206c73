"""What the ledger keeps of prompts and answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

from tasks.models.redaction import redact

StoreText: TypeAlias = Literal["full", "hash", "none"]
TextKeeper: TypeAlias = Callable[[str], str | None]


def text_keeper(store_text: StoreText, *, secrets: tuple[str, ...] = ()) -> TextKeeper:
    """A function from a text to what may be stored of it: itself with secrets masked, its SHA-256, or nothing."""
    match store_text:
        case "full":
            return partial(redact, secrets=secrets)
        case "hash":
            return lambda text: "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        case "none":
            return lambda _: None
