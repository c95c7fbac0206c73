"""Spool, land, crash, publish, in whatever order: what is published is always whole, and in the end everything is."""

from __future__ import annotations

from tests.faults.lives import live


def test_whatever_order_of_writing_landing_and_crashes_nothing_durable_is_lost_or_doubled(ground, tmp_path) -> None:
    assert live(ground, tmp_path, n_lives=3, n_steps=6, seed=1).n_acknowledged > 30
