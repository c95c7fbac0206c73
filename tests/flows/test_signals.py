"""What SIGINT and SIGTERM do to commands: those that hold a run stop it in order, all others end at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from flows.cli import main
from flows.signals import RunInterruptedError, SignalledError, endable, heeded, resumed_by
from policies.errors import BadInputError
from tasks.stopping import Stop, process_stop
from warehouse.home import Home
from warehouse.landing import land

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


def send(number: int) -> None:
    """The signal to this process; its handler has run when this returns."""
    os.kill(os.getpid(), number)


@BOTH
def test_a_signal_ends_a_command_with_an_error_of_its_own_and_the_handlers_are_put_back(number: int) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(SignalledError) as ended, endable():
        send(number)
    assert (ended.value.number, ended.value.exit_code) == (number, 128 + number)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@BOTH
def test_a_signal_that_the_database_hides_in_an_error_of_its_own_is_told(number: int) -> None:
    def query() -> None:
        try:
            send(number)
        except SignalledError:
            raise RuntimeError("Query interrupted") from None

    with pytest.raises(SignalledError, match=signal.Signals(number).name), endable():
        query()


def test_a_runtime_error_without_a_signal_is_one() -> None:
    with pytest.raises(RuntimeError, match="Query interrupted"), endable():
        raise RuntimeError("Query interrupted")


@BOTH
def test_a_command_that_waits_ends_in_one_line(
    settings_home: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    home = Home(settings_home)
    land(home)
    held = FileLock(home.lock)
    held.acquire()
    sender = threading.Timer(0.5, send, [number])
    try:
        sender.start()
        with pytest.raises(SystemExit) as exit_:
            main(["land"])
    finally:
        sender.cancel()
        held.release()
    assert exit_.value.code == 128 + number
    assert capsys.readouterr().err == f"pointsman: stopped by {signal.Signals(number).name}\n"


class Told(Stop):
    """A stop that notes what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def request(self, signal_number: int, *, grace_s: float) -> None:
        self.told.append(f"{signal.Signals(signal_number).name} {grace_s:g}")

    def give_up(self) -> None:
        self.told.append("give up")


@pytest.mark.parametrize(("number", "grace_s"), [(signal.SIGINT, 30), (signal.SIGTERM, 5)])
def test_the_first_signal_requests_a_stop_and_the_second_waits_for_nothing(number: int, grace_s: int) -> None:
    stop = Told()
    with heeded(stop):
        send(number)
        assert stop.told == [f"{signal.Signals(number).name} {grace_s}"]
        send(number)
    assert stop.told[1:] == ["give up"]


def test_the_third_signal_ends_the_process() -> None:
    program = (
        "import os, signal\nfrom flows.signals import heeded\nfrom tasks.stopping import Stop\n"
        "with heeded(Stop()):\n"
        "    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):\n"
        "        print(number.name, flush=True)\n"
        "        os.kill(os.getpid(), number)\n"
        "print('went on')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (-signal.SIGINT, ["SIGINT", "SIGTERM", "SIGINT"])


def test_outside_the_main_thread_nothing_is_handled() -> None:
    handlers: list[object] = []

    def work() -> None:
        with heeded(Stop()), endable():
            handlers.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert handlers == [before]


def test_a_stopped_run_does_not_wait_for_what_others_do_at_the_exit() -> None:
    program = (
        "import signal, sys, threading, time\nimport flows.signals\nfrom tasks.stopping import process_stop\n"
        "threading.Thread(target=time.sleep, args=[60]).start()\n"  # as Prefect that looks for its server
        "flows.signals.EXIT_S = 0.1\n"
        "process_stop().signal_number = signal.SIGTERM\n"
        "try:\n"
        "    with flows.signals.resumed_by('x'):\n"
        "        raise ConnectionError\n"
        "except flows.signals.RunInterruptedError as told:\n"
        "    sys.exit(told.exit_code)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=30, check=False).returncode == 143


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process was asked to stop, by SIGTERM; it goes on with the other tests."""
    monkeypatch.setattr("flows.signals.end_soon", lambda _: None)
    monkeypatch.setattr(process_stop(), "signal_number", signal.SIGTERM)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ConnectionError("no server"), SystemExit(1)])
def test_a_run_that_was_stopped_says_how_it_goes_on_whatever_its_end_was(stopped: None, error: BaseException) -> None:
    with pytest.raises(RunInterruptedError) as told, resumed_by("pointsman resume r1"):
        raise error
    assert str(told.value) == "stopped by SIGTERM; `pointsman resume r1` goes on"
    assert told.value.exit_code == 143


def test_what_we_say_ourselves_of_a_stopped_run_stands(stopped: None) -> None:
    with pytest.raises(BadInputError), resumed_by("pointsman resume r1"):
        raise BadInputError("is not a run")


def test_an_error_of_a_run_that_nobody_stopped_is_an_error() -> None:
    with pytest.raises(ConnectionError), resumed_by("pointsman resume r1"):
        raise ConnectionError("no server")
