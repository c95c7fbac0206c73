"""What is known of a trained classifier: from which examples, how good on held-out ones, and when it abstains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from policies.classifier import HeldOut

# Of the held-out examples that the threshold leaves, so many must have been guessed right.
TARGET_ACCURACY = 0.95


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A classifier's account of itself; all shares are in [0, 1], and all but `threshold` are of held-out examples.

    `version` is the hash of the examples; `is_embedded` says whether a sentence encoder's vectors help it. `threshold`
    is the confidence below which it abstains: then it answers `coverage` of the held-out examples, and
    `accuracy_answered` of these answers are right. `confusion` has a row per true category and a column per guess, both
    in the order of `examples`.
    """

    version: str
    examples: Mapping[str, int]
    n_held_out: int
    macro_f1: float
    accuracy: float
    threshold: float
    coverage: float
    accuracy_answered: float
    confusion: tuple[tuple[int, ...], ...]
    is_embedded: bool = False


def write_card(held_out: HeldOut, *, labels: Sequence[str], version: str, is_embedded: bool = False) -> ModelCard:
    """Judge held-out guesses; `labels` are those of all examples that the classifier is trained from."""
    from sklearn.metrics import confusion_matrix

    names, counts = np.unique(np.asarray(labels), return_counts=True)
    guessed = [guess.category for guess in held_out.guesses]
    confidence = np.array([guess.confidence for guess in held_out.guesses])
    is_right = np.array([guess == true for guess, true in zip(guessed, held_out.true, strict=True)])
    threshold = least_confidence(confidence, is_right)
    answered = confidence >= threshold
    return ModelCard(
        version=version,
        examples={str(name): int(n) for name, n in zip(names, counts, strict=True)},
        n_held_out=len(guessed),
        macro_f1=held_out.macro_f1,
        accuracy=float(is_right.mean()),
        threshold=threshold,
        coverage=float(answered.mean()),
        accuracy_answered=float(is_right[answered].mean()) if answered.any() else 0.0,
        confusion=tuple(
            tuple(int(n) for n in row) for row in confusion_matrix(held_out.true, guessed, labels=list(names))
        ),
        is_embedded=is_embedded,
    )


def least_confidence(confidence: np.ndarray, is_right: np.ndarray) -> float:
    """The least confidence at which, of all guesses at or above it, `TARGET_ACCURACY` are right; 1 where there is none.

    The risk–coverage trade-off of a classifier that may abstain (El-Yaniv and Wiener 2010).
    """
    order = np.argsort(-confidence, kind="stable")
    descending = confidence[order]
    accuracy = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    is_last = np.append(descending[1:] < descending[:-1], True)  # guesses of one confidence are answered together
    enough = np.flatnonzero((accuracy >= TARGET_ACCURACY) & is_last)
    return float(descending[enough[-1]]) if len(enough) else 1.0
