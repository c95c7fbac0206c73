"""A progress bar over the steps of a run, read from the run's own checkpoints."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from policies.errors import BadInputError
from tasks.manifest import load_manifest
from tasks.run_folder import RunFolder

POLL_S = 0.25


@contextmanager
def show_progress(folder: RunFolder, *, label: str | None = None) -> Iterator[None]:
    """Show how much of a run is done, on standard error, for as long as the body takes."""
    done = threading.Event()
    told = set(refused_edits(folder))  # of an earlier life
    watcher = threading.Thread(target=watch, args=(folder, label or folder.run_id, told, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def watch(folder: RunFolder, label: str, told: set[Path], done: threading.Event) -> None:
    """Draw the bar until `done`: one tick per finished step of a chunk."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        bar = progress.add_task(label, total=None)
        while not done.wait(POLL_S):
            update(progress, bar, folder)
            told = told | tell_refused(progress.console, folder, told)
        update(progress, bar, folder)
        tell_refused(progress.console, folder, told)


def tell_refused(console: Console, folder: RunFolder, told: Collection[Path]) -> set[Path]:
    """Warn of edits of the rules that the run has refused since; returns which."""
    new = {mark for mark in refused_edits(folder) if mark not in told}
    for mark in sorted(new):
        console.print(f"pointsman: warning: {mark.read_text()}", markup=False, highlight=False, soft_wrap=True)
    return new


def refused_edits(folder: RunFolder) -> Sequence[Path]:
    """The notes of edits that were refused, whole ones."""
    return [mark for mark in folder.refused_edit("*").parent.glob("*") if not mark.name.startswith(".")]


def update(progress: Progress, bar: TaskID, folder: RunFolder) -> None:
    """Count what is there."""
    n_done, n_all = sum(1 for _ in folder.chunks.glob("*/*.results.jsonl")), n_expected(folder)
    progress.update(bar, completed=n_all if folder.finished.exists() else n_done, total=n_all)


def n_expected(folder: RunFolder) -> int | None:
    """How many steps of chunks there will be; None until the run is written down."""
    try:
        manifest = load_manifest(folder)
    except (BadInputError, OSError):
        return None
    return manifest.n_chunks * manifest.n_steps
