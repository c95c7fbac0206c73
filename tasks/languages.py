"""The language of texts, by py3langid's n-gram model, which comes with it and asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, cast

from policies.languages import LANGUAGES

# Below this probability the language is not told: short texts and lists of names look like several.
LEAST_PROBABILITY = 0.5


class Identifier(Protocol):
    """What py3langid gives."""

    def classify(self, text: str) -> tuple[str, float]: ...


def detect_languages(texts: Sequence[str]) -> list[str | None]:
    """The ISO 639 code of each text's language; None where there is none, or it can't be told."""
    identifier = load_identifier()
    return [
        code if p >= LEAST_PROBABILITY and code in LANGUAGES else None for code, p in map(identifier.classify, texts)
    ]


@lru_cache(maxsize=1)
def load_identifier() -> Identifier:
    """The model, read once per process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return cast(Identifier, LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
