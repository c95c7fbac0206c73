"""Segments that were cut, had bits flipped, or come again: the sums stay, and each damaged line is named."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests.faults.drills import fingerprint
from tests.faults.records import price, records_of, run_started
from tests.faults.tally import Tally
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query
from warehouse.segments import encode

LINES = [encode(record) for record in (run_started(), price(), *records_of(range(3)))]
QUARANTINED = "SELECT segment, line, reason FROM quarantine ORDER BY ALL"
INCOMPLETE, DAMAGED = "is incomplete: ", ("fails its checksum", "is not a record with a checksum")


def damage_segments(folder: Path, *, every: int, n_lands: int, seed: int) -> Tally:
    """Cut a segment at every byte of its last two lines, flip every bit of a line (or one of `every`), and land it all,
    in random order, with the intact segment again and again.
    """
    clean, damaged = Home(folder / "clean").create(), Home(folder / "damaged").create()
    put(clean, "whole", b"".join(LINES))
    land(clean)
    cuts = {f"cut-{at}": data for at, data in cut_at_every_byte(every)}
    flipped = list(flip_every_bit(LINES[-2], every))
    segments = list({**cuts, "flipped": b"".join(flipped)}.items())
    dice = random.Random(seed)
    dice.shuffle(segments)
    for n in range(n_lands):
        for name, data in segments[n::n_lands]:
            put(damaged, f"{dice.random()}-{name}", data)
        put(damaged, f"{dice.random()}-whole", b"".join(LINES))
        land(damaged)
    assert_named(damaged, cuts, flipped)
    are_equal = (
        fingerprint(clean)[:5] == fingerprint(damaged)[:5] and fingerprint(clean)[6:] == fingerprint(damaged)[6:]
    )
    return Tally(len(cuts) + len(flipped) + n_lands, len(LINES), are_sums_equal=are_equal)


def put(home: Home, name: str, data: bytes) -> None:
    """A sealed segment."""
    (home.spool / f"{name}.jsonl").write_bytes(data)


def cut_at_every_byte(every: int) -> Iterator[tuple[int, bytes]]:
    """What is left of a segment that was cut within its last two lines."""
    data = b"".join(LINES)
    for at in range(len(data) - len(LINES[-1]) - len(LINES[-2]), len(data), every):
        yield at, data[:at]


def flip_every_bit(line: bytes, every: int) -> Iterator[bytes]:
    """Copies of a line, each with one bit flipped, its newline and what would become one left alone."""
    for at in range(0, 8 * (len(line) - 1), every):
        copy = bytearray(line)
        copy[at // 8] ^= 1 << at % 8
        if copy[at // 8] != ord("\n"):
            yield bytes(copy)


def assert_named(home: Home, cuts: dict[str, bytes], flipped: list[bytes]) -> None:
    """Each line that was damaged is in quarantine, by its segment and number, with the reason; nothing else is."""
    rows = query(home, QUARANTINED).rows
    assert all(str(reason).startswith((INCOMPLETE, *DAMAGED)) for _, _, reason in rows)
    ends = {data: len(data.split(b"\n")) for data in cuts.values()}
    whole = {b"".join(LINES)[: at - k] for k in (0, 1) for at in ends_of_lines()}
    expected = [(name, ends[data]) for name, data in cuts.items() if data not in whole]
    expected += [("flipped", n) for n in range(1, len(flipped) + 1)]
    assert sorted((str(segment).partition("-")[2], line) for segment, line, _ in rows) == sorted(expected)


def ends_of_lines() -> list[int]:
    """Where the segment's lines end."""
    return [len(b"".join(LINES[: n + 1])) for n in range(len(LINES))]
