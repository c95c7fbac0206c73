"""`docs/jobs.md`: what a job file may say, from the pydantic models that read it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from docs.generate.fields import describe_model, fields_table
from docs.generate.markdown import code, fence, page, sentence, table
from policies.tokens import LARGEST_IMAGE_TOKENS, SMALLEST_IMAGE_TOKENS
from tasks.feedback.request import FeedbackRequest, FeedbackScore
from tasks.jobs import allowance
from tasks.jobs.filters import FILTERS
from tasks.jobs.images import MAX_IMAGES
from tasks.jobs.judge_spec import JudgeSpec
from tasks.jobs.sandbox import TESTS
from tasks.jobs.schema import Input, Job
from tasks.jobs.steps import BaseStep, CascadeSpec, LlmStep, Prompt, RetrieveStep, TransformStep
from tasks.judges.rubric import Criterion, Rubric
from tasks.learn_requests import ReweighRequest, ValidateRequest
from tasks.models.images import MAX_BYTES
from tasks.retrieval.corpus import CorpusSpec
from tasks.run_request import RunRequest
from tasks.scorers.judging import SCORERS
from tasks.scorers.specs import ARGUMENTS, ScorerSpec
from warehouse.batch import READERS

NAMES: Mapping[str, str] = {
    "Job": "The job",
    "Input": "Input",
    "CorpusSpec": "Corpora",
    "RetrieveStep": "Retrieve steps",
    "LlmStep": "LLM steps",
    "Prompt": "Prompts",
    "CascadeSpec": "Cascades",
    "JudgeSpec": "Judges",
    "Rubric": "Rubric files",
    "Criterion": "Criteria",
    "TransformStep": "Transform steps",
    "ScorerSpec": "Scorers",
}
REQUESTS: Mapping[str, type[BaseModel]] = {
    "run-job": RunRequest,
    "validate": ValidateRequest,
    "reweigh": ReweighRequest,
    "feedback": FeedbackRequest,
    "feedback, one score": FeedbackScore,
}
COMMON = "Every step"

INTRODUCTION = """\
A job file is YAML; unknown keys are errors, and an error names file, line, field and value. `pointsman check JOB` reads
one without running it. The whole example of the project is [`flows/jobs/stdlib_qa.yaml`](../flows/jobs/stdlib_qa.yaml).
Paths must lie in one of the folders of `POINTSMAN_ROOTS`. Rates, limits and skills of models stand in the
[catalogue](policies.md), not in jobs."""

TEMPLATES = """\
`query`, `template` and the parts of `prompt` are Jinja2 templates in an immutable sandbox. They see `item` (the input
row) and `steps` (the outputs of the steps that this one needs, directly or not); a step that is not needed, a field
that is missing and a name that is unknown are errors. A dot only ever reads a key of a mapping: no attributes, no
calls.

Filters: {filters}. Tests: {tests}. One rendering may make {characters:,} characters, run {rounds:,} rounds of loops in
all, and take {seconds:g} s; what exceeds that fails the item's step."""

IMAGES = """\
`prompt.images` are PNG, JPEG, WebP or GIF files in the allowed folders, https addresses or data URIs, at most {n} a
prompt and {n_bytes:,} bytes each; their bytes tell the type. A call that has any needs `modality:image`, so that only
models with this skill get it. Files go out as data URIs; an address is passed on, and fetched by the provider, or by
LiteLLM for one that takes bytes alone. The
warehouse keeps type, size and SHA-256 in their place, never the bytes. A file that has changed by the time that its
call is sent fails its item, also where a run is resumed. Each counts as {low:,} to {high:,} tokens by its size, an
address as the most (`policies/tokens.py`); a budget sets aside what its model's `image_tokens` would cost."""

BATCHES = """\
`--input` names a file that ends in {suffixes}: one JSON object per line, a header and rows of text, or any flat or
nested Parquet. Every row needs the job's `id_field`, unique in the file. The same batch and job under the same `run_id`
resume a run; another batch or job under that name is refused."""


def describe_jobs(task_types: Mapping[str, str]) -> str:
    """The whole page; `task_types` are the built-in ones."""
    return page(
        "Job files",
        INTRODUCTION,
        describe_model(Job, heading=NAMES["Job"], names=NAMES),
        describe_model(Input, heading=NAMES["Input"], names=NAMES),
        describe_model(CorpusSpec, heading=NAMES["CorpusSpec"], names=NAMES),
        *describe_steps(),
        *describe_templates(),
        "## Images",
        IMAGES.format(n=MAX_IMAGES, n_bytes=MAX_BYTES, low=SMALLEST_IMAGE_TOKENS, high=LARGEST_IMAGE_TOKENS),
        *describe_scorers(),
        "## Task types",
        "What `task_type` may be; a catalogue may add its own under `task_types`.",
        table(("task type", "asks a model to"), [(code(name), does) for name, does in task_types.items()]),
        "## Batches",
        BATCHES.format(suffixes=", ".join(code(suffix) for suffix in READERS)),
        "## Parameters of the flows",
        "The flows `run-job`, `validate`, `reweigh` and `feedback` have one parameter each, `request`.",
        *(part for flow, model in REQUESTS.items() for part in (f"### {flow}", fields_table(model, names=NAMES))),
    )


def describe_steps() -> Sequence[str]:
    """What all kinds of step share, then each kind with what is its own."""
    shared = list(BaseStep.model_fields)
    parts = [f"## {COMMON}", "", fields_table(BaseStep, names=NAMES)]
    for model in (RetrieveStep, LlmStep, Prompt, CascadeSpec, JudgeSpec, Rubric, Criterion, TransformStep):
        parts += [f"## {NAMES[model.__name__]}", summary_of(model), fields_table(model, names=NAMES, without=shared)]
    return parts


def describe_templates() -> Sequence[str]:
    """What templates may do."""
    text = TEMPLATES.format(
        filters=", ".join(code(name) for name in FILTERS),
        tests=", ".join(code(name) for name in sorted(TESTS)),
        characters=allowance.MAX_CHARACTERS,
        rounds=allowance.MAX_ROUNDS,
        seconds=allowance.MAX_SECONDS,
    )
    example = "{% for p in steps.retrieve %}[{{ loop.index }}] {{ p.title }}\n{% endfor %}{{ item.question | trim }}"
    return ["## Templates", text, fence(example, language="jinja")]


def describe_scorers() -> Sequence[str]:
    """The scorers with what each takes, then the arguments."""
    rows = [
        (code(name), listed(ARGUMENTS[name][0]), listed(ARGUMENTS[name][1]), summary_of(SCORERS[name][1]))
        for name in ARGUMENTS
    ]
    explained = (
        "A scorer gives a number from 0 to 1, written to `scores` with the source `check`; it is never shown to "
    )
    explained += "the router before an answer is there; a cascade asks one whether to keep it. Where it has nothing to "
    explained += "judge by (an item without a reference, say) it gives none."
    scorers = table(("scorer", "must have", "may have", "judges"), rows)
    return [f"## {NAMES['ScorerSpec']}", explained, scorers, fields_table(ScorerSpec, names=NAMES)]


def listed(names: Sequence[str]) -> str:
    """Names as code, in order."""
    return ", ".join(code(name) for name in names)


def summary_of(thing: object) -> str:
    """The first paragraph of a docstring."""
    return sentence(inspect.getdoc(thing) or "").split("\n\n")[0]
