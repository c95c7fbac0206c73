"""What a guarded process logs, warns of, prints and dies of holds no secret. Each case is a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.redaction.redactor import MASK

SHAPED = "sk-" + "proj-" + "abcdefgh12345678"
KNOWN = "violet-umbrella-77"

PROLOGUE = """
import logging, os, sys, threading, warnings
from tasks.redaction.guarding import guard_process
logging.basicConfig(level=logging.DEBUG, format="%(name)s %(message)s")
guard_process()
SHAPED, KNOWN = sys.argv[1:]
log = logging.getLogger("someone.else")
"""

CASES = {
    "message": 'log.debug(f"use {SHAPED} and {KNOWN}")',
    "arguments": 'log.info("use %s and %s", SHAPED, KNOWN)',
    "mapping": 'log.info("use %(a)s and %(b)s", {"a": SHAPED, "b": KNOWN})',
    "split over an argument": 'log.info("use %s%s and %s", SHAPED[:10], SHAPED[10:], KNOWN)',
    "object": 'log.info("use %r and %s", {"headers": {"Authorization": f"Bearer {SHAPED}"}}, KNOWN)',
    "bytes": 'log.info("use %r and %r", SHAPED.encode(), KNOWN.encode())',
    "wrong arguments": 'log.info("use %d", SHAPED, KNOWN)',
    "exception": """
try:
    raise ValueError(SHAPED) from KeyError(KNOWN)
except ValueError:
    log.exception("it failed")
""",
    "note": """
try:
    error = ValueError(SHAPED)
    error.add_note(f"while using {KNOWN}")
    raise error
except ValueError as e:
    log.error("it failed", exc_info=e)
""",
    "stack": 'exec(compile("log.info(\\"x\\", stack_info=True)", f"/tmp/{SHAPED}/{KNOWN}.py", "exec"))',
    "warning": 'warnings.warn(f"use {SHAPED} and {KNOWN}")',
    "uncaught": 'raise RuntimeError(f"use {SHAPED} and {KNOWN}")',
    "uncaught cause": 'raise RuntimeError(f"use {SHAPED}") from ValueError(KNOWN)',
    "group": 'raise ExceptionGroup("all", [ValueError(SHAPED), KeyError(KNOWN)])',
    "thread": """
def work():
    raise RuntimeError(f"use {SHAPED} and {KNOWN}")
thread = threading.Thread(target=work)
thread.start()
thread.join()
""",
    "destructor": """
class Dying:
    def __del__(self):
        raise RuntimeError(f"use {SHAPED} and {KNOWN}")
Dying()
""",
    "pydantic": """
from pydantic import TypeAdapter
log.info("use %s", KNOWN)
TypeAdapter(int).validate_python(SHAPED)
""",
    "asyncio": """
import asyncio
async def work():
    raise RuntimeError(f"use {SHAPED} and {KNOWN}")
async def main():
    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    del task
    import gc; gc.collect()
asyncio.run(main())
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES)
def test_nothing_that_a_guarded_process_says_holds_a_secret(code: str) -> None:
    shown = run(code)
    assert SHAPED not in shown
    assert SHAPED[8:] not in shown
    assert KNOWN not in shown
    assert MASK in shown


def run(code: str) -> str:
    """Both streams of a process that runs `code` after the prologue."""
    ended = subprocess.run(
        [sys.executable, "-c", PROLOGUE + code, SHAPED, KNOWN],
        env={**os.environ, "SOME_VENDOR_TOKEN": KNOWN},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.stdout + ended.stderr


def test_what_holds_no_secret_is_said_as_ever() -> None:
    code = 'log.info("%s of %d", "one", 2)\nwarnings.warn("mind the gap")\nraise RuntimeError("no reason")'
    shown = run(code)
    assert "someone.else one of 2\n" in shown
    assert "UserWarning: mind the gap" in shown
    assert "\nRuntimeError: no reason\n" in shown
    assert MASK not in shown


def test_files_that_a_guarded_process_makes_are_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        run(
            f"from pathlib import Path\nPath({str(tmp_path / 'made')!r}).mkdir()\nPath({str(tmp_path / 'f')!r}).touch()"
        )
    finally:
        os.umask(old)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600
