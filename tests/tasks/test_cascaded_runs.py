"""A run whose calls are cascades, over real HTTP: what is sent, what the ledger has of it, what is learned from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from policies.errors import BadInputError
from policies.weights import parse_weights
from tasks.cascades import KEPT
from tasks.closing import close_run
from tasks.complete import complete
from tasks.pacing import expected_usd
from tasks.replaying import Library, replay, replay_all
from tasks.results import load_results
from tasks.route import route
from tasks.routes import load_routes
from tasks.run_folder import RunFolder
from tests.fakes.installations import Installation, open_folder, run_chunks
from tests.fakes.provider import Received, ScriptedProvider
from warehouse.evidence import decisions_of
from warehouse.landing import land
from warehouse.query import query
from warehouse.weights_changes import settle_fit
from warehouse.weights_fit import fit_weights
from warehouse.weights_gate import Condition

Install = Callable[..., Installation]
N_ITEMS = 8
JOB = """
name: ducks
input: {text_fields: [question]}
policy: performance
chunk_size: 4
steps:
  - name: answer
    kind: llm
    task_type: generate
    prompt: "Question: {{ item.question }}"
    max_output_tokens: 30
    attempts: 1
    timeout_s: 4
    scorers: [{scorer: contains, reference: item.wanted}]
    cascade: {check: contains}
