"""A disk that is full, or that fails: at the spool while calls are made, and at the ledger while they are landed."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.faults.audit import audit, served_by_prompt
from tests.faults.children import Nursery
from tests.faults.drills import Ground, fingerprint, keys_of
from tests.faults.shim import fail_from
from tests.faults.siege import provider_process
from tests.faults.tally import Tally
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query

ERRORS = (errno.ENOSPC, errno.EIO)
N_CALLS = 8


def starve_the_spool(folder: Path, nursery: Nursery, *, points: Sequence[int]) -> Tally:
    """Let the spool's disk fail from the nth writing operation on, once for each point and error; then resume.

    The process ends with one clear error, and nothing was sent whose intent was not durable. When the disk works again,
    the same calls go on where they were, and the provider's account agrees with the ledger.
    """
    home, acknowledged = Home(folder / "home").create(), folder / "acknowledged"
    acknowledged.touch()
    n_faults = 0
    with provider_process(folder) as (socket, log):
        for nth, error in [(nth, error) for nth in points for error in ERRORS]:
            prefix = f"p{nth}-{error}"
            role = ("send_calls", home.root, socket, acknowledged, prefix, N_CALLS)
            said = len(nursery.log.read_text())
            fault = fail_from(home.root, "/spool", nth, error=error, relief=folder / "never")
            status, told = nursery.run(*role, fault=fault), nursery.log.read_text()[said:]
            assert_intents_first(acknowledged, log)
            if status == 0:  # a quick machine commits more at once: the point lies behind the last operation
                assert told == "", told
                continue
            assert status == 1, told
            assert_one_clear_error(told, error)
            n_faults += 1
            assert nursery.run(*role) == 0, nursery.log.read_text()
            assert_intents_first(acknowledged, log)
    land(home)
    found = audit(home, log, acknowledged, are_resumed=True)
    assert found.complaints == [], found.complaints
    assert query(home, "SELECT count(DISTINCT item_id) FROM attempts").rows == [(len(points) * len(ERRORS) * N_CALLS,)]
    assert found.ledger_usd + found.unsettled_usd == found.provider_usd
    assert n_faults >= len(points), f"only {n_faults} points were reached"
    return Tally(n_faults, found.n_acknowledged, n_lost=found.n_lost, n_duplicates=found.n_duplicates)


def assert_one_clear_error(said: str, error: int) -> None:
    """One line that names the spool and what the disk said."""
    [line] = said.splitlines()
    assert "spool: records can't be made durable: " in line
    assert f"[Errno {error}]" in line


def assert_intents_first(acknowledged: Path, log: Path) -> None:
    """No prompt has reached the provider more often than an intent for it was acknowledged."""
    intents = Counter(line.split()[2] for line in acknowledged.read_text().splitlines() if line.startswith("intent "))
    for prompt, served in served_by_prompt(log).items():
        assert len(served) <= intents[prompt.split()[0]], f"{prompt} was sent before its intent was durable"


def starve_the_loader(ground: Ground, *, points: Sequence[int]) -> Tally:
    """Let any disk below the home fail from the loader's nth writing operation on, until it has ended; then land again.

    What is published stays readable, the loader says one clear line, and nothing is lost when the disk works again.
    """
    drill = ground.drill("land_once", ground.home.root)
    drill.lay_out()
    before = fingerprint(ground.home)
    assert ground.nursery.run(drill.role, *drill.arguments) == 0
    whole, n_keys = fingerprint(ground.home), len(keys_of(ground.home))
    n_faults = 0
    for nth, error in [(nth, error) for nth in points for error in ERRORS]:
        drill.lay_out()
        said = len(ground.nursery.log.read_text())
        fault = fail_from(ground.home.root, "", nth, error=error, relief=ground.root / "never")
        status = ground.nursery.run(drill.role, *drill.arguments, fault=fault)
        if status == 0:  # the point lies behind the last operation
            continue
        assert status == 1, ground.nursery.log.read_text()
        assert len(ground.nursery.log.read_text()[said:].splitlines()) == 1
        assert fingerprint(ground.home) in (before, whole), nth
        land(ground.home)
        assert fingerprint(ground.home) == whole, nth
        n_faults += 1
    return Tally(n_faults, n_faults * n_keys)
