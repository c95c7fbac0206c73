"""Checking the facts: one aggregate row per table by DuckDB, judged by Great Expectations as the suites declare."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from policies.documents import parse_document
from policies.errors import BadInputError
from warehouse.home import Home
from warehouse.offending import offending_query
from warehouse.query import Table, query
from warehouse.records import Validated
from warehouse.sql import HERE, sql_text
from warehouse.validation_engine import judge_frames
from warehouse.validation_schema import Expectation, Suite

FOLDER = "expectations"
SUITE = "facts"


def validate(home: Home, *, ran_at: datetime, validation_id: str) -> tuple[Validated, ...]:
    """Check what was published last against every suite; one record per expectation, nothing is written.

    Raises `BadInputError` where nothing was published yet, or a suite is not one.
    """
    suites = load_suites()
    measured = [(suite, measure(home, suite, name=name, ran_at=ran_at)) for name, suite in suites.items()]
    return tuple(
        Validated(
            validation_id=validation_id,
            suite=SUITE,
            expectation=expectation.name,
            table=suite.table,
            success=held,
            observed=observe(expectation, measures),
            unexpected_count=count_unexpected(expectation, measures),
            critical=expectation.is_critical,
            ran_at=ran_at,
            rows_query=None if held else offending_query(sql_text(FOLDER, name), expectation, ran_at=ran_at),
        )
        for name, (suite, measures), verdicts in zip(suites, measured, judge_frames(measured), strict=True)
        for expectation, held in zip(suite.expectations, verdicts, strict=True)
    )


def load_suites() -> dict[str, Suite]:
    """The suites that ship, by the name of their file."""
    return {path.stem: read_suite(path) for path in sorted((HERE / FOLDER).glob("*.yaml"))}


def read_suite(path: Path) -> Suite:
    """Read one suite; raises `BadInputError` with file and line."""
    return parse_document(path.read_text("utf-8"), Suite, file=str(path))


def measure(home: Home, suite: Suite, *, name: str, ran_at: datetime) -> Table:
    """Scan one table once: a row with every figure that its suite looks at."""
    measures = query(home, sql_text(FOLDER, name), parameters={"ran_at": ran_at})
    refuse_missing(suite, measures, file=f"{name}.yaml")
    return measures


def refuse_missing(suite: Suite, measures: Table, *, file: str) -> None:
    """Raise where an expectation looks at something that its table's SQL does not measure."""
    for position, expectation in enumerate(suite.expectations):
        if expectation.column not in measures.columns:
            problem = f"is not measured; there are {', '.join(measures.columns)}"
            field = f"expectations.{position}.{'none_of' if expectation.none_of else 'measure'}"
            raise BadInputError(problem, file=file, field=field, value=expectation.column)


def observe(expectation: Expectation, measures: Table) -> str | None:
    """What was seen, as text; None where there was nothing to measure."""
    value = value_of(expectation, measures)
    return f"{value:.6g}" if isinstance(value, float) else None if value is None else str(value)


def count_unexpected(expectation: Expectation, measures: Table) -> int | None:
    """The rows that broke an expectation that counts them."""
    value = value_of(expectation, measures)
    return value if expectation.none_of and isinstance(value, int) else None


def value_of(expectation: Expectation, measures: Table) -> object:
    """The figure that an expectation looks at, of the one row of measures."""
    return measures.rows[0][measures.columns.index(expectation.column)]


def failures(validated: Sequence[Validated], *, critical: bool) -> tuple[Validated, ...]:
    """The expectations that did not hold, of the critical ones or of the others."""
    return tuple(one for one in validated if not one.success and one.critical == critical)
