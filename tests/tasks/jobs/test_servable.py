"""A step that asks for more than any model has is refused when the job is checked, with each model's reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.catalogue import parse_catalogue
from policies.documents import Document, locate_document
from policies.errors import BadInputError
from tasks.jobs.schema import Job
from tasks.jobs.servable import least_requests, picture_requests, refuse_unservable

CATALOGUE = parse_catalogue(
    """\
models:
  - name: plain
    deployments: [{litellm_model: openai/plain, api_key_env: NO_SUCH_KEY}]
    price: unknown
    context_window: 5000
    max_output_tokens: 1000
  - name: skilled
    deployments: [{litellm_model: openai/skilled}]
    price: {input: 1, output: 1}
    context_window: 1000
    max_output_tokens: 100
    skills: [hipaa]
    has_structured_output: true
""",
    file="c.yaml",
)


def job_with(fields: str) -> Document[Job]:
    prompt = "" if "prompt:" in fields else "prompt: Go., "
    step = f"  - {{name: a, kind: llm, task_type: generate, {prompt}{fields}}}\n"
    text = "name: j\nsteps:\n  - {name: t, kind: transform, operator: strip, of: item.x}\n" + step
    return locate_document(text, Job, file="j.yaml")


@pytest.mark.parametrize(
    ("fields", "server"),
    [
        ("max_output_tokens: 1000", "plain"),
        ("skills: [hipaa], max_output_tokens: 100", "skilled"),
        ("output: {type: object}, max_output_tokens: 9", "skilled"),
    ],
)
def test_a_step_that_one_model_may_serve_is_fine_whatever_its_key_and_price(fields: str, server: str) -> None:
    refuse_unservable(job_with(fields), CATALOGUE)
    others = replace(CATALOGUE, models=tuple(model for model in CATALOGUE.models if model.name != server))
    with pytest.raises(BadInputError, match="no model may serve it"):
        refuse_unservable(job_with(fields), others)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("skills: [hippa]", "steps.1.skills.0: is no known skill; hipaa is meant? (got 'hippa')"),
        ("prefers: ['lang:en', hippa]", "steps.1.prefers.1: is no known skill; hipaa is meant? (got 'hippa')"),
        ("prefers: [telepathy]", "steps.1.prefers.0: is no known skill (got 'telepathy')"),
        ("prefers: ['level:guru']", "steps.1.prefers.0: must be a level, one of junior, mid, senior, expert"),
        ("skills: ['context:big']", "steps.1.skills.0: must be a number of tokens, such as context:128k"),
    ],
)
def test_a_misspelt_skill_is_refused_with_what_was_probably_meant(fields: str, problem: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        refuse_unservable(job_with(f"{fields}, max_output_tokens: 9"), CATALOGUE)
    assert str(refusal.value).startswith(f"j.yaml:4: {problem}")


def test_what_is_only_preferred_need_not_be_had() -> None:
    skills = "['lang:de', hipaa, gdpr], max_output_tokens: 9"
    refuse_unservable(job_with(f"prefers: {skills}"), CATALOGUE)
    with pytest.raises(BadInputError, match="no model may serve it"):
        refuse_unservable(job_with(f"skills: {skills}"), CATALOGUE)


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        (
            "max_output_tokens: 1001",
            "plain: answers at most 1000 tokens; the step asks for 1001; "
            "skilled: answers at most 100 tokens; the step asks for 1001",
        ),
        (
            "skills: [hipaa], max_output_tokens: 101",
            "plain: lacks hipaa; skilled: answers at most 100 tokens; the step asks for 101",
        ),
        (
            "prompt: {user: Look., images: ['cover of {{ item.x }}.png']}, max_output_tokens: 9",
            "plain: lacks modality:image; skilled: lacks modality:image",
        ),
        ("skills: [telepathy], max_output_tokens: 9", "plain: lacks telepathy; skilled: lacks telepathy"),
        (
            "output: {type: object}",
            "plain: can't answer by a JSON schema; skilled: answers at most 100 tokens; the step asks for 512",
        ),
    ],
)
def test_a_step_that_none_may_serve_is_refused(fields: str, reasons: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        refuse_unservable(job_with(fields), CATALOGUE)
    assert str(refusal.value) == f"j.yaml:4: steps.a: no model may serve it: {reasons} (catalogue c.yaml)"


@pytest.mark.parametrize("entry", ["item.photo", "{{ item.photo | default('') }}", "{% if item.x %}a.png{% endif %}"])
def test_images_that_some_items_may_have_are_refused_where_no_model_takes_any(entry: str) -> None:
    document = job_with(f'prompt: {{user: Look., images: ["{entry}"]}}, max_output_tokens: 9')
    with pytest.raises(BadInputError) as refusal:
        refuse_unservable(document, CATALOGUE)
    assert str(refusal.value) == (
        "j.yaml:4: steps.a: no model may serve an item with an image: plain: lacks modality:image; "
        "skilled: lacks modality:image (catalogue c.yaml)"
    )
    (least,), (pictured,) = least_requests(document.content), picture_requests(document.content)
    assert (least.needs, pictured.needs) == (frozenset(), {"modality:image"})


def test_every_error_of_a_job_is_there() -> None:
    document = job_with("skills: [hippa], prefers: [telepathy], max_output_tokens: 9")
    with pytest.raises(BadInputError, match="; 1 more") as refusal:
        refuse_unservable(document, CATALOGUE)
    assert [one.field for one in refusal.value.every()] == ["steps.1.skills.0", "steps.1.prefers.0"]


def test_a_step_that_names_its_model_is_held_against_that_one() -> None:
    refuse_unservable(job_with("policy: fixed:skilled, skills: [hipaa], max_output_tokens: 9"), CATALOGUE)
    with pytest.raises(BadInputError, match=r"steps\.a: no model may serve it: plain: lacks hipaa \(catalogue"):
        refuse_unservable(job_with("policy: fixed:plain, skills: [hipaa], max_output_tokens: 9"), CATALOGUE)


@pytest.mark.parametrize(("policy", "n"), [("rules", 1), ("cheapest", 0), ("fixed:plain", 0)])
def test_only_steps_that_go_by_rules_are_held_against_them(policy: str, n: int) -> None:
    job = job_with(f"policy: {policy}, prompt: {{user: Look., images: item.photo}}").content
    assert (len(least_requests(job)), len(picture_requests(job))) == (n, n)
