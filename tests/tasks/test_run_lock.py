from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from policies.errors import WorkFailedError
from tasks.run_folder import RunFolder
from tasks.run_lock import hold_run

HOLD = """
import sys
from pathlib import Path
from tasks.run_folder import RunFolder
from tasks.run_lock import hold_run
with hold_run(RunFolder(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_run_that_another_process_works_on_is_refused_until_that_process_is_gone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "r1")
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WorkFailedError, match="r1 is being worked on by another process"), hold_run(folder):
            pass
        with hold_run(RunFolder(folder.path.with_name("r2"))):
            pass
        other.kill()
        other.wait()
    with hold_run(folder):
        pass
