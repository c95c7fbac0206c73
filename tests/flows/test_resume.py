"""kill -9 in the middle of a run, then the same command again: nothing finished is done twice, nothing is lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.provider import ScriptedProvider, last_content
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).resolve().parents[2]
JOBS = ROOT / "flows" / "jobs"
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

    def start(self) -> subprocess.Popen[str]:
        """The command in a process group of its own, with a Prefect of its own; the log is in the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ours = {"POINTSMAN_HOME": str(self.home.root), "PREFECT_HOME": str(self.folder / "prefect"), **self.variables}
        others = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "POINTSMAN_"))}
        command = [sys.executable, "-c", "from flows.cli import main; main()", "run", *self.arguments, "--run-id", "r1"]
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=others | ours, stdout=log, stderr=log, text=True, start_new_session=True
            )

    def finish(self, process: subprocess.Popen[str] | None = None) -> None:
        """The command to its end, from its start or from where it has got to."""
        process = process or self.start()
        try:
            assert process.wait(PATIENCE_S) == 0, self.log
        finally:
            if process.poll() is None:
                kill(process)

    def kill_when(self, is_due: Callable[[], bool]) -> None:
        """The command until `is_due`; then it and all that it started are killed, as by kill -9 or a power cut."""
        process = self.start()
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


@pytest.fixture(scope="module")
def provider() -> Iterator[Callable[..., ScriptedProvider]]:
    """Starts providers that answer the job's prompts, and stops them at the end."""
    started: list[ScriptedProvider] = []

    def start(script: Sequence[str] = (), *, default: str = "ok") -> ScriptedProvider:
        started.append(ScriptedProvider(script, default=default, answer=answer).__enter__())
        return started[-1]

    yield start
    for one in started:
        one.__exit__(None, None, None)


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


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, provider: Callable[..., ScriptedProvider]
) -> Iterator[Callable[[], list[str]]]:
    """Gives the outputs of a run that nobody kills; it goes on while others are killed, to save time."""
    served = provider()
    installation = install(tmp_path_factory.mktemp("undisturbed") / "own", served)
    process = installation.start()

    def outputs() -> list[str]:
        installation.finish(process)
        assert served.n_requests == ONE_PASS
        return installation.outputs.read_text().splitlines()

    yield outputs
    if process.poll() is None:
        kill(process)


# Held: the provider answers so many requests and sits on all others, so the kill finds exactly these in flight.
# Flowing: answers keep coming at the moment of the kill, wherever each call has got to; 4 in flight leave 39 answered,
# which is no whole number of chunks, so some answers of an unfinished step are known to its journal alone.
@pytest.mark.parametrize(("n_answered", "is_held"), [(5, True), (43, False)], ids=["first-step-held", "midway-flowing"])
def test_a_run_that_was_killed_goes_on_where_it_was(
    tmp_path: Path,
    provider: Callable[..., ScriptedProvider],
    undisturbed: Callable[[], list[str]],
    n_answered: int,
    is_held: bool,
) -> None:
    served = provider(["slow:0.15"] * n_answered, default="slow:600" if is_held else "slow:0.15")
    installation = install(tmp_path / "own", served)
    n_due = n_answered + AT_ONCE if is_held else n_answered
    installation.kill_when(lambda: served.n_requests >= n_due)
    n_before = served.n_requests
    assert n_before < ONE_PASS
    assert not installation.outputs.exists()
    checkpoints = list(installation.run_folder.glob("chunks/*/*.results.jsonl"))
    assert bool(checkpoints) == (not is_held)  # 5 answers finish no chunk of 6, 39 must have

    served.default = "ok"
    installation.finish()

    assert installation.outputs.read_text().splitlines() == undisturbed()
    assert not (installation.run_folder / "chunks").exists()  # nobody needs prompts and answers any more
    check_ledger(installation, served, is_held=is_held)


def check_ledger(installation: Installation, served: ScriptedProvider, *, is_held: bool) -> None:
    """Every request once in the ledger, one good answer a call, and in doubt only what was in flight at the kill."""
    attempts = installation.rows(
        "SELECT attempt_id, call_id, status, cost_usd, item_id, step FROM attempts ORDER BY started_at"
    )
    statuses = Counter(str(status) for _, _, status, *_ in attempts)
    n_unknown = statuses["unknown"]
    assert statuses == Counter(ok=ONE_PASS, unknown=n_unknown)
    assert len({attempt_id for attempt_id, *_ in attempts}) == len(attempts)
    answered = Counter(call_id for _, call_id, status, *_ in attempts if status == "ok")
    assert set(answered.values()) == {1}  # what had its answer was not sent again
    assert len(answered) == ONE_PASS
    assert all(cost is None for _, _, status, cost, *_ in attempts if status == "unknown")
    if is_held:
        assert n_unknown == AT_ONCE
        assert served.n_requests == len(attempts)
    # An intent is durable before its request leaves: the kill may come between the two.
    assert n_unknown <= AT_ONCE
    assert len(attempts) - n_unknown <= served.n_requests <= len(attempts) == ONE_PASS + n_unknown
    sent_again = Counter(request.prompt for request in served.requests)
    assert sum(n - 1 for n in sent_again.values()) <= n_unknown
    assert len(sent_again) == ONE_PASS
    assert installation.rows("SELECT status, n_items, n_failed FROM runs") == [("completed", N_ITEMS, 0)]
    assert installation.rows("SELECT count(*), count(DISTINCT decision_id) FROM decisions") == [(ONE_PASS, ONE_PASS)]
    land(installation.home)
    assert installation.rows("SELECT count(*) FROM attempts") == [(len(attempts),)]


@pytest.mark.models
def test_the_demos_job_goes_on_where_it_was_killed_and_gives_the_same_outputs(tmp_path: Path) -> None:
    job = [str(JOBS / "stdlib_qa.yaml"), "--input", str(JOBS / "stdlib_qa.jsonl"), "--sample", "16"]
    whole, killed = (Installation(tmp_path / name, job, {}) for name in ("whole", "killed"))
    process = whole.start()
    try:
        killed.kill_when(lambda: any(killed.run_folder.glob("chunks/*/answer.results.jsonl")))
        assert not killed.outputs.exists()
        killed.finish()
        whole.finish(process)
    finally:
        if process.poll() is None:
            kill(process)

    assert killed.outputs.read_bytes() == whole.outputs.read_bytes()
    counts = "SELECT count(*), count(DISTINCT call_id) FROM attempts WHERE status = 'ok'"
    assert killed.rows(counts) == whole.rows(counts) == [(16 * 4, 16 * 4)]  # three model calls and a search each
    assert killed.rows("SELECT status, n_items, n_failed FROM runs") == [("completed", 16, 0)]
