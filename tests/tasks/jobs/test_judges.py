"""A step's judge in a job file: the steps that it stands for, its money, and one line for what is wrong with it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.jobs.credits import final_step
from tasks.jobs.graph import order_steps
from tasks.jobs.judges import budget_parts, without_judges
from tasks.jobs.reading import job_hash

RUBRIC = "name: helpful\ncriteria: [{name: right, asks: Is it right}]\n"
ANSWER = "scorers: [{scorer: contains, reference: item.reference}]"


@pytest.fixture
def judged(read, job_text: str, folder: Path):
    """Reads the job with a judge of its step `answer`."""
    (folder / "r.yaml").write_text(RUBRIC)

    def call(judge: str = "{rubric: r.yaml}", *, rest: str = ANSWER):
        return read(job_text.replace(ANSWER, f"{rest}\n    judge: {judge}"))

    return call


def test_a_judge_is_a_step_after_the_jobs_own(judged, read, job_text: str) -> None:
    job = judged()

    assert order_steps(job)[-1] == "judge_answer"
    step = job.step("judge_answer")
    assert (step.task_type, step.needs, step.on_error) == ("judge", ("answer",), "skip")
    assert [one.name for one in without_judges(job).steps] == [one.name for one in read(job_text).steps]


def test_a_comparison_is_two_steps(judged) -> None:
    job = judged("{rubric: r.yaml, against: item.reference}")

    assert [one.name for one in job.steps[-2:]] == ["judge_answer", "judge_answer_swapped"]
    assert [one.is_last for one in job.steps[-2:]] == [False, True]


def test_a_judge_is_no_final_step_but_makes_one(judged, read, job_text: str) -> None:
    cite = "scorers: [{scorer: json_schema}, {scorer: grounded, in: steps.retrieve}]"
    assert final_step(judged()) == "cite"
    without = read(job_text.replace(cite, "on_error: skip").replace(ANSWER, f"{ANSWER}\n    judge: {{rubric: r.yaml}}"))
    assert final_step(without) == "answer"


def test_the_hash_sees_the_rubric(judged, read, job_text: str, folder: Path) -> None:
    before = job_hash(judged())
    assert before != job_hash(read(job_text))
    assert before == job_hash(judged())

    (folder / "r.yaml").write_text(RUBRIC.replace("right}", "correct}"))
    job = read((folder / "job.yaml").read_text())
    assert job_hash(job) != before


@pytest.mark.parametrize(
    ("judge", "error"),
    [
        ("{rubric: none.yaml}", "job.yaml:21: steps.2.judge.rubric: does not exist (got 'none.yaml')"),
        ("{rubric: docs}", "job.yaml:21: steps.2.judge.rubric: is not a file (got 'docs')"),
        ("{rubric: /etc/passwd}", "job.yaml:21: steps.2.judge.rubric: lies outside the allowed folders"),
        ("{rubric: job.yaml}", "job.yaml:1: criteria: is required; 2 more"),
        ("{rubric: r.yaml, rate: 0}", "job.yaml:21: steps.2.judge.rate: must be greater than 0 (got 0)"),
        ("{rubric: r.yaml, budget_share: 1}", "job.yaml:21: steps.2.judge.budget_share: must be less than 1 (got 1)"),
        (
            "{rubric: r.yaml, policy: fixed:none}",
            "job.yaml:21: steps.2.judge.policy: the catalogue has no model 'none'",
        ),
        (
            "{rubric: r.yaml, against: steps.cite}",
            "job.yaml:21: steps.2.judge.against: step 'cite' does not run before",
        ),
        ("{rubric: r.yaml, against: question}", "job.yaml:21: steps.2.judge.against: must be item.FIELD"),
    ],
)
def test_a_bad_judge_is_one_line(judged, judge: str, error: str, folder: Path) -> None:
    with pytest.raises(BadInputError) as refusal:
        judged(judge)

    assert str(refusal.value).replace(f"{folder}/", "").startswith(error)


def test_shares_of_judges_leave_something_for_the_steps(read, job_text: str, folder: Path) -> None:
    (folder / "r.yaml").write_text(RUBRIC)
    share = "judge: {rubric: r.yaml, budget_share: 0.5}"
    text = job_text.replace(ANSWER, f"{ANSWER}\n    {share}").replace(
        "max_output_tokens: 40", f"max_output_tokens: 40\n    {share}"
    )

    with pytest.raises(BadInputError, match="the judges' shares leave nothing for the steps"):
        read(text)


@pytest.mark.parametrize("budget", ["1", "0.000000001", "12345.678901234"])
def test_the_parts_of_a_budget_add_up_to_it(judged, budget: str) -> None:
    parts = budget_parts(judged("{rubric: r.yaml, budget_share: 0.3}"), Decimal(budget))

    assert sum(parts.values()) == Decimal(budget)
    assert parts["answer"] <= Decimal(budget) * Decimal("0.3")


def test_without_a_judge_the_steps_have_all_of_it(read, job_text: str) -> None:
    assert budget_parts(read(job_text), Decimal("0.5")) == {None: Decimal("0.5")}
