"""Words as columns: what scikit-learn's vectoriser makes of texts, and the same alone as among others."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from policies.classifier import WORDS_AND_SIGNS
from policies.predictor.words import Words, words_of

TEXTS = [
    "Add 2 and 3, then add 4.",
    "add add add add the numbers 2 and 3",
    "",
    "What is the capital of Peru? The CAPITAL, please!",
    "ßtraße und der Fluß; λ → μ",
    "the capital of the the capital",
    "!?!? ?? 2 and",
    "words that nobody has learned",
]


@pytest.fixture(scope="module")
def vectoriser() -> TfidfVectorizer:
    learned = [*TEXTS[:-1], "add and then the capital", "λ → μ of the Fluß ? !"]
    return TfidfVectorizer(
        ngram_range=(1, 2), min_df=2, token_pattern=WORDS_AND_SIGNS, sublinear_tf=True, dtype=np.float32
    ).fit(learned)


def test_texts_become_what_the_vectoriser_makes_of_them(vectoriser: TfidfVectorizer) -> None:
    words = words_of(vectoriser)
    assert any(" " in term for term in words.terms)
    ours, theirs = words.transform(TEXTS).toarray(), vectoriser.transform(TEXTS).toarray()
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-7)
    assert not ours[2].any()
    assert not ours[-1].any()


def test_a_text_alone_has_the_same_row_to_the_last_bit(vectoriser: TfidfVectorizer) -> None:
    words = words_of(vectoriser)
    together = words.transform(TEXTS).toarray()
    for i, text in enumerate(TEXTS):
        np.testing.assert_array_equal(words.transform([text]).toarray()[0], together[i])


def test_a_pair_does_not_reach_from_one_text_into_the_next() -> None:
    words = Words(("of the",), np.ones(1, dtype=np.float32))
    assert not words.transform(["of", "the"]).toarray().any()
    assert words.transform(["of the"]).toarray().tolist() == [[1.0]]


def test_no_text_gives_no_row(vectoriser: TfidfVectorizer) -> None:
    words = words_of(vectoriser)
    assert words.transform([]).shape == (0, len(words.terms))