"""


def answer(body: Mapping[str, object]) -> str:
    """The small model knows what ducks eat at even hours, the large one at any."""
    prompt = json.dumps(body["messages"])
    is_odd = any(f"at {hour} o'clock" in prompt for hour in (1, 3, 5, 7))
    return "Ducks sleep" if is_odd and body["model"] == "small" else "Ducks eat weeds"


def prepare(install: Install, base_url: str, *, job: str = JOB, n_items: int = N_ITEMS) -> Installation:
    installation = install(base_url, job=job, n_items=n_items)
    rows = [json.loads(line) for line in installation.batch.read_text().splitlines()]
    installation.batch.write_text("".join(json.dumps({**row, "wanted": "weeds"}) + "\n" for row in rows))
    better = "prior_quality: {default: 0.9}\n    price: {input: 10,"
    installation.catalogue.write_text(installation.catalogue.read_text().replace("price: {input: 10,", better))
    return installation


def rows_of(installation: Installation, sql: str) -> list[tuple[object, ...]]:
    return query(installation.home, sql).rows


def models_of(requests: list[Received]) -> dict[str, int]:
    return {name: sum(one.model == name for one in requests) for name in ("small", "large")}


@pytest.fixture
def ran(install: Install) -> Installation:
    """One run without a budget: four of eight answers of the small model pass."""
    with ScriptedProvider(answer=answer) as provider:
        installation = prepare(install, provider.base_url)
        run = open_folder(installation.request())
        run_chunks(run)
        close_run.fn(run, {})
        assert models_of(provider.tally.requests) == {"small": 8, "large": 4}
    land(installation.home)
    return installation


def test_each_answer_is_scored_paid_and_learned_from_as_the_model_s_that_gave_it(ran: Installation) -> None:
    answers = "SELECT model, count(*), avg(quality) FROM answers GROUP BY ALL ORDER BY ALL"
    assert rows_of(ran, answers) == [("large", 4, 1.0), ("small", 8, 0.5)]
    calls = "SELECT model, attempts, count(*), min(quality), count(cost_usd) FROM calls GROUP BY ALL ORDER BY ALL"
    assert rows_of(ran, calls) == [("large", 2, 4, 1.0, 4), ("small", 1, 4, 1.0, 4)]
    causes = "SELECT model, fallback_from, fallback_cause FROM attempts WHERE is_fallback GROUP BY ALL"
    assert rows_of(ran, causes) == [("large", "small", "escalated")]
    # What was given up stays, with what it cost.
    given_up = (
        "SELECT count(*), count(attempts.cost_usd), bool_and(attempts.cost_usd > 0) FROM attempts JOIN scores USING"
        " (attempt_id) WHERE attempts.model = 'small' AND scores.score = 0"
    )
    assert rows_of(ran, given_up) == [(4, 4, True)]
    total = "SELECT (SELECT sum(cost_usd) FROM calls) = (SELECT sum(cost_usd) FROM attempts)"
    assert rows_of(ran, total) == [(True,)]
    # The second model learns nothing from what another one failed.
    weights = parse_weights(fit_weights(ran.home).document)
    assert [(cell.model, cell.n, cell.quality) for cell in weights.cells] == [("small", 8, pytest.approx(0.5))]
    (check,) = weights.checks
    assert (check.model, check.scorer, check.is_quality, check.n[0], check.n[-1]) == ("small", "contains", True, 4, 4)


def test_every_decision_is_made_again_alike_and_tells_its_cascade(ran: Installation) -> None:
    calls = [str(call) for (call,) in rows_of(ran, "SELECT call_id FROM calls ORDER BY model")]
    facts = [fact for call in calls for fact in decisions_of(ran.home, call)]
    assert len(facts) == 12
    assert {again.verdict for again in replay_all(facts, Library(ran.home))} == {"same"}
    # Where the first answer was kept for want of money, no router was asked.
    kept = replace(facts[0], decision=replace(facts[0].decision, model=None, refusal=f"{KEPT}the budget is spent"))
    assert replay(kept, Library(ran.home)).verdict == "same"
    first = facts[0].decision.cascade
    assert first is not None
    assert (first.first, first.second, first.is_taken, first.threshold) == ("small", "large", True, 0.5)
    shown = CliRunner().invoke(app, ["explain", calls[0]]).stdout
    flat = " ".join(shown.split())
    assert "cascade: small then large unless contains gives 0.5 or more" in flat
    assert "went on from small to large: the answer did not pass the cascade's check" in flat
    assert "small: contains no accepted answer" in flat


def test_a_killed_process_goes_on_without_sending_again(install: Install) -> None:
    """The journal of a chunk is what a killed process left: its first answers, and one of the second ones."""
    with ScriptedProvider(answer=answer) as provider:
        installation = prepare(install, provider.base_url)
        run = open_folder(installation.request())
        run_chunks(run, chunks=[0])
        n_before = len(provider.tally.requests)
        folder = RunFolder(installation.home.runs / "run-1")
        journal = folder.journal(0, "answer")
        lines = journal.read_text().splitlines(keepends=True)
        is_second = ["escalated" in line for line in lines]
        kept = [line for line, second in zip(lines, is_second, strict=True) if not second]
        journal.write_text("".join([*kept, lines[is_second.index(True)]]))  # one intent without its outcome
        folder.results(0, "answer").unlink()
        complete.fn(run, 0, "answer")
        assert models_of(provider.tally.requests[n_before:]) == {"small": 0, "large": 1}
        results = load_results(folder, 0, step="answer")
        # Of the one that nobody knows how it ended, the only attempt is spent: its first answer is kept.
        assert sorted(result.model or "" for result in results.values()) == ["large", "small", "small", "small"]
        close_run.fn(run, {})
    land(installation.home)
    assert rows_of(installation, "SELECT count(*) FROM attempts WHERE model = 'small'") == [(4,)]


def test_a_budget_is_kept_and_first_answers_are_what_is_left(install: Install) -> None:
    with ScriptedProvider(answer=answer) as provider:
        installation = prepare(install, provider.base_url)
        # The worst case of all first answers, and of one that goes on.
        run = open_folder(installation.request(budget_usd="0.0035"))
        run_chunks(run)
        closed = close_run.fn(run, {})
        land(installation.home)
    assert (closed.n_items, closed.n_failed) == (N_ITEMS, 0)
    (spent,) = rows_of(installation, "SELECT sum(cost_usd) FROM attempts")[0]
    assert isinstance(spent, Decimal)
    assert spent <= Decimal("0.0035")


def test_the_plan_prices_what_is_expected_to_go_on(install: Install) -> None:
    installation = prepare(install, "http://127.0.0.1:9/v1")
    told = CliRunner().invoke(app, ["plan", str(installation.job), "--input", str(installation.batch)]).stdout
    assert "small → large" in told
    assert "Of 8 calls of cascades, 4.0 are expected to go on to the second model" in " ".join(told.split())
    as_json = CliRunner().invoke(app, ["plan", str(installation.job), "--input", str(installation.batch), "--json"])
    step = json.loads(as_json.stdout)["steps"]["answer"]
    assert (step["n_cascaded"], step["n_escalated"]) == (8, 4.0)
    assert float(step["expected_usd"]) < float(step["worst_usd"])


def test_the_pace_counts_a_call_at_its_cascade_s_cost(install: Install) -> None:
    installation = prepare(install, "http://127.0.0.1:9/v1")
    run = open_folder(installation.request())
    decisions = [one.decision for one in load_routes(Path(route.fn(run, 0, "answer"))).routed]
    views = [made.cascade for made in decisions]
    assert all(view is not None and view.is_taken for view in views)
    assert expected_usd(decisions) == pytest.approx(sum(float(view.cost_usd or 0) for view in views if view))
    alone = [next(c.p_cost_usd for c in made.candidates if c.model == "small") for made in decisions]
    assert expected_usd(decisions) > float(sum(cost or 0 for cost in alone))


def test_a_check_that_the_step_lacks_is_refused_in_one_line(install: Install) -> None:
    installation = prepare(install, "http://127.0.0.1:9/v1", job=JOB.replace("check: contains", "check: likely"))
    ran = CliRunner().invoke(app, ["plan", str(installation.job), "--input", str(installation.batch)])
    assert isinstance(ran.exception, BadInputError)
    assert "the step has no scorer 'likely'; there are contains" in str(ran.exception)


def wavering(body: Mapping[str, object]) -> str:
    """The small model, asked again, says the same at even hours and something else at odd ones; the large one knows."""
    hour = re.search(r"at (\d+) o'clock", json.dumps(body["messages"]))
    assert hour is not None
    is_unsure = int(hour[1]) % 2 and body["model"] == "small"
    return f"Ducks sleep {body.get('seed', 0)} hours" if is_unsure else "Ducks eat weeds"


def test_a_model_that_is_asked_again_is_learned_from_and_counts_in_no_quality(install: Install) -> None:
    """A first run, that can't pay the large model, measures its answers; a second one goes by what that showed."""
    job = JOB.replace("{check: contains}", "{check: self_consistency, samples: 2, measured: 1.0}")
    job = job.replace("chunk_size: 4", "chunk_size: 40")
    with ScriptedProvider(answer=wavering) as provider:
        installation = prepare(install, provider.base_url, job=job, n_items=40)
        run_chunks(run := open_folder(installation.request(budget_usd="0.013")))
        close_run.fn(run, {})
        assert models_of(provider.tally.requests) == {"small": 120, "large": 0}
        land(installation.home)
        seen = rows_of(installation, "SELECT step, count(*), count(quality) FROM calls GROUP BY ALL ORDER BY ALL")
        assert seen == [("answer", 40, 40), ("answer.self_consistency", 80, 0)]
        assert rows_of(installation, "SELECT avg(quality) FROM answers") == [(0.5,)]
        fit = fit_weights(installation.home)
        assert [(cell.model, cell.n, cell.quality) for cell in fit.cells] == [("small", 40, pytest.approx(0.5))]
        (check,) = fit.checks
        assert (check.scorer, check.is_quality, check.n[-1], check.quality[-1]) == ("self_consistency", False, 20, 20.0)
        assert (sum(check.n[:-1]), sum(check.quality[:-1])) == (20, 0.0)
        settle_fit(
            installation.home, fit, (Condition("by hand", True, ""),), changed_at=datetime(2026, 11, 25, tzinfo=UTC)
        )
        plan = ["plan", str(installation.job), "--input", str(installation.batch), "--budget-usd", "0.03", "--json"]
        step = json.loads(CliRunner().invoke(app, plan).stdout)["steps"]["answer"]
        n_before = len(provider.tally.requests)
        run_chunks(run := open_folder(installation.request(run_id="run-2", budget_usd="0.03")))
        close_run.fn(run, {})
        sent = models_of(provider.tally.requests[n_before:])
    land(installation.home)
    assert sent == {"small": 120, "large": 20}
    assert rows_of(installation, "SELECT avg(quality) FROM calls WHERE run_id = 'run-2'") == [(1.0,)]
    asked = [[(load["model"], round(load["n_calls"], 6)) for load in stage] for stage in step["stages"]]
    assert asked == [[("small", 40.0)], [("small", 80.0)], [("large", 20.0)]]
    small, large = (Decimal(price) for price in ("0.0000565", "0.000715"))  # of a prompt and half of the longest answer
    assert float(step["expected_usd"]) == pytest.approx(float(120 * small + 20 * large))
    for (call,) in rows_of(installation, "SELECT call_id FROM calls LIMIT 50"):
        facts = decisions_of(installation.home, str(call))
        assert {again.verdict for again in replay_all(facts, Library(installation.home))} == {"same"}
    sql = "SELECT call_id FROM agreements WHERE agreement = 1 LIMIT 1"
    shown = CliRunner().invoke(app, ["explain", str(rows_of(installation, sql)[0][0])]).stdout
    assert "small was asked again: 2 of 2 further answers are the same; agreement 1.00" in shown
