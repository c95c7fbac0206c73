"""What the ledger keeps of prompts, answers and other free texts, by the setting `store_text`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tasks.redaction.vault import redact_text

StoreText: TypeAlias = Literal["full", "hash", "none"]


@dataclass(frozen=True, slots=True)
class TextKeeper:
    """What may be stored: `full` all but secrets, `hash` what tells equal texts, `none` nothing of a text."""

    store_text: StoreText

    def __call__(self, text: str) -> str | None:
        """What may be stored of a text: itself with secrets masked, its SHA-256, or nothing."""
        match self.store_text:
            case "full":
                return redact_text(text)
            case "hash":
                return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            case "none":
                return None

    def whole(self, text: str) -> str | None:
        """A text that is of use only as it is: itself with secrets masked, or nothing."""
        return redact_text(text) if self.store_text == "full" else None

    def fingerprint(self, prompt_hash: str | None) -> str | None:
        """What may be stored of a prompt's hash: a short prompt can be guessed from it."""
        return None if self.store_text == "none" else prompt_hash

    def reason(self, told: str, *, kind: str) -> str:
        """Why a model is out, for a decision's candidates: what was told, which may repeat a text, or only its kind."""
        return redact_text(told) if self.store_text == "full" else kind


def text_keeper(store_text: StoreText) -> TextKeeper:
    """What keeps texts by a setting."""
    return TextKeeper(store_text)
