"""`pointsman agreement`: what scores by checks and judges are worth beside people's."""

from __future__ import annotations

import typer

from flows.commands.options import AsJson
from flows.printing import print_grid, print_json
from policies.prediction_powered import MeanQuality
from tasks.judges.agreeing import AgreementReport, agreement_report
from tasks.settings import current_home


def agreement(as_json: AsJson = False) -> None:
    """How far each scorer agrees with people, and each judged model's quality as people would find it."""
    report = agreement_report(current_home())
    if as_json:
        print_json(report)
        return
    if not report.scorers and not report.models:
        typer.echo("no answer has a judge's score, or both a scorer's and a person's")
    tell(report)


def tell(report: AgreementReport) -> None:
    """The two tables, each where it has rows."""
    if report.scorers:
        columns = ("task type", "scorer", "source", "version", "answers", "by both", "bias", "same mark", "kappa")
        rows = [
            (
                one.task_type,
                one.scorer,
                one.source,
                one.scorer_version,
                one.answers,
                one.answers_by_both,
                one.bias,
                one.same_mark,
                one.kappa,
            )
            for one in report.scorers
        ]
        print_grid(columns, rows, title="Scorers beside people")
    if report.models:
        columns = ("task type", "model", "judge", "version", "judged", "by people", "judge's", "people's", "corrected")
        models = [
            (
                one.task_type,
                one.model,
                one.scorer,
                one.scorer_version,
                one.n_judged,
                one.n_people,
                one.by_judge,
                shown(one.by_people),
                shown(one.corrected),
            )
            for one in report.models
        ]
        print_grid(columns, models, title="Mean quality by judges, corrected by people, with 95 % intervals")


def shown(mean: MeanQuality | None) -> str | None:
    """A mean with its interval, where it has one."""
    if mean is None:
        return None
    if mean.low is None or mean.high is None:
        return f"{mean.mean:.3f}"
    return f"{mean.mean:.3f} ({mean.low:.3f} to {mean.high:.3f})"
