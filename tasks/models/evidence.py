"""How well each passage and sentence answers a question: BM25 to choose, a cross-encoder to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tasks.models.questions import identifiers
from tasks.models.reading import ReadPassage, ReadPrompt, split_sentences
from tasks.retrieval.bm25 import load_bm25s
from tasks.retrieval.words import split_words

MAX_PASSAGES_JUDGED = 8
MAX_SENTENCES_JUDGED = 4
MAX_CHARACTERS_JUDGED = 900
NAMED_BONUS = 4.0  # logits for a passage whose name the question (or the answer to cite) spells out
PLACE_PENALTY = 1.0  # logits a place: prompts list their passages best first, and retrieval saw more than we do
ANSWER_BONUS = 8.0  # logits for holding the answer that is to be cited


class Judge(Protocol):
    """Scores texts against a question; a logit each."""

    def score(self, question: str, texts: Sequence[str]) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class JudgedPassage:
    """A passage with its logit; `bonus` is what its place, names and the answer to cite add to it for the order."""

    passage: ReadPassage
    logit: float
    bonus: float

    @property
    def rank_key(self) -> tuple[float, int]:
        return -(self.logit + self.bonus), self.passage.number


def judge_passages(prompt: ReadPrompt, judge: Judge) -> list[JudgedPassage]:
    """The passages, best first; with more than `MAX_PASSAGES_JUDGED`, BM25 chooses those that are judged."""
    query = f"{prompt.question} {prompt.answer}".strip()
    chosen = choose([passage.text for passage in prompt.passages], query, limit=MAX_PASSAGES_JUDGED)
    texts = [prompt.passages[place].text[:MAX_CHARACTERS_JUDGED] for place in chosen]
    logits = judge.score(prompt.question, texts)
    judged = [
        JudgedPassage(prompt.passages[place], logit, bonus_of(prompt.passages[place], prompt) - PLACE_PENALTY * place)
        for place, logit in zip(chosen, logits, strict=True)
    ]
    return sorted(judged, key=lambda each: each.rank_key)


def bonus_of(passage: ReadPassage, prompt: ReadPrompt) -> float:
    """Logits for a passage that the question names, or that holds the answer which is to be cited."""
    bonus = 0.0
    if any(is_named(passage.name.lower(), name.lower()) for name in identifiers(prompt.question)):
        bonus += NAMED_BONUS
    answer = prompt.answer.strip(" .`'\"").lower()
    if answer and (passage.name.lower() == answer or passage.name.lower().endswith(f".{answer}")):
        bonus += ANSWER_BONUS + NAMED_BONUS
    elif len(answer) > 3 and answer in passage.text.lower():
        bonus += ANSWER_BONUS
    return bonus


def is_named(name: str, mention: str) -> bool:
    """Whether a mention means a qualified name: all of it, or its end (`TestCase.run` for `unittest.TestCase.run`)."""
    return bool(name) and (name == mention or name.endswith(f".{mention}"))


def best_sentence(passage: ReadPassage, prompt: ReadPrompt, judge: Judge) -> str:
    """The sentence of a passage that answers best, verbatim; the heading where there is no text."""
    sentences = split_sentences(passage.body)
    if not sentences:
        return passage.heading
    answer = prompt.answer.strip(" .`'\"").lower()
    holding = [sentence for sentence in sentences if len(answer) > 1 and answer in sentence.lower()]
    sentences = holding or sentences
    chosen = choose(sentences, f"{prompt.question} {prompt.answer}", limit=MAX_SENTENCES_JUDGED)
    logits = judge.score(prompt.question, [sentences[number] for number in chosen])
    return sentences[chosen[max(range(len(chosen)), key=lambda n: (logits[n], -chosen[n]))]]


def choose(texts: Sequence[str], query: str, *, limit: int) -> list[int]:
    """The numbers of the best `limit` texts by BM25, in the texts' order; those that share no word come last."""
    if len(texts) <= limit:
        return list(range(len(texts)))
    scores = bm25_scores(texts, query)
    return sorted(sorted(range(len(texts)), key=lambda n: (-round(float(scores[n]), 5), n))[:limit])


def bm25_scores(texts: Sequence[str], query: str) -> np.ndarray:
    """One BM25 score per text, over words in which identifiers count whole and in parts."""
    vocabulary: dict[str, int] = {"": 0}
    documents = [[vocabulary.setdefault(w, len(vocabulary)) for w in ("", *split_words(text))] for text in texts]
    known = [word for word in split_words(query) if word in vocabulary]
    if not known:
        return np.zeros(len(texts))
    index = load_bm25s().BM25(method="lucene")
    index.index((documents, vocabulary), show_progress=False)
    return np.asarray(index.get_scores(known))
