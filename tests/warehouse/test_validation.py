"""Validation: sound facts pass; each corruption is caught by the expectation that is meant for it, and by no other."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from policies.errors import BadInputError
from warehouse.home import Home
from warehouse.landing import land
from warehouse.offending import offending_query
from warehouse.query import query
from warehouse.sql import sql_text
from warehouse.validation import failures, load_suites, measure, read_suite, validate, value_of
from warehouse.validation_snapshot import hold_facts, remove_forgotten

DECISION, ATTEMPT, SCORE = "decision_id = 'decision-0'", "attempt_id = 'attempt-0-1'", "score_id = 'score-0-exact'"

# The ledger's own schema refuses some of these: they come from an older one, or from a file that was edited.
CORRUPTIONS = {
    "a decision twice": (
        f"INSERT INTO decisions FROM decisions WHERE {DECISION}",
        "every decision has an id of its own",
    ),
    "propensity of 0": (
        f"UPDATE decisions SET propensity = 0 WHERE {DECISION}",
        "propensities are above 0 and at most 1",
    ),
    "propensity above 1": (
        f"UPDATE decisions SET propensity = 1.5 WHERE {DECISION}",
        "propensities are above 0 and at most 1",
    ),
    "propensity not a number": (
        f"UPDATE decisions SET propensity = 'nan'::DOUBLE WHERE {DECISION}",
        "propensities are above 0 and at most 1",
    ),
    "propensity missing": (
        f"UPDATE decisions SET propensity = NULL WHERE {DECISION}",
        "propensities are above 0 and at most 1",
    ),
    "a draw that was certain": (
        f"UPDATE decisions SET explored = true WHERE {DECISION}",
        "propensities fit the candidates",
    ),
    "a chance where there was no choice": (
        f"UPDATE decisions SET propensity = 0.5 WHERE {DECISION}",
        "propensities fit the candidates",
    ),
    "a choice that was left out": (
        f"UPDATE decisions SET model = 'large' WHERE {DECISION}",
        "the chosen model was an eligible candidate",
    ),
    "a choice that was no candidate": (
        f"UPDATE decisions SET model = 'other' WHERE {DECISION}",
        "the chosen model was an eligible candidate",
    ),
    "a refusal without a reason": (
        f"UPDATE decisions SET model = NULL WHERE {DECISION}",
        "a decision without a model says why, and one with a model needs no excuse",
    ),
    "a decision tomorrow": (
        f"UPDATE decisions SET decided_at = decided_at + INTERVAL 1 DAY WHERE {DECISION}",
        "no decision lies in the future",
    ),
    "an attempt twice": (f"INSERT INTO attempts FROM attempts WHERE {ATTEMPT}", "every attempt has an id of its own"),
    "a decision that is missing": (
        "DELETE FROM decisions WHERE decision_id = 'decision-1'",
        "every attempt has its decision",
    ),
    "a made-up status": (f"UPDATE attempts SET status = 'fine' WHERE {ATTEMPT}", "statuses are known ones"),
    "an answer without an end": (
        f"UPDATE attempts SET ended_at = NULL WHERE {ATTEMPT}",
        "an answered attempt has an end and a latency",
    ),
    "an answer without a latency": (
        f"UPDATE attempts SET latency_s = NULL WHERE {ATTEMPT}",
        "an answered attempt has an end and a latency",
    ),
    "a negative cost of a provider": (
        f"UPDATE attempts SET cost_usd = -1, cost_source = 'provider' WHERE {ATTEMPT}",
        "no cost is below 0",
    ),
    "a priced cost without tokens": (
        f"UPDATE attempts SET output_tokens = NULL WHERE {ATTEMPT}",
        "a cost says where it comes from",
    ),
    "an unknown cost that is 0": (
        f"UPDATE attempts SET cost_usd = 0, cost_source = 'unknown' WHERE {ATTEMPT}",
        "a cost says where it comes from",
    ),
    "a price that nobody recorded": ("DELETE FROM price_sightings", "a cost says where it comes from"),
    "a nano-dollar too much": (
        f"UPDATE attempts SET cost_usd = cost_usd + 0.000000001 WHERE {ATTEMPT}",
        "a priced cost is tokens times price",
    ),
    "a price that changed under its id": (
        "UPDATE price_sightings SET output = 6",
        "a priced cost is tokens times price",
    ),
    "a negative latency": (
        f"UPDATE attempts SET latency_s = -0.1 WHERE {ATTEMPT}",
        "latencies are finite and not below 0",
    ),
    "an infinite latency": (
        f"UPDATE attempts SET latency_s = 'inf'::DOUBLE WHERE {ATTEMPT}",
        "latencies are finite and not below 0",
    ),
    "a latency that is not a number": (
        f"UPDATE attempts SET latency_s = 'nan'::DOUBLE WHERE {ATTEMPT}",
        "latencies are finite and not below 0",
    ),
    "an end before the start": (
        f"UPDATE attempts SET ended_at = started_at - INTERVAL 1 SECOND WHERE {ATTEMPT}",
        "no attempt ends before it starts",
    ),
    "an attempt tomorrow": (
        "UPDATE attempts SET started_at = started_at + INTERVAL 1 DAY, ended_at = ended_at + INTERVAL 1 DAY",
        "no attempt lies in the future",
    ),
    "outcomes that got lost": (
        f"UPDATE attempts SET status = 'unknown', cost_usd = NULL, cost_source = 'unknown' WHERE {ATTEMPT}",
        "few attempts have an unknown outcome",
    ),
    "nothing for eight days": (
        "UPDATE attempts SET started_at = started_at - INTERVAL 8 DAY, ended_at = ended_at - INTERVAL 8 DAY",
        "the latest attempt is fresh",
    ),
    "a score twice": (f"INSERT INTO scores FROM scores WHERE {SCORE}", "every score has an id of its own"),
    "a score of no call": (f"UPDATE scores SET call_id = 'other' WHERE {SCORE}", "every score has its call"),
    "a score above 1": (f"UPDATE scores SET score = 100 WHERE {SCORE}", "scores are numbers from 0 to 1"),
    "a score below 0": (f"UPDATE scores SET score = -1 WHERE {SCORE}", "scores are numbers from 0 to 1"),
    "a score that is not a number": (
        f"UPDATE scores SET score = 'nan'::DOUBLE WHERE {SCORE}",
        "scores are numbers from 0 to 1",
    ),
    "a made-up source": (f"UPDATE scores SET source = 'oracle' WHERE {SCORE}", "sources are known ones"),
    "a person without a name": (f"UPDATE scores SET source = 'human' WHERE {SCORE}", "a person who judges has a name"),
    "a score tomorrow": (
        f"UPDATE scores SET scored_at = scored_at + INTERVAL 1 DAY WHERE {SCORE}",
        "no score lies in the future",
    ),
    "no scores": ("DELETE FROM scores", "there are scores"),
    "a record that was refused": (
        "INSERT INTO quarantine SELECT 's', 1, '{}', 'damaged', max(started_at) FROM attempts",
        "no record was refused in the last day",
    ),
}


@pytest.fixture(scope="module")
def prepared(make_world) -> Home:
    """Facts with which nothing is wrong: three answered calls, all scored."""
    world = make_world()
    outcomes = [world.outcome(world.intent(n)) for n in range(3)]
    scores = [world.score(n, 0.5) for n in range(3)]
    world.append(world.run_started(), world.price(), *(world.decision(n) for n in range(3)), *outcomes, *scores)
    land(world.home)
    return world.home


@pytest.fixture
def sound(prepared, empty_world) -> Home:
    """The same facts in a home of one's own."""
    shutil.copytree(prepared.root, empty_world.home.root)
    return empty_world.home


