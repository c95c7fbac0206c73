"""Folders of segments anywhere that fsspec reaches: local paths, `memory://`, `sftp://`, `s3://` and the like.

Credentials belong into the environment or fsspec's own configuration; those in an address are never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

import fsspec  # type: ignore[import-untyped]

from policies.errors import BadInputError, PointsmanError, WorkFailedError
from warehouse.damage import one_line
from warehouse.open_segment import SEALED

SEGMENT_NAME = re.compile(r"\d{8}T\d{12}-[A-Za-z0-9_-]+-\d+-[0-9a-f]{12}")
USER, QUERY = re.compile(r"(?<=://)[^/\s]*@"), re.compile(r"\?[^\s'\")]*")


class FileSystem(Protocol):
    """What is used of fsspec's file systems."""

    def ls(self, path: str, detail: bool) -> list[dict[str, object]]: ...

    def invalidate_cache(self, path: str) -> None: ...

    def open(self, path: str, mode: str) -> BinaryIO: ...

    def rm_file(self, path: str) -> None: ...


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One sealed segment at a source; its size in bytes as the source states it, None where it does not."""

    path: str
    name: str
    n_bytes: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of segments; `shown` is its address without credentials."""

    files: FileSystem
    path: str
    shown: str

    def segments(self) -> tuple[list[SourceFile], int]:
        """The sealed segments in it, in the order of their names, and how many other files are left where they are.

        Raises `BadInputError` where there is no such folder, `WorkFailedError` where it can't be reached.
        """
        with told(self.shown):
            self.files.invalidate_cache(self.path)
            entries = [entry for entry in self.files.ls(self.path, detail=True) if entry["type"] == "file"]
        found = [source_file(entry) for entry in entries]
        good = [file for file in found if file is not None]
        return sorted(good, key=lambda file: file.name), len(found) - len(good)

    @contextmanager
    def reading(self, file: SourceFile) -> Iterator[BinaryIO]:
        """One segment, opened; raises `WorkFailedError` for whatever the source does meanwhile."""
        with told(self.shown), self.files.open(file.path, "rb") as stream:
            yield stream

    def remove(self, file: SourceFile) -> None:
        """Delete one segment at the source; raises `WorkFailedError`."""
        with told(self.shown):
            self.files.rm_file(file.path)


def open_source(address: str) -> Source:
    """What an address names.

    Raises `BadInputError` for an empty one, where fsspec knows no such kind, or where a package for it is missing.
    """
    if not address.strip():  # fsspec takes it for the current folder
        raise BadInputError("must not be empty", field="--from", value=address)
    shown = without_credentials(address)
    with told(shown):
        files, path = fsspec.core.url_to_fs(address)
    return Source(cast(FileSystem, files), path, shown)


def source_file(entry: dict[str, object]) -> SourceFile | None:
    """A listed file as a segment; None if its name is none that writers give."""
    path, size = str(entry["name"]), entry.get("size")
    name = path.rstrip("/").rsplit("/", 1)[-1]
    if not name.endswith(SEALED) or not SEGMENT_NAME.fullmatch(name.removesuffix(SEALED)):
        return None
    return SourceFile(path, name.removesuffix(SEALED), size if isinstance(size, int) else None)


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Tell of any error in one line, without credentials. File systems raise errors of all kinds of libraries."""
    try:
        yield
    except PointsmanError:
        raise
    except (FileNotFoundError, NotADirectoryError):
        raise BadInputError("there is no such folder", field="from", value=shown) from None
    except ImportError as error:
        problem = f"a package for such addresses is missing: {without_credentials(one_line(error))}"
        raise BadInputError(problem, field="from", value=shown) from None
    except ValueError as error:
        raise BadInputError(without_credentials(one_line(error)), field="from", value=shown) from None
    except Exception as error:  # noqa: BLE001 -- of whatever library the file system is made of
        said = without_credentials(one_line(error)) or type(error).__name__
        # Not "from error": its text, and those of what it came from, may hold the address.
        raise WorkFailedError(f"{shown} can't be read: {said}") from None


def without_credentials(text: str) -> str:
    """A text with what may be secret in addresses masked: users and passwords, and queries (signatures)."""
    return QUERY.sub("?***", USER.sub("***@", text))
