"""The money runs out in the middle of a run: never overspent, told as such, and a larger budget goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from flows.cli import main
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import JOB, Installation, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.query import query

pytestmark = pytest.mark.prefect

N_ITEMS = 12
BUDGET_USD = "0.0075"  # above the cheapest plan; each citation falls back to the model that is ten times as dear
PRICES = {"small": (1, 2), "large": (10, 30)}


def answer(body: Mapping[str, object]) -> str:
    """Of the small model no citation can be used, so that each costs what the large one takes."""
    if "response_format" not in body:
        return "Ducks eat weeds " * 6
    return "no JSON" if body["model"] == "small" else json.dumps({"quote": "eat weeds"})


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    error: str


Command = Callable[..., Ended]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line in the installation of `tmp_path`."""
    for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Ended(int(exit_.value.code or 0), printed.out, printed.err)

    return run


def rows_of(installation: Installation, sql: str) -> Sequence[tuple[object, ...]]:
    return query(installation.home, sql).rows


def outputs_of(installation: Installation) -> list[dict[str, object]]:
    path = installation.home.runs / "r1" / "outputs.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def check_money(installation: Installation, provider: ScriptedProvider, *, budget_usd: str) -> None:
    """Every request is in the ledger, and neither costs nor what is set aside for unknown ones exceed the budget."""
    ((n_attempts, known, worst),) = rows_of(
        installation,
        "SELECT count(*), coalesce(sum(cost_usd), 0)::DECIMAL(18, 9), sum(coalesce(cost_usd, reserved_usd))"
        " FROM attempts WHERE provider = 'openai'",
    )
    assert n_attempts == provider.n_requests
    assert isinstance(known, Decimal)
    assert isinstance(worst, Decimal)
    assert known <= worst <= Decimal(budget_usd)


def start(
    tmp_path: Path, provider: ScriptedProvider, command: Command, *, job: str = JOB
) -> tuple[Installation, Ended]:
    installation = write_installation(tmp_path, base_url=provider.base_url, job=job, n_items=N_ITEMS)
    run = ("run", installation.job, "--input", installation.batch, "--run-id", "r1", "--budget-usd", BUDGET_USD)
    return installation, command(*run)


def test_a_run_whose_money_runs_out_says_so_and_a_larger_budget_completes_it(
    tmp_path: Path, prefect_server: None, command: Command
) -> None:
    with ScriptedProvider(answer=answer) as provider:
        installation, ended = start(tmp_path, provider, command)
        check_money(installation, provider, budget_usd=BUDGET_USD)
        check_stop(installation, ended)
        assert "the first stop: the budget is spent: " in latest_summary()
        assert command("report", "r1").out.startswith(ended.out)  # and compares with simpler policies
        n_before = provider.n_requests

        again = command("resume", "r1")
        assert (again.code, provider.n_requests) == (1, n_before)
        assert "the budget is spent: " in again.error
        spent = rows_of(installation, "SELECT sum(cost_usd) FROM attempts")[0][0]
        less = command("resume", "r1", "--budget-usd", "0.0001")
        assert (less.code, provider.n_requests) == (2, n_before)
        assert f"budget_usd: the run has spent {spent:f} USD already" in less.error

        done = command("resume", "r1", "--budget-usd", "0.05")
        assert (done.code, provider.n_requests) == (0, 3 * N_ITEMS)  # no answer was bought twice
        assert "Run r1: completed, 12 items (0 failed)" in done.out
        assert "of 0.050000000 USD" in done.out
        check_money(installation, provider, budget_usd="0.05")
    assert [row["status"] for row in outputs_of(installation)] == ["ok"] * N_ITEMS
    assert rows_of(installation, "SELECT status, n_failed, budget_usd FROM runs") == [("completed", 0, Decimal("0.05"))]
    answered = (
        "SELECT step, count(DISTINCT call_id), count(*) FILTER (WHERE model = 'large') FROM attempts GROUP BY ALL"
    )
    assert sorted(rows_of(installation, answered)) == [("answer", 12, 0), ("cite", 12, 12), ("find", 12, 0)]


def latest_summary() -> str:
    """The newest version of the job's summary in Prefect."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return str(client.request("GET", "/artifacts/ducks-summary/latest").json()["data"])


def check_stop(installation: Installation, ended: Ended) -> None:
    """The command failed, told what the run came to, and why it stopped; so do the outputs and the ledger."""
    assert ended.code == 1
    assert f"of {Decimal(BUDGET_USD):.9f} USD" in ended.out
    assert "Run r1: failed, 12 items" in ended.out
    line = ended.error.strip().splitlines()[-1]
    assert line.startswith("pointsman: ")
    assert "items are not finished; the first stop: the budget is spent: " in line
    assert line.endswith("`pointsman resume r1 --budget-usd USD` goes on")
    rows = outputs_of(installation)
    unpaid = [row for row in rows if row["status"] == "failed"]
    assert 0 < len(unpaid) <= N_ITEMS == len(rows)
    assert all(str(row["error"]).startswith("not finished: the budget is spent: ") for row in unpaid)
    assert all("answer" in dict(row["outputs"]) for row in rows)  # type: ignore[call-overload]  # a JSON object
    assert rows_of(installation, "SELECT status, n_failed FROM runs") == [("failed", len(unpaid))]


def test_money_set_aside_for_answers_that_never_came_counts_as_spent(
    tmp_path: Path, prefect_server: None, command: Command
) -> None:
    job = JOB.replace("timeout_s: 4", "timeout_s: 1.5\n    attempts: 2")
    with ScriptedProvider(["slow:6"] * 40, answer=answer) as provider:
        installation, ended = start(tmp_path, provider, command, job=job)
        assert ended.code == 1
        assert "the budget is spent: " in ended.error
        check_money(installation, provider, budget_usd=BUDGET_USD)
    unknown = rows_of(installation, "SELECT count(*) FROM attempts WHERE cost_usd IS NULL AND status = 'timeout'")
    assert unknown[0][0] == provider.n_requests
    assert "cost unknown in part of 0.007500000 USD" in ended.out
