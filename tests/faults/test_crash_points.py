"""Killed before, or in the midst of, single file operations: a sample here, every one of them in `make faults`."""

from __future__ import annotations

import pytest

from tests.faults.drills import DRILLS, Ground

SAMPLE = 2


@pytest.mark.parametrize("name", DRILLS)
def test_a_process_killed_in_any_file_operation_loses_nothing_and_leaves_what_can_go_on(
    name: str, ground: Ground
) -> None:
    tally = DRILLS[name](ground, sample=SAMPLE)
    assert tally.n_faults  # the last operations of the undisturbed pass may not come again
    assert tally.is_good
