"""What a good job file comes to, and how it is identified."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from pydantic import ValidationError

from tasks.jobs.checks import item_fields_of
from tasks.jobs.reading import job_hash
from tasks.jobs.schema import Input, Job
from tasks.jobs.steps import LlmStep, Prompt, RetrieveStep, TransformStep
from tasks.scorers.specs import ScorerSpec

Read = Callable[[str], Job]


def llm(job: Job, name: str) -> LlmStep:
    step = job.step(name)
    assert isinstance(step, LlmStep)
    return step


def test_defaults_are_filled_in(read: Read, job_text: str) -> None:
    job = read(job_text)
    step = llm(job, "answer")

    assert (job.policy, job.budget_usd, job.chunk_size, job.input.id_field) == ("rules", None, 50, "item_id")
    assert (step.attempts, step.fallbacks, step.exploration, step.on_error) == (3, 2, True, "fail_item")


def test_a_plain_prompt_is_the_user_message(read: Read, job_text: str) -> None:
    job = read(job_text)

    assert (llm(job, "rewrite").prompt.system, llm(job, "rewrite").prompt.user) == (
        None,
        "Question: {{ item.question }}",
    )
    assert llm(job, "cite").prompt.system == "Quote."


def test_a_budget_is_the_decimal_that_was_written(read: Read, job_text: str) -> None:
    assert read(f"budget_usd: 0.1\n{job_text}").budget_usd == Decimal("0.1")


def test_a_fixed_model_of_the_catalogue_is_a_policy(read: Read, job_text: str) -> None:
    assert read(f"policy: fixed:large\n{job_text}").policy == "fixed:large"


def test_a_job_can_not_be_changed(read: Read, job_text: str) -> None:
    with pytest.raises(ValidationError):
        read(job_text).chunk_size = 3  # type: ignore[misc]  # the point of the test


def test_an_unknown_step_is_a_key_error(read: Read, job_text: str) -> None:
    with pytest.raises(KeyError):
        read(job_text).step("nothing")


def test_anchors_and_merge_keys_may_be_used(read: Read, job_text: str) -> None:
    merged = job_text.replace("max_output_tokens: 40", "<<: &limits {timeout_s: 5, attempts: 2}").replace(
        "needs: [retrieve]", "<<: *limits"
    )

    job = read(merged)

    assert [(llm(job, name).timeout_s, llm(job, name).attempts) for name in ("rewrite", "answer")] == [(5, 2), (5, 2)]


def test_the_hash_ignores_comments_layout_and_written_out_defaults(read: Read, job_text: str) -> None:
    other = job_text.replace("name: qa", "# a comment\nchunk_size:   50\nname: 'qa'")

    assert job_hash(read(other)) == job_hash(read(job_text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: qa", "name: qb"),
        ("Question:", "Query:"),
        ("max_output_tokens: 40", "max_output_tokens: 41"),
        ("needs: [retrieve]", "needs: [rewrite, retrieve]"),
        ("scorer: contains", "scorer: exact"),
    ],
)
def test_the_hash_sees_every_change_of_content(old: str, new: str, read: Read, job_text: str) -> None:
    assert job_hash(read(job_text.replace(old, new))) != job_hash(read(job_text))


def test_the_hash_is_the_same_on_every_machine(read: Read, job_text: str) -> None:
    assert job_hash(read(job_text)) == "02503cf8821eb77e3469c26291ba15427e4ca16e92291aa4ec2f34bf86da67b7"


def test_every_field_of_a_job_is_described() -> None:
    models = (Job, Input, RetrieveStep, LlmStep, TransformStep, Prompt, ScorerSpec)

    assert [(m.__name__, n) for m in models for n, f in m.model_fields.items() if not f.description] == []


def test_the_items_fields_that_templates_need_are_known(read: Read, job_text: str) -> None:
    optional = job_text.replace("Question: {{ item.question }}", "{{ item.hint | default('') }}{{ item.topic }}")

    # the scorers' item.reference is not needed: an item without a label still runs
    assert item_fields_of(read(optional)) == {"question", "topic"}
