"""The long fault-injection run: `make faults`, or `python -m tests.faults [--seed N] [--only WORD] [--every N]`.

Prints a table of all parts, and as its last line the same as one JSON object; exits 1 if a part fails.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import hypothesis
from rich.console import Console
from rich.table import Table

from tests.faults.children import Nursery
from tests.faults.commands import starve_the_command
from tests.faults.damage import damage_segments
from tests.faults.disks import starve_the_loader, starve_the_spool
from tests.faults.drills import DRILLS, Ground, prepare_ground
from tests.faults.foreigner import hold_the_ledger
from tests.faults.histories import History, check_history, histories, open_ledger
from tests.faults.lives import live
from tests.faults.shim import build_shim
from tests.faults.siege import PHASES, besiege
from tests.faults.tally import Tally

KILLS_PER_PHASE = 40
HISTORIES, LIVES, STEPS = 100, 20, 12
SPOOL_POINTS, LOADER_POINTS = range(1, 31), range(1, 61, 2)


@dataclass(frozen=True, slots=True)
class Field:
    """Where one part takes place."""

    folder: Path
    nursery: Nursery
    shim: Path
    seed: int
    every: int  # of what is tried one by one, one in so many is

    def ground(self) -> Ground:
        """A prepared home to be disturbed."""
        return prepare_ground(self.folder, self.nursery)


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the summary; without a tally the part failed, and `problem` says how."""

    part: str
    tally: Tally | None
    seconds: float
    problem: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the part came to its end, and all is well."""
        return self.tally is not None and self.tally.is_good


def kills(field: Field) -> Tally:
    """Kills at random moments of each phase."""
    struck, found = besiege(field.folder, field.nursery, n_per_phase=KILLS_PER_PHASE, seed=field.seed)
    assert struck == dict.fromkeys(PHASES, KILLS_PER_PHASE)
    assert found.complaints == [], found.complaints
    are_equal = found.ledger_usd + found.unsettled_usd == found.provider_usd
    return Tally(struck.total(), found.n_acknowledged, found.n_lost, found.n_duplicates, are_equal)


def random_histories(field: Field) -> Tally:
    """Histories that are landed in any order."""
    with open_ledger() as ledger:

        @hypothesis.seed(field.seed)
        @hypothesis.settings(max_examples=HISTORIES // field.every, deadline=None, database=None)
        @hypothesis.given(histories())
        def adds_up(history: History) -> None:
            check_history(ledger, history)

        adds_up()
    return Tally(HISTORIES // field.every, 0)


def random_lives(field: Field) -> Tally:
    """Lives of a home."""
    return live(field.ground(), field.folder, n_lives=max(1, LIVES // field.every), n_steps=STEPS, seed=field.seed)


def drill(name: str, field: Field) -> Tally:
    """One drill, at every file operation."""
    return DRILLS[name](field.ground(), sample=None if field.every == 1 else 1 / field.every)


PARTS: Mapping[str, Callable[[Field], Tally]] = {
    "kill -9 at random moments of write, seal, land, checkpoint, publish": kills,
    **{f"kill -9 in every file operation: {name}": partial(drill, name) for name in DRILLS},
    "segments cut at every byte, every bit flipped, landed 10 times": lambda field: damage_segments(
        field.folder, every=field.every, n_lands=10, seed=field.seed
    ),
    "full disk and EIO under the spool": lambda field: starve_the_spool(
        field.folder, field.nursery, points=SPOOL_POINTS[:: field.every]
    ),
    "full disk and EIO under a landing": lambda field: starve_the_loader(
        field.ground(), points=LOADER_POINTS[:: field.every]
    ),
    "full disk under `pointsman run`, then resumed": lambda field: starve_the_command(field.folder, field.shim),
    "a foreign process holds the ledger for 60 s": lambda field: hold_the_ledger(
        field.folder, field.nursery, hold_s=60.0
    ),
    "random histories of calls": random_histories,
    "random lives of a home: spool, land, crash, publish": random_lives,
}


def run(part: str, field: Field) -> Result:
    """Run one part; what it asserts in vain is its problem."""
    begun_s = time.monotonic()
    try:
        tally = PARTS[part](field)
    except Exception as error:  # noqa: BLE001 -- the other parts go on, and the table says what happened
        traceback.print_exc()
        return Result(part, None, time.monotonic() - begun_s, f"{type(error).__name__}: {error}".splitlines()[0])
    return Result(part, tally, time.monotonic() - begun_s)


def table_of(results: list[Result], seed: int) -> Table:
    """The summary."""
    table = Table("part", title=f"Faults injected, seed {seed}")
    for heading in ("faults", "acknowledged", "lost", "duplicates", "sums", "seconds"):
        table.add_column(heading, justify="right")
    for result in results:
        tally = result.tally
        cells = (
            [f"{tally.n_faults:,}", f"{tally.n_acknowledged:,}", f"{tally.n_lost}", f"{tally.n_duplicates}"]
            if tally
            else ["", "", "", ""]
        )
        sums = "FAILED" if tally is None else "equal" if tally.are_sums_equal else "DIFFER"
        table.add_row(result.part, *cells, sums, f"{result.seconds:.0f}")
    return table


def main() -> int:
    """Run all parts, or those whose name has a word; print the table and the JSON line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="The long fault-injection run.")
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of all that is random"
    )
    parser.add_argument("--only", default="", help="run the parts whose name has this word")
    parser.add_argument("--every", type=int, default=1, help="try one in so many of what is tried one by one")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        shim = build_shim(Path(name))
        if shim is None:
            print("make faults needs a C compiler: cc, gcc or clang", file=sys.stderr)
            return 2
        for number, part in enumerate(part for part in PARTS if arguments.only in part):
            folder = Path(name) / f"{number}"
            folder.mkdir()
            print(f"{part} …", file=sys.stderr, flush=True)
            with Nursery(folder / "log", shim=shim) as nursery:
                results.append(run(part, Field(folder, nursery, shim, arguments.seed, arguments.every)))
    Console(width=None if sys.stdout.isatty() else 140).print(table_of(results, arguments.seed))
    rows = [
        {"name": r.part, **(asdict(r.tally) if r.tally else {"problem": r.problem}), "ok": r.is_good} for r in results
    ]
    print(json.dumps({"faults": rows, "seed": arguments.seed}))
    return 0 if all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
