"""Halves and folds hold every prompt once, and depend on ids and seed alone."""

from __future__ import annotations

import numpy as np
import pytest

from policies.evaluation.splits import fold, halve

IDS = [f"id-{number}" for number in range(101)]


def test_halves_are_even_and_hold_every_row_once() -> None:
    split = halve(IDS, 0)
    assert len(split.train) == len(IDS) // 2
    assert sorted([*split.train, *split.test]) == list(range(len(IDS)))


def test_rows_of_one_id_stay_together_in_any_order() -> None:
    twice = [*IDS, *reversed(IDS)]
    split = halve(twice, 3)
    ids_of = {side: {twice[row] for row in rows} for side, rows in (("train", split.train), ("test", split.test))}
    assert not ids_of["train"] & ids_of["test"]
    assert ids_of["train"] == {IDS[row] for row in halve(IDS, 3).train}


def test_another_seed_is_another_split() -> None:
    assert halve(IDS, 0).train.tolist() != halve(IDS, 1).train.tolist()


def test_what_is_left_out_moves_nothing_to_the_other_side() -> None:
    some = IDS[10:60]
    kept = {some[row] for row in halve(some, 0, population=IDS).train}
    assert kept == {IDS[row] for row in halve(IDS, 0).train} & set(some)


@pytest.mark.parametrize("n_folds", [2, 3, 5])
def test_each_row_is_held_out_once(n_folds: int) -> None:
    splits = list(fold(IDS, n_folds, seed=0))
    assert len(splits) == n_folds
    assert sorted(np.concatenate([split.test for split in splits]).tolist()) == list(range(len(IDS)))
    for split in splits:
        assert sorted([*split.train, *split.test]) == list(range(len(IDS)))
    sizes = [len(split.test) for split in splits]
    assert max(sizes) - min(sizes) <= 1
