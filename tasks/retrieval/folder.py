"""A folder of documents: which files it has, where it may lie, and its passages."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.errors import BadInputError, WorkFailedError
from tasks.retrieval.chunking import cut_section
from tasks.retrieval.corpus import CorpusSpec, LeftOut, OnUnreadable, Passage
from tasks.retrieval.documents import READERS, Section

MAX_FILE_BYTES = 50_000_000
MAX_FILES = 100_000


@dataclass(frozen=True, slots=True)
class FolderFile:
    """One document of a folder: its path from there with `/`, where it is, and the sha256 of its bytes.

    Bytes of the name that are not UTF-8 are written as `\\xNN`. One that can't be read has a `problem`, and no hash.
    """

    name: str
    path: Path
    sha256: str
    problem: str = ""


def locate_folder(folder: str, roots: Sequence[Path]) -> Path:
    """The real path of `folder`, taken from the first root; it must be a folder inside one of the roots."""
    try:
        real = (roots[0] / folder).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise BadInputError("is not a folder that can be read", field="folder", value=folder) from error
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        raise BadInputError("lies outside the allowed folders", field="folder", value=folder)
    if not real.is_dir():
        raise BadInputError("is not a folder", field="folder", value=folder)
    return real


def list_files(folder: Path, *, on_unreadable: OnUnreadable = "error") -> list[FolderFile]:
    """The documents below `folder` in the order of their paths, without hidden ones and other file types.

    Links that stay inside are passed over (their target is listed). `BadInputError` for a link that leaves the folder
    or points nowhere, more than `MAX_FILES`, and a folder without any document; by default also for a document that
    can't be read or is larger than `MAX_FILE_BYTES`.
    """
    names = sorted(walk(folder))
    if not names:
        known = ", ".join(sorted(READERS))
        raise BadInputError(f"holds no document ({known})", file=folder)
    if len(names) > MAX_FILES:
        raise BadInputError(f"holds more than {MAX_FILES} documents", file=folder, value=len(names))
    return [list_file(folder / name, folder, on_unreadable=on_unreadable) for name in names]


def list_file(path: Path, folder: Path, *, on_unreadable: OnUnreadable) -> FolderFile:
    """One document with its hash, or with the reason why it can't be read."""
    name = os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "backslashreplace")
    try:
        return FolderFile(name, path, sha256_of(load_bytes(path)))
    except BadInputError as error:
        if on_unreadable == "error":
            raise
        return FolderFile(name, path, "", error.problem)


def sha256_of(raw: bytes) -> str:
    """The sha256 of bytes in hex digits."""
    return hashlib.sha256(raw).hexdigest()


def walk(folder: Path) -> Iterator[str]:
    """The names of the documents below `folder`, in no order."""

    def refuse(error: OSError) -> None:
        raise BadInputError(f"can't be listed: {error.strerror}", file=error.filename) from error

    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in [*folders, *files]:
            path = Path(parent, name)
            if path.is_symlink() and not name.startswith("."):
                refuse_leaving(path, folder)
            elif name in files and not name.startswith(".") and path.suffix.lower() in READERS:
                yield path.relative_to(folder).as_posix()


def refuse_leaving(link: Path, folder: Path) -> None:
    """Raise where a link leads out of the folder, or nowhere."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise BadInputError("is a link that points nowhere", file=link) from error
    if not target.is_relative_to(folder):
        raise BadInputError("is a link that leaves the corpus folder", file=link)


def load_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most `MAX_FILE_BYTES`, never through a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise BadInputError("is not a regular file", file=path)
            if status.st_size > MAX_FILE_BYTES:
                raise BadInputError(f"is larger than {MAX_FILE_BYTES} bytes", file=path, value=status.st_size)
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadInputError(f"can't be read: {error.strerror}", file=path) from error


def read_passages(files: Sequence[FolderFile], spec: CorpusSpec) -> tuple[list[Passage], list[LeftOut]]:
    """The passages of every document, and the documents that gave none.

    Those hold no text, or can't be read, which is a `BadInputError` unless the corpus says `on_unreadable: skip`.
    """
    passages: list[Passage] = []
    left_out: list[LeftOut] = []
    for file in files:
        try:
            found = number_passages(read_sections(file), file.name, spec)
        except BadInputError as error:
            if spec.on_unreadable == "error":
                raise
            left_out.append(LeftOut(file.name, reason_of(error)))
        else:
            passages += found
            left_out += [] if found else [LeftOut(file.name, "holds no text")]
    return passages, left_out


def read_sections(file: FolderFile) -> list[Section]:
    """The sections of a document; raises `WorkFailedError` where it is not what was listed any more.

    Its index would be kept under the hash of what was listed, and be taken for that ever after.
    """
    if file.problem:
        raise BadInputError(file.problem, file=file.name)
    raw = load_bytes(file.path)
    if sha256_of(raw) != file.sha256:
        raise WorkFailedError(f"{file.path}: changed while the corpus was being read; begin again")
    return READERS[file.path.suffix.lower()](raw, file.name)


def reason_of(error: BadInputError) -> str:
    """What is wrong with a document, without its name."""
    return error.problem if error.line is None else f"line {error.line} {error.problem}"


def number_passages(sections: Sequence[Section], source: str, spec: CorpusSpec) -> list[Passage]:
    """The passages of one document, numbered from 1."""
    cut = [
        (section.title, text)
        for section in sections
        for text in cut_section(section.text, spec.chunk_characters, overlap=spec.overlap_characters)
    ]
    return [Passage(f"{source}#{number}", title, text, source) for number, (title, text) in enumerate(cut, start=1)]
