"""The trained classifier: it learns what tells categories apart, is as sure as it is right, and repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

from policies.classifier import HEAD_CHARACTERS, TAIL_CHARACTERS, Guess, HeldOut, excerpt, judge_held_out, train
from policies.model_card import TARGET_ACCURACY, least_confidence, write_card

WORDS = {
    "sums": ["add", "total", "sum", "minus", "how much"],
    "places": ["city", "river", "capital", "where", "border"],
    "noise": ["add", "city", "river", "sum", "where"],
}


def draw(n: int, *, seed: int, categories: tuple[str, ...] = ("sums", "places")) -> tuple[list[str], list[str]]:
    """Texts of filler words with two of their category's among them."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for category in categories:
        for _ in range(n):
            words = [f"filler{rng.integers(30)}" for _ in range(6)] + list(rng.choice(WORDS[category], 2))
            texts.append(" ".join(rng.permutation(words)))
            labels.append(category)
    return texts, labels


def length(texts) -> np.ndarray:
    """A stand-in of a sentence encoder that knows the answer by another way than the words."""
    return np.array([[1.0, 0.0] if len(text) % 2 else [0.0, 1.0] for text in texts], dtype=np.float32)


def test_texts_that_it_has_not_seen_are_told_apart_with_high_confidence() -> None:
    classifier = train(*draw(40, seed=0))
    texts, labels = draw(40, seed=1)
    guesses = classifier.classify(texts)
    assert np.mean([guess.category == label for guess, label in zip(guesses, labels, strict=True)]) > 0.95
    assert np.mean([guess.confidence for guess in guesses]) > 0.9
    assert classifier.classify([]) == ()


def test_what_is_nobodys_is_guessed_with_low_confidence() -> None:
    classifier = train(*draw(40, seed=0))
    (guess,) = classifier.classify(["nothing at all of it"])
    assert guess.confidence < 0.85


def test_the_same_examples_give_the_same_guesses() -> None:
    texts, _ = draw(10, seed=2)
    assert train(*draw(20, seed=0)).classify(texts) == train(*draw(20, seed=0)).classify(texts)


def test_vectors_of_an_encoder_count_where_they_are_given() -> None:
    texts = [f"{'x' * (i % 2)}same words here" for i in range(60)]
    labels = ["odd" if len(text) % 2 else "even" for text in texts]
    texts = [text.replace("x", "s") for text in texts]
    held_out = judge_held_out(texts, labels, encode=length)
    assert held_out.macro_f1 == 1
    assert [guess.category for guess in train(texts, labels, encode=length).classify(["abc", "abcd"])] == [
        "odd",
        "even",
    ]


@pytest.mark.parametrize(("n", "categories"), [(4, ("sums", "places")), (20, ("sums",))])
def test_too_few_examples_or_categories_are_an_error(n: int, categories: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="two categories or more, with at least 5 examples each"):
        train(*draw(n, seed=0, categories=categories))


def test_only_the_beginning_and_the_end_of_a_long_text_are_looked_at() -> None:
    text = "a" * HEAD_CHARACTERS + "b" * 500 + "c" * TAIL_CHARACTERS
    assert excerpt(text) == "a" * HEAD_CHARACTERS + "\n" + "c" * TAIL_CHARACTERS
    assert excerpt("short") == "short"


def test_held_out_guesses_are_of_every_example_once_and_by_another_classifier() -> None:
    texts, labels = draw(20, seed=0, categories=("sums", "places", "noise"))
    held_out = judge_held_out(texts, labels)
    assert sorted(held_out.true) == sorted(labels)
    seen = train(texts, labels).classify(texts)
    right_when_seen = np.mean([guess.category == label for guess, label in zip(seen, labels, strict=True)])
    right = np.mean([guess.category == label for guess, label in zip(held_out.guesses, held_out.true, strict=True)])
    assert right < right_when_seen


def test_the_threshold_is_the_least_confidence_above_which_guesses_are_right_often_enough() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    assert least_confidence(confidence, np.array([True, True, True, False, True])) == 0.7
    assert least_confidence(confidence, np.ones(5, dtype=bool)) == 0.5
    assert least_confidence(confidence, np.zeros(5, dtype=bool)) == 1.0
    tied = np.array([0.9, 0.5, 0.5])
    assert least_confidence(tied, np.array([True, True, False])) == 0.9  # those of 0.5 are answered together or not


def test_the_card_counts_what_the_guesses_were() -> None:
    guesses = [("a", "a", 0.9), ("a", "b", 0.6), ("b", "b", 0.8), ("b", "b", 0.7)]
    held_out = HeldOut(tuple(g[0] for g in guesses), tuple(Guess(g[1], g[2]) for g in guesses))
    card = write_card(held_out, labels=["a"] * 10 + ["b"] * 12, version="c-1")
    assert (card.examples, card.n_held_out, card.accuracy) == ({"a": 10, "b": 12}, 4, 0.75)
    assert card.confusion == ((1, 1), (0, 2))
    assert (card.threshold, card.coverage, card.accuracy_answered) == (0.7, 0.75, 1.0)
    assert card.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert TARGET_ACCURACY > 0.75
