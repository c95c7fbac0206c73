"""Spool, land, crash, publish, in whatever order: what is published is always whole, and in the end everything is."""

from __future__ import annotations

from tests.faults.lives import live


def test_whatever_order_of_writing_landing_and_crashes_nothing_durable_is_lost_or_doubled(ground, tmp_path) -> None:
    # Hypothesis begins with lives in which next to nothing happens.
    tally = live(ground, tmp_path, n_lives=10, n_steps=8, seed=1)
    assert tally.n_faults > 3
    assert tally.n_acknowledged > 10 * 40  # more than each home had at its beginning
