"""Each mart on small inputs: `NAME.yaml` gives facts and expects rows, of which only the columns that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from warehouse.sql import sql_names

HERE = Path(__file__).parent
DIGITS = 9


def read_cases() -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """Every case by mart and name."""
    return {
        f"{mart}: {case['name']}": (mart, case)
        for mart in sql_names("marts")
        for case in yaml.safe_load(
            (HERE / f"{mart}.yaml").read_text("utf-8") if (HERE / f"{mart}.yaml").exists() else "[]"
        )
    }


CASES = read_cases()


@pytest.mark.parametrize("name", CASES)
def test_a_mart_gives_the_expected_rows(ledger, name: str) -> None:
    mart, case = CASES[name]
    ledger.fill(case["given"])
    expected = case["expect"]
    columns = list(expected[0]) if expected else ["*"]
    listed = ", ".join(f'"{column}"' if column != "*" else column for column in columns)
    where = f" WHERE {case['where']}" if "where" in case else ""
    assert normal(ledger.rows(f"SELECT {listed} FROM {mart}{where}")) == normal(expected)


def test_every_mart_has_unit_tests() -> None:
    assert {mart for mart, _ in CASES.values()} == set(sql_names("marts"))


def normal(rows: Sequence[Mapping[str, object]]) -> list[tuple[tuple[str, str], ...]]:
    """Rows without their order, money and fractions to nine places, times in one spelling."""
    return sorted(tuple((name, spelt(value)) for name, value in row.items()) for row in rows)


def spelt(value: object) -> str:
    """One value in one spelling."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float | Decimal):
        return f"{round(float(value), DIGITS):.{DIGITS}f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else str(value)
