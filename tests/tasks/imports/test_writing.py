"""An import that is broken off loses nothing that it wrote, and goes on when it is begun again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from policies.errors import WorkFailedError
from tasks.imports.attempts import imported_attempt
from tasks.imports.requests import CallRequest, NameOptions, load_names
from tasks.imports.writing import CHUNK_RECORDS, ImportRun, hash_file, write_import
from tasks.ledger import spool_of
from tasks.texts import text_keeper
from tests.tasks.imports.conftest import NOW, call
from warehouse.imports.attempts import read_calls
from warehouse.records import AttemptImported

N = 2 * CHUNK_RECORDS + 500


def test_an_import_that_was_broken_off_is_completed_by_the_next(importer) -> None:
    file = importer.file("logs.jsonl", *(call(request_id=f"chatcmpl-{n}") for n in range(N)))
    run = ImportRun("litellm-spend-logs", hash_file(file), N, 0, NOW)
    with pytest.raises(WorkFailedError, match="pulled"):
        write_import(importer.home, run, pulled_plug(importer, file, run), ended_at=NOW)
    spool_of(importer.home).seal()  # as the next process finds it
    summary = importer.calls(CallRequest("litellm-spend-logs", file), now=NOW + timedelta(hours=1))
    assert (summary.imported, summary.known) == (
        N - summary.known,
        2 * CHUNK_RECORDS - 1,
    )  # a chunk begins with the run
    assert importer.rows("SELECT count(*), count(DISTINCT foreign_id) FROM attempts") == [(N, N)]
    assert importer.rows("SELECT status, n_starts, n_items FROM runs") == [("completed", 2, N)]


def pulled_plug(importer, file, run: ImportRun) -> Iterator[AttemptImported]:
    """The records of an import, up to some that nobody makes durable any more."""
    names, keep_text = load_names(NameOptions(), importer.settings), text_keeper("none")
    with read_calls(file, "litellm-spend-logs", now=NOW, is_zero_unknown=True) as export:
        for n, attempt in enumerate(export.attempts()):
            if n == 2 * CHUNK_RECORDS + 100:
                raise WorkFailedError("the plug was pulled")
            yield imported_attempt(
                attempt, origin="litellm-spend-logs", run_id=run.run_id, names=names, keep_text=keep_text
            )