@pytest.fixture
def check(noon):
    """Measures an hour after the facts; returns the names of what breaks its bounds.

    As Great Expectations judges too, which takes a second each time: see the test of both.
    """

    def check(home: Home) -> list[str]:
        broken = []
        for name, suite in load_suites().items():
            measures = measure(home, suite, name=name, ran_at=noon + timedelta(hours=1))
            broken += [one.name for one in suite.expectations if breaks(value_of(one, measures), one.bounds)]
        return broken

    return check


def breaks(value: object, bounds: tuple[float | None, float | None]) -> bool:
    """Whether a figure is beyond a bound; one that is unknown is not."""
    least, most = bounds
    return value is not None and ((least is not None and value < least) or (most is not None and value > most))


@pytest.fixture
def noon():
    """When the facts of the small world happened."""
    from datetime import UTC, datetime

    return datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def corrupt(home: Home, statement: str) -> None:
    """Change the published file, without the constraints that the ledger keeps."""
    with duckdb.connect(home.published) as connection:
        for table in ("decisions", "attempts", "scores", "price_sightings", "quarantine"):
            connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {table}")
        connection.execute(statement)


def test_sound_facts_meet_every_expectation(sound, check) -> None:
    assert check(sound) == []


def test_great_expectations_judges_the_same_of_sound_facts_and_of_many_faults(sound, check, noon) -> None:
    def judged() -> list[str]:
        validated = validate(sound, ran_at=noon + timedelta(hours=1), validation_id="v")
        return [one.expectation for one in validated if not one.success]

    assert judged() == []
    for statement, _ in CORRUPTIONS.values():
        corrupt(sound, statement)
    assert judged() == check(sound)
    assert len(judged()) > 10


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_corruption_is_caught_by_its_own_expectation_and_no_other_and_its_rows_are_named(
    sound, check, corruption, noon
) -> None:
    statement, expectation = CORRUPTIONS[corruption]
    corrupt(sound, statement)
    assert check(sound) == [expectation]
    name, broken = next(
        (name, one) for name, suite in load_suites().items() for one in suite.expectations if one.name == expectation
    )
    told = offending_query(sql_text("expectations", name), broken, ran_at=noon + timedelta(hours=1))
    if broken.name in ("there are scores", "the latest attempt is fresh"):
        assert told is None  # no row is to blame
        return
    assert told is not None
    rows = query(sound, told).rows  # as it stands, without parameters
    measured = measure(sound, load_suites()[name], name=name, ran_at=noon + timedelta(hours=1))
    assert rows
    assert broken.none_of is None or "repeated" in broken.none_of or len(rows) == value_of(broken, measured)


