"""The corpus of the running interpreter's own documentation."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from policies.errors import WorkFailedError
from tasks.retrieval.corpus import CorpusSpec
from tasks.retrieval.opening import entry_passages, find_source
from tasks.retrieval.stdlib import Entry, list_entries
from tasks.retrieval.stdlib_modules import MODULES
from tasks.retrieval.stdlib_process import read_entries

SPEC = CorpusSpec(builder="python_stdlib")
ROOT = Path(__file__).resolve().parents[3]


def run_python(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """This interpreter in a process of its own, at the root of the checkout."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return read_entries()


def test_thousands_of_passages_with_unique_ids_within_the_size(entries: list[Entry]) -> None:
    passages = entry_passages(entries, SPEC)
    assert len(passages) >= 2_500
    assert len({passage.passage_id for passage in passages}) == len(passages)
    assert all(0 < len(passage.text) <= SPEC.chunk_characters for passage in passages)
    assert len(MODULES) == len(set(MODULES)) >= 70


def test_names_are_public_and_resolve_to_the_documented_object(entries: list[Entry]) -> None:
    names = [entry.name for entry in entries]
    assert len(set(names)) == len(names)
    assert not [name for name in names if any(part.startswith("_") for part in name.split("."))]
    assert not {"this", "antigravity", "tkinter", "turtle", "test"} & {name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    ("name", "in_signature", "in_text"),
    [
        ("json.dumps", "indent=None", "Serialize"),
        ("textwrap.fill", "width=70", "paragraph"),
        ("functools.lru_cache", "maxsize=128", "cache"),
        ("str.removeprefix", "(prefix, /)", "prefix"),
        ("collections.Counter.most_common", "(n=None)", "most common"),
        ("datetime.datetime.isoformat", "", "ISO 8601"),
        ("os.path.join", "(a, *p)", "path"),
        ("hashlib.scrypt", "dklen=64", "scrypt"),
        ("random.choice", "(seq)", "random element"),
        ("OSError", "", "I/O"),
        ("itertools", "", "iterator"),
        ("pathlib.Path.read_text", "encoding=None", "Open the file in text mode"),
        ("pathlib.Path.is_dir", "", "is a directory"),
        ("pathlib.Path.glob", "", "matching"),
        ("pathlib.PurePath.joinpath", "", "Combine this path"),
        ("pathlib.PurePath.suffix", "", "final component"),
    ],
)
def test_known_objects_are_there_with_their_defaults(
    entries: list[Entry], name: str, in_signature: str, in_text: str
) -> None:
    entry = next(entry for entry in entries if entry.name == name)
    assert in_signature in entry.signature
    assert in_text in entry.text


def test_aliases_and_inherited_docstrings_are_listed_once(entries: list[Entry]) -> None:
    names = {entry.name for entry in entries}
    assert not names & {"EnvironmentError", "IOError", "random.Random.choice", "typing.io", "exit", "copyright"}


HIDDEN = """
class Hidden:
    def read(self): 'Read it all.'
    def close(self): 'Close it.'
"""
OFFERED = """
'A shelf.'
from shelf._base import Hidden
class Public(Hidden):
    'What the package offers.'
    def read(self): 'Read it all.'
class Special(Public):
    'Offered too, with nothing of its own to say.'
    def read(self): 'Read it all.'
"""


def test_what_a_class_has_from_a_base_in_a_private_module_counts_as_its_own(tmp_path: Path) -> None:
    """As Python 3.13 has it with `pathlib.Path`, and no earlier version."""
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "_base.py").write_text(HIDDEN)
    (tmp_path / "shelf" / "__init__.py").write_text(OFFERED)
    program = "from tasks.retrieval.stdlib import list_entries; print(*(e.name for e in list_entries(('shelf',))))"
    done = run_python("-c", program, environment={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.stdout.split() == ["shelf", "shelf.Public", "shelf.Public.close", "shelf.Public.read", "shelf.Special"]


def test_no_memory_address_and_no_path_of_this_machine_gets_in(entries: list[Entry]) -> None:
    assert not [entry.name for entry in entries if " at 0x" in entry.signature]
    assert not [entry.name for entry in entries if sys.prefix in entry.signature + entry.text]


def test_two_processes_with_different_hash_seeds_and_imports_read_the_same(entries: list[Entry]) -> None:
    program = (
        "import logging, unittest.mock, warnings; logging.captureWarnings(True); logging.StreamHandler()\n"
        "from tasks.retrieval.corpus import CorpusSpec; from tasks.retrieval.opening import find_source\n"
        "print(find_source(CorpusSpec(builder='python_stdlib'), []).fingerprint)"
    )
    fingerprints = {find_source(SPEC, []).fingerprint}
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        fingerprints.add(run_python("-c", program, environment=environment).stdout.strip())
    assert len(fingerprints) == 1


def test_reading_prints_nothing_and_warns_of_nothing() -> None:
    program = "from tasks.retrieval.stdlib import list_entries; assert len(list_entries()) > 2500"
    done = run_python("-W", "error", "-c", program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_interpreter_without_docstrings_is_refused() -> None:
    program = "from tasks.retrieval.stdlib_process import read_entries; read_entries()"
    done = run_python("-OO", "-c", program)
    assert done.returncode == 1
    assert f"{WorkFailedError.__name__}: the standard library's docstrings could not be read" in done.stderr
    assert "without them (-OO)" in done.stderr


def test_a_single_module_can_be_listed_here() -> None:
    names = [entry.name for entry in list_entries(("heapq",))]
    assert names[0] == "heapq"
    assert "heapq.nlargest" in names


def test_a_long_docstring_is_numbered_and_keeps_its_name_as_source() -> None:
    entry = Entry("m.f", "(x=1)", "word " * 300)
    passages = entry_passages([entry], SPEC)
    assert [passage.passage_id for passage in passages] == ["m.f", "m.f#2", "m.f#3"]
    assert {passage.source for passage in passages} == {"m.f"}
    assert {passage.title for passage in passages} == {"m.f(x=1)"}
