from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from flows.reports import duration, sentence_of_run

RUN = {"run_id": "r1", "status": "completed", "n_items": 2, "n_failed": 0, "calls": 2, "attempts": 3, "elapsed_s": 1.5}


@pytest.mark.parametrize(
    ("cost", "known", "budget", "said"),
    [
        (Decimal("0.5"), Decimal("0.5"), None, "cost 0.5 USD, 1.5 s"),
        (Decimal("0.5"), Decimal("0.5"), Decimal(1), "cost 0.5 USD of 1 USD, 1.5 s"),
        (Decimal("1.8"), Decimal("1.8"), Decimal(1), "cost 1.8 USD of 1 USD, OVER THE BUDGET"),
        (None, Decimal("0.2"), None, "cost unknown in part, 1.5 s"),
    ],
)
def test_a_run_is_told_with_its_cost_its_budget_and_what_is_not_known(
    cost: Decimal | None, known: Decimal, budget: Decimal | None, said: str
) -> None:
    run = {**RUN, "cost_usd": cost, "known_cost_usd": known, "budget_usd": budget}
    assert said in sentence_of_run(run, Path("outputs.jsonl"))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0123, "0.0123 s"), (119.0, "119 s"), (200, "3 min"), (3_600, "1 h 00 min"), (36_090, "10 h 02 min")],
)
def test_seconds_are_told_as_people_read_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told
