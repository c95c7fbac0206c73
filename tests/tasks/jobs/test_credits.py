"""The final step of a job, and the weights that its score has in the steps before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.errors import BadInputError
from tasks.jobs.credits import credits_of, final_step
from tasks.jobs.reading import job_hash
from tasks.jobs.schema import Job
from tests.tasks.jobs.conftest import JOB

Read = Callable[[str], Job]
CREDITED = JOB.replace("    max_output_tokens: 40\n", "    max_output_tokens: 40\n    credit: 0.5\n")


def test_the_final_step_is_the_last_one_with_scorers_in_the_order_in_which_steps_run(read: Read) -> None:
    assert final_step(read(JOB)) == "cite"
    assert final_step(read(JOB.replace("name: qa\n", "name: qa\nfinal_step: answer\n"))) == "answer"
    without = JOB.replace("    scorers: [{scorer: json_schema}, {scorer: grounded, in: steps.retrieve}]\n", "")
    assert final_step(read(without)) == "answer"


def test_where_nothing_is_scored_the_last_llm_step_is_final(read: Read) -> None:
    bare = "".join(line for line in JOB.splitlines(keepends=True) if "scorers:" not in line)
    assert final_step(read(bare)) == "cite"


def test_a_job_without_credit_has_none(read: Read) -> None:
    assert credits_of(read(JOB)) == {}


def test_steps_that_are_not_credited_are_named_too(read: Read) -> None:
    """Their models' effect on the final score has to be taken out."""
    assert credits_of(read(CREDITED)) == {"rewrite": 0.5, "answer": 0.0, "cite": 1.0}
    assert credits_of(read(CREDITED.replace("name: qa\n", "name: qa\nfinal_step: answer\n"))) == {
        "rewrite": 0.5,
        "answer": 1.0,
    }


def test_a_final_step_with_a_cascade_keeps_its_own_means(read: Read) -> None:
    cascaded = CREDITED.replace(
        "    prompt: {system: Quote.", "    cascade: {check: json_schema}\n    prompt: {system: Quote."
    )
    assert credits_of(read(cascaded)) == {"rewrite": 0.5, "answer": 0.0, "cite": 0.0}


def test_a_step_with_a_cascade_has_no_credit(read: Read) -> None:
    cascaded = CREDITED.replace("    credit: 0.5\n", "    credit: 0.5\n    cascade: {check: token_overlap}\n")
    with pytest.raises(BadInputError, match="goes with no cascade"):
        read(cascaded)


def test_credit_is_part_of_what_a_job_is_and_its_absence_is_not(read: Read) -> None:
    assert job_hash(read(JOB)) == job_hash(read(CREDITED.replace("credit: 0.5", "credit: 0.0")))
    assert job_hash(read(JOB)) != job_hash(read(CREDITED))


@pytest.mark.parametrize("step", ["retrieve", "nothing"])
def test_a_final_step_that_has_no_score_is_refused(read: Read, step: str) -> None:
    with pytest.raises(BadInputError, match="final_step"):
        read(JOB.replace("name: qa\n", f"name: qa\nfinal_step: {step}\n"))
