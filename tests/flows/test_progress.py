"""While a run goes on, standard error shows how far it is, and which edits of the rules it refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.progress import show_progress
from tasks.run_folder import RunFolder, write_bytes


def test_edits_that_are_refused_meanwhile_are_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = RunFolder(tmp_path / "run-1")
    write_bytes(folder.refused_edit("r-before"), b"of an earlier life")
    with show_progress(folder):
        write_bytes(folder.refused_edit("r-bad"), b"an edit is refused [/tmp/rules.yaml:3] " + b"x" * 200)
    err = capsys.readouterr().err
    assert err.count(f"pointsman: warning: an edit is refused [/tmp/rules.yaml:3] {'x' * 200}\n") == 1
    assert "earlier life" not in err
