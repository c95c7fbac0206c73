"""What a backup is: a folder with a copy of the ledger, the spool, runs if wanted, and a manifest with their hashes.

The manifest is written last, and the folder gets its name when all of it is durable: a folder without a manifest is
no backup.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from policies.errors import BadInputError
from warehouse.copies import Copied, hash_file
from warehouse.sql import sql_names

MANIFEST, LEDGER, SPOOL, RUNS = "backup.json", "ledger.duckdb", "spool", "runs"
FORMAT = 1


class BackedUp(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    n_bytes: int
    sha256: str

    @field_validator("path")
    @classmethod
    def lies_inside(cls, path: str) -> str:
        """Only what a backup has may be restored, and nowhere else."""
        parts = PurePosixPath(path).parts
        is_known = (
            parts == (LEDGER,) or (len(parts) == 2 and parts[0] == SPOOL) or (len(parts) > 2 and parts[0] == RUNS)
        )
        if not is_known or ".." in parts:
            raise ValueError("is not a place in a backup")
        return path


class Manifest(BaseModel):
    """What a backup holds; `migrations` are those of its ledger, none where it has no ledger yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    created_at: datetime
    migrations: tuple[str, ...]
    n_rows: int
    has_runs: bool
    files: tuple[BackedUp, ...]

    @property
    def has_ledger(self) -> bool:
        """Whether anything had been landed when it was made."""
        return any(file.path == LEDGER for file in self.files)

    def below(self, folder: str) -> list[BackedUp]:
        """The files below a folder of the backup."""
        return [file for file in self.files if file.path.startswith(f"{folder}/")]


def read_manifest(backup: Path) -> Manifest:
    """Read a backup's manifest; raises `BadInputError` where there is none, or it is damaged or a newer version's."""
    path = backup / MANIFEST
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BadInputError(f"is no backup: it has no {MANIFEST}", file=backup) from error
    except NotADirectoryError as error:
        raise BadInputError("is no backup: it is not a folder", file=backup) from error
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        if details["loc"] == ("format",) and isinstance(details["input"], int):
            problem = f"the backup was made by a newer version: this one reads format {FORMAT}"
            raise BadInputError(problem, file=path, field="format", value=details["input"]) from error
        field = ".".join(map(str, details["loc"])) or None
        raise BadInputError(f"the backup's manifest is damaged: {details['msg']}", file=path, field=field) from error
    if newer := sorted(set(manifest.migrations) - set(sql_names("migrations"))):
        problem = "the backup was made by a newer version: this one does not know its migration"
        raise BadInputError(problem, file=path, field="migrations", value=newer[0])
    return manifest


def check_files(backup: Path, manifest: Manifest) -> None:
    """Raise `BadInputError` that names the first file that is missing, or not as it was written."""
    for file in manifest.files:
        try:
            found = hash_file(backup / file.path)
        except FileNotFoundError as error:
            raise BadInputError("the backup is damaged: this file is missing", file=backup / file.path) from error
        if found != Copied(file.n_bytes, file.sha256):
            raise BadInputError("the backup is damaged: this file is not as it was written", file=backup / file.path)
