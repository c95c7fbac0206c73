"""The flow *run-job* as Prefect sees it: its task runs, its artifacts, what it refuses, what it never does twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.closed import Closed
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import JOB, Installation, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.query import query

pytestmark = pytest.mark.prefect

STORED_WITHIN_S = 60  # task runs and artifacts reach the server's database by a queue
STEPS = {
    "find": ("retrieve", "score"),
    "answer": ("route", "complete", "score"),
    "cite": ("route", "complete", "score"),
}

Install = Callable[..., Installation]


def answer(body: Mapping[str, object]) -> str:
    """JSON where a schema is asked for, words elsewhere."""
    return json.dumps({"quote": "eat weeds"}) if "response_format" in body else "Ducks eat weeds"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: None) -> Install:
    """Writes an installation whose provider is at `base_url`, and makes it the settings' own."""

    def write(provider: ScriptedProvider, *, job: str = JOB) -> Installation:
        for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
            monkeypatch.setenv(name, value)
        return write_installation(tmp_path, base_url=provider.base_url, job=job)

    return write


def items(n_items: int) -> list[Mapping[str, str]]:
    return [{"item_id": f"q{n}", "question": f"What do ducks eat at {n} o'clock?"} for n in range(n_items)]


def request_of(installation: Installation, n_items: int = 6, **fields: object) -> object:
    """A request that carries its batch itself."""
    from tasks.run_request import RunRequest

    return RunRequest.model_validate(
        {"job": str(installation.job), "items": items(n_items), "run_id": "run-1", **fields}
    )


def flow_run_of(installation: Installation) -> str:
    """The flow run that the ledger says a run last was."""
    return str(query(installation.home, "SELECT flow_run_id FROM runs").rows[0][0])


def stored(path: str, flow_run_id: str, *, at_least: int) -> Sequence[Mapping[str, object]]:
    """What the server has of a flow run, once it has so many."""
    from prefect.client.orchestration import get_client

    body = {"flow_runs": {"id": {"any_": [flow_run_id]}}}
    deadline_s = time.monotonic() + STORED_WITHIN_S
    with get_client(sync_client=True) as client:
        while True:
            found = client.request("POST", path, json=body).json()
            if len(found) >= at_least or time.monotonic() > deadline_s:
                return found
            time.sleep(0.2)


@dataclass(frozen=True, slots=True)
class Finished:
    """A run of six items that has completed, in the installation that the settings name."""

    installation: Installation
    provider: ScriptedProvider
    closed: Closed
    flow_run_id: str


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, prefect_server: None) -> Iterator[Finished]:
    """One for all the tests that look at what such a run has left."""
    from flows.run_job import run_job

    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as environment, ScriptedProvider(answer=answer) as provider:
        for name, value in {**variables_of(folder), KEY_VARIABLE: "sk-test"}.items():
            environment.setenv(name, value)
        installation = write_installation(folder, base_url=provider.base_url)
        closed = run_job(request_of(installation))
        yield Finished(installation, provider, closed, flow_run_of(installation))


def test_each_chunk_and_step_is_a_task_run_of_a_readable_name(finished: Finished) -> None:
    closed = finished.closed
    assert (closed.run_id, closed.n_items, closed.n_failed) == ("run-1", 6, 0)
    stages = [f"{task} {step}" for step, tasks in STEPS.items() for task in tasks]
    expected = {f"{stage} · chunk {chunk}" for stage in stages for chunk in range(2)}
    others = {"open run", "close run", "land"}
    runs = stored("/task_runs/filter", finished.flow_run_id, at_least=len(expected) + len(others))
    names = [str(run["name"]) for run in runs]
    assert set(names) - others == expected
    assert len(names) == len(set(names))
    assert not any(run["tags"] for run in runs)  # each would cost a request for a concurrency slot
    assert {run["state_type"] for run in runs} == {"COMPLETED"}


