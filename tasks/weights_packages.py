"""Versions of the weights as files: one hashed document with all that another installation needs to route by them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.documents import sentence_of
from policies.errors import BadInputError
from policies.gate.conditions import Condition
from policies.predictor.packing import predictor_name, unpack_predictor
from policies.weights import parse_weights
from tasks.predictors import keep_predictor, predictor_file
from warehouse.home import Home
from warehouse.records import WeightsChanged
from warehouse.weights import show_weights
from warehouse.weights_changes import Taken, take_candidate
from warehouse.weights_gate import gate_json

KIND, SCHEMA = "pointsman weights", 1


class Package(BaseModel):
    """The file: `sha256` is the hash of the rest, `predictor` the predictor's file in base64, if they name one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["pointsman weights"]
    schema_version: Annotated[int, Field(ge=SCHEMA, le=SCHEMA)]
    weights_version: str
    document: str
    n_calls: Annotated[int, Field(ge=0)]
    data_from: datetime | None
    data_to: datetime | None
    predictor: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: the version, its status here, and whether it was new."""

    version: str
    status: str
    is_new: bool
    has_predictor: bool


def export_weights(home: Home, version: str) -> str:
    """A version as the text of a file; raises `BadInputError` for one that is not there, or whose predictor is gone."""
    recorded = show_weights(home, version)
    weights = parse_weights(recorded.document, file=f"weights {version}")
    package = Package(
        kind=KIND,
        schema_version=SCHEMA,
        weights_version=version,
        document=recorded.document,
        n_calls=recorded.n_calls,
        data_from=recorded.data_from,
        data_to=recorded.data_to,
        predictor=None if weights.predictor is None else packed_predictor(home, version, weights.predictor),
        sha256="",
    )
    return package.model_copy(update={"sha256": hash_of(package)}).model_dump_json(indent=1) + "\n"


def packed_predictor(home: Home, version: str, name: str) -> str:
    """The predictor's file in base64."""
    path = predictor_file(home, version, name)
    try:
        return b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise BadInputError(f"the predictor that {version} names can't be read: {error.strerror}", file=path) from error


def import_weights(home: Home, text: str, *, file: str, imported_at: datetime) -> Imported:
    """Take a version from a file's text, as a candidate that routes nothing until somebody promotes it.

    One that is known already keeps its status. Raises `BadInputError` for a file that is not what its hash says.
    """
    package = read_package(text, file=file)
    content = checked_predictor(package, file=file)
    if content is not None:
        keep_predictor(home, package.weights_version, content)
    gate = gate_json(
        [Condition("imported from a file", True, "its hash and schema were checked, and nothing was proven here")]
    )
    candidate = WeightsChanged(
        weights_version=package.weights_version,
        parent=None,
        status="candidate",
        document=package.document,
        data_from=package.data_from,
        data_to=package.data_to,
        n_calls=package.n_calls,
        estimates=json.dumps({"cells": [], "left_out": []}),
        gate=gate,
        created_at=imported_at,
        changed_at=imported_at,
    )
    taken: Taken = take_candidate(home, candidate)
    return Imported(package.weights_version, taken.status, taken.is_new, content is not None)


def read_package(text: str, *, file: str) -> Package:
    """A file's content, with its hash, schema and version checked."""
    try:
        package = Package.model_validate_json(text)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in details["loc"]) or None
        raise BadInputError(f"is no file of weights: {sentence_of(details)}", file=file, field=field) from error
    if package.sha256 != hash_of(package):
        raise BadInputError("is damaged: the content is not what its hash says", file=file, field="sha256")
    if parse_weights(package.document, file=file).version != package.weights_version:
        problem = "the document is not the one that its version is the hash of"
        raise BadInputError(problem, file=file, field="weights_version", value=package.weights_version)
    return package


def checked_predictor(package: Package, *, file: str) -> bytes | None:
    """The predictor's file, which is the one that the weights name, and can be used here; None where they name none."""
    named = parse_weights(package.document, file=file).predictor
    if named is None and package.predictor is None:
        return None
    if package.predictor is None:
        raise BadInputError(f"lacks the predictor that the weights name, {named}", file=file, field="predictor")
    try:
        content = b64decode(package.predictor, validate=True)
    except (Base64Error, ValueError) as error:
        raise BadInputError("is no base64", file=file, field="predictor") from error
    if predictor_name(content) != named:
        raise BadInputError(f"is not the predictor that the weights name, {named}", file=file, field="predictor")
    unpack_predictor(content)
    return content


def hash_of(package: Package) -> str:
    """The SHA-256 of all but the hash itself, as canonical JSON."""
    rest = package.model_dump(mode="json", exclude={"sha256"})
    return sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
