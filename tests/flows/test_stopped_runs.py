"""A run that SIGINT or SIGTERM stops: every answer that was paid for is kept, and the same run goes on from there."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flows.cli import main
from tasks.stopping import process_stop
from tests.fakes.gate import Gate
from tests.fakes.processes import AT_ONCE, N_ITEMS, ONE_PASS, PATIENCE_S, Installation, answer, install, kill
from tests.fakes.provider import ScriptedProvider

pytestmark = pytest.mark.prefect

N_QUICK = 20  # no whole number of chunks: some steps are in the middle


@pytest.fixture
def ready(prefect_server: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that nobody has asked to stop; afterwards it goes on, and so do Prefect's settings."""
    from prefect.settings import temporary_settings

    monkeypatch.setattr("flows.signals.end_soon", lambda _: None)
    process_stop.cache_clear()
    with temporary_settings():
        yield
    process_stop.cache_clear()


@pytest.fixture
def command(ready: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[object, str]]:
    """Runs the command line; gives the exit code, and the last line of standard error."""

    def run(*arguments: str) -> tuple[object, str]:
        process_stop.cache_clear()
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        return exit_.value.code, (capsys.readouterr().err.strip().splitlines() or [""])[-1]

    return run


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Installation, ScriptedProvider]]:
    """An installation, the settings' own, and its provider, which holds every answer but the first few for a moment."""
    with ScriptedProvider(["ok"] * N_QUICK, default="slow:0.5", answer=answer) as served:
        installation = install(tmp_path / "own", served)
        for name, value in installation.own_variables.items():
            monkeypatch.setenv(name, value)
        yield installation, served


def send_when(served: ScriptedProvider, numbers: list[int]) -> threading.Thread:
    """Signals to this process, the first when all slots are taken by answers that are held."""

    def send() -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while served.n_requests < N_QUICK + AT_ONCE and time.monotonic() < deadline_s:
            time.sleep(0.005)
        for number in numbers:
            os.kill(os.getpid(), number)
            time.sleep(0.2)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    return sender


def check_stop(installation: Installation, served: ScriptedProvider, *, n_unknown: int) -> None:
    """The ledger says cancelled, and has every request; the outputs say what is not finished."""
    assert served.n_requests == N_QUICK + AT_ONCE
    statuses = dict(installation.rows("SELECT status, count(*) FROM attempts GROUP BY ALL"))
    assert Counter(statuses) == Counter(ok=served.n_requests - n_unknown, unknown=n_unknown)
    ((status, n_failed),) = installation.rows("SELECT status, n_failed FROM runs")
    rows = [json.loads(line) for line in installation.outputs.read_text().splitlines()]
    assert (status, n_failed, len(rows)) == ("cancelled", N_ITEMS, N_ITEMS)
    assert {row["error"] for row in rows} == {"not finished: the run was stopped"}


def test_a_run_that_is_terminated_keeps_what_it_was_answered_and_goes_on(
    installed: tuple[Installation, ScriptedProvider], command: Callable[..., tuple[object, str]]
) -> None:
    from prefect.client.orchestration import get_client

    installation, served = installed
    sender = send_when(served, [signal.SIGTERM])
    ended = command("run", *installation.arguments, "--run-id", "r1")
    sender.join()
    assert ended == (143, "pointsman: stopped by SIGTERM; `pointsman resume r1` goes on")
    check_stop(installation, served, n_unknown=0)
    ((flow_run_id,),) = installation.rows("SELECT flow_run_id FROM runs")
    with get_client(sync_client=True) as client:
        state = client.request("GET", f"/flow_runs/{flow_run_id}").json()["state"]
    assert state["type"] == "CRASHED"

    served.default = "ok"
    assert command("resume", "r1")[0] == 0
    assert Counter(Counter(request.prompt for request in served.requests).values()) == {1: ONE_PASS}
    assert installation.rows("SELECT status, count(*) FROM attempts GROUP BY ALL") == [("ok", ONE_PASS)]
    assert installation.rows("SELECT status, n_failed FROM runs") == [("completed", 0)]


def test_a_second_signal_waits_for_no_answer_and_what_was_sent_stays_in_doubt(
    installed: tuple[Installation, ScriptedProvider], command: Callable[..., tuple[object, str]]
) -> None:
    installation, served = installed
    served.default = "slow:600"
    sender = send_when(served, [signal.SIGINT, signal.SIGINT])
    ended = command("run", *installation.arguments, "--run-id", "r1")
    sender.join()
    assert ended == (130, "pointsman: stopped by SIGINT; `pointsman resume r1` goes on")
    check_stop(installation, served, n_unknown=AT_ONCE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_only_being_opened_ends_at_once(
    installed: tuple[Installation, ScriptedProvider],
    command: Callable[..., tuple[object, str]],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    """Where an index is built, that may take minutes."""
    installation, served = installed

    def open_batch(*_: object, **__: object) -> str:
        os.kill(os.getpid(), number)
        return "went on"

    monkeypatch.setattr("flows.run_job.open_batch", open_batch)
    ended = command("run", *installation.arguments, "--run-id", "r1")
    assert ended == (128 + number, f"pointsman: stopped by {signal.Signals(number).name}")
    assert served.n_requests == 0


def test_ctrl_c_that_ends_prefects_server_too_is_as_good(
    installed: tuple[Installation, ScriptedProvider], ready: None
) -> None:
    """As where a terminal sends it to a temporary server, and where one far away can't be reached any more."""
    from prefect.settings import PREFECT_API_URL

    installation, served = installed
    address = urlsplit(str(PREFECT_API_URL.value()))
    with Gate(int(address.port or 0)) as gate:
        process = installation.start(api_url=f"http://127.0.0.1:{gate.port}{address.path}")
        try:
            while served.n_requests < N_QUICK + AT_ONCE:
                assert process.poll() is None, installation.log
                time.sleep(0.005)
            gate.shut()
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S / 4) == 130, installation.log
        finally:
            if process.poll() is None:
                kill(process)
    said = [line for line in installation.log.splitlines() if "pointsman" in line or "Traceback" in line]
    assert said == ["pointsman: stopped by SIGINT; `pointsman resume r1` goes on"], installation.log
    check_stop(installation, served, n_unknown=0)
