"""Importing an export of calls: read, check, credit its scores, and write what the ledger does not have yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from tasks.imports.attempts import attempt_id_of, imported_attempt
from tasks.imports.crediting import Credits, credit_scores
from tasks.imports.names import Names
from tasks.imports.outcome import Refused, Summary, n_bad_rows, refuse_bad
from tasks.imports.requests import CallRequest, load_names
from tasks.imports.score_rules import columns_of
from tasks.imports.tally import Tally
from tasks.imports.writing import ImportRun, hash_file, land_pending, write_import
from tasks.settings import Settings, check_home, made_home
from tasks.texts import TextKeeper, text_keeper
from warehouse.home import Home
from warehouse.imports.attempts import CallExport, ForeignAttempt, read_calls
from warehouse.imports.known import known_ids
from warehouse.records import AttemptImported, Scored


def import_calls(request: CallRequest, settings: Settings, *, now: datetime) -> Summary:
    """Import an export of calls; importing it again adds nothing.

    Raises `BadInputError` before anything is written: for a file that can't be read, and for the first bad row unless
    bad rows are to be skipped. Raises `WorkFailedError` where the disk refuses.
    """
    home = Home(settings.home.absolute())
    check_home(home)
    names = load_names(request.names, settings)
    return Importing(request, names, text_keeper(settings.store_text), home, now).run()


@dataclass(frozen=True, slots=True)
class New:
    """What the ledger does not have: attempts by foreign id, and scores; and how many it has."""

    foreign_ids: frozenset[str]
    scores: tuple[Scored, ...]
    n_known: int
    n_known_scores: int


@dataclass(frozen=True, slots=True)
class Importing:
    """One import under way."""

    request: CallRequest
    names: Names
    keep_text: TextKeeper
    home: Home
    now: datetime

    def run(self) -> Summary:
        """Do it."""
        request = self.request
        land_pending(self.home)
        with read_calls(
            request.file,
            request.source,
            now=self.now,
            is_zero_unknown=request.is_zero_unknown,
            score_columns=columns_of(request.score_rules),
        ) as export:
            credited = credit_scores(request, export, self.home, now=self.now, keep_text=self.keep_text)
            refused = (Refused(str(request.file), export.staging.unit, export.bad), *credited.refused)
            ids = [foreign_id for foreign_id, _ in export.names()]
            refuse_bad(refused, n_good=len(ids), is_skipping=request.is_skipping)
            return self.write(export, credited, refused, ids)

    def write(self, export: CallExport, credited: Credits, refused: Sequence[Refused], ids: Sequence[str]) -> Summary:
        """Write what is new, and tell what was done."""
        new, tally = self.find_new(ids, credited.scores), Tally()
        run = ImportRun(
            self.request.source, hash_file(self.request.file), len(new.foreign_ids), n_bad_rows(refused), self.now
        )
        if new.foreign_ids or new.scores:
            attempts = tally.counted(self.records(export, new, run.run_id))
            write_import(made_home(self.home), run, chain(attempts, new.scores), ended_at=self.now)
        return Summary(
            source=self.request.source,
            run_id=run.run_id,
            rows=export.staging.n_rows,
            imported=tally.n,
            known=new.n_known,
            repeated=export.repeated,
            left_out=export.left_out,
            bad_rows=n_bad_rows(refused),
            cost_usd=tally.cost_usd,
            of_unknown_cost=tally.of_unknown_cost,
            scores_imported=len(new.scores),
            scores_known=new.n_known_scores,
            scores_repeated=credited.repeated,
            scores_left_out=credited.left_out,
            models=tally.name_uses(self.names),
            task_types=dict(tally.task_types),
            bad=tuple(one for one in refused if one.rows),
        )

    def find_new(self, ids: Sequence[str], scores: Sequence[Scored]) -> New:
        """What the ledger does not have yet of attempts, by foreign id, and of scores."""
        by_key = {attempt_id_of(self.request.source, foreign_id): foreign_id for foreign_id in ids}
        known = known_ids(self.home, "known_attempts", list(by_key))
        known_scores = known_ids(self.home, "known_scores", [score.score_id for score in scores])
        return New(
            frozenset(foreign_id for key, foreign_id in by_key.items() if key not in known),
            tuple(score for score in scores if score.score_id not in known_scores),
            len(known),
            len(known_scores),
        )

    def records(self, export: CallExport, new: New, run_id: str) -> Iterator[AttemptImported]:
        """The records of what is new."""
        for attempt in export.attempts():
            if attempt.foreign_id in new.foreign_ids:
                yield self.record(attempt, run_id)

    def record(self, attempt: ForeignAttempt, run_id: str) -> AttemptImported:
        """One attempt's record."""
        origin = self.request.source
        return imported_attempt(attempt, origin=origin, run_id=run_id, names=self.names, keep_text=self.keep_text)
