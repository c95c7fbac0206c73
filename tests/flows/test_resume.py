"""kill -9 in the middle of a run, then the same command again: nothing finished is done twice, nothing is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.fakes.processes import AT_ONCE, N_ITEMS, ONE_PASS, ROOT, Installation, answer, install
from tests.fakes.provider import ScriptedProvider
from warehouse.landing import land

pytestmark = pytest.mark.prefect

JOBS = ROOT / "flows" / "jobs"
# Of the demo's items, of which a language model answers the third: a chunk of three and one of one.
SOME, CHUNK = ("name-001", "default-001", "yes-no-001", "two-001"), 3


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


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, provider: Callable[..., ScriptedProvider], prefect_server: None
) -> list[str]:
    """The outputs of a run that nobody kills."""
    served = provider()
    installation = install(tmp_path_factory.mktemp("undisturbed") / "own", served)
    installation.finish()
    assert served.n_requests == ONE_PASS
    return installation.outputs.read_text().splitlines()


@pytest.fixture(scope="module")
def api_url(prefect_server: None) -> str:
    """Where the tests' Prefect server is."""
    from prefect.settings import PREFECT_API_URL

    return str(PREFECT_API_URL.value())


# Held: the provider answers so many requests and sits on all others, so the kill finds exactly these in flight.
# Flowing: answers keep coming at the moment of the kill, wherever each call has got to; 4 in flight leave 39 answered,
# which is no whole number of chunks, so some answers of an unfinished step are known to its journal alone.
@pytest.mark.parametrize(("n_answered", "is_held"), [(5, True), (43, False)], ids=["first-step-held", "midway-flowing"])
def test_a_run_that_was_killed_goes_on_where_it_was(
    tmp_path: Path,
    provider: Callable[..., ScriptedProvider],
    undisturbed: list[str],
    api_url: str,
    n_answered: int,
    is_held: bool,
) -> None:
    served = provider(["slow:0.15"] * n_answered, default="slow:600" if is_held else "slow:0.15")
    installation = install(tmp_path / "own", served)
    n_due = n_answered + AT_ONCE if is_held else n_answered
    installation.kill_when(lambda: served.n_requests >= n_due, api_url=api_url)
    n_before = served.n_requests
    assert n_before < ONE_PASS
    assert not installation.outputs.exists()
    checkpoints = list(installation.run_folder.glob("chunks/*/*.results.jsonl"))
    assert bool(checkpoints) == (not is_held)  # 5 answers finish no chunk of 6, 39 must have

    served.default = "ok"
    installation.finish()

    assert installation.outputs.read_text().splitlines() == undisturbed
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
def test_the_demos_job_goes_on_where_it_was_killed_and_gives_the_same_outputs(tmp_path: Path, api_url: str) -> None:
    job = tmp_path / "stdlib_qa.yaml"
    job.write_text((JOBS / "stdlib_qa.yaml").read_text().replace("chunk_size: 10", f"chunk_size: {CHUNK}"))
    lines = (JOBS / "stdlib_qa.jsonl").read_text("utf-8").splitlines(keepends=True)
    batch = tmp_path / "some.jsonl"
    batch.write_text("".join(line for line in lines if json.loads(line)["item_id"] in SOME))
    arguments = [str(job), "--input", str(batch)]
    whole, killed = (
        Installation(tmp_path / name, arguments, {"POINTSMAN_ROOTS": str(tmp_path)}) for name in ("whole", "killed")
    )
    killed.kill_when(lambda: any(killed.run_folder.glob("chunks/*/answer.results.jsonl")), api_url=api_url)
    assert not killed.outputs.exists()
    killed.finish()
    whole.finish()

    assert killed.outputs.read_bytes() == whole.outputs.read_bytes()
    assert whole.rows("SELECT count(DISTINCT model) FROM attempts WHERE step = 'answer'") == [(2,)]
    counts = "SELECT count(*), count(DISTINCT call_id) FROM attempts WHERE status = 'ok'"
    n_calls = 4 * len(SOME)  # three model calls and a search each
    assert killed.rows(counts) == whole.rows(counts) == [(n_calls, n_calls)]
    assert killed.rows("SELECT status, n_items, n_failed FROM runs") == [("completed", len(SOME), 0)]
