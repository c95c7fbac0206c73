"""Installations whose command runs in a process of its own, so that it can be killed, or here."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.cli import main
from tests.fakes.provider import ScriptedProvider, last_content
from warehouse.home import Home
from warehouse.query import query

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240  # a Prefect server may take long to start on a machine that runs the other tests meanwhile
N_ITEMS, N_STEPS, AT_ONCE = 24, 3, 4
ONE_PASS = N_ITEMS * N_STEPS
CATALOGUE = """
models:
  - name: small
    deployments: [{{litellm_model: openai/small, api_base: "{base_url}", concurrency: {at_once}}}]
    price: {{input: 1, output: 2}}
    context_window: 8000
    max_output_tokens: 100
    has_structured_output: true
"""
RULES = "default: {use: {model: small}}\n"
JOB = """
name: letters
input: {text_fields: [question]}
chunk_size: 6
steps:
  - name: draft
    kind: llm
    task_type: generate
    prompt: "Draft for {{ item.question }}"
    max_output_tokens: 20
    scorers: [{scorer: non_empty}]
  - name: sort
    kind: llm
    task_type: classify
    prompt: "Sort {{ steps.draft }}"
    max_output_tokens: 20
    output:
      type: object
      properties: {label: {type: string}}
      required: [label]
      additionalProperties: false
    scorers: [{scorer: json_schema}]
  - name: polish
    kind: llm
    task_type: rewrite
    prompt: "Polish {{ steps.draft }} as {{ steps.sort.label }}"
    max_output_tokens: 20
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with everything of one installation, and the command that is run, killed and run again in it."""

    folder: Path
    arguments: Sequence[str]
    variables: Mapping[str, str]

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    @property
    def run_folder(self) -> Path:
        return self.home.runs / "r1"

    @property
    def outputs(self) -> Path:
        return self.run_folder / "outputs.jsonl"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def own_variables(self) -> Mapping[str, str]:
        """What makes this installation the settings' own."""
        return {"POINTSMAN_HOME": str(self.home.root), **self.variables}

    def start(self, *, api_url: str | None = None) -> subprocess.Popen[str]:
        """The command in a process group of its own; the log is in the folder.

        Without the address of a Prefect server it starts a temporary one, which takes many seconds.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        server = {"PREFECT_HOME": str(self.folder / "prefect")} if api_url is None else {"PREFECT_API_URL": api_url}
        others = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "POINTSMAN_"))}
        command = [sys.executable, "-c", "from flows.cli import main; main()", "run", *self.arguments, "--run-id", "r1"]
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env={**others, **server, **self.own_variables},
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def finish(self) -> None:
        """The same command in this process, to its end, from its start or from where another process has got to."""
        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.own_variables.items():
                environment.setenv(name, value)
            with pytest.raises(SystemExit) as exit_:
                main(["run", *self.arguments, "--run-id", "r1"])
        assert exit_.value.code == 0

    def kill_when(self, is_due: Callable[[], bool], *, api_url: str) -> None:
        """The command in a process until `is_due`; then that is killed, as by kill -9 or a power cut."""
        process = self.start(api_url=api_url)
        try:
            deadline_s = time.monotonic() + PATIENCE_S
            while not is_due():
                assert process.poll() is None, self.log
                assert time.monotonic() < deadline_s, self.log
                time.sleep(0.002)
        finally:
            kill(process)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return query(self.home, sql).rows


def kill(process: subprocess.Popen[str]) -> None:
    """End the whole group at once; it is our own, and named by its id."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answer(body: Mapping[str, object]) -> str:
    """The same answer to the same prompt, another one to another: JSON where a schema is asked for."""
    digest = hashlib.sha256(last_content(body).encode()).hexdigest()[:12]
    return json.dumps({"label": digest}) if "response_format" in body else f"answer {digest}"


def install(folder: Path, provider: ScriptedProvider) -> Installation:
    """The job of three steps in a folder, with its only model at the provider."""
    folder.mkdir()
    rows = [{"item_id": f"q{n}", "question": f"question number {n}"} for n in range(N_ITEMS)]
    texts = {
        "catalog.yaml": CATALOGUE.format(base_url=provider.base_url, at_once=AT_ONCE),
        "rules.yaml": RULES,
        "job.yaml": JOB,
        "batch.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    files = {"CATALOG": folder / "catalog.yaml", "RULES": folder / "rules.yaml", "ROOTS": folder}
    variables = {f"POINTSMAN_{name}": str(path) for name, path in files.items()}
    return Installation(folder, [str(folder / "job.yaml"), "--input", str(folder / "batch.jsonl")], variables)
