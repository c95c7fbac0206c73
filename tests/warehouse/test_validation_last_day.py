"""What the last day is held against: planted shifts, floods and lopsided judges are told, ordinary days are not."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import duckdb
import pytest

from warehouse.home import Home
from warehouse.landing import land
from warehouse.offending import offending_query
from warehouse.sql import sql_text
from warehouse.validation import load_suites, validate

SUITE = load_suites()["last_day"]
RAN_AT = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
N_CALLS, HOURS = 4_000, 192  # eight days, the last of which is the last day
TODAY = "i < 500"  # the call with number 0 is the latest
VOLUME = "no task type and model is called far {} than in the week before"
FLOOD = "no prompt makes up more than a quarter of a task type on a model"
SHIFT = "scores are spread as in the week before"
PERSON = "no person decides more than half of the scores"
JUDGE = "few scores are a judge's alone"

GROW = """
CREATE OR REPLACE TABLE decisions AS
SELECT row.* REPLACE (
    'decision-' || i AS decision_id, 'call-' || i AS call_id, i AS call_key, now_at - age AS decided_at
)
FROM planned, (FROM decisions LIMIT 1) AS row;
CREATE OR REPLACE TABLE attempts AS
SELECT row.* REPLACE (
    'attempt-' || i AS attempt_id, 'decision-' || i AS decision_id, 'call-' || i AS call_id, i AS call_key,
    md5(i::VARCHAR) AS prompt_hash, now_at - age AS started_at, now_at - age + INTERVAL 1 SECOND AS ended_at
)
FROM planned, (FROM attempts LIMIT 1) AS row;
CREATE OR REPLACE TABLE scores AS
SELECT row.* REPLACE (
    'score-' || i AS score_id, 'call-' || i AS call_id, i AS call_key,
    (hash(i, $seed) % 1000) / 1000 AS score, now_at - age AS scored_at
)
FROM planned, (FROM scores LIMIT 1) AS row;
UPDATE scores SET score = sqrt(score);
"""

PLANTED = {
    "the last day's calls are missing": (
        f"""DELETE FROM scores USING planned WHERE scores.call_key = i AND {TODAY} AND i > 30;
        DELETE FROM attempts USING planned WHERE attempts.call_key = i AND {TODAY} AND i > 30""",
        VOLUME.format("less"),
    ),
    "a loop": (
        """INSERT INTO attempts SELECT attempts.* REPLACE (attempt_id || '-' || n AS attempt_id,
            md5(attempt_id || n) AS prompt_hash, 'call-' || call_key || '-' || n AS call_id)
        FROM attempts, range(12) AS r (n) WHERE call_key < 500""",
        VOLUME.format("more"),
    ),
    "one prompt again and again": (
        "UPDATE attempts SET prompt_hash = 'same' WHERE call_key % 10 < 3",
        FLOOD,
    ),
    "a scorer that says 1 to everything": ("UPDATE scores SET score = 1 WHERE call_key < 500", SHIFT),
    "a scorer on another scale": ("UPDATE scores SET score = score / 10 WHERE call_key < 500", SHIFT),
    "a scorer turned round": ("UPDATE scores SET score = 1 - score WHERE call_key < 500", SHIFT),
    "one person decides": (
        """INSERT INTO scores SELECT scores.* REPLACE (score_id || '-p' AS score_id, 'human' AS source,
            'people' AS scorer, 'ann' AS scored_by) FROM scores WHERE call_key % 10 < 6""",
        PERSON,
    ),
    "a judge alone": ("UPDATE scores SET source = 'judge'", JUDGE),
}

ORDINARY = {
    "an ordinary week": "SELECT 1",
    "a quiet day": "DELETE FROM attempts WHERE call_key < 500 AND call_key % 2 = 0",
    "a busy day": """INSERT INTO attempts SELECT attempts.* REPLACE (attempt_id || '-' || n AS attempt_id,
        md5(attempt_id || n) AS prompt_hash, 'call-' || call_key || '-' || n AS call_id)
        FROM attempts, range(4) AS r (n) WHERE call_key < 500""",
    "a job of one day in seven": "UPDATE attempts SET model = 'weekly' WHERE call_key BETWEEN 3400 AND 3900",
    "a model that is new": "UPDATE attempts SET model = 'new' WHERE call_key < 300",
    "a model that got somewhat worse": "UPDATE scores SET score = score * 0.95 WHERE call_key < 500",
    "three people": """INSERT INTO scores SELECT scores.* REPLACE (score_id || '-p' AS score_id, 'human' AS source,
        'people' AS scorer, 'person-' || call_key % 3 AS scored_by) FROM scores""",
    "a question that comes often": "UPDATE attempts SET prompt_hash = 'same' WHERE call_key % 10 < 2",
    "a judge beside the checks": "UPDATE scores SET source = 'judge' WHERE call_key % 10 < 9",
    "few scores": "DELETE FROM scores WHERE call_key % 100 > 0",
}


@pytest.fixture(scope="module")
def one_call(make_world) -> Home:
    """A warehouse with one call, which the others are made from."""
    world = make_world()
    decided = world.run_started(), world.price(), world.decision(0)
    world.append(*decided, world.outcome(world.intent(0)), world.score(0, 0.5))
    land(world.home)
    return world.home


@pytest.fixture(scope="module", params=range(3))
def eight_days(one_call, make_world, request) -> Home:
    """A warehouse of eight days of calls, without the constraints that the ledger keeps."""
    home = make_world().home
    shutil.copytree(one_call.root, home.root, dirs_exist_ok=True)
    with duckdb.connect(home.published) as connection:
        connection.execute(
            "CREATE TABLE planned AS SELECT i::INTEGER AS i, $at::TIMESTAMPTZ AS now_at, "
            "to_seconds(60 + i * $hours * 3600.0 / $n) AS age FROM range($n) AS r (i)",
            {"at": RAN_AT, "hours": HOURS, "n": N_CALLS},
        )
        connection.execute(GROW.replace("$seed", str(request.param)))
    return home


def told_after(home: Home, statement: str) -> set[str]:
    """The names of the suite's expectations that fail after a change, which is taken back."""
    with duckdb.connect(home.published) as connection:
        connection.execute("BEGIN")
        connection.execute(statement)
        found = connection.execute(sql_text("expectations", "last_day"), {"ran_at": RAN_AT})
        values = dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))
        for one in SUITE.expectations:
            query = offending_query(sql_text("expectations", "last_day"), one, ran_at=RAN_AT) or ""
            has_rows = connection.execute(query).fetchone() is not None
            assert has_rows or is_within(values[one.column], one.bounds), one.name
        connection.execute("ROLLBACK")
    return {one.name for one in SUITE.expectations if not is_within(values[one.column], one.bounds)}


