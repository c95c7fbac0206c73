"""The spool: durable when the future says so, honest when the disk refuses, and never taken for abandoned."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from policies.errors import WorkFailedError
from warehouse.collecting import ready_segments
from warehouse.landing import land
from warehouse.query import query
from warehouse.segments import read_lines
from warehouse.spool import Spool


def n_landed(home) -> int:
    land(home)
    return query(home, "SELECT count(*) FROM attempts").rows[0][0]


def test_nothing_is_made_before_the_first_record(empty_world) -> None:
    with Spool(empty_world.home):
        pass
    assert not empty_world.home.root.exists()


def test_records_are_in_the_file_when_the_future_resolves_in_the_order_of_the_appends(world) -> None:
    with Spool(world.home) as spool:
        for n in range(10):
            spool.append(world.intent(n), world.outcome(world.intent(n))).result(10)
        [path] = world.home.spool.iterdir()
        lines = read_lines(path.read_bytes()).lines
    assert [json.loads(payload)["call_id"] for payload in lines["intent"].payloads] == [f"call-{n}" for n in range(10)]
    assert lines["outcome"].numbers == [2 * n + 2 for n in range(10)]


def test_files_and_folders_are_open_to_their_owner_alone(world) -> None:
    world.append(world.intent(1))
    land(world.home)
    world.append(world.intent(2))
    for path in (world.home.root, *world.home.root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_live_segment_is_left_alone_until_it_is_sealed(world) -> None:
    with Spool(world.home, max_segment_age_s=60) as spool:
        spool.append(world.intent(1)).result(10)
        assert n_landed(world.home) == 0
        spool.append(world.intent(2)).result(10)
        spool.seal()
        assert n_landed(world.home) == 2
        spool.append(world.intent(3)).result(10)
    assert n_landed(world.home) == 3


def test_segments_are_sealed_by_size_and_by_age(world) -> None:
    with Spool(world.home, max_segment_bytes=1, max_segment_age_s=60) as spool:
        for n in range(3):
            spool.append(world.intent(n)).result(10)
        assert len(list(ready_segments(world.home))) == 3
    with Spool(world.home, max_segment_age_s=0.05) as spool:
        spool.append(world.intent(4)).result(10)
        deadline = time.monotonic() + 10
        while len(list(ready_segments(world.home))) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(list(ready_segments(world.home))) == 4


def test_many_threads_and_tasks_lose_nothing(world) -> None:
    async def append_all(spool: Spool, first: int) -> None:
        await asyncio.gather(*(spool.append(world.intent(first + n)) for n in range(100)))

    with Spool(world.home) as spool:
        threads = [threading.Thread(target=lambda k=k: asyncio.run(append_all(spool, k * 100))) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert n_landed(world.home) == 800


def test_a_cancelled_waiter_does_not_cancel_the_others(world) -> None:
    async def scenario(spool: Spool) -> None:
        first, second = (asyncio.ensure_future(spool.append(world.intent(n))) for n in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await second

    with Spool(world.home) as spool:
        asyncio.run(scenario(spool))
    assert n_landed(world.home) == 2


def test_appending_nothing_resolves(empty_world) -> None:
    with Spool(empty_world.home) as spool:
        spool.append().result(10)
    assert not empty_world.home.root.exists()


def test_a_closed_spool_refuses(world) -> None:
    spool = Spool(world.home)
    spool.close()
    spool.close()
    with pytest.raises(WorkFailedError, match="closed"):
        spool.append(world.intent(1)).result(1)


def test_a_folder_that_can_t_be_made_fails_the_future_and_a_later_append_works(empty_world) -> None:
    empty_world.home.root.write_text("a file is in the way")
    with Spool(empty_world.home) as spool:
        with pytest.raises(WorkFailedError, match="can't be made durable"):
            spool.append(empty_world.intent(1)).result(10)
        empty_world.home.root.unlink()
        spool.append(empty_world.intent(2)).result(10)
    assert n_landed(empty_world.home) == 1


def printed_by(code: str, world) -> str:
    arguments = [sys.executable, "-c", code, str(world.home.root), str(Path(__file__).parent)]
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout


FULL_DISK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conftest import World
from policies.errors import WorkFailedError
from warehouse.spool import Spool
world = World(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, resource.RLIM_INFINITY))
acknowledged = 0
with Spool(world.home, max_segment_age_s=60) as spool:
    for n in range(40):
        try:
            spool.append(world.intent(n)).result(10)
        except WorkFailedError as error:
            print(f"refused {n}: {error}")
            break
        print(f"acknowledged {n}", flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    spool.append(world.intent(1000)).result(10)
    print("acknowledged 1000", flush=True)
"""


FORK = (
    FULL_DISK.split("resource.setrlimit")[0]
    + """
import os
with Spool(world.home) as spool:
    spool.append(world.intent(1)).result(10)
    if (child := os.fork()) == 0:
        print(spool.append(world.intent(2)).exception(10), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    spool.append(world.intent(3)).result(10)
"""
)


def test_a_forked_child_is_refused_instead_of_waiting_for_ever(world) -> None:
    assert printed_by(FORK, world) == "the spool belongs to the parent process\n"
    assert n_landed(world.home) == 2


def test_a_full_disk_fails_the_future_acknowledges_nothing_and_work_resumes_with_space(world) -> None:
    lines = printed_by(FULL_DISK, world).splitlines()
    acknowledged = {line.split()[1] for line in lines if line.startswith("acknowledged")}
    [refused] = [line for line in lines if line.startswith("refused")]
    assert "File too large" in refused
    assert len(acknowledged) > 2
    assert land(world.home).torn == ()
    landed = {row[0].removeprefix("call-") for row in query(world.home, "SELECT call_id FROM attempts").rows}
    assert landed == acknowledged


def test_an_unfinished_spool_is_written_out_when_its_process_ends_in_order(world) -> None:
    code = FULL_DISK.split("resource.setrlimit")[0] + "spool = Spool(world.home)\nspool.append(world.intent(1))\n"
    printed_by(code, world)
    assert n_landed(world.home) == 1
