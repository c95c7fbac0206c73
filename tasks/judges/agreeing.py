"""What judges' scores are worth beside people's: agreement by scorer, and each model's mean as people would find it."""

from __future__ import annotations

from dataclasses import dataclass

from policies.prediction_powered import MeanQuality, corrected_mean, human_mean
from warehouse.agreement import Agreement, JudgeSums, agreements, judge_sums
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class JudgedMean:
    """One model's mean quality in one task type: by the judge, by people, and by the judge as people correct it.

    `n_judged` answers have the judge's score, `n_people` of them people's too. Means are in [0, 1]; what rests on
    people is None without any.
    """

    task_type: str
    model: str
    scorer: str
    scorer_version: str
    n_judged: int
    n_people: int
    by_judge: float
    by_people: MeanQuality | None
    corrected: MeanQuality | None


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """How far scorers agree with people, and the means of judged models."""

    scorers: tuple[Agreement, ...]
    models: tuple[JudgedMean, ...]


def agreement_report(home: Home) -> AgreementReport:
    """All that the ledger has; raises `BadInputError` where nothing was published yet."""
    return AgreementReport(agreements(home), tuple(map(judged_mean, judge_sums(home))))


def judged_mean(sums: JudgeSums) -> JudgedMean:
    """The means of one model's answers."""
    scores = sums.scores
    n_judged = scores.n + scores.n_alone
    return JudgedMean(
        sums.task_type,
        sums.model,
        sums.scorer,
        sums.scorer_version,
        n_judged,
        scores.n,
        (scores.judge + scores.judge_alone) / n_judged,
        human_mean(scores),
        corrected_mean(scores),
    )
