"""The gate on simulated logs: noise is kept out, what is better gets in, and one person can't undo that.

The full sizes are `make bench-gate`'s.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.policies.gate.poisoned import ATTACKS, Attack, worths
from tests.policies.gate.simulated import contender, power, promotions_in_noise, unknown


def test_noise_is_seldom_promoted() -> None:
    n_promoted, n_alike = promotions_in_noise(16, 400, epsilon=0.2, window_weeks=8, seed=5)
    assert n_promoted <= 2
    assert n_alike < 16


def test_what_is_better_is_promoted_and_only_with_enough_tried() -> None:
    assert power(contender(0.06), 8_000, epsilon=0.2, n_runs=5, seed=2) >= 0.8
    assert power(contender(0.06), 300, epsilon=0.02, n_runs=5, seed=2) == 0.0


def test_what_is_worse_is_not_promoted() -> None:
    assert power(unknown(-0.05), 4_000, epsilon=0.2, n_runs=5, seed=3) == 0.0


@pytest.mark.parametrize("attack", ATTACKS)
def test_one_person_can_not_undo_what_the_checks_teach(attack: Attack) -> None:
    live, clean, poisoned = np.mean(
        [worths(contender(0.08), 8_000, attack, epsilon=0.2, seed=seed) for seed in range(2)], axis=0
    )
    assert clean - live > 0.04
    assert clean - poisoned <= 0.05 * (clean - live)


def test_without_the_cap_the_person_would() -> None:
    live, clean, poisoned = worths(contender(0.08), 8_000, "the best", epsilon=0.2, seed=0, cap=1.0)
    assert clean > live
    assert poisoned == live
