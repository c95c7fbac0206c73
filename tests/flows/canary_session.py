"""What the test of canaries has one process do: the flow as Python code calls it, and commands that are given secrets.

    python -m tests.flows.canary_session FOLDER

The folder is the test's; whatever this process prints and logs is looked through afterwards.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from flows.cli import main
from flows.run_job import run_job
from tasks.run_request import RunRequest
from tasks.settings import current_home
from tests.flows.canaries import ALL, FILES, ITEM
from warehouse.query import query


def run_in_python(folder: Path, items: Sequence[dict[str, object]], missing: str) -> None:
    """The flow with items in its request, with a job that is not there, and with a field that is not there."""
    job = str(folder / "job.yaml")
    run_job(RunRequest(job=job, items=items, run_id="r2"))
    assert run_job(RunRequest(job=missing, items=items), return_state=True).is_failed()
    wrong = {"job": job, "items": items, "sample": items[0]["question"]}
    assert run_job(wrong, return_state=True).is_failed()  # type: ignore[call-overload]


def use(*arguments: str, codes: Sequence[int] = (0,)) -> None:
    """One command."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in codes, arguments[0]


def use_every_command(folder: Path, batch: Path, missing: str) -> None:
    """Commands that run the job, that show what was stored, and that are given secrets."""
    job = (str(folder / "job.yaml"), "--input", str(batch))
    use("plan", *job)
    use("run", *job, "--run-id", "r1", codes=(0, 1))
    call = str(query(current_home(), "SELECT call_id FROM attempts WHERE status <> 'ok' LIMIT 1").rows[0][0])
    use("explain", call)
    use("explain", call, "--json")
    use("query", "SELECT * FROM attempts", "--json")
    use("query", "SELECT * FROM decisions")
    use("report", "r1", "--json")
    use("run", *job, "--run-id", "r1", codes=(0, 1))
    use("validate", codes=(0, 1))
    use("route", "--task-type", "generate", "--text", " ".join(ALL), "--tag", ITEM["tag"], "--json")
    use("query", f"SELECT '{ITEM['openai']}'::INTEGER", codes=(2,))
    use("run", *job, "--run-id", ITEM["openai"], codes=(2,))
    use("check", missing, codes=(2,))
    use("route", "--task-type", ITEM["openai"], "--text", "x", codes=(2,))
    bad = folder / "bad.yaml"
    bad.write_text((folder / "job.yaml").read_text().replace("chunk_size: 3", f"chunk_size: {ITEM['openai']}"))
    use("check", str(bad), codes=(2,))


if __name__ == "__main__":
    own = Path(sys.argv[1])
    lines = (own / f"{FILES['batch_name']}.jsonl").read_text().splitlines()
    not_there = str(own / f"{FILES['batch_name']}.yaml")
    os.environ["POINTSMAN_STORE_TEXT"] = "full"
    run_in_python(own, [json.loads(line) for line in lines], not_there)
    use_every_command(own, own / f"{FILES['batch_name']}.jsonl", not_there)
