"""The mart `scorer_agreement` against scikit-learn's kappa, over marks that were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kappa_is_scikit_learns(ledger, seed: int) -> None:
    rng = np.random.default_rng(seed)
    human = rng.integers(0, 5, 60)
    judge = np.clip(human + rng.integers(-1, 3, 60), 0, 4)
    ledger.fill(
        {
            "attempts": [{"attempt_id": f"a{n}", "call_id": f"c{n}"} for n in range(60)],
            "scores": [
                {"score_id": f"{source}{n}", "call_id": f"c{n}", "source": source, "score": str(mark / 4)}
                for source, marks in (("human", human), ("judge", judge))
                for n, mark in enumerate(marks)
            ],
        }
    )

    [row] = ledger.rows("SELECT kappa, same_mark, bias, answers_by_both FROM scorer_agreement")

    assert row["kappa"] == pytest.approx(cohen_kappa_score(human, judge, weights="quadratic"))
    assert row["same_mark"] == pytest.approx(np.mean(human == judge))
    assert row["bias"] == pytest.approx(np.mean(judge - human) / 4)
    assert row["answers_by_both"] == 60