def test_an_empty_warehouse_is_not_sound_but_breaks_no_bound(world, check) -> None:
    land(world.home)
    assert check(world.home) == ["there are attempts", "there are scores"]


def test_every_expectation_has_a_corruption_that_it_catches() -> None:
    suites = [suite for suite in load_suites().values() if suite.table != "calls"]  # test_validation_last_day.py
    declared = {expectation.name for suite in suites for expectation in suite.expectations}
    assert declared == {expectation for _, expectation in CORRUPTIONS.values()} | {"there are attempts"}


def test_what_may_still_be_landing_or_under_way_is_no_failure(world, check, noon) -> None:
    late = replace(world.intent(5), started_at=noon + timedelta(minutes=58))
    score = replace(world.score(6, 1.0), scored_at=noon + timedelta(minutes=58))
    outcomes = [world.outcome(world.intent(n)) for n in range(3)]
    world.append(world.price(), *(world.decision(n) for n in range(3)), *outcomes, world.score(0, 1.0), late, score)
    land(world.home)
    assert check(world.home) == []


def test_a_failure_and_an_unknown_cost_are_accounted_for(world, check) -> None:
    facts = [world.failure(world.intent(0)), world.outcome(world.intent(1), cost_usd=None)]
    world.append(*(world.decision(n) for n in range(2)), *facts, world.score(1, 0.0))
    land(world.home)
    assert check(world.home) == []


def test_a_result_says_what_was_seen_and_how_badly_it_matters(sound, noon) -> None:
    corrupt(sound, f"UPDATE attempts SET cost_usd = cost_usd + 1 WHERE {ATTEMPT}")
    validated = validate(sound, ran_at=noon + timedelta(hours=1), validation_id="validation-7")
    (failed,) = failures(validated, critical=True)
    assert (failed.validation_id, failed.suite, failed.table) == ("validation-7", "facts", "attempts")
    assert (failed.observed, failed.unexpected_count, failed.critical) == ("1", 1, True)
    assert failures(validated, critical=False) == ()
    fresh = next(one for one in validated if one.expectation == "the latest attempt is fresh")
    assert (fresh.observed, fresh.unexpected_count, fresh.critical) == ("1", None, False)


