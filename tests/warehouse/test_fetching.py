"""Segments of other machines come as a whole or not at all, land once, and stay where they are unless asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import fsspec
import pytest

from policies.errors import BadInputError, WorkFailedError
from warehouse.fetching import Fetched, fetch, land_from
from warehouse.home import Home
from warehouse.query import query
from warehouse.sources import Source, SourceFile, open_source, without_credentials

NAME = "20261125T120000000000-writer-7-0123456789ab"


@pytest.fixture
def elsewhere(tmp_path: Path, world) -> Path:
    """Another machine's spool, with two sealed segments of one attempt each, in two files' worth of names."""
    other = type(world)(tmp_path / "elsewhere")
    for n in (1, 2):
        intent = other.intent(n)
        other.append(intent, other.outcome(intent))
    return other.home.spool


@pytest.fixture(params=["file", "memory"])
def address(request, elsewhere: Path, tmp_path: Path) -> Iterator[str]:
    """Where those segments are to be fetched from."""
    if request.param == "file":
        yield elsewhere.as_uri()
        return
    files, folder = fsspec.filesystem("memory"), f"/{tmp_path.name}"
    for path in elsewhere.iterdir():
        files.pipe(f"{folder}/{path.name}", path.read_bytes())
    yield f"memory:/{folder}"
    files.rm(folder, recursive=True)


def names_at(address: str) -> list[str]:
    files, path = fsspec.core.url_to_fs(address)
    files.invalidate_cache()
    return sorted(name.rsplit("/", 1)[-1] for name in files.ls(path, detail=False))


def test_segments_land_once_and_stay_where_they_are(world, address: str) -> None:
    before = names_at(address)
    fetched, landing = land_from(world.home, address)
    assert (fetched.fetched, fetched.known, fetched.removed, landing.inserted) == (2, 0, 0, 2)
    again, second = land_from(world.home, address)
    assert (again, second.records) == (Fetched(fetched=0, known=2, other=0, removed=0, n_bytes=0), 0)
    assert query(world.home, "SELECT count(*), count(DISTINCT attempt_id) FROM attempts").rows == [(2, 2)]
    assert names_at(address) == before
    assert list(world.home.spool.iterdir()) == []


def test_what_has_landed_is_deleted_there_if_that_is_asked_for_and_nothing_else(world, address: str) -> None:
    files, path = fsspec.core.url_to_fs(address)
    strangers = ["../up.jsonl", "notes.txt", f"{NAME}.open", "segment.jsonl"]
    for name in strangers[1:]:
        files.pipe(f"{path}/{name}", b"x")
    land_from(world.home, address)
    fetched, landing = land_from(world.home, address, remove=True)
    assert (fetched.fetched, fetched.other, fetched.removed, landing.records) == (2, 3, 2, 0)
    assert names_at(address) == sorted(strangers[1:])


def test_damage_at_the_source_goes_to_quarantine_and_the_rest_lands(world, elsewhere: Path) -> None:
    path = min(elsewhere.iterdir())
    path.write_bytes(path.read_bytes().replace(b'"ok"', b'"ko"', 1))
    fetched, landing = land_from(world.home, str(elsewhere))
    assert (fetched.fetched, landing.quarantined, landing.inserted) == (2, 1, 2)


def test_left_overs_of_a_killed_fetch_are_removed_and_files_are_private(world, elsewhere: Path) -> None:
    world.home.create()
    left_over = world.home.spool / f"{NAME}.fetching"
    left_over.write_bytes(b"half")
    file = SourceFile(str(min(elsewhere.iterdir())), NAME, None)
    fetch(world.home, open_source(str(elsewhere)), file)
    assert oct((world.home.spool / f"{NAME}.jsonl").stat().st_mode & 0o777) == oct(0o600)
    left_over.write_bytes(b"half")
    land_from(world.home, str(elsewhere))
    assert list(world.home.spool.iterdir()) == []


class Flaky:
    """A file system of one file that cuts what it sends, the first `n_cut` times."""

    def __init__(self, data: bytes, *, n_cut: int) -> None:
        self.data, self.n_cut = data, n_cut

    def open(self, path: str, mode: str) -> BinaryIO:
        self.n_cut -= 1
        return io.BytesIO(self.data[: len(self.data) - 9] if self.n_cut >= 0 else self.data)

    def ls(self, path: str, detail: bool) -> list[dict[str, object]]:
        raise ConnectionError("https://ada:s3cr3t@host/x?X-Amz-Signature=s3cr3t refused\nby peer")

    def invalidate_cache(self, path: str) -> None: ...

    def rm_file(self, path: str) -> None:
        raise PermissionError(path)


@pytest.mark.parametrize("has_size", [True, False])
def test_what_was_cut_on_the_way_is_fetched_again(world, elsewhere: Path, has_size: bool) -> None:
    data = min(elsewhere.iterdir()).read_bytes()
    file = SourceFile("x", NAME, len(data) if has_size else None)
    world.home.create()
    fetch(world.home, Source(Flaky(data, n_cut=1), "x", "x"), file)
    assert (world.home.spool / f"{NAME}.jsonl").read_bytes() == data


def test_what_never_comes_as_a_whole_does_not_come_at_all(world, elsewhere: Path) -> None:
    data = min(elsewhere.iterdir()).read_bytes()
    world.home.create()
    with pytest.raises(WorkFailedError, match=f"has {len(data)} bytes, of which {len(data) - 9} came"):
        fetch(world.home, Source(Flaky(data, n_cut=9), "x", "x"), SourceFile("x", NAME, len(data)))
    assert list(world.home.spool.iterdir()) == []


def test_an_unreachable_source_is_one_line_without_credentials() -> None:
    source = replace(open_source("memory://x"), files=Flaky(b"", n_cut=0), shown="https://***@host/x?***")
    with pytest.raises(WorkFailedError) as caught:
        source.segments()
    assert str(caught.value) == "https://***@host/x?*** can't be read: https://***@host/x?*** refused by peer"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("memory://nowhere", "there is no such folder"),
        ("/nowhere/at/all", "there is no such folder"),
        ("gopher://ada:s3cr3t@host/x", "Protocol not known: gopher"),
    ],
)
def test_an_address_that_names_nothing_is_bad_input(tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said) as caught:
        land_from(Home(tmp_path), address)
    assert "s3cr3t" not in str(caught.value)


def test_users_passwords_and_signatures_are_masked() -> None:
    assert without_credentials("zip://a.zip::s3://u:p@h/b?sig=1 and sftp://ada@h/b") == (
        "zip://a.zip::s3://***@h/b?*** and sftp://***@h/b"
    )
