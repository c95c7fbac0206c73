"""What a person reads of a version that was promoted and of one that was rejected: golden files.

`UPDATE_GOLDEN=write pytest tests/tasks/test_change_reports.py` writes them anew.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from policies.gate.thresholds import Thresholds
from policies.types import CellMean
from policies.uniform import UniformPolicy
from policies.weights import weights_document, weights_version
from tasks.learn_reports import change_report
from tasks.learning import evaluate_fit
from tests.fakes.explored import NOON, PRICES, ExploredWorld
from warehouse.home import Home
from warehouse.records import Validated
from warehouse.weights_changes import Change, settle_fit
from warehouse.weights_fit import Fit, fit_weights
from warehouse.weights_gate import judge_all

GOLDEN = Path(__file__).parent / "golden"
SOUND = Validated("v", "facts", "ids are unique", "attempts", True, "0", 0, True, NOON)
ALIKE = dict.fromkeys(PRICES, 0.6)
BEST_LAST = {"classify": {**ALIKE, "middle": 0.9}, "generate": {**ALIKE, "large": 0.85}}
NONE_BETTER = {"classify": ALIKE, "generate": ALIKE}


def learn(home: Home, quality: Mapping[str, Mapping[str, float]]) -> tuple[Change, Fit]:
    """Log calls at random, and learn from them beside a live version that holds `huge` for the best."""
    ExploredWorld(home, quality).log(600, policy=UniformPolicy())
    fit = fit_weights(home)
    guess = {"small": 0.5, "middle": 0.55, "large": 0.6, "huge": 0.7}
    cells = [CellMean(task, name, 50, guess[name], 0.03, 0.001, 1.0) for task in quality for name in PRICES]
    document = weights_document(cells)
    settle_fit(home, replace(fit, version=weights_version(document), document=document), (), changed_at=NOON)
    fit = evaluate_fit.fn(home, fit_weights(home), days=90, most=10_000)
    conditions = judge_all(fit, (SOUND,), Thresholds())
    return settle_fit(home, fit, conditions, changed_at=NOON + timedelta(days=1)), fit


@pytest.mark.parametrize(("verdict", "quality"), [("promoted", BEST_LAST), ("rejected", NONE_BETTER)])
def test_the_report_of_a_version(tmp_path: Path, verdict: str, quality: Mapping[str, Mapping[str, float]]) -> None:
    change, fit = learn(Home(tmp_path), quality)
    assert change.verdict == verdict
    report, path = change_report(change, fit), GOLDEN / f"weights_{verdict}.md"
    if os.environ.get("UPDATE_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(report, "utf-8")
    assert report == path.read_text("utf-8")
