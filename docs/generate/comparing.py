"""Whether a fresh demo's output tells the same as the recorded one: what may vary is masked, the rest must be equal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docs.generate.origin import origin

HEADING = re.compile(r"(Python 3\.\d+[^;\n]*);.*\n+")
RULE = re.compile(r"[─━]{4,}")
COLUMN_GAP = re.compile(r" {2,}")
TIME_HEADING = re.compile(r", s\b|\bseconds?\b|\blatency\b")
RUN_ID = re.compile(r"\bdemo-\d{8}-\d{6}\b")
SECONDS = re.compile(r"\b\d+(?:\.\d+)?(?:e-?\d+)? s\b")
PATH = re.compile(r"\S*/runs/")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?%?(?![\w.]*[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as printed: its title, its headings, its rows of cells."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Output:
    """A demo's output, taken apart: where it was made, tables, and the paragraphs around them."""

    origin: str
    grids: tuple[Grid, ...]
    paragraphs: tuple[str, ...]


def compare_outputs(recorded: str, fresh: str) -> list[str]:
    """What differs beyond what may; empty where nothing does.

    Times, run names and paths never count. On the recorded minor version of Python and kind of processor everything
    else must be equal. On another one the corpus is another text, or near ties are answered otherwise, so numbers, the
    order of rows and the sentences may differ too. A text without the recording's first line is taken to come from the
    Python and the processor that run this.
    """
    old, new = read_output(recorded), read_output(fresh)
    is_same = old.origin == new.origin
    problems = []
    if [grid.title for grid in old.grids] != [grid.title for grid in new.grids] and is_same:
        problems.append(f"the tables are {[g.title for g in new.grids]}, recorded are {[g.title for g in old.grids]}")
    elif len(old.grids) != len(new.grids):
        problems.append(f"there are {len(new.grids)} tables, recorded are {len(old.grids)}")
    for before, after in zip(old.grids, new.grids, strict=False):
        problems += compare_grids(before, after, is_same=is_same)
    if is_same and old.paragraphs != new.paragraphs:
        problems.append(f"the text is {list(new.paragraphs)}, recorded is {list(old.paragraphs)}")
    return problems


def compare_grids(old: Grid, new: Grid, *, is_same: bool) -> list[str]:
    """The differences of two tables."""
    if old.headings != new.headings:
        return [f"{old.title}: the columns are {list(new.headings)}, recorded are {list(old.headings)}"]
    before, after = old.rows, new.rows
    if not is_same:
        before, after = without_numbers(before), without_numbers(after)
    lost = [f"{old.title}: recorded, but not here: {' | '.join(row)}" for row in before if row not in after]
    found = [f"{old.title}: not recorded: {' | '.join(row)}" for row in after if row not in before]
    if not (lost or found) and before != after:
        return [f"{old.title}: the rows come in another order, or another number of times"]
    return lost + found


def without_numbers(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows with their numbers masked, and dashes, which stand where there is none; sorted."""
    return tuple(sorted(tuple("#" if cell == "–" else NUMBER.sub("#", cell) for cell in row) for row in rows))


def read_output(text: str) -> Output:
    """Take a demo's output apart, with times, run names and paths masked."""
    match = HEADING.match(text)
    blocks = split_blocks(text[match.end() :] if match else text)
    grids: list[Grid] = []
    paragraphs: list[str] = []
    for block in blocks:
        ruled = [i for i, line in enumerate(block) if RULE.search(line)]
        if ruled and ruled[0] > 0:
            grids.append(read_grid(block, rule=ruled[0]))
        else:
            paragraphs.append(mask(" ".join(line.strip() for line in block)))
    return Output(match[1] if match else origin(), tuple(grids), tuple(paragraphs))


def split_blocks(text: str) -> list[list[str]]:
    """The lines between blank lines; a sentence right below a table stays apart by the blank line that ends a table."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            blocks[-1].append(line)
        else:
            blocks.append([])
    return merge_titles([block for block in blocks if block])


def merge_titles(blocks: Sequence[list[str]]) -> list[list[str]]:
    """Put a title that stands alone above a table into the table's block."""
    merged: list[list[str]] = []
    for block in blocks:
        is_headless_grid = len(block) > 1 and RULE.search(block[1]) is not None
        if is_headless_grid and merged and len(merged[-1]) == 1 and not merged[-1][0].rstrip().endswith("."):
            merged[-1] += block
        else:
            merged.append(block)
    return merged


def read_grid(block: Sequence[str], *, rule: int) -> Grid:
    """A table from its lines: title, headings, the rule below them, rows."""
    title = mask(" ".join(line.strip() for line in block[: rule - 1]))
    headings = cells_of(block[rule - 1])
    times = {i for i, heading in enumerate(headings) if TIME_HEADING.search(heading)}
    rows = [cells_of(line) for line in block[rule + 1 :]]
    masked = [tuple("#" if i in times else mask(cell) for i, cell in enumerate(row)) for row in rows]
    return Grid(title, headings, tuple(masked))


def cells_of(line: str) -> tuple[str, ...]:
    """The cells of a line, parted by at least two blanks."""
    return tuple(COLUMN_GAP.split(line.strip()))


def mask(text: str) -> str:
    """A text without what differs from run to run."""
    return SECONDS.sub("# s", PATH.sub("runs/", RUN_ID.sub("demo-#", text)))
