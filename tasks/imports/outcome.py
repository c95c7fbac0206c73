"""What an import refused, and what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from policies.errors import BadInputError
from warehouse.imports.rows import BadRow, Unit


@dataclass(frozen=True, slots=True)
class Refused:
    """The bad rows of one file."""

    file: str
    unit: Unit
    rows: tuple[BadRow, ...]

    @property
    def n_rows(self) -> int:
        """Rows, each counted once however much is wrong with it."""
        return len({row.number for row in self.rows})


@dataclass(frozen=True, slots=True)
class NameUse:
    """A model's name in the export, what it means here, and how many were imported under it."""

    foreign_model: str
    model: str
    is_known: bool
    n: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did: `known` were in the ledger before, `repeated` stood twice in the file; both add nothing."""

    source: str
    run_id: str
    rows: int
    imported: int
    known: int
    repeated: int
    left_out: Mapping[str, int]
    bad_rows: int
    cost_usd: Decimal
    of_unknown_cost: int
    scores_imported: int = 0
    scores_known: int = 0
    scores_repeated: int = 0
    scores_left_out: Mapping[str, int] = field(default_factory=dict)
    models: tuple[NameUse, ...] = ()
    task_types: Mapping[str, int] = field(default_factory=dict)
    bad: tuple[Refused, ...] = ()


def n_bad_rows(refused: Sequence[Refused]) -> int:
    """Bad rows of all files."""
    return sum(one.n_rows for one in refused)


def refuse_bad(refused: Sequence[Refused], *, n_good: int, is_skipping: bool) -> None:
    """Raise `BadInputError` for the first bad row, unless bad rows are skipped and good ones are left."""
    if any(one.rows for one in refused) and not (is_skipping and n_good):
        raise bad_row_error(refused, f"--skip-bad imports the other {n_good}" if n_good else "no row can be imported")


def bad_row_error(refused: Sequence[Refused], way_out: str = "") -> BadInputError:
    """An error that names the first bad row, how many more there are, and what can be done."""
    bad = [one for one in refused if one.rows]
    first, row = bad[0], bad[0].rows[0]
    n_others = n_bad_rows(bad) - 1
    more = f"; {n_others} more bad rows" if n_others else ""
    is_line = first.unit == "line"
    place = row.field or "" if is_line else ", ".join(part for part in (f"row {row.number}", row.field) if part)
    value = BadInputError._ABSENT if row.value is None else row.value
    line = row.number if is_line else None
    problem = row.problem + more + (f"; {way_out}" if way_out else "")
    return BadInputError(problem, file=first.file, line=line, field=place or None, value=value)