def test_a_run_leaves_its_costs_in_a_table_and_a_summary(finished: Finished) -> None:
    tally = finished.provider.tally
    artifacts = {str(one["key"]): one for one in artifacts_of(finished.flow_run_id)}
    assert {key: one["type"] for key, one in artifacts.items()} == {"ducks-costs": "table", "ducks-summary": "markdown"}
    rows = json.loads(str(artifacts["ducks-costs"]["data"]))
    assert [(row["step"], row["model"], row["calls"]) for row in rows] == [
        ("find", "index:pond", "6"),
        ("answer", "small", "6"),
        ("cite", "small", "6"),
    ]
    cost_usd = Decimal(tally.input_tokens * 1 + tally.output_tokens * 2) / 1_000_000  # the small model's price
    assert sum(Decimal(row["cost, USD"]) for row in rows) == cost_usd
    summary = str(artifacts["ducks-summary"]["data"])
    assert "Run run-1: completed, 6 items (0 failed), 18 calls, 18 attempts" in summary
    assert f"cost {cost_usd:.9f} USD" in summary
    assert "| answer | small | 6 |" in summary


def artifacts_of(flow_run_id: str) -> Sequence[Mapping[str, object]]:
    return stored("/artifacts/filter", flow_run_id, at_least=2)


def test_a_run_with_failed_items_completes_and_lists_them(install: Install) -> None:
    from flows.run_job import run_job

    with ScriptedProvider(["400", "400"], answer=answer) as provider:  # the first item at both models
        installation = install(provider, job=JOB.replace("chunk_size: 4", "chunk_size: 1"))
        state = run_job(request_of(installation, 3, chunks_under_way=1), return_state=True)
    assert state.is_completed()
    closed = state.result()
    assert (closed.n_items, closed.n_failed) == (3, 1)
    rows = [json.loads(line) for line in Path(closed.outputs).read_text().splitlines()]
    assert [(row["item_id"], row["status"]) for row in rows] == [("q0", "failed"), ("q1", "ok"), ("q2", "ok")]
    assert rows[0]["error"].startswith("answer: small: ")
    assert query(installation.home, "SELECT status, n_failed FROM runs").rows == [("completed", 1)]
    summary = next(one for one in artifacts_of(flow_run_of(installation)) if one["type"] == "markdown")
    assert "3 items (1 failed)" in str(summary["data"])


def test_an_unknown_key_inside_the_request_is_refused(install: Install) -> None:
    from prefect.exceptions import ParameterTypeError

    from flows.run_job import run_job

    with ScriptedProvider(answer=answer) as provider:
        installation = install(provider)
        with pytest.raises(ParameterTypeError, match="unheard_of"):
            run_job({"job": str(installation.job), "items": items(1), "unheard_of": 1})
        assert provider.n_requests == 0
    assert not installation.home.root.exists()


WRONG_JOBS = {
    "unknown key": ("kind: llm", "kind: llm\n    colour: red", "colour: unknown key"),
    "unknown step": ("{{ steps.answer }}", "{{ steps.later }}", "later"),
    "nothing may serve it": ("timeout_s: 4", "timeout_s: 4\n    skills: [telepathy]", "no model may serve it"),
}


@pytest.mark.parametrize(("old", "new", "expected"), WRONG_JOBS.values(), ids=WRONG_JOBS)
def test_a_wrong_job_is_refused_before_anything_is_sent(install: Install, old: str, new: str, expected: str) -> None:
    from flows.run_job import run_job

    with ScriptedProvider(answer=answer) as provider:
        installation = install(provider, job=JOB.replace(old, new, 1))
        with pytest.raises(BadInputError, match=expected):
            run_job(request_of(installation))
        assert provider.n_requests == 0
    assert not list(installation.home.root.rglob("manifest.json"))


def test_the_same_run_again_sends_nothing_and_another_batch_is_refused(finished: Finished) -> None:
    from flows.run_job import run_job

    installation, provider, closed = finished.installation, finished.provider, finished.closed
    outputs, facts = Path(closed.outputs).read_bytes(), attempts_of(installation)
    assert provider.n_requests == 12
    assert run_job(request_of(installation)) == closed
    with pytest.raises(BadInputError, match="run of this name with another batch"):
        run_job(request_of(installation, 7))
    assert provider.n_requests == 12
    assert Path(closed.outputs).read_bytes() == outputs
    assert attempts_of(installation) == facts
    assert len(facts) == 18


def attempts_of(installation: Installation) -> list[tuple[object, ...]]:
    return query(installation.home, "SELECT * FROM attempts ORDER BY ALL").rows
