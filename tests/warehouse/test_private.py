"""What is written is for its owner alone, whatever the process's umask is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import duckdb
import pytest

from tests.warehouse.conftest import World
from warehouse.home import make_folder
from warehouse.landing import land
from warehouse.private import open_private, private_files
from warehouse.query import query


@pytest.fixture(autouse=True)
def lax_umask() -> Iterator[None]:
    old = os.umask(0)
    yield
    os.umask(old)


def modes_below(folder: Path) -> dict[str, int]:
    """The permissions of a folder and of everything in it."""
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}


def test_missing_folders_are_made_private_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o755)
    make_folder(tmp_path / "theirs" / "ours" / "too")
    assert modes_below(tmp_path / "theirs") == {".": 0o755, "ours": 0o700, "ours/too": 0o700}
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "file")


def test_files_are_made_private(tmp_path: Path) -> None:
    with open_private(tmp_path / "a", "wb") as file:
        file.write(b"1")
    with open_private(tmp_path / "a", "ab") as file:
        file.write(b"2")
    assert (tmp_path / "a").read_bytes() == b"12"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_the_umask_is_back_once_the_last_has_let_go(tmp_path: Path) -> None:
    together = Barrier(4)

    def work(number: int) -> None:
        with private_files():
            together.wait()
            (tmp_path / str(number)).touch()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    (tmp_path / "after").touch()
    modes = modes_below(tmp_path)
    assert [modes[str(number)] for number in range(4)] == [0o600] * 4
    assert modes["after"] == 0o666


def test_a_warehouse_is_private_with_the_files_that_duckdb_makes(empty_world: World) -> None:
    empty_world.append(empty_world.intent(1))
    land(empty_world.home)
    empty_world.append(empty_world.intent(2))
    land(empty_world.home)
    modes = modes_below(empty_world.home.root)
    assert {"ledger.duckdb", "warehouse.duckdb", "ledger.lock", "spool", "runs"} <= set(modes)
    assert modes == {name: 0o700 if (empty_world.home.root / name).is_dir() else 0o600 for name in modes}


def test_what_a_query_can_not_hold_in_memory_goes_into_the_warehouses_folder(world: World) -> None:
    land(world.home)
    ((folder,),) = query(world.home, "SELECT current_setting('temp_directory')").rows
    assert Path(str(folder)).parent == world.home.root


def test_duckdb_itself_obeys_the_umask(tmp_path: Path) -> None:
    with private_files(), duckdb.connect(tmp_path / "a.duckdb") as connection:
        connection.execute("CREATE TABLE a AS SELECT range AS n FROM range(1000)")
        modes = modes_below(tmp_path)
    assert modes["a.duckdb"] == modes["a.duckdb.wal"] == 0o600
