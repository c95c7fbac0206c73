"""A folder with one good job, and the means to read a changed copy of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.jobs.reading import read_job
from tasks.jobs.schema import Job

TASK_TYPES = frozenset({"extract", "generate", "rewrite"})
MODEL_NAMES = frozenset({"small", "large"})

JOB = """\
name: qa
corpora:
  docs: {folder: docs}
steps:
  - name: rewrite
    kind: llm
    task_type: rewrite
    prompt: "Question: {{ item.question }}"
    max_output_tokens: 40
    scorers: [{scorer: token_overlap, against: item.question}]
  - name: retrieve
    kind: retrieve
    corpus: docs
    query: "{{ steps.rewrite }} {{ item.question }}"
  - name: answer
    kind: llm
    task_type: generate
    needs: [retrieve]
    prompt: "{% for p in steps.retrieve %}{{ loop.index }} {{ p.text }}{% endfor %}"
    scorers: [{scorer: contains, reference: item.reference}]
  - name: cite
    kind: llm
    task_type: extract
    prompt: {system: Quote., user: "{{ steps.answer }}"}
    output: {type: object, properties: {quote: {type: string}}, required: [quote]}
    scorers: [{scorer: json_schema}, {scorer: grounded, in: steps.retrieve}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A root with a corpus inside, and things outside it that a job should not reach."""
    root = tmp_path / "root"
    (root / "docs").mkdir(parents=True)
    (tmp_path / "secrets").mkdir()
    (root / "link").symlink_to(tmp_path / "secrets")
    (root / "circle").symlink_to(root / "circle")
    (root / "file.txt").write_text("text")
    return root


@pytest.fixture
def read(folder: Path) -> Callable[[str], Job]:
    """Read a job's text as the file `job.yaml` in the root."""

    def read_text(text: str) -> Job:
        path = folder / "job.yaml"
        path.write_text(text, encoding="utf-8")
        return read_job(path, task_types=TASK_TYPES, model_names=MODEL_NAMES, roots=[folder])

    return read_text


@pytest.fixture
def job_text() -> str:
    """The good job's text."""
    return JOB
