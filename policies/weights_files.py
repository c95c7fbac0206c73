"""The files of weights behind the embedded models: what they are, how they are verified, where they may come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Repository = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")]


def refuse_upwards(path: str) -> str:
    """A path inside an archive or a repository, refused where it climbs out of it."""
    if {".", ".."} & set(path.split("/")):
        raise ValueError("must not contain '.' or '..' as a part")
    return path


InnerPath = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"), AfterValidator(refuse_upwards)
]


@dataclass(frozen=True, slots=True)
class PackageSource:
    """One package of the package index; the bytes are those of its wheel's `members`, in order."""

    name: str
    version: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HubSource:
    """One file of a model hub's repository, at a revision."""

    repository: str
    file: str
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights, known by its hash alone: whatever source delivers these bytes will do.

    The content is the concatenation of all members of all `packages`, in order, or the hub's file. `hub` is None where
    the official repository has no file of this hash. `used_by` names the catalogue's models that need the file.
    """

    name: str
    sha256: str
    size_bytes: int
    licence: str
    origin: str
    hub: HubSource | None
    packages: tuple[PackageSource, ...]
    used_by: tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PackageEntry(_Strict):
    """`packages:` of one weight file, as written."""

    name: Name
    version: Name
    members: list[InnerPath] = Field(min_length=1)


class SourceEntry(_Strict):
    """`source:` of one weight file, as written."""

    repository: Repository
    file: InnerPath
    revision: Name = "main"


class WeightEntry(_Strict):
    """One member of the catalogue's `weights:`, as written."""

    name: Name
    sha256: Sha256
    bytes: int = Field(gt=0)
    licence: str = Field(min_length=1)
    origin: str = Field(min_length=1)
    source: SourceEntry | None = None
    packages: list[PackageEntry] = Field(default_factory=list)
    used_by: list[Name] = Field(min_length=1)

    @model_validator(mode="after")
    def has_a_source(self) -> Self:
        """A file that nothing delivers could never be pulled."""
        if self.source is None and not self.packages:
            raise ValueError("needs a source or packages")
        return self


def weight_file(entry: WeightEntry) -> WeightFile:
    """The frozen value of one entry."""
    source = entry.source
    return WeightFile(
        name=entry.name,
        sha256=entry.sha256,
        size_bytes=entry.bytes,
        licence=entry.licence,
        origin=entry.origin,
        hub=None if source is None else HubSource(source.repository, source.file, source.revision),
        packages=tuple(PackageSource(p.name, p.version, tuple(p.members)) for p in entry.packages),
        used_by=tuple(entry.used_by),
    )
