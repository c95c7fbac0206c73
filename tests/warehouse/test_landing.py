"""Landing: every record becomes its fact exactly once, in whatever order and however often it comes."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zlib import crc32

import duckdb
import orjson
import pytest

from policies.errors import WorkFailedError
from tests.warehouse.conftest import NOON
from warehouse.landing import land
from warehouse.policy_versions import list_policies, policy_seen
from warehouse.query import query
from warehouse.segments import encode

FACTS = [
    "run_starts",
    "run_ends",
    "decisions",
    "attempts",
    "imported_usage",
    "scores",
    "agreements",
    "drifts",
    "prices",
    "weight_changes",
    "validations",
    "quarantine",
]


def facts(home) -> dict[str, list]:
    """Every fact, sorted."""
    return {table: sorted(query(home, f"FROM {table}").rows, key=repr) for table in FACTS}


def put(home, name: str, data: bytes) -> Path:
    home.create()
    path = home.spool / name
    path.write_bytes(data)
    return path


def test_every_kind_lands_and_the_segment_is_gone(empty_world) -> None:
    empty_world.append(*empty_world.everything())
    landing = land(empty_world.home)
    assert (landing.segments, landing.records, landing.inserted) == (1, 19, 17)
    assert (landing.settled, landing.duplicates, landing.quarantined, landing.torn) == (0, 2, 0, ())
    assert landing.is_published
    assert list(empty_world.home.spool.iterdir()) == []
    counts = {table: len(rows) for table, rows in facts(empty_world.home).items()}
    assert counts == dict(zip(FACTS, (1, 1, 3, 4, 1, 1, 1, 1, 1, 1, 1, 0), strict=True))


def test_values_arrive_as_they_were(world) -> None:
    world.append(world.decision(1), world.outcome(world.intent(1)))
    land(world.home)
    row = query(
        world.home, "SELECT cost_usd, reserved_usd, prompt_text, started_at, ended_at, latency_s FROM attempts"
    ).rows[0]
    intent = world.intent(1)
    assert row == (
        Decimal("0.000200000"),
        Decimal("0.010000000"),
        "why? ☃",
        intent.started_at,
        intent.started_at + timedelta(seconds=0.5),
        0.5,
    )
    [(candidates, features, multiplier)] = query(
        world.home, 'SELECT candidates, features, "lambda" FROM decisions'
    ).rows
    assert candidates[0]["p_cost_usd"] == Decimal("0.0002")
    assert candidates[1]["reason"] == "context window"
    assert orjson.loads(features) == {"input_tokens": 100, "tag": "x", "is_structured": False, "none": None}
    assert multiplier == 0.25


def test_landing_again_adds_nothing_and_publishes_nothing(world) -> None:
    world.append(*world.everything())
    land(world.home)
    before = facts(world.home)
    published = world.home.published.stat().st_ino
    landing = land(world.home)
    assert (landing.segments, landing.records, landing.is_published) == (0, 0, False)
    assert facts(world.home) == before
    assert world.home.published.stat().st_ino == published


def test_segments_landed_ten_times_in_shuffled_order_give_the_same_facts(world, tmp_path) -> None:
    records = [*world.everything(), world.run_started(started_at=world.everything()[0].started_at + timedelta(hours=1))]
    for first in range(0, len(records), 2):
        world.append(*records[first : first + 2])
    kept = tmp_path / "kept"
    shutil.copytree(world.home.spool, kept)
    land(world.home)
    once = facts(world.home)
    dice = random.Random(3)
    other = type(world)(tmp_path / "other")
    for round_ in range(10):
        paths = sorted(kept.iterdir())
        dice.shuffle(paths)
        for position, path in enumerate(paths):
            put(
                other.home,
                f"{position:04d}-{round_}-{path.name.replace('.', '_', path.name.count('.') - 1)}",
                path.read_bytes(),
            )
            if dice.random() < 0.3:
                land(other.home)
    land(other.home)
    assert facts(other.home) == once


def test_a_loader_that_died_before_removing_its_segments_adds_nothing_when_it_comes_again(world) -> None:
    world.append(*world.everything())
    [path] = world.home.spool.iterdir()
    data = path.read_bytes()
    land(world.home)
    before = facts(world.home)
    path.write_bytes(data)
    landing = land(world.home)
    assert landing.records == 0
    assert not path.exists()
    assert facts(world.home) == before


@pytest.mark.parametrize("order", ["together", "intent first", "outcome first"])
def test_an_outcome_settles_its_intent_in_any_order(world, order: str) -> None:
    intent = world.intent(1)
    outcome = world.outcome(intent)
    if order == "together":
        world.append(intent, outcome)
    else:
        first, second = (intent, outcome) if order == "intent first" else (outcome, intent)
        world.append(first)
        land(world.home)
        world.append(second)
    landing = land(world.home)
    assert landing.settled == (order == "intent first")
    rows = query(world.home, "SELECT status, cost_usd, reserved_usd, cost_source, response_text FROM attempts").rows
    assert rows == [("ok", Decimal("0.0002"), Decimal("0.01"), "priced", "because")]


def test_an_intent_alone_is_an_unknown_attempt_with_its_worst_case_reserved(world) -> None:
    world.append(world.intent(1))
    land(world.home)
    rows = query(world.home, "SELECT status, cost_usd, reserved_usd, cost_source, ended_at FROM attempts").rows
    assert rows == [("unknown", None, Decimal("0.01"), "unknown", None)]


def test_two_outcomes_of_one_attempt_count_once(world) -> None:
    outcome = world.outcome(world.intent(1))
    world.append(outcome, replace(outcome, cost_usd=Decimal(1)), outcome)
    assert land(world.home).inserted == 1
    assert query(world.home, "SELECT sum(cost_usd) FROM attempts").rows == [(Decimal("0.0002"),)]


def framed(kind: str, data: object) -> bytes:
    body = b'"kind":"%b","data":%b}' % (kind.encode(), orjson.dumps(data))
    return b'{"crc":"%08x",%b\n' % (crc32(body), body)


def changed(record, **changes: object) -> bytes:
    """A record's line with fields changed behind the codec's back, and its checksum right."""
    line = orjson.loads(encode(record))
    data = {key: value for key, value in (line["data"] | changes).items() if value is not ...}
    return framed(line["kind"], data)


BAD_LINES = {
    "an unknown kind": (lambda _: framed("surprise", {}), "is of an unknown kind: surprise"),
    "a flipped bit": (lambda w: encode(w.intent(9)).replace(b"answer", b"answes"), "fails its checksum"),
    "not a record": (lambda _: b"hello\n", "is not a record with a checksum"),
    "bytes that are no text": (lambda _: b"\xff\x00\n", "is not a record with a checksum"),
    "a missing field": (lambda w: changed(w.intent(9), call_id=...), "call_id"),
    "a null key": (lambda w: changed(w.intent(9), attempt_id=None), "attempt_id"),
    "a wrong type": (lambda w: changed(w.intent(9), attempt_no="one"), "attempt_no"),
    "a time that is none": (lambda w: changed(w.intent(9), started_at="noon"), "started_at"),
    "money that is none": (lambda w: changed(w.intent(9), reserved_usd="much"), "reserved_usd"),
    "money that does not fit": (lambda w: changed(w.intent(9), reserved_usd="1e20"), "decimal"),
    "an unknown status": (lambda w: changed(w.outcome(w.intent(9)), status="fine"), "status"),
    "a negative cost": (lambda w: changed(w.outcome(w.intent(9)), cost_usd="-1"), "cost_usd >= 0"),
    "a score above one": (lambda w: changed(w.score(9, 1.0), score=1.5), "score <= 1"),
    "a score that is no number": (lambda w: changed(w.score(9, 1.0), score=None), "score"),
    "a propensity above one": (lambda w: changed(w.decision(9), propensity=2), "propensity <= 1"),
    "a broken candidate": (lambda w: changed(w.decision(9), candidates=[{"model": "x"}]), "candidates"),
    "data that is a list": (lambda _: framed("intent", []), "object"),
    "weights that are no JSON": (lambda w: changed(w.weights("w9", "live"), document="{"), "JSON"),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_goes_to_quarantine_with_the_reason_and_its_neighbours_land(world, line, reason: str) -> None:
    bad = line(world)
    put(world.home, "s.jsonl", encode(world.intent(1)) + bad + encode(world.score(1, 1.0)) + encode(world.decision(1)))
    landing = land(world.home)
    assert (landing.inserted, landing.quarantined) == (3, 1)
    [(segment, number, record, why)] = query(world.home, "SELECT segment, line, record, reason FROM quarantine").rows
    assert (segment, number) == ("s", 2)
    assert reason in why
    assert record
    assert query(world.home, "SELECT n_quarantined FROM segments").rows == [(1,)]


def test_many_bad_lines_among_many_good_ones_are_all_found(world) -> None:
    lines = [changed(world.score(n, 1.0), score=1.5 if n % 7 == 0 else 0.5) for n in range(300)]
    put(world.home, "s.jsonl", b"".join(lines))
    landing = land(world.home)
    assert (landing.inserted, landing.quarantined) == (257, 43)


def test_a_record_of_an_older_version_without_a_field_that_has_a_default_still_lands(world) -> None:
    put(world.home, "s.jsonl", changed(world.outcome(world.intent(1)), response_text=...))
    assert (land(world.home).inserted, query(world.home, "FROM quarantine").rows) == (1, [])


def test_a_torn_end_of_an_abandoned_segment_is_reported_and_skipped(world) -> None:
    lines = [encode(world.intent(n)) for n in range(3)]
    put(world.home, "s.open", b"".join(lines)[:-20])
    landing = land(world.home)
    assert (landing.inserted, landing.torn, landing.quarantined) == (2, ("s",), 0)
    assert query(world.home, "SELECT is_abandoned, is_torn, n_records FROM segments").rows == [(True, True, 2)]


def test_a_torn_end_of_a_sealed_segment_is_damage_and_is_kept_in_quarantine(world) -> None:
    put(world.home, "s.jsonl", encode(world.intent(1)) + encode(world.intent(2))[:50])
    landing = land(world.home)
    assert (landing.inserted, landing.torn, landing.quarantined) == (1, ("s",), 1)


def test_a_cut_at_every_byte_of_the_last_two_lines_keeps_every_whole_record(world, tmp_path) -> None:
    lines = [encode(world.intent(n)) for n in range(3)]
    data = b"".join(lines)
    expected = 0
    for cut in range(len(lines[0]), len(data) + 1, 1):
        put(world.home, f"s{cut}.open", data[:cut].replace(b"attempt-", b"attempt-"))
        expected += 1
    landing = land(world.home)
    assert landing.segments == expected
    assert landing.inserted == 3
    assert landing.quarantined == 0
    assert len(landing.torn) == expected - 5  # whole after each of three newlines, and just before the last two


def test_an_empty_abandoned_segment_is_removed(world) -> None:
    path = put(world.home, "s.open", b"")
    assert land(world.home).records == 0
    assert not path.exists()


def test_foreign_files_in_the_spool_are_left_alone(world) -> None:
    path = put(world.home, "notes.txt", b"x")
    land(world.home)
    assert path.exists()


def test_a_ledger_that_is_no_database_is_one_clear_error(world) -> None:
    world.append(world.intent(1))
    world.home.ledger.write_bytes(b"not a database" * 1000)
    with pytest.raises(WorkFailedError, match=r"ledger\.duckdb"):
        land(world.home)
    assert len(list(world.home.spool.iterdir())) == 1


def test_a_resumed_run_keeps_its_first_start_and_runs_until_its_latest_end(world) -> None:
    start = world.run_started()
    again = world.run_started(started_at=start.started_at + timedelta(hours=2), n_items=99)
    failed = world.run_ended(ended_at=start.started_at + timedelta(hours=1), status="failed")
    done = world.run_ended(ended_at=start.started_at + timedelta(hours=3))
    expected = [
        ([start], "running", 3, None),
        ([failed], "failed", 3, failed.ended_at),
        ([again], "running", 3, None),
        ([done, start], "completed", 3, done.ended_at),
    ]
    for records, status, n_items, ended_at in expected:
        world.append(*records)
        land(world.home)
        rows = query(world.home, "SELECT status, n_items, started_at, ended_at FROM runs").rows
        assert rows == [(status, n_items, start.started_at, ended_at)]


def test_an_end_without_its_start_waits_for_it(world) -> None:
    start = world.run_started()
    world.append(world.run_ended(ended_at=start.started_at + timedelta(hours=1)))
    land(world.home)
    assert query(world.home, "SELECT count(*) FROM runs").rows == [(0,)]
    world.append(start)
    land(world.home)
    assert query(world.home, "SELECT status FROM runs").rows == [("completed",)]


def test_the_latest_change_of_a_weights_version_wins_in_any_order(world) -> None:
    late = world.run_started().started_at + timedelta(hours=1)
    world.append(world.weights("w1", "retired", changed_at=late), world.weights("w2", "live", changed_at=late))
    world.append(world.weights("w1", "live"), world.weights("w1", "candidate"), world.weights("w2", "candidate"))
    land(world.home)
    rows = query(world.home, "SELECT weights_version, status FROM weights ORDER BY 1").rows
    assert rows == [("w1", "retired"), ("w2", "live")]


def test_changes_of_one_instant_follow_each_other_as_a_version_s_life_does(world) -> None:
    world.append(world.weights("w1", "live"), world.weights("w1", "candidate"))
    land(world.home)
    assert query(world.home, "SELECT status FROM weights").rows == [("live",)]


def test_a_price_keeps_the_earliest_time_that_it_was_seen_in_force(world) -> None:
    price = world.price()
    later = replace(price, valid_from=price.valid_from + timedelta(days=1))
    earlier = replace(price, valid_from=price.valid_from - timedelta(days=1))
    for records in ([later, price], [earlier], [later]):
        world.append(*records)
        land(world.home)
    assert query(world.home, "SELECT price_id, input, valid_from FROM prices").rows == [
        ("price-1", Decimal(1), earlier.valid_from)
    ]


def test_an_edited_or_unknown_migration_is_refused(world) -> None:
    land(world.home)
    with duckdb.connect(world.home.ledger) as connection:
        connection.execute("INSERT INTO migrations VALUES ('9999_future', 'x', now())")
    with pytest.raises(WorkFailedError, match="newer version"):
        land(world.home)
    with duckdb.connect(world.home.ledger) as connection:
        connection.execute("DELETE FROM migrations WHERE name = '9999_future'")
        connection.execute("UPDATE migrations SET checksum = 'x' WHERE name = '0001_facts'")
    with pytest.raises(WorkFailedError, match="was edited"):
        land(world.home)


def test_a_ledger_that_lacks_a_column_is_an_error_and_no_record_is_blamed(world) -> None:
    land(world.home)
    with duckdb.connect(world.home.ledger) as connection:
        connection.execute("DROP VIEW calls CASCADE")
        connection.execute("ALTER TABLE scores DROP COLUMN detail")
    world.append(world.score(1, 0.5))
    with pytest.raises(WorkFailedError, match="detail"):
        land(world.home)
    assert len(list(world.home.spool.iterdir())) == 1


def test_a_version_of_the_rules_is_kept_once_and_dated_by_when_it_was_seen_first(world) -> None:
    first, later = (world.policy("r-1", seen_at=NOON + timedelta(hours=hours)) for hours in (0, 1))
    for records in ([later], [later, first, world.policy("r-2")], [later]):
        world.append(*records)
        land(world.home)
    assert query(world.home, "SELECT version, first_seen_at FROM policy_versions ORDER BY version").rows == [
        ("r-1", first.seen_at),
        ("r-2", first.seen_at),
    ]
    assert [seen.version for seen in list_policies(world.home, "rules")] == ["r-1", "r-2"]
    seen = policy_seen(world.home, "rules", "r-1")
    assert seen == first
    assert policy_seen(world.home, "catalogue", "r-1") is None
