"""What is left of a run that has completed: its outputs, how it ended, and what was pinned, without secrets."""

from __future__ import annotations

import shutil
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from policies.errors import BadInputError
from tasks.closed import Closed
from tasks.redaction.vault import redact
from tasks.run_context import open_run
from tasks.run_folder import RunFolder, write_bytes

CLOSED = TypeAdapter(Closed)


def finish_run(folder: RunFolder, closed: Closed) -> None:
    """Write down how a completed run ended, then remove what only an unfinished one needs; its outputs are durable."""
    write_bytes(folder.finished, CLOSED.dump_json(closed))
    tidy_run(folder)


def tidy_run(folder: RunFolder) -> None:
    """Remove the items, prompts and answers of a finished run's steps, and mask secrets in the files that it pinned.

    Doing it again adds nothing: a process that died in between leaves the rest to whoever takes the run up.
    """
    open_run.cache_clear()
    shutil.rmtree(folder.chunks, ignore_errors=True)
    edits = folder.edits.glob("*.yaml")
    pinned = (*edits, *folder.corpus("*").parent.glob("*.json"), *folder.path.glob(folder.rubrics.name))
    for path in (folder.job, folder.catalogue, folder.rules, *pinned):
        text = path.read_text()
        if (clean := redact(text)) != text:
            write_bytes(path, clean.encode())


def finished_run(folder: RunFolder) -> Closed | None:
    """How a run ended that has nothing left to do; None for any other."""
    try:
        closed = CLOSED.validate_json(folder.finished.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise BadInputError("the run's note of its end is damaged", file=folder.finished) from error
    return replace(closed, outputs=str(folder.outputs))  # the installation may have been moved since
