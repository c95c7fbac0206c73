"""Which prompts of a table are evaluated, and how many are left out for which reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from policies.errors import BadInputError
from tasks.jobs.reading import read_text

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("eval_prompt", "prompt", "query_id")  # of a line of JSON; the first is what RouteLLM's lists have


@dataclass(frozen=True, slots=True)
class Selection:
    """`only` are patterns of task types; `contaminated` a column of booleans or a file of prompts or ids."""

    only: Sequence[str] = ()
    contaminated: str | None = None
    is_unpriced_skipped: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Prompts that are not evaluated: not asked for, then contaminated, then without a cost."""

    not_asked_for: int = 0
    contaminated: int = 0
    unpriced: int = 0


def select(frame: pd.DataFrame, selection: Selection, *, file: Path) -> tuple[pd.DataFrame, LeftOut]:
    """The rows of the prompts that are evaluated, whole ones; raises `BadInputError` where none is left."""
    counts = []
    for is_out in (not_asked_for, contaminated, unpriced):
        found = is_out(frame, selection)
        keys = frame.loc[found, ["task_type", "query_id"]].drop_duplicates()
        gone = frame.set_index(["task_type", "query_id"]).index.isin(list(keys.itertuples(index=False, name=None)))
        frame = frame[~gone]
        counts.append(len(keys))
        if frame.empty:
            raise BadInputError("no prompt is left of it by what is asked for", file=file)
    return frame, LeftOut(*counts)


def not_asked_for(frame: pd.DataFrame, selection: Selection) -> pd.Series:
    """Whether the task type fits none of the patterns; raises `BadInputError` for a pattern that fits nothing."""
    task_types = sorted(set(frame["task_type"]))
    fitting = {pattern: [one for one in task_types if fnmatchcase(one, pattern)] for pattern in selection.only}
    for pattern, some in fitting.items():
        if not some:
            raise BadInputError(f"fits no task type of {', '.join(task_types)}", field="--only", value=pattern)
    kept = {one for some in fitting.values() for one in some} if selection.only else set(task_types)
    return ~frame["task_type"].isin(kept)


def contaminated(frame: pd.DataFrame, selection: Selection) -> pd.Series:
    """Whether a prompt is flagged, or its text or id listed."""
    named = selection.contaminated
    if named is None:
        return frame["query_id"].isna()  # none is
    if named in frame.columns:
        return frame[named].map(as_flag)
    listed = read_listed(Path(named))
    return frame["prompt"].isin(listed) | frame["query_id"].isin(listed)


def as_flag(value: object) -> bool:
    """A boolean as Parquet or CSV has it; missing is False."""
    text = str(value).strip().lower()
    if text in {"true", "1", "1.0"}:
        return True
    if text in {"", "nan", "none", "<na>", "false", "0", "0.0"}:
        return False
    raise BadInputError("must be true or false", field="--contaminated", value=value)


def read_listed(file: Path) -> frozenset[str]:
    """The prompts or ids of a file: one a line, in a .jsonl file an object with one of `KEYS`."""
    lines = [line for line in read_text(file).splitlines() if line.strip()]
    if file.suffix.lower() != ".jsonl":
        return frozenset(lines)
    return frozenset(listed_of(line, file, number) for number, line in enumerate(lines, 1))


def listed_of(line: str, file: Path, number: int) -> str:
    """The prompt or id of a line of JSON."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"is no JSON: {error}", file=file, line=number) from error
    found = next((value[key] for key in KEYS if isinstance(value, dict) and key in value), value)
    if not isinstance(found, str):
        raise BadInputError(f"must be a text, or an object with one of {', '.join(KEYS)}", file=file, line=number)
    return found


def unpriced(frame: pd.DataFrame, selection: Selection) -> pd.Series:
    """Whether a cost is missing, if such prompts are skipped."""
    return frame["cost_usd"].isna() & selection.is_unpriced_skipped
