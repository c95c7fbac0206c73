"""A job's deadline: the calls of models whose limits are too low are shared out, and every decision says so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from policies.errors import BadInputError
from tasks.ledger import spool_of
from tasks.replaying import Library, replay_all
from tasks.route import route
from tasks.routes import load_routes
from tests.fakes.installations import Installation, open_folder
from warehouse.evidence import decisions_of
from warehouse.landing import land
from warehouse.query import query

Install = Callable[..., Installation]
JOB = """
name: ducks
input: {text_fields: [question]}
policy: performance
deadline_s: 120
chunk_size: 40
steps:
  - name: answer
    kind: llm
    task_type: generate
    prompt: "Question: {{ item.question }}"
    max_output_tokens: 30
"""


def prepare(install: Install, *, job: str = JOB, rpm: int = 100) -> Installation:
    """Two hundred items; the large model, which is better, takes a hundred a minute, the small one as many as come."""
    installation = install(job=job, n_items=200)
    better = f"prior_quality: {{default: 0.9}}\n    rpm: {rpm}\n    price: {{input: 10,"
    installation.catalogue.write_text(installation.catalogue.read_text().replace("price: {input: 10,", better))
    return installation


def planned(installation: Installation, *more: str) -> dict[str, object]:
    told = CliRunner().invoke(app, ["plan", str(installation.job), "--input", str(installation.batch), *more, "--json"])
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def test_a_limit_that_binds_is_shared_out_told_and_made_again(install: Install) -> None:
    installation = prepare(install, rpm=50)  # a hundred in two minutes
    plan = planned(installation)
    shares = {one["model"]: one["n_requests"] for one in plan["steps"]["answer"]["shares"]}
    assert shares["large"] == pytest.approx(100, abs=3)
    assert set(plan["deadline"]["scarcity"]) == {"large"}
    shown = CliRunner().invoke(app, ["plan", str(installation.job), "--input", str(installation.batch)]).stdout
    assert "Within 2 min not every call that wants it can have its model; a call counts in quality: large" in " ".join(
        shown.split()
    )
    run = open_folder(installation.request())
    routed = [one.decision for chunk in range(5) for one in load_routes(Path(route.fn(run, chunk, "answer"))).routed]
    assert sum(made.model == "large" for made in routed) == pytest.approx(100, abs=12)  # by their own names this time
    spool_of(installation.home).seal()
    land(installation.home)
    calls = [str(call) for (call,) in query(installation.home, "SELECT call_id FROM decisions LIMIT 20").rows]
    facts = [fact for call in calls for fact in decisions_of(installation.home, call)]
    assert {again.verdict for again in replay_all(facts, Library(installation.home))} == {"same"}
    small = next(fact for fact in facts if fact.decision.model == "small")
    reasons = {one.model: one.reason for one in small.decision.candidates}
    assert reasons["large"] == "more useful than small but for its limit of calls, which the deadline needs elsewhere"


def test_with_a_budget_both_limits_are_kept(install: Install) -> None:
    installation = prepare(install, rpm=50)
    free, bound = planned(installation), planned(installation, "--budget-usd", "0.04")
    shares = [{one["model"]: one["n_requests"] for one in plan["steps"]["answer"]["shares"]} for plan in (free, bound)]
    assert shares[1]["large"] < shares[0]["large"]
    assert float(bound["expected_usd"]) <= 0.04
    assert bound["deadline"]["scarcity"] == {}  # the money is limit enough


def test_a_limit_that_does_not_bind_changes_nothing(install: Install) -> None:
    installation = prepare(install, rpm=1_000)
    plan = planned(installation)
    assert [one["model"] for one in plan["steps"]["answer"]["shares"]] == ["large"]
    shown = CliRunner().invoke(app, ["plan", str(installation.job), "--input", str(installation.batch)]).stdout
    assert "leave room for every choice within 2 min" in " ".join(shown.split())


def test_a_deadline_that_no_choice_can_keep_is_refused_with_the_least_that_can(install: Install) -> None:
    installation = prepare(install, job=JOB.replace("policy: performance", "policy: fixed:large"), rpm=50)
    ran = CliRunner().invoke(app, ["plan", str(installation.job), "--input", str(installation.batch)])
    assert isinstance(ran.exception, BadInputError)
    problem = "deadline_s: is too short: by the models' limits of requests, the calls take 24[01] s at least"
    assert re.search(problem, str(ran.exception))


def test_a_deadline_goes_with_no_floor_of_quality(install: Install) -> None:
    floor = prepare(install, job=JOB.replace("policy:", "quality_floor: 0.9\npolicy:"))
    ran = CliRunner().invoke(app, ["plan", str(floor.job), "--input", str(floor.batch)])
    assert "deadline_s: goes with no quality_floor" in str(ran.exception)
