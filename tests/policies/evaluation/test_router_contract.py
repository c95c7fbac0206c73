"""Every router, ours and the peers, keeps to the protocol: finite, repeatable, in order, from any log or none."""

from __future__ import annotations

import numpy as np
import pytest

from policies.evaluation.outcomes import Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.router import Router
from policies.evaluation.table import OutcomeTable
from tasks.evaluation.routers import BUILT_IN, routers_named
from tests.benchmarks.routers.clusters import ClustersRouter
from tests.benchmarks.routers.linear_heads import HeadsRouter
from tests.benchmarks.routers.matrix_factorization import FactorizationRouter
from tests.benchmarks.routers.nearest_neighbours import NeighboursRouter
from tests.benchmarks.routers.random_scores import RandomRouter
from tests.policies.evaluation.worlds import random_table

PEERS: tuple[Router, ...] = (
    NeighboursRouter(),
    ClustersRouter(),
    HeadsRouter(),
    FactorizationRouter(n_steps=40),
    RandomRouter(),
)
ROUTERS = [pytest.param(router, id=router.name) for router in (*routers_named(tuple(BUILT_IN)), *PEERS)]
TABLE = random_table(0, n=40)
UNSEEN = Prompts(("new-1", "new-2"), ("odd", "never seen"), ("odd number new", "something else"))


def known(table: OutcomeTable, kind: str) -> tuple[Prompts, Outcomes]:
    """What a router may have to learn from."""
    match kind:
        case "everything":
            return table.prompts, table.outcomes
        case "a log":
            chosen = np.random.default_rng(0).integers(len(table.models) - 1, size=(len(table),))  # never the last
            return table.prompts, table.outcomes.revealed(chosen)
        case "one prompt":
            return table.prompts.at([0]), table.outcomes.at([0])
    return table.prompts.at([]), table.outcomes.at(np.array([], dtype=np.intp))


@pytest.mark.parametrize("kind", ["everything", "a log", "one prompt", "nothing"])
@pytest.mark.parametrize("router", ROUTERS)
def test_predictions_are_finite_and_repeatable_whatever_is_known(router: Router, kind: str) -> None:
    prompts, outcomes = known(TABLE, kind)
    before = outcomes.quality.copy()
    one, again = (router.fit(prompts, outcomes, seed=7).predict(UNSEEN) for _ in range(2))
    assert one.quality.shape == one.cost_usd.shape == (2, 3)
    assert np.isfinite(one.quality).all()
    assert np.isfinite(one.cost_usd).all()
    assert (one.cost_usd >= 0).all()
    assert one.quality_se is None or (np.isfinite(one.quality_se) & (one.quality_se >= 0)).all()
    assert (one.quality == again.quality).all()
    assert np.array_equal(before, outcomes.quality, equal_nan=True)


@pytest.mark.parametrize("router", ROUTERS)
def test_a_prompts_prediction_does_not_depend_on_the_others(router: Router) -> None:
    fitted = router.fit(TABLE.prompts, TABLE.outcomes, seed=0)
    together, alone = fitted.predict(UNSEEN), fitted.predict(UNSEEN.at([1]))
    assert together.quality[1] == pytest.approx(alone.quality[0], abs=1e-5)


@pytest.mark.parametrize("router", [r for r in ROUTERS if r.id != "random"])
def test_what_is_plain_is_learned(router: Router) -> None:
    """Model a answers odd prompts, b even ones, and c none: each is predicted to be best where it is."""
    n = 200
    table = random_table(0, n=n)
    is_odd = np.arange(n) % 2 == 1
    quality = np.stack([is_odd, ~is_odd, np.zeros(n, dtype=bool)], axis=1).astype(float)
    fitted = router.fit(table.prompts, Outcomes(table.models, quality, table.outcomes.cost_usd), seed=0)
    best = fitted.predict(table.prompts).quality.argmax(axis=1)
    assert (best == np.where(is_odd, 0, 1)).mean() > 0.95
