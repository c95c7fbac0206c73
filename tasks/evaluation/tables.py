"""From checked rows to the matrices that are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from policies.errors import BadInputError
from policies.evaluation.outcomes import Floats, Outcomes
from policies.evaluation.prompts import Prompts
from policies.evaluation.table import OutcomeTable, in_strong_calls

if TYPE_CHECKING:
    import pandas as pd

KEY = ["task_type", "query_id"]
FEWEST = 8  # prompts: two of each fold of a half, and a half to route


def make_table(frame: pd.DataFrame, *, file: Path, sizes_m: Mapping[str, float]) -> OutcomeTable:
    """Prompts by task type and id, models by name, whatever the order of the rows; `sizes_m` in millions of weights.

    Where no cost is known at all, two models are counted in calls of the stronger one. Raises `BadInputError` for a row
    that stands twice, a prompt of two texts, a prompt that a model has no outcome of, costs of which only some are
    known, fewer than two models, and too few prompts.
    """
    refuse_duplicates(frame, file)
    refuse_two_texts(frame, file)
    texts = frame.drop_duplicates(KEY).set_index(KEY)["prompt"].sort_index()
    models = sorted(set(frame["model"]))
    refuse_incomplete(frame, models, n_prompts=len(texts), file=file)
    optional = {name: matrix(frame, name) for name in ("output_tokens", "latency_s") if name in frame.columns}
    task_types, query_ids = (tuple(map(str, texts.index.get_level_values(name))) for name in KEY)
    outcomes = Outcomes(
        tuple(models),
        matrix(frame, "quality"),
        matrix(frame, "cost_usd"),
        known_or_none(optional.get("output_tokens")),
        known_or_none(optional.get("latency_s")),
    )
    parameters_m = np.array([sizes_m.get(model, np.nan) for model in models])
    table = OutcomeTable(Prompts(query_ids, task_types, tuple(map(str, texts))), outcomes, parameters_m)
    return table if table.has_costs else without_costs(table, file)


def matrix(frame: pd.DataFrame, name: str) -> Floats:
    """A column as prompts × models, both in order."""
    values: Floats = frame.pivot(index=KEY, columns="model", values=name).sort_index().to_numpy(dtype=np.float64)
    return values


def known_or_none(values: Floats | None) -> Floats | None:
    """None where nothing is known."""
    return None if values is None or np.isnan(values).all() else values


def refuse_duplicates(frame: pd.DataFrame, file: Path) -> None:
    """Raise where a prompt has two outcomes of one model."""
    is_twice = frame.duplicated([*KEY, "model"])
    if is_twice.any():
        row = frame[is_twice].iloc[0]
        raise BadInputError(
            f"{row['model']} has two outcomes of it in {row['task_type']}",
            file=file,
            field="query_id",
            value=row["query_id"],
        )


def refuse_two_texts(frame: pd.DataFrame, file: Path) -> None:
    """Raise where one id has two prompts."""
    n_texts = frame.groupby(KEY)["prompt"].nunique()
    if (n_texts > 1).any():
        task_type, query_id = n_texts.index[n_texts > 1][0]
        raise BadInputError(f"has two prompts in {task_type}", file=file, field="query_id", value=query_id)


def refuse_incomplete(frame: pd.DataFrame, models: list[str], *, n_prompts: int, file: Path) -> None:
    """Raise where the matrix has holes, or is too small to be split."""
    if len(models) < 2:
        raise BadInputError("has one model only; there is nothing to choose from", file=file, field="model")
    if n_prompts < FEWEST:
        raise BadInputError(f"has {n_prompts} prompts to evaluate; at least {FEWEST} are needed", file=file)
    if len(frame) < n_prompts * len(models):
        present = frame.groupby(KEY)["model"].agg(set)
        short = present[present.map(len) < len(models)]
        task_type, query_id = short.index[0]
        absent = ", ".join(sorted(set(models) - short.iloc[0]))
        raise BadInputError(
            f"has no outcome of {absent} in {task_type}; {len(short):,} prompts lack one",
            file=file,
            field="query_id",
            value=query_id,
        )


def without_costs(table: OutcomeTable, file: Path) -> OutcomeTable:
    """Two models whose costs nobody knows, in calls of the stronger one; raises `BadInputError` for any other table."""
    is_unknown = np.isnan(table.outcomes.cost_usd).any(axis=1)
    if not np.isnan(table.outcomes.cost_usd).all():
        task_types = sorted({table.prompts.task_types[row] for row in np.flatnonzero(is_unknown)})
        shown = ", ".join(task_types[:3]) + (", …" if len(task_types) > 3 else "")
        problem = f"is missing for {is_unknown.sum():,} prompts of {shown}; --skip-unpriced leaves them out"
        raise BadInputError(problem, file=file, field="cost_usd")
    if len(table.models) != 2:
        raise BadInputError(
            "is missing throughout; only two models can be compared without", file=file, field="cost_usd"
        )
    return in_strong_calls(table)
