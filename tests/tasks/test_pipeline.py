"""A job of three steps over real HTTP: what the provider served is what the ledger has, once, at the same cost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from tests.fakes.installations import Installation, run_whole
from tests.fakes.provider import Received, ScriptedProvider, count_input, count_words
from warehouse.landing import land
from warehouse.query import query

Install = Callable[..., Installation]
ROOT = Path(__file__).resolve().parents[2]
PRICES = {"small": (1, 2), "large": (10, 30)}


def answer(body: Mapping[str, object]) -> str:
    """JSON where a schema is asked for, words elsewhere."""
    return json.dumps({"quote": "eat weeds"}) if "response_format" in body else "Ducks eat weeds"


def billed_usd(requests: Iterable[Received]) -> Decimal:
    """What the provider's own counts of the answers that it reported come to."""
    total = Decimal(0)
    for request in requests:
        if request.behaviour.partition(":")[0] in ("ok", "refused"):
            input_rate, output_rate = PRICES[request.model]
            tokens = count_input(request.body) * input_rate + count_words(answer(request.body)) * output_rate
            total += Decimal(tokens) / 1_000_000
    return total


def rows_of(installation: Installation, sql: str) -> list[tuple[object, ...]]:
    land(installation.home)
    return query(installation.home, sql).rows


def statuses(installation: Installation) -> Counter[tuple[object, ...]]:
    rows = rows_of(installation, "SELECT status, error_type FROM attempts WHERE provider = 'openai'")
    return Counter(rows)


def test_every_request_that_the_provider_served_is_in_the_ledger_once_at_its_cost(install: Install) -> None:
    script = ["429:0", "500", "cut", "malformed", "refused", "slow:8"]
    with ScriptedProvider(script, answer=answer) as provider:
        installation = install(provider.base_url, n_items=8)
        closed = run_whole(installation.request())
        assert (closed.n_items, closed.n_failed) == (8, 0)
        assert provider.n_requests == 16 + len(script)
        assert statuses(installation) == {
            ("ok", None): 16,
            ("rate_limited", "rate_limit"): 1,
            ("error", "server_error"): 1,
            ("error", "connection"): 1,
            ("error", "malformed_response"): 1,
            ("refused", "content_filter"): 1,
            ("timeout", "timeout"): 1,
        }
        ((cost, n_unknown),) = rows_of(
            installation, "SELECT sum(cost_usd), count(*) FILTER (WHERE cost_usd IS NULL) FROM attempts"
        )
        assert cost == billed_usd(provider.requests)
        assert n_unknown == 3  # cut, malformed, slow: nobody knows whether they were billed
        by_model = rows_of(
            installation, "SELECT model, count(*) FROM attempts WHERE provider = 'openai' GROUP BY ALL ORDER BY 1"
        )
        assert by_model == sorted(Counter(request.model for request in provider.requests).items())


def test_the_ledger_can_tell_a_calls_whole_story(install: Install) -> None:
    with ScriptedProvider(["refused"], answer=answer) as provider:
        installation = install(provider.base_url, n_items=1)
        run_whole(installation.request())
        story = rows_of(
            installation,
            """
            SELECT a.model, a.status, a.is_fallback, a.fallback_from, d.model
            FROM attempts AS a JOIN decisions AS d USING (decision_id)
            WHERE a.step = 'answer' ORDER BY a.started_at
            """,
        )
        assert story == [("small", "refused", False, None, "small"), ("large", "ok", True, "small", "large")]
        orphans = rows_of(
            installation,
            "SELECT count(*) FROM attempts WHERE decision_id NOT IN (SELECT decision_id FROM decisions)"
            " OR price_id NOT IN (SELECT price_id FROM prices)",
        )
        assert orphans == [(0,)]
        scores = rows_of(installation, "SELECT scorer, score FROM scores ORDER BY 1")
        assert scores == [("json_schema", 1.0), ("non_empty", 1.0)]


def test_the_outputs_are_those_of_the_answers(install: Install) -> None:
    with ScriptedProvider(answer=answer) as provider:
        installation = install(provider.base_url, n_items=5)
        closed = run_whole(installation.request())
    rows = [json.loads(line) for line in Path(closed.outputs).read_text().splitlines()]
    assert [row["item_id"] for row in rows] == [f"q{n}" for n in range(5)]
    assert rows[0]["outputs"]["answer"] == "Ducks eat weeds"
    assert rows[0]["outputs"]["cite"] == {"quote": "eat weeds"}
    assert rows[0]["models"] == {"find": "index:pond", "answer": "small", "cite": "small"}


