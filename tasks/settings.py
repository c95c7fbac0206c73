"""Settings of one installation, read from the environment (POINTSMAN_…)."""

from __future__ import annotations

import os
from datetime import timedelta
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from policies.documents import sentence_of
from policies.errors import BadInputError
from tasks.jobs.paths import is_broken
from tasks.redaction.table import People
from tasks.redaction.vault import learn_environment
from tasks.texts import StoreText
from warehouse.home import Home

PREFIX = "POINTSMAN_"
READ_ELSEWHERE = {"POINTSMAN_HUB_URL"}  # where weights are looked for first, see tasks/models/weights_sources.py
LIKELY_SLIP = 0.85  # other variables with our prefix, such as a key that a catalogue names, are none of our business


class Settings(BaseSettings):
    """Where Pointsman keeps its files and what it may store; every field has a POINTSMAN_ variable."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    home: Path = Field(Path(".pointsman"), description="Folder of the warehouse, the spool and the runs.")
    cache: Path | None = Field(None, description="Folder of model weights and indexes, shared by all clones.")
    catalog: Path | None = Field(None, description="Catalogue file; the default is the embedded models'.")
    rules: Path | None = Field(None, description="Rules file; the default is the one in policies/.")
    examples: Path | None = Field(
        None, description="Folder of the classifier's examples; the default is policies/examples."
    )
    roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        (Path(),), description="Folders that inputs, jobs and corpora must lie in; several are separated as in PATH."
    )
    weights_ttl_days: float | None = Field(
        30.0,
        gt=0,
        le=36_500,
        allow_inf_nan=False,
        description="How old the calls that weights learned from may be; of older ones, the rules alone decide.",
    )
    store_text: StoreText = Field("full", description="What the ledger keeps of texts.")
    secret_variables: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Variables whose values are masked, besides those that the catalogue names; by commas."
    )
    redact_also: Annotated[tuple[People, ...], NoDecode] = Field(
        (), description="What else is masked in stored texts: `emails`, `phones`; separated by commas."
    )

    @field_validator("home", "cache", "catalog", "rules", "examples", mode="before")
    @classmethod
    def read_path(cls, value: object) -> object:
        """A path with `~` for the user's own folder; an empty one would silently be the current folder."""
        return expand(value) if isinstance(value, str) else value

    @field_validator("roots", mode="before")
    @classmethod
    def split_roots(cls, value: object) -> object:
        """`a:b` as two folders; empty parts are left out."""
        if not isinstance(value, str):
            return value
        parts = [part for part in value.split(os.pathsep) if part.strip()]
        return [expand(part) for part in parts or [""]]

    @field_validator("secret_variables", "redact_also", mode="before")
    @classmethod
    def split_names(cls, value: object) -> object:
        """`a, b` as two names."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def weights_ttl(self) -> timedelta | None:
        """The span after which weights are stale."""
        return None if self.weights_ttl_days is None else timedelta(days=self.weights_ttl_days)

    @property
    def allowed_roots(self) -> tuple[Path, ...]:
        """The real folders that may be read from: the configured ones, and the jobs that ship with Pointsman."""
        return (*(root.resolve() for root in self.roots), shipped("flows") / "jobs")

    @property
    def catalog_file(self) -> Path:
        """The catalogue in use; raises `BadInputError` where the variable names no file."""
        return existing(self.catalog, "POINTSMAN_CATALOG") or shipped("policies") / "catalog.yaml"

    @property
    def rules_file(self) -> Path:
        """The rules table in use; raises `BadInputError` where the variable names no file."""
        return existing(self.rules, "POINTSMAN_RULES") or shipped("policies") / "rules.yaml"

    @property
    def examples_folder(self) -> Path:
        """The classifier's examples in use; raises `BadInputError` where the variable names no folder."""
        return existing_folder(self.examples, "POINTSMAN_EXAMPLES") or shipped("policies") / "examples"


def existing_folder(path: Path | None, variable: str) -> Path | None:
    """The path of a folder that a variable or an option names, if it does."""
    if path is None or path.is_dir():
        return path
    problem = "is not a folder" if path.exists() else "does not exist"
    raise BadInputError(problem, field=variable, value=str(path))


def expand(path: str) -> Path:
    """A path as a variable gives it."""
    if not path.strip():
        raise ValueError("must not be empty (unset it for the default)")
    if is_broken(path):
        raise ValueError("is not UTF-8")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(str(error)) from error


def existing(path: Path | None, variable: str) -> Path | None:
    """The path of a file that a variable or an option names, if it does."""
    try:
        if path is None or path.is_file():
            return path
        problem = "is not a file" if path.exists() else "does not exist"
    except OSError as error:  # a name that is too long
        problem = f"can't be looked at: {error.strerror}"
    raise BadInputError(problem, field=variable, value=str(path))


def shipped(package: str) -> Path:
    """The folder of one of our packages."""
    return Path(str(resources.files(package))).resolve()


def current_home() -> Home:
    """The installation that the settings name, whether it is there yet or not."""
    return Home(load_settings().home.absolute())


def made_home(home: Home) -> Home:
    """An installation with its folders made; raises `BadInputError` where they can't be."""
    try:
        return home.create()
    except OSError as error:
        raise unusable(home, error.strerror or str(error)) from error


def check_home(home: Home) -> None:
    """Raise `BadInputError` where an installation's folders can't be made or written, without making any."""
    try:
        nearest = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    except OSError as error:  # a name that is too long
        raise unusable(home, error.strerror or str(error)) from error
    if not nearest.is_dir():
        raise unusable(home, f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise unusable(home, f"{nearest} can't be written")


def unusable(home: Home, reason: str) -> BadInputError:
    """Why an installation can't be where the settings put it."""
    return BadInputError(f"the folder can't be made: {reason}", field="POINTSMAN_HOME", value=str(home.root))


def known_variables() -> frozenset[str]:
    """Every variable that means something to Pointsman."""
    return frozenset({PREFIX + name.upper() for name in Settings.model_fields} | READ_ELSEWHERE)


def load_settings() -> Settings:
    """Read the settings; raises `BadInputError` that names the variable, also one that is a slip of the keys.

    What the environment holds of secrets is masked from then on.
    """
    learn_environment()
    for name in sorted(set(os.environ) - known_variables()):
        if name.startswith(PREFIX) and (meant := get_close_matches(name, known_variables(), n=1, cutoff=LIKELY_SLIP)):
            raise BadInputError(f"unknown setting; {meant[0]} is meant?", field=name)
    try:
        settings = Settings()
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        variable = "POINTSMAN_" + "_".join(str(part) for part in details["loc"][:1]).upper()
        raise BadInputError(sentence_of(details), field=variable, value=details["input"]) from error
    learn_environment(names=settings.secret_variables, people=settings.redact_also)
    return settings
