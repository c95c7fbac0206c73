"""How far scorers agree with people, and what judges' and people's scores of each model add up to."""

from __future__ import annotations

from dataclasses import dataclass

from policies.prediction_powered import Scores
from warehouse.evidence import read_facts
from warehouse.home import Home
from warehouse.records import ScoreSource


@dataclass(frozen=True, slots=True)
class Agreement:
    """One scorer of one task type beside people, as the mart `scorer_agreement` has it; `kappa` may be None."""

    task_type: str
    source: ScoreSource
    scorer: str
    scorer_version: str
    answers: int
    answers_by_both: int
    mean_score: float
    mean_human: float
    bias: float
    same_mark: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class JudgeSums:
    """What one judge and people said of the answers of one model to one task type."""

    task_type: str
    model: str
    scorer: str
    scorer_version: str
    scores: Scores


def agreements(home: Home) -> tuple[Agreement, ...]:
    """Every scorer that people can be held against; raises `BadInputError` where nothing was published yet."""
    return read_facts(home, "scorer_agreements", {}, Agreement)


def judge_sums(home: Home) -> tuple[JudgeSums, ...]:
    """The sums of every judge by task type and model; raises `BadInputError` where nothing was published yet."""
    return read_facts(home, "judge_sums", {}, sums_of)


def sums_of(task_type: str, model: str, scorer: str, scorer_version: str, n: int, *sums: float) -> JudgeSums:
    """One row of `judge_sums`."""
    human, human_squares, judge, judge_squares, products, n_alone, judge_alone, judge_alone_squares = sums
    scores = Scores(
        n,
        human,
        human_squares,
        judge,
        judge_squares,
        products,
        int(n_alone),
        judge_alone,
        judge_alone_squares,
    )
    return JudgeSums(task_type, model, scorer, scorer_version, scores)
