"""The weights document: canonical JSON out, checked weights in; the version is the hash of the content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from policies.cascade.evidence import LEVELS, CheckLevels
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


class _Check(_Strict):
    task_type: _Name
    model: _Name
    scorer: _Name
    n: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=LEVELS + 1, max_length=LEVELS + 1)]
    quality: Annotated[list[_NotNegative], Field(min_length=LEVELS + 1, max_length=LEVELS + 1)]
    is_quality: bool


class _Document(_Strict):
    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)]
    cells: list[_Cell]
    checks: list[_Check] = []
    predictor: Annotated[str, StringConstraints(pattern=r"^p-[0-9a-f]{16}$")] | None = None


def weights_document(
    cells: Iterable[CellMean], checks: Iterable[CheckLevels] = (), *, predictor: str | None = None
) -> str:
    """Write cells and checks as canonical JSON: sorted, without spaces, floats to 12 digits.

    Equal ones give equal text; without checks it is the text of versions that knew none. `predictor` is the name of the
    one that was fitted beside them, which is the hash of its file.
    """
    rows = [_row(cell) for cell in sorted(cells, key=lambda cell: (cell.task_type, cell.model))]
    document: dict[str, object] = {"format": FORMAT, "cells": rows}
    if known := [_check_row(one) for one in sorted(checks, key=_check_key)]:
        document["checks"] = known
    if predictor is not None:
        document["predictor"] = predictor
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


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
    checks = tuple(CheckLevels(**one.model_dump() | _levels(one)) for one in document.checks)
    return Weights(weights_version(text), cells, checks, document.predictor)


def _levels(check: _Check) -> dict[str, tuple[int, ...] | tuple[float, ...]]:
    """The lists of a check as values that have a hash."""
    return {"n": tuple(check.n), "quality": tuple(check.quality)}


def _check_key(check: CheckLevels) -> tuple[str, str, str, bool]:
    return check.task_type, check.scorer, check.model, check.is_quality


def _check_row(check: CheckLevels) -> dict[str, object]:
    """One check as plain values."""
    return {
        "task_type": check.task_type,
        "model": check.model,
        "scorer": check.scorer,
        "n": list(check.n),
        "quality": [_rounded(quality) for quality in check.quality],
        "is_quality": check.is_quality,
    }


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
