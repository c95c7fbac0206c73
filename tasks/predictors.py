"""Fitted predictors as files of the home: written whole, named by their weights and their hash, read once a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from policies.errors import BadInputError
from policies.predictor.packing import predictor_name, unpack_predictor
from policies.predictor.predictor import Predictor
from policies.types import Weights
from tasks.notices import say_once
from tasks.run_folder import write_bytes
from warehouse.home import Home


@dataclass(frozen=True, slots=True)
class InForce:
    """The predictor that some weights name; `predictor` is None where it can't be used, and `problem` says why.

    `credited` are the task types whose quality is that of final answers, which it was not fitted to.
    """

    name: str
    predictor: Predictor | None
    problem: str | None = None
    credited: frozenset[str] = frozenset()


def predictor_file(home: Home, version: str, name: str) -> Path:
    """Where the predictor of a weights' version is kept."""
    return home.predictors / f"{version}.{name}.npz"


def keep_predictor(home: Home, version: str, content: bytes) -> Path:
    """Write a packed predictor, readable by its owner alone, whole or not at all."""
    path = predictor_file(home, version, predictor_name(content))
    write_bytes(path, content)
    return path


def predictor_in_force(home: Home, weights: Weights | None) -> InForce | None:
    """The predictor that weights name; None where they name none.

    One that is missing, damaged or of another version of Pointsman is said once in the log of a process: the means of
    the weights stand in.
    """
    if weights is None or weights.predictor is None:
        return None
    name = weights.predictor
    try:
        predictor = read_predictor(predictor_file(home, weights.version, name), name)
    except BadInputError as error:
        say_once(f"predictor {name} can't be used, the means of the weights stand in: {error}")
        return InForce(name, None, error.problem)
    return InForce(name, predictor, credited=credited_in(weights))


def credited_in(weights: Weights) -> frozenset[str]:
    """The task types of which some quality is credited from final scores."""
    return frozenset(cell.task_type for cell in weights.cells if cell.credit)


@lru_cache(maxsize=4)
def read_predictor(path: Path, name: str) -> Predictor:
    """Read a predictor; `BadInputError` where it is missing, damaged, another than its name says, or too old or new."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInputError("its file is missing", file=path) from error
    except OSError as error:
        raise BadInputError(f"its file can't be read: {error.strerror}", file=path) from error
    if predictor_name(content) != name:
        raise BadInputError("its file is damaged: the content is not what its name is the hash of", file=path)
    try:
        return unpack_predictor(content)
    except BadInputError as error:
        raise BadInputError(f"its file {error.problem}", file=path) from error
