"""A multi-class classifier of texts, trained from labelled examples: how to fit it, ask it, and judge it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import FeatureUnion

Vectors: TypeAlias = npt.NDArray[np.float32]
Encode: TypeAlias = Callable[[Sequence[str]], Vectors]  # n texts into unit vectors (n, dimensions)

# Instructions stand at the beginning of a prompt or at its end; what lies between is payload.
HEAD_CHARACTERS = 6_000
TAIL_CHARACTERS = 2_000
MIN_EXAMPLES = 8  # a category: held-out judging leaves at least one for each fold of the calibration
FOLDS = 5
WORDS_AND_SIGNS = r"\w+|[^\w\s]"
# Beyond so many examples, one held-out fifth is judged in place of five.
MAX_CROSS_VALIDATED = 2_000


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest category of a text and its calibrated probability in [0, 1]."""

    category: str
    confidence: float


class Classifier(Protocol):
    """Anything that guesses a text's category, the same for the same text."""

    def classify(self, texts: Sequence[str]) -> tuple[Guess, ...]: ...


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """Fitted features and a fitted model of scikit-learn; the same examples give the same guesses.

    `encode` adds a sentence encoder's vector to the features of a text; None where it was trained without.
    """

    features: FeatureUnion
    model: CalibratedClassifierCV
    encode: Encode | None = None

    def classify(self, texts: Sequence[str]) -> tuple[Guess, ...]:
        """The likeliest category of each text."""
        excerpts = [excerpt(text) for text in texts]
        return self.guess(excerpts, vectors=None if self.encode is None or not texts else self.encode(excerpts))

    def guess(self, excerpts: Sequence[str], *, vectors: Vectors | None) -> tuple[Guess, ...]:
        """As `classify`, of excerpts whose vectors, if it takes any, are known already."""
        if not excerpts:
            return ()
        probabilities = self.model.predict_proba(joined(self.features.transform(excerpts), vectors))
        best = probabilities.argmax(axis=1)
        names = self.model.classes_[best]
        return tuple(Guess(str(name), float(row[i])) for name, row, i in zip(names, probabilities, best, strict=True))


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Guesses about examples that the classifier had not seen, with what is true of them."""

    true: tuple[str, ...]
    guesses: tuple[Guess, ...]

    @property
    def macro_f1(self) -> float:
        """The mean over categories of the harmonic mean of precision and recall, in [0, 1]."""
        from sklearn.metrics import f1_score

        return float(f1_score(self.true, [guess.category for guess in self.guesses], average="macro"))


def excerpt(text: str, *, head: int = HEAD_CHARACTERS, tail: int = TAIL_CHARACTERS) -> str:
    """The part of a text that is looked at: so many characters of its beginning and of its end."""
    return text if len(text) <= head + tail else f"{text[:head]}\n{text[-tail:]}"


def train(texts: Sequence[str], labels: Sequence[str], *, encode: Encode | None = None) -> TrainedClassifier:
    """Fit a classifier; raises ValueError where there are not two categories of at least `FOLDS` examples.

    TF-IDF of words (with case and punctuation: templates show) and of characters, and the vector of `encode` beside
    them; a linear support vector machine one against the rest; its margins made probabilities by logistic functions
    (Platt 1999) over held-out folds.
    """
    excerpts = [excerpt(text) for text in texts]
    return fit(excerpts, labels, vectors=None if encode is None else encode(excerpts), encode=encode)


def fit(
    excerpts: Sequence[str], labels: Sequence[str], *, vectors: Vectors | None, encode: Encode | None
) -> TrainedClassifier:
    """As `train`, of excerpts whose vectors are known already."""
    names, counts = np.unique(np.asarray(labels), return_counts=True)
    if len(names) < 2 or counts.min() < FOLDS:
        raise ValueError(f"a classifier needs two categories or more, with at least {FOLDS} examples each")
    features, model = new_features(), new_model()
    model.fit(joined(features.fit_transform(excerpts), vectors), np.asarray(labels))
    return TrainedClassifier(features, model, encode)


def new_features() -> FeatureUnion:
    """TF-IDF of words and of characters, before it is fitted."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    words = TfidfVectorizer(
        lowercase=False, ngram_range=(1, 2), token_pattern=WORDS_AND_SIGNS, sublinear_tf=True, dtype=np.float32
    )
    characters = TfidfVectorizer(
        lowercase=False,
        analyzer="char",
        ngram_range=(1, 4),
        sublinear_tf=True,
        max_features=100_000,
        dtype=np.float32,
    )
    return make_union(words, characters)


def new_model() -> CalibratedClassifierCV:
    """The calibrated support vector machine, before it is fitted."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import LinearSVC

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return CalibratedClassifierCV(LinearSVC(random_state=0), method="sigmoid", ensemble=False, cv=folds)


def joined(features: csr_matrix, vectors: Vectors | None) -> csr_matrix:
    """Sparse features (n, m) with dense vectors (n, d) beside them."""
    if vectors is None:
        return features
    from scipy.sparse import csr_matrix, hstack

    return hstack([features, csr_matrix(vectors)], format="csr")


def judge_held_out(texts: Sequence[str], labels: Sequence[str], *, encode: Encode | None = None) -> HeldOut:
    """Guess about examples by classifiers that were trained without them: in five folds, of many examples one fold.

    Every example is judged once at most. A category too small to be split raises ValueError, as `train` does.
    """
    from sklearn.model_selection import StratifiedKFold

    excerpts = [excerpt(text) for text in texts]
    vectors = None if encode is None else encode(excerpts)
    true: list[str] = []
    guesses: list[Guess] = []
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for rest, held_out in folds.split(np.zeros(len(labels)), np.asarray(labels)):
        classifier = fit(
            [excerpts[i] for i in rest],
            [labels[i] for i in rest],
            vectors=None if vectors is None else vectors[rest],
            encode=encode,
        )
        guesses += classifier.guess(
            [excerpts[i] for i in held_out], vectors=None if vectors is None else vectors[held_out]
        )
        true += [labels[i] for i in held_out]
        if len(labels) > MAX_CROSS_VALIDATED:
            break
    return HeldOut(tuple(true), tuple(guesses))
