"""The growing file of a step's attempts, from which a resumed run learns what is done."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from pydantic import TypeAdapter

from policies.errors import WorkFailedError
from warehouse.home import make_folder
from warehouse.private import open_private
from warehouse.records import Intent, Outcome, Record
from warehouse.segments import encode, read_lines

INTENTS, OUTCOMES = TypeAdapter(Intent), TypeAdapter(Outcome)


class StepJournal:
    """Appends records to one file; they are with the operating system when `append` returns: a kill loses none.

    (A power cut may: then the attempt is known to the ledger, whose spool is synced, and counts as `unknown`.)
    """

    def __init__(self, path: Path) -> None:
        make_folder(path.parent)
        self._file = open_private(path, "ab")
        if self._file.tell() and not path.read_bytes().endswith(b"\n"):
            self._file.write(b"\n")  # what a killed process left half written must not swallow the next record

    def append(self, *records: Record) -> None:
        """Write the records; raises `WorkFailedError` where the disk refuses."""
        try:
            self._file.write(b"".join(encode(record) for record in records))
            self._file.flush()
        except OSError as error:
            raise WorkFailedError(f"the run's journal can't be written: {error.strerror}") from error

    def __enter__(self) -> StepJournal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def read_journal(path: Path) -> list[Record]:
    """The intents and outcomes of a journal, each kind in its order; none where there is no journal.

    Half-written lines are passed over: their attempts were not acknowledged to anyone.
    """
    if not path.exists():
        return []
    lines = read_lines(path.read_bytes()).lines
    intents = [INTENTS.validate_json(payload) for payload in lines["intent"].payloads]
    outcomes = [OUTCOMES.validate_json(payload) for payload in lines["outcome"].payloads]
    return [*intents, *outcomes]
