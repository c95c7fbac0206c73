"""Damaged segments: a sample of bytes and bits here, all of them in `make faults`."""

from __future__ import annotations

from tests.faults.damage import damage_segments


def test_cut_flipped_and_repeated_segments_leave_the_sums_and_are_named_in_quarantine(tmp_path) -> None:
    assert damage_segments(tmp_path, every=29, n_lands=2, seed=1).is_good
