"""What people read of new weights: what of a quality is credited, and that nothing is said where nothing is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.commands.learning import grid_of
from policies.types import CellMean
from tasks.learn_reports import change_report
from warehouse.weights_changes import Change
from warehouse.weights_fit import Fit

PLAIN = CellMean("generate", "large", 40, 0.8, 0.03, 0.002, 1.5)
CREDITED = CellMean("rewrite", "large", 40, 0.62, 0.02, 0.001, 1.0, credit=0.5, own_quality=0.9)
CHANGE = Change("promoted", "w-1", "w-1", None, ())


@pytest.mark.parametrize("cell", [CREDITED, PLAIN])
def test_a_report_says_which_qualities_are_credited(cell: CellMean) -> None:
    fit = Fit("w-1", "{}", (PLAIN, cell), None, None, 80, None, None)
    report = change_report(CHANGE, fit)
    assert "| generate | large | 40 | 0.800 ± 0.030 | new |" in report
    assert ("| rewrite | large | 40 | 0.620 ± 0.020, 50% credited | new |" in report) == (cell is CREDITED)
    assert ("Credited: that part of the quality" in report) == (cell is CREDITED)


def test_weights_are_shown_with_credit_and_own_scores_where_there_are_any() -> None:
    columns, rows = grid_of((PLAIN, CREDITED))
    assert columns[-2:] == ("credited", "own scores")
    assert [row[-2:] for row in rows] == [(0.0, None), (0.5, 0.9)]
    columns, rows = grid_of((PLAIN, replace(CREDITED, credit=0.0)))
    assert columns[-1] == "latency, s"
    assert len(rows[0]) == len(columns)
