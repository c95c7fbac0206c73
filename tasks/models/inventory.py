"""What the embedded models need on disk, and whether it is there: the data of `pointsman models`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from policies.catalogue import parse_catalogue, parse_weight_files
from policies.errors import BadInputError
from policies.weights_files import WeightFile
from tasks.models.weights_store import Announce, Status, is_present, path_of, pull, verify

CATALOGUE_FILE = "catalog.yaml"
PREFIX = "embedded/"


@dataclass(frozen=True, slots=True)
class WeightStatus:
    """One weight file and its state in this user's cache; `path` is where it lies or would."""

    weight: WeightFile
    status: Status
    path: Path


def list_weights(models: Sequence[str] = ()) -> list[WeightStatus]:
    """The weight files of some models (none named: of all), by a quick look that does not rehash."""
    return [
        WeightStatus(
            weight,
            "present" if is_present(weight) else "damaged" if path_of(weight).exists() else "missing",
            path_of(weight),
        )
        for weight in choose_weights(models)
    ]


def pull_weights(models: Sequence[str] = (), *, announce: Announce) -> list[WeightStatus]:
    """Make the weight files of some models present; `WorkFailedError` when a file can't be had."""
    pull(choose_weights(models), announce=announce)
    return list_weights(models)


def verify_weights(models: Sequence[str] = ()) -> list[WeightStatus]:
    """Rehash the weight files of some models; damaged ones are removed and said to be so."""
    return [WeightStatus(weight, verify(weight), path_of(weight)) for weight in choose_weights(models)]


def choose_weights(models: Sequence[str]) -> list[WeightFile]:
    """The files that any of the named models uses; `BadInputError` for a name that no embedded model has."""
    for name in models:
        if name not in embedded_models():
            raise BadInputError(f"unknown embedded model (known: {', '.join(embedded_models())})", value=name)
    return [weight for weight in shipped_weights() if not models or set(models) & set(weight.used_by)]


def weights_of(model: str) -> list[WeightFile]:
    """The files that one embedded model loads; empty for an unknown one."""
    return [weight for weight in shipped_weights() if model in weight.used_by]


@cache
def embedded_models() -> tuple[str, ...]:
    """The names after `embedded/` in the catalogue that ships."""
    catalogue = parse_catalogue(shipped_text(), file=CATALOGUE_FILE)
    names = [deployment.litellm_model for model in catalogue.models for deployment in model.deployments]
    return tuple(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))


@cache
def shipped_weights() -> tuple[WeightFile, ...]:
    """The weight files of the catalogue that ships: the pinned hashes are the project's, not a user's."""
    return parse_weight_files(shipped_text(), file=CATALOGUE_FILE)


def shipped_text() -> str:
    """The text of the embedded models' catalogue."""
    return resources.files("policies").joinpath(CATALOGUE_FILE).read_text(encoding="utf-8")
