"""What a run pinned when it began, so that it can be resumed and replayed to the same decisions."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.errors import BadInputError
from tasks.redaction.vault import redact
from tasks.run_folder import RunFolder, write_bytes
from tasks.run_request import RunRequest
from tasks.texts import StoreText

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Manifest(BaseModel):
    """The pinned inputs of a run; the job, catalogue, rules and weights lie beside it as they were."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    run_id: str
    job: str
    job_file: str = Field(description="Where the job file was; folders in it are relative to its own.")
    job_hash: str
    weights_version: str | None
    batch_hash: str
    policy: str | None = Field(description="Overrides the job's policy where given.")
    budget_usd: Decimal | None
    seed: int
    n_items: int
    n_chunks: int
    n_steps: int
    request: str = Field(description="The request that began the run, as JSON.")
    store_text: StoreText
    roots: tuple[str, ...]
    rules_file: str | None = Field(
        None, description="The file whose edits are followed during the run; None in older runs, which follow none."
    )
    quality_floor: float | None = Field(None, description="Overrides the job's floor of quality where given.")
    drifted: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="By task type, the models that had drifted when the run began."
    )
    weights_problem: str | None = Field(
        None, description="Why the run does not go by the weights that were live when it began, if it does not."
    )
    predictor_problem: str | None = Field(
        None,
        description="Why the predictor that the weights name could not be used when the run began, if it could not.",
    )
    opened_at: datetime | None = Field(None, description="When the catalogue was pinned; None in older runs.")


def save_manifest(folder: RunFolder, manifest: Manifest) -> None:
    """Write the manifest, whole or not at all."""
    write_bytes(folder.manifest, manifest.model_dump_json(indent=1).encode())


def load_manifest(folder: RunFolder) -> Manifest:
    """Read the manifest; raises `BadInputError` where there is no such run or its manifest is damaged."""
    try:
        return Manifest.model_validate_json(folder.manifest.read_bytes())
    except FileNotFoundError as error:
        raise BadInputError(
            "there is no such run", file=folder.manifest, field="run_id", value=folder.run_id
        ) from error
    except ValidationError as error:
        raise BadInputError("the run's manifest is damaged", file=folder.manifest) from error


def load_request(folder: RunFolder) -> RunRequest:
    """The request that began a run; raises `BadInputError` as `load_manifest`."""
    try:
        return RunRequest.model_validate_json(load_manifest(folder).request)
    except ValidationError as error:
        raise BadInputError("the run's manifest is damaged", file=folder.manifest, field="request") from error


def folder_of(runs: Path, run_id: str) -> RunFolder:
    """The folder of a run; raises `BadInputError` for an id that is not a plain name."""
    if RUN_ID.fullmatch(run_id) is None:
        raise BadInputError("must be 1 to 100 letters, digits, '.', '_' or '-'", field="run_id", value=run_id)
    if redact(run_id) != run_id:
        raise BadInputError("looks like a credential", field="run_id")
    return RunFolder(runs / run_id)
