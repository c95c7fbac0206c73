"""An installation in a folder: a catalogue of two models at one address, a job of three steps, a corpus, a batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.closed import Closed
from tasks.closing import close_run
from tasks.complete import complete
from tasks.opening import open_batch
from tasks.retrieve import retrieve
from tasks.route import route
from tasks.run_context import open_run
from tasks.run_request import RunRequest
from tasks.score import score
from tests.fakes.calls import KEY_VARIABLE
from warehouse.home import Home

SMALL_PRICE, LARGE_PRICE = (1, 2), (10, 30)
STAGES = {"llm": (route, complete, score), "retrieve": (retrieve, score)}

CATALOGUE = """
models:
  - name: small
    deployments:
      - {{name: small-1, litellm_model: openai/small, api_base: "{base_url}", api_key_env: {key}}}
    price: {{input: 1, output: 2}}
    context_window: 8000
    max_output_tokens: 1000
    has_structured_output: true
    skills: [fast]
  - name: large
    deployments:
      - {{name: large-1, litellm_model: openai/large, api_base: "{base_url}", api_key_env: {key}}}
    price: {{input: 10, output: 30}}
    context_window: 8000
    max_output_tokens: 1000
    has_structured_output: true
"""

RULES = """
rules:
  - name: small-first
    when: {task_type: generate}
    use: {shortlist: [small, large]}
default:
  use: {shortlist: [small, large]}
"""

JOB = """
name: ducks
input: {text_fields: [question]}
corpora:
  pond: {folder: pond, method: lexical}
policy: rules
chunk_size: 4
steps:
  - {name: find, kind: retrieve, corpus: pond, query: "{{ item.question }}", k: 1}
  - name: answer
    kind: llm
    task_type: generate
    prompt: "{{ steps.find[0].text }} Question: {{ item.question }}"
    max_output_tokens: 30
    timeout_s: 4
    scorers: [{scorer: non_empty}]
  - name: cite
    kind: llm
    task_type: extract
    prompt: "Cite for {{ steps.answer }}"
    max_output_tokens: 30
    timeout_s: 4
    output:
      type: object
      properties: {quote: {type: string}}
      required: [quote]
      additionalProperties: false
    scorers: [{scorer: json_schema}]
"""

DUCKS = "# Ducks\n\nDucks swim in ponds and eat weeds.\n\n# Geese\n\nGeese fly south in winter.\n"


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder; the settings' variables have been set to it."""

    folder: Path

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    @property
    def catalogue(self) -> Path:
        return self.folder / "catalog.yaml"

    @property
    def job(self) -> Path:
        return self.folder / "job.yaml"

    @property
    def batch(self) -> Path:
        return self.folder / "batch.jsonl"

    def write_batch(self, n_items: int) -> None:
        """Items `q0` … with a question each."""
        rows = [{"item_id": f"q{n}", "question": f"What do ducks eat at {n} o'clock?"} for n in range(n_items)]
        self.batch.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def request(self, *, run_id: str = "run-1", **fields: object) -> RunRequest:
        """A request for a run of the job over the batch."""
        content = {"job": str(self.job), "input": str(self.batch), "run_id": run_id, **fields}
        return RunRequest.model_validate(content)


def write_installation(folder: Path, *, base_url: str, job: str = JOB, n_items: int = 8) -> Installation:
    """Write the files."""
    installation = Installation(folder)
    installation.catalogue.write_text(CATALOGUE.format(base_url=base_url, key=KEY_VARIABLE))
    installation.job.write_text(job)
    (folder / "rules.yaml").write_text(RULES)
    (folder / "pond").mkdir()
    (folder / "pond" / "ducks.md").write_text(DUCKS)
    installation.write_batch(n_items)
    return installation


def variables_of(folder: Path) -> Mapping[str, str]:
    """The environment that makes `folder` the installation."""
    return {
        "POINTSMAN_HOME": str(folder / "home"),
        "POINTSMAN_CACHE": str(folder / "cache"),
        "POINTSMAN_CATALOG": str(folder / "catalog.yaml"),
        "POINTSMAN_RULES": str(folder / "rules.yaml"),
        "POINTSMAN_ROOTS": str(folder),
    }


def open_folder(request: RunRequest) -> str:
    """Open a run without Prefect; returns its folder."""
    named = request.model_copy(update={"run_id": request.run_id or "run-default"})
    return open_batch.fn(named, None)


def run_chunks(run: str, *, chunks: Sequence[int] | None = None) -> None:
    """Take each chunk through all the steps, one after the other, without Prefect."""
    context = open_run(run)
    for chunk in range(context.manifest.n_chunks) if chunks is None else chunks:
        for step in context.job.steps:
            for task in STAGES[step.kind]:
                task.fn(run, chunk, step.name)


def run_whole(request: RunRequest) -> Closed:
    """A whole run without Prefect, chunk after chunk."""
    run = open_folder(request)
    run_chunks(run)
    return close_run.fn(run, {})