def is_within(value: float | None, bounds: tuple[float | None, float | None]) -> bool:
    """Whether a figure breaks neither bound, as Great Expectations has it; one that is unknown breaks none."""
    least, most = bounds
    return value is None or ((least is None or value >= least) and (most is None or value <= most))


@pytest.mark.parametrize("planted", PLANTED)
def test_what_was_planted_is_told_and_nothing_else(eight_days, planted) -> None:
    statement, expectation = PLANTED[planted]
    assert told_after(eight_days, statement) == {expectation}


@pytest.mark.parametrize("day", ORDINARY)
def test_an_ordinary_day_is_not_told(eight_days, day) -> None:
    assert told_after(eight_days, ORDINARY[day]) == set()


def test_every_expectation_has_something_planted_that_it_tells() -> None:
    assert {one.name for one in SUITE.expectations} == {expectation for _, expectation in PLANTED.values()}


@pytest.mark.parametrize("eight_days", [0], indirect=True)
def test_great_expectations_judges_the_same(eight_days) -> None:
    """The whole way once: the suite is found, measured, judged and accounted for."""
    told = [one for one in validate(eight_days, ran_at=RAN_AT, validation_id="v") if one.table == "calls"]
    assert len(told) == len(SUITE.expectations)
    assert all(one.success for one in told)
    assert [one.expectation for one in told if one.observed is None] == [PERSON]  # no person judged anything


def test_too_little_to_tell_is_no_failure(one_call) -> None:
    with duckdb.connect(one_call.published, read_only=True) as connection:
        found = connection.execute(sql_text("expectations", "last_day"), {"ran_at": RAN_AT}).fetchone()
    assert found == (None,) * len(SUITE.expectations)
