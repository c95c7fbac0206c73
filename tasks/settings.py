"""Settings of one installation, read from the environment (POINTSMAN_…)."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from policies.errors import BadInputError
from tasks.texts import StoreText


class Settings(BaseSettings):
    """Where Pointsman keeps its files and what it may store; every field has a POINTSMAN_ variable."""

    model_config = SettingsConfigDict(env_prefix="POINTSMAN_", extra="ignore", frozen=True)

    home: Path = Field(Path(".pointsman"), description="Folder of the warehouse, the spool and the runs.")
    cache: Path | None = Field(None, description="Folder of model weights and indexes, shared by all clones.")
    catalog: Path | None = Field(None, description="Catalogue file; the default is the embedded models'.")
    rules: Path | None = Field(None, description="Rules file; the default is the one in policies/.")
    roots: tuple[Path, ...] = Field((Path(),), description="Folders that inputs, jobs and corpora must lie in.")
    store_text: StoreText = Field("full", description="What the ledger keeps of texts.")

    @property
    def catalog_file(self) -> Path:
        """The catalogue in use."""
        return self.catalog or policy_file("catalog.yaml")

    @property
    def rules_file(self) -> Path:
        """The rules table in use."""
        return self.rules or policy_file("rules.yaml")


def policy_file(name: str) -> Path:
    """A file that ships in policies/."""
    return Path(str(resources.files("policies"))) / name


def load_settings() -> Settings:
    """Read the settings; raises `BadInputError` that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        variable = "POINTSMAN_" + "_".join(str(part) for part in details["loc"][:1]).upper()
        raise BadInputError(details["msg"], field=variable, value=details["input"]) from error
