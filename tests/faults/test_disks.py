"""Full and failing disks: nothing is sent without a durable intent, one clear error, and work goes on afterwards."""

from __future__ import annotations

from tests.faults.children import Nursery
from tests.faults.disks import starve_the_loader, starve_the_spool


def test_a_disk_that_fails_at_the_spool_stops_the_calls_before_they_are_sent_and_they_go_on_with_space(
    nursery: Nursery, tmp_path
) -> None:
    assert starve_the_spool(tmp_path, nursery, points=[1, 4, 9]).is_good


def test_a_disk_that_fails_at_a_landing_is_one_clear_error_and_the_next_landing_finds_everything(ground) -> None:
    tally = starve_the_loader(ground, points=[9])
    assert tally.n_faults == 2
    assert tally.is_good
