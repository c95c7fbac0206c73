"""What verdicts come to: a score from 0 to 1, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from tasks.judges.rubric import REASON, WINNER, Rubric

Fields = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A judge's score of one answer, in [0, 1], and its reason."""

    score: float
    reason: str


def absolute_ruling(rubric: Rubric, verdict: Fields) -> Ruling:
    """The weighted mean of the marks, with each of them in the reason."""
    marks = ", ".join(f"{one.name} {verdict[one.name]}" for one in rubric.criteria)
    return Ruling(rubric.score_of(verdict), f"{marks}: {verdict[REASON]}")


def pairwise_ruling(forwards: Fields, swapped: Fields) -> Ruling:
    """1 where the judged answer was preferred in both orders, 0 where the other one was, else a tie: 0.5.

    It stood first in `forwards` and second in `swapped`: a judge that goes by the order alone comes to a tie (Zheng et
    al. 2023, "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", section 3.4).
    """
    won = (forwards[WINNER] == "first") + (swapped[WINNER] == "second")
    lost = (forwards[WINNER] == "second") + (swapped[WINNER] == "first")
    reasons = f"{forwards[REASON]} / {swapped[REASON]}"
    if won == 2 or lost == 2:
        which = "the judged answer" if won == 2 else "the other answer"
        return Ruling(won / 2, f"{which} was preferred in both orders: {reasons}")
    is_split = bool(won and lost)
    return Ruling(0.5, f"{'a tie, the two orders disagree' if is_split else 'a tie'}: {reasons}")
