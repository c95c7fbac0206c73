"""The weights document: canonical JSON out, checked weights in; the version is the hash of the content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from policies.errors import BadInputError
from policies.types import CellMean, Weights

FORMAT = 1
DIGITS = 12  # enough for every estimate, and too few to tell two machines' floating point apart

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Cell(_Strict):
    task_type: _Name
    model: _Name
    n: Annotated[int, Field(ge=1)]
    quality: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    quality_se: _NotNegative
    cost_usd: _NotNegative | None
    latency_s: _NotNegative
    credit: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    own_quality: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None


class _Document(_Strict):
    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)]
    cells: list[_Cell]


def weights_document(cells: Iterable[CellMean]) -> str:
    """Write cells as canonical JSON: sorted, without spaces, floats to 12 digits; equal cells give equal text."""
    rows = [_row(cell) for cell in sorted(cells, key=lambda cell: (cell.task_type, cell.model))]
    return json.dumps({"format": FORMAT, "cells": rows}, sort_keys=True, separators=(",", ":"), allow_nan=False)


def weights_version(document: str) -> str:
    """The version of a weights document: `w-` and the first 16 hex digits of its SHA-256."""
    return "w-" + hashlib.sha256(document.encode()).hexdigest()[:16]


def parse_weights(text: str, *, file: str = "weights") -> Weights:
    """Read a weights document; `BadInputError` where it is not one, or a cell stands twice."""
    try:
        document = _Document.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise BadInputError(f"is no weights document: {first['msg']}", file=file, field=field) from error
    seen: set[tuple[str, str]] = set()
    for index, cell in enumerate(document.cells):
        key = (cell.task_type, cell.model)
        if key in seen:
            raise BadInputError("the task type and model stand twice", file=file, field=f"cells.{index}", value=key)
        seen.add(key)
    cells = tuple(CellMean(**cell.model_dump()) for cell in document.cells)
    return Weights(weights_version(text), cells)


def _row(cell: CellMean) -> dict[str, str | int | float | None]:
    """One cell as plain values; one without credit as it was before there was any."""
    credited: dict[str, str | int | float | None] = {}
    if cell.credit:
        own = None if cell.own_quality is None else _rounded(cell.own_quality)
        credited = {"credit": _rounded(cell.credit), "own_quality": own}
    return credited | {
        "task_type": cell.task_type,
        "model": cell.model,
        "n": cell.n,
        "quality": _rounded(cell.quality),
        "quality_se": _rounded(cell.quality_se),
        "cost_usd": None if cell.cost_usd is None else _rounded(cell.cost_usd),
        "latency_s": _rounded(cell.latency_s),
    }


def _rounded(number: float) -> float:
    """The number to `DIGITS` significant digits, always a float, so that 1 and 1.0 are written alike."""
    return float(f"{number:.{DIGITS}g}")
