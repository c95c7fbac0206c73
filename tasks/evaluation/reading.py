"""A table of outcomes read from Parquet or CSV: one row per prompt and model, checked as far as one row can be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from policies.errors import BadInputError

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ("query_id", "prompt", "model")
TASK_TYPES = ("task_type", "dataset")  # the first that is there says the task type
NUMBERS = ("quality", "cost_usd")
OPTIONAL_NUMBERS = ("output_tokens", "latency_s")


def read_outcomes(path: Path, *, flag: str | None = None) -> pd.DataFrame:
    """The columns that an evaluation takes: query_id, prompt, model, task_type as text, the numbers as floats.

    `quality` is in [0, 1]; the others are at least 0, and NaN where they are not known; of the optional ones those that
    are there. `flag` names one more column, of booleans. Rows are numbered from 1 in errors. Raises `BadInputError` for
    a file that is no such table, and for a value that can't be.
    """
    names = column_names(path)
    task_type = next((name for name in TASK_TYPES if name in names), None)
    missing = [name for name in (*TEXTS, *NUMBERS) if name not in names]
    if task_type is None:
        missing.append(" or ".join(TASK_TYPES))
    if missing:
        raise BadInputError(f"has no column {', '.join(missing)}; it has {', '.join(names)}", file=path)
    optional = [name for name in OPTIONAL_NUMBERS if name in names]
    wanted = [*TEXTS, str(task_type), *NUMBERS, *optional, *([] if flag is None else [flag])]
    frame = read_columns(path, list(dict.fromkeys(wanted)))
    if frame.empty:
        raise BadInputError("has no rows", file=path)
    frame = frame.rename(columns={task_type: "task_type"})
    for name in (*TEXTS, "task_type"):
        frame[name] = as_text(frame[name], name, path)
    for name in (*NUMBERS, *optional):
        frame[name] = as_number(frame[name], name, path)
    refuse_first(frame["quality"].isna(), frame["quality"], "is missing; NaN is no score", path)
    refuse_first(~frame["quality"].between(0, 1), frame["quality"], "must be in [0, 1]", path)
    return frame


def column_names(path: Path) -> Sequence[str]:
    """The columns of a file; raises `BadInputError` where it can't be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise BadInputError("is not a file" if path.exists() else "there is no such file", file=path)
    try:
        match path.suffix.lower():
            case ".parquet":
                return [str(name) for name in pq.read_schema(path).names]
            case ".csv":
                return [str(name) for name in read_csv(path, n_rows=0).columns]
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInputError(f"can't be read: {error}", file=path) from error
    raise BadInputError("is of an unknown format; it must end in .parquet or .csv", file=path, value=path.suffix)


def read_columns(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Some columns of a file that is known to have them."""
    import pandas as pd
    import pyarrow as pa

    try:
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path, columns=list(columns))
        return read_csv(path)[list(columns)].copy()
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInputError(f"can't be read: {error}", file=path) from error


def read_csv(path: Path, *, n_rows: int | None = None) -> pd.DataFrame:
    """A CSV file's cells as text, the empty ones missing; raises `BadInputError` where it is none."""
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], nrows=n_rows)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise BadInputError(f"is not valid CSV: {error}", file=path) from error


def as_text(column: pd.Series, name: str, path: Path) -> pd.Series:
    """A column of texts; numbers become text, nothing is refused but what is missing."""
    refuse_first(column.isna(), column.rename(name), "is missing", path)
    return column.astype(str)


def as_number(column: pd.Series, name: str, path: Path) -> pd.Series:
    """A column of finite floats of at least 0, NaN where missing."""
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").astype("float64").rename(name)
    refuse_first(numbers.isna() & column.notna(), column.rename(name), "is no number", path)
    refuse_first(np.isinf(numbers) | (numbers < 0), numbers, "must be finite and at least 0", path)
    return numbers


def refuse_first(is_wrong: pd.Series, column: pd.Series, problem: str, path: Path) -> None:
    """Raise `BadInputError` at the first row that is wrong."""
    if is_wrong.any():
        row = int(is_wrong.to_numpy().argmax())
        value = column.iloc[row]
        plain = value if isinstance(value, str) or value is None else float(value)
        raise BadInputError(f"{problem} (row {row + 1})", file=path, field=str(column.name), value=plain)