def test_results_land_as_facts(sound, empty_world, noon) -> None:
    validated = validate(sound, ran_at=noon, validation_id="v")
    empty_world.append(*validated)
    landing = land(sound)
    assert (landing.inserted, landing.quarantined) == (len(validated), 0)


def test_nothing_to_validate_is_bad_input(tmp_path, noon) -> None:
    with pytest.raises(BadInputError, match="there is no warehouse yet"):
        validate(Home(tmp_path / "nowhere"), ran_at=noon, validation_id="v")


BAD_SUITES = {
    "no reason": ("{name: x, none_of: a, severity: critical}", "why: is required"),
    "unknown key": ("{name: x, none_of: a, severity: critical, why: y, owner: z}", "owner: unknown key"),
    "unknown severity": ("{name: x, none_of: a, severity: high, why: y}", "severity: "),
    "count and measure": ("{name: x, none_of: a, measure: b, severity: warning, why: y}", "exactly one of"),
    "neither": ("{name: x, severity: warning, why: y}", "exactly one of"),
    "measure without bound": ("{name: x, measure: b, severity: warning, why: y}", "needs at_least or at_most"),
    "count with bound": ("{name: x, none_of: b, at_most: 3, severity: warning, why: y}", "none_of has no bounds"),
    "bound that is no number": ("{name: x, measure: b, at_most: .nan, severity: warning, why: y}", "finite number"),
    "column that is none": ("{name: x, none_of: 'a; drop', severity: warning, why: y}", "none_of: "),
    "name twice": (
        "{name: x, none_of: a, severity: warning, why: y}\n- {name: x, none_of: b, severity: warning, why: y}",
        "same name",
    ),
}


@pytest.mark.parametrize("case", BAD_SUITES)
def test_a_suite_that_is_not_one_is_refused_with_file_and_line(tmp_path, case) -> None:
    expectations, problem = BAD_SUITES[case]
    path = tmp_path / "attempts.yaml"
    path.write_text(f"table: attempts\nexpectations:\n- {expectations}\n")
    with pytest.raises(BadInputError, match=problem) as caught:
        read_suite(path)
    assert str(caught.value).startswith(f"{path}:")


def test_held_facts_stay_while_others_land_and_leave_nothing(sound, empty_world) -> None:
    with hold_facts(sound) as facts:
        empty_world.append(empty_world.decision(8), empty_world.outcome(empty_world.intent(8), cost_usd=Decimal(3)))
        land(sound)
        assert facts.published.stat().st_ino != sound.published.stat().st_ino
        with duckdb.connect(facts.published, read_only=True) as connection:
            assert connection.execute("SELECT count(*) FROM attempts").fetchall() == [(3,)]
    assert not facts.root.exists()


def test_a_forgotten_snapshot_is_removed_and_a_fresh_one_is_not(sound) -> None:
    (sound.root / "snapshot-old").mkdir()
    remove_forgotten(sound, older_than_s=3600)
    assert (sound.root / "snapshot-old").exists()
    remove_forgotten(sound, older_than_s=-1)
    assert not (sound.root / "snapshot-old").exists()


PROGRAM = """
import sys, tempfile
calls = []
sys.addaudithook(lambda event, args: calls.append(event) if event in (
    "socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "subprocess.Popen"
) else None)
from datetime import datetime, UTC
from pathlib import Path
from warehouse.home import Home
from warehouse.validation import validate
validated = validate(Home(Path(sys.argv[1])), ran_at=datetime.now(UTC), validation_id="v")
assert len(validated) > 20
assert calls == [], calls
"""


def test_great_expectations_sends_nothing_prints_nothing_and_leaves_no_folder(sound, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(sound.root)]
    done = subprocess.run(
        command, cwd=scratch, env={"TMPDIR": str(scratch), "PATH": ""}, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(scratch.iterdir()) == []