def test_a_second_pass_over_a_finished_run_sends_nothing(install: Install) -> None:
    with ScriptedProvider(answer=answer) as provider:
        installation = install(provider.base_url, n_items=6)
        first = run_whole(installation.request())
        served, attempts = provider.n_requests, rows_of(installation, "SELECT * FROM attempts ORDER BY ALL")
        outputs = Path(first.outputs).read_bytes()
        assert run_whole(installation.request()) == first
        assert provider.n_requests == served == 12
        assert rows_of(installation, "SELECT * FROM attempts ORDER BY ALL") == attempts
        assert Path(first.outputs).read_bytes() == outputs
        assert rows_of(installation, "SELECT count(*) FROM runs") == [(1,)]


def test_a_run_that_was_killed_before_its_checkpoints_buys_no_answer_twice(install: Install) -> None:
    with ScriptedProvider(["429:0", "refused"], answer=answer) as provider:
        installation = install(provider.base_url, n_items=6)
        closed = run_whole(installation.request())
        served = provider.n_requests
        attempts = rows_of(installation, "SELECT attempt_id, status, cost_usd FROM attempts ORDER BY 1")
        assert len(attempts) == served + 6  # and six searches
        for checkpoint in Path(closed.outputs).parent.glob("chunks/*/*.results.jsonl"):
            checkpoint.unlink()
        run_whole(installation.request())
        assert provider.n_requests == served
        assert rows_of(installation, "SELECT attempt_id, status, cost_usd FROM attempts ORDER BY 1") == attempts


def test_attempts_that_only_the_journal_knows_are_handed_to_the_ledger_again(install: Install) -> None:
    with ScriptedProvider(["429:0"], answer=answer) as provider:
        installation = install(provider.base_url, n_items=3)
        closed = run_whole(installation.request())
        for segment in installation.home.spool.iterdir():
            segment.unlink()  # as if the power had failed before the spool was synced
        for checkpoint in Path(closed.outputs).parent.glob("chunks/*/*.results.jsonl"):
            checkpoint.unlink()
        run_whole(installation.request())
        assert provider.n_requests == 7
        assert statuses(installation) == {("ok", None): 6, ("rate_limited", "rate_limit"): 1}


KILLED = """
from pathlib import Path
from tests.fakes.installations import Installation, run_whole
run_whole(Installation(Path({folder!r})).request())
"""


def test_a_run_that_is_killed_in_flight_is_accounted_for_and_taken_up(install: Install) -> None:
    with ScriptedProvider(default="slow:0.4", answer=answer) as provider:
        installation = install(provider.base_url, n_items=8)
        command = [sys.executable, "-c", KILLED.format(folder=str(installation.folder))]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:  # our own
            wait_for(lambda: provider.n_requests >= 6)  # the second step of the first chunk is on its way
            process.kill()
        in_flight = 4
        provider.default = "ok"
        closed = run_whole(installation.request())
        assert (closed.n_items, closed.n_failed) == (8, 0)
        assert 16 <= provider.n_requests <= 16 + in_flight
        rows = rows_of(installation, "SELECT status, cost_usd, reserved_usd FROM attempts WHERE provider = 'openai'")
        unknown = [row for row in rows if row[0] == "unknown"]
        assert 1 <= len(unknown) <= in_flight
        assert all(cost is None and reserved for _, cost, reserved in unknown)
        assert sum(row[0] == "ok" for row in rows) == 16  # no answer is bought twice
        assert provider.n_requests <= len(rows) == 16 + len(unknown)


def wait_for(condition: Callable[[], bool]) -> None:
    """Until `condition` holds; fails after a minute."""
    deadline_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_items_that_a_dead_provider_failed_go_no_further(install: Install) -> None:
    with ScriptedProvider(default="401", answer=answer) as provider:
        installation = install(provider.base_url, n_items=3)
        closed = run_whole(installation.request())
        assert (closed.n_items, closed.n_failed) == (3, 3)
        assert provider.n_requests == 6  # each item at both models, once, for the first of the two steps
        assert rows_of(installation, "SELECT DISTINCT step FROM decisions ORDER BY 1") == [("answer",), ("find",)]
    row = json.loads(Path(closed.outputs).read_text().splitlines()[0])
    assert row["status"] == "failed"
    assert row["error"].startswith("answer: small: ")
    assert "; large: " in row["error"]


def test_no_key_and_no_text_that_may_not_be_kept_is_in_the_ledger(install: Install) -> None:
    with ScriptedProvider(["leak"], answer=lambda _: "the key is sk-test-0123456789abcdef0123456789") as provider:
        installation = install(provider.base_url, n_items=1)
        run_whole(installation.request())
        land(installation.home)
    stored = installation.home.published.read_bytes() + installation.home.ledger.read_bytes()
    assert b"sk-test" not in stored
