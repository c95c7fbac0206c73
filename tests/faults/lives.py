"""The life of a home as Hypothesis makes it up: writing, sealing, crashes of writers, landing, crashes of loaders.

A model says what must be there; after each step what is published is compared with it.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import hypothesis
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test, initialize, invariant, rule

from tests.faults.drills import Ground, keys_of
from tests.faults.records import records_of
from tests.faults.roles import key_of
from tests.faults.shim import kill_at
from tests.faults.tally import Tally
from warehouse.home import Home
from warehouse.landing import land
from warehouse.open_segment import OpenSegment
from warehouse.records import Outcome, Record
from warehouse.segments import encode

LAST_OPERATION = 60  # of a landing, about


class Life(RuleBasedStateMachine):
    """One home: `durable` has what its writers were told to be, `visible` what has been published for certain."""

    def __init__(self, ground: Ground, folder: Path, counts: Counter[str]) -> None:
        super().__init__()
        self.counts = counts
        self.nursery, self.prepared = ground.nursery, ground.prepared
        self.folder = Path(tempfile.mkdtemp(dir=folder))
        self.home = Home(self.folder / "home")
        self.segment: OpenSegment | None = None
        self.in_segment: set[str] = set()

    @initialize()
    def begin(self) -> None:
        """A home with eight landed calls, and two in the spool."""
        shutil.copytree(self.prepared / "home", self.home.root)
        self.visible = set(keys_of(self.home))
        self.durable = self.visible | keys_in(records_of(range(8, 10)))

    @rule(first=st.integers(0, 30), n_calls=st.integers(1, 3), part=st.sampled_from([1, 2, 4]))
    def write(self, first: int, n_calls: int, part: int) -> None:
        """Make records durable, some of which may have been written before."""
        records = records_of(range(first, first + n_calls))[::part]
        if self.segment is None:
            self.segment = OpenSegment(self.home, process_name="life")
        self.segment.write(b"".join(map(encode, records)))
        self.in_segment |= keys_in(records)

    @rule()
    def seal(self) -> None:
        """Seal the open segment."""
        if self.segment is not None:
            self.segment.seal()
            self.let_go()

    @rule(is_torn=st.booleans())
    def crash_writer(self, is_torn: bool) -> None:
        """The writer dies, perhaps half-way through a line that it had acknowledged to nobody."""
        if self.segment is not None:
            self.counts["crashes"] += 1
            if is_torn:
                with self.segment.path.open("ab") as file:
                    file.write(encode(records_of(range(99, 100))[0])[:-40])
            self.segment.abandon()
            self.let_go()

    def let_go(self) -> None:
        """The segment is ready to land."""
        self.durable |= self.in_segment
        self.segment, self.in_segment = None, set()

    @rule()
    def land(self) -> None:
        """Land: afterwards everything that was ready can be seen."""
        land(self.home)
        self.visible = set(self.durable)

    @rule(nth=st.integers(1, LAST_OPERATION), is_torn=st.booleans())
    def crash_loader(self, nth: int, is_torn: bool) -> None:
        """A loader is killed at one of its file operations, or lives to the end."""
        fault = kill_at(self.home.root, nth, is_torn=is_torn)
        status = self.nursery.run("land_once", self.home.root, fault=fault)
        assert status in (0, -signal.SIGKILL), self.nursery.log.read_text()
        if status == 0:
            self.visible = set(self.durable)
        else:
            self.counts["crashes"] += 1

    @invariant()
    def shows_what_was_landed(self) -> None:
        """What is published has what was landed, nothing twice, and nothing that was not durable."""
        if hasattr(self, "durable"):
            keys = keys_of(self.home)
            assert len(keys) == len(set(keys))
            assert self.visible <= set(keys) <= self.durable
            self.visible = set(keys)

    def teardown(self) -> None:
        """In the end everything lands."""
        if hasattr(self, "durable"):
            self.seal()
            land(self.home)
            assert set(keys_of(self.home)) == self.durable
            self.counts["records"] += len(self.durable)
            assert [path.name for path in self.home.spool.iterdir()] == []
        shutil.rmtree(self.folder)


def keys_in(records: Sequence[Record]) -> set[str]:
    """What the warehouse shows of some records: an outcome brings its intent along."""
    intents = [record.intent for record in records if isinstance(record, Outcome)]
    return {key_of(record) for record in (*records, *intents)}


def live(ground: Ground, folder: Path, *, n_lives: int, n_steps: int, seed: int) -> Tally:
    """Let Hypothesis lead some lives."""
    counts: Counter[str] = Counter()
    # Shrinking would kill real processes for many minutes.
    phases = (Phase.explicit, Phase.generate)
    chosen = settings(max_examples=n_lives, stateful_step_count=n_steps, deadline=None, database=None, phases=phases)
    hypothesis.seed(seed)(get_state_machine_test(lambda: Life(ground, folder, counts), settings=chosen))()
    return Tally(counts["crashes"], counts["records"])
