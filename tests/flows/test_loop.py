"""The loop turns once: logged at random, validated, learned from, promoted, routed by; and unsound facts stop it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.ledger import spool_of
from tests.fakes.installations import run_whole
from tests.fakes.provider import ScriptedProvider, last_content
from warehouse.home import Home
from warehouse.landing import land as land_home
from warehouse.query import query
from warehouse.records import Intent, Outcome, Scored
from warehouse.spool import Spool
from warehouse.weights import list_weights, live_weights, show_weights

pytestmark = pytest.mark.prefect

N_ITEMS = 40
CATALOGUE = """
models:
  - name: promising
    deployments: [{{litellm_model: openai/promising, api_base: "{promising}"}}]
    price: {{input: 1, output: 2}}
    context_window: 8000
    max_output_tokens: 100
    prior_quality: {{default: 0.7}}
  - name: proven
    deployments: [{{litellm_model: openai/proven, api_base: "{proven}"}}]
    price: {{input: 2, output: 4}}
    context_window: 8000
    max_output_tokens: 100
    prior_quality: {{default: 0.6}}
"""
RULES = "rules: []\ndefault: {use: {policy: performance}}\n"
JOB = """
name: sums
input: {text_fields: [question]}
policy: performance
chunk_size: 20
steps:
  - name: answer
    kind: llm
    task_type: generate
    prompt: {user: "{{ item.question }}"}
    max_output_tokens: 20
    scorers: [{scorer: exact, reference: item.reference}]
"""


def add_up(body: Mapping[str, object]) -> str:
    """The right answer to `2 + 3`."""
    return str(sum(int(part) for part in last_content(body).split("+")))


@pytest.fixture
def sums(tmp_path: Path, settings_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """An installation with a job of sums, and two models over real HTTP: one adds up right, the other never does."""
    with ScriptedProvider(answer=add_up) as proven, ScriptedProvider(default="ok:many") as promising:
        texts = {
            "catalog.yaml": CATALOGUE.format(proven=proven.base_url, promising=promising.base_url),
            "rules.yaml": RULES,
            "sums.yaml": JOB,
            "sums.jsonl": "\n".join(
                json.dumps({"item_id": str(n), "question": f"{n} + {n + 1}", "reference": str(2 * n + 1)})
                for n in range(N_ITEMS)
            ),
        }
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        monkeypatch.setenv("POINTSMAN_CATALOG", str(tmp_path / "catalog.yaml"))
        monkeypatch.setenv("POINTSMAN_RULES", str(tmp_path / "rules.yaml"))
        monkeypatch.setenv("POINTSMAN_ROOTS", str(tmp_path))
        yield Home(settings_home)


@pytest.fixture
def run_sums(prefect_server: None, tmp_path: Path) -> Callable[..., Mapping[str, int]]:
    """Runs the job for real, as a flow if it is to; returns how many calls each model got."""
    from flows.run_job import run_job
    from tasks.run_request import RunRequest

    def run(home: Home, run_id: str, *, policy: str | None = None, is_flow: bool = False) -> Mapping[str, int]:
        job, batch = str(tmp_path / "sums.yaml"), str(tmp_path / "sums.jsonl")
        request = RunRequest(job=job, input=batch, run_id=run_id, policy=policy)
        closed = run_job(request) if is_flow else run_whole(request)
        if not is_flow:
            spool_of(home).seal()
            land_home(home)
        assert (closed.n_items, closed.n_failed) == (N_ITEMS, 0)
        counts = "SELECT model, count(*) FROM decisions WHERE run_id = ? GROUP BY model"
        return {str(model): int(str(n)) for model, n in query(home, counts, parameters=[run_id]).rows}

    return run


def test_the_loop_turns_once_and_unsound_facts_stop_it(sums, run_sums) -> None:
    from flows.reweigh import reweigh
    from tasks.learn_requests import ReweighRequest

    # Before anything is learned the catalogue's prior decides, and it is wrong.
    assert run_sums(sums, "by-prior") == {"promising": N_ITEMS}
    logged = run_sums(sums, "at-random", policy="random", is_flow=True)
    assert set(logged) == {"promising", "proven"}

    change = reweigh(ReweighRequest(min_calls=N_ITEMS))
    assert change.verdict == "promoted"
    assert change.before is None
    assert live_weights(sums) is not None
    assert live_weights(sums)[0] == change.version
    assert show_weights(sums, change.version).n_calls == 2 * N_ITEMS

    assert run_sums(sums, "by-weights", is_flow=True) == {"proven": N_ITEMS}
    pinned = query(sums, "SELECT weights_version FROM runs WHERE run_id = 'by-weights'").rows
    assert pinned == [(change.version,)]

    spoil(sums)
    state = reweigh(ReweighRequest(), return_state=True)
    assert state.is_failed()
    assert "tokens times price (saw 1)" in state.message
    assert live_weights(sums)[0] == change.version
    rejected = next(version for version in list_weights(sums) if version.status == "rejected")
    held = {condition["condition"]: condition["held"] for condition in json.loads(rejected.gate)}
    assert held["no critical expectation fails"] is False
    assert rejected.parent == change.version
    assert run_sums(sums, "after-the-rejection") == {"proven": N_ITEMS}


def test_what_people_say_later_by_api_is_what_the_next_weights_rest_on(sums, run_sums) -> None:
    from flows.feedback import feedback
    from flows.reweigh import reweigh
    from tasks.feedback.request import FeedbackRequest
    from tasks.learn_requests import ReweighRequest

    run_sums(sums, "at-random", policy="random")
    checked = query(sums, "SELECT DISTINCT model, quality, quality_source FROM calls ORDER BY model").rows
    assert checked == [("promising", 0.0, "check"), ("proven", 1.0, "check")]

    calls = query(sums, "SELECT call_id, model FROM calls").rows
    given = [{"call_id": call_id, "score": float(model == "promising")} for call_id, model in calls]
    summary = feedback(FeedbackRequest.model_validate({"scores": given, "scored_by": "anna"}))
    assert (summary.scores, summary.new) == (len(calls), len(calls))
    adopted = query(sums, "SELECT DISTINCT model, quality, quality_source FROM calls ORDER BY model").rows
    assert adopted == [("promising", 1.0, "human"), ("proven", 0.0, "human")]
    assert reweigh(ReweighRequest(min_calls=N_ITEMS)).verdict == "promoted"
    document = json.loads(show_weights(sums, live_weights(sums)[0]).document)
    learned = {cell["model"]: cell["quality"] for cell in document["cells"]}
    assert learned["promising"] > 0.9 > 0.1 > learned["proven"]


def spoil(home: Home) -> None:
    """Land one attempt that cost a nano-dollar too much, with a score, as a faulty writer would."""
    some = (
        "SELECT decision_id, run_id, price_id, attempts.model, input FROM attempts JOIN prices USING (price_id) LIMIT 1"
    )
    decision_id, run_id, price_id, model, rate = (str(value) for value in query(home, some).rows[0])
    started_at = datetime.now(UTC) - timedelta(hours=1)
    intent = Intent(
        attempt_id="spoilt",
        call_id="spoilt",
        decision_id=decision_id,
        run_id=run_id,
        item_id="1",
        step="answer",
        task_type="generate",
        model=model,
        deployment=model,
        provider="openai",
        attempt_no=1,
        is_fallback=False,
        fallback_from=None,
        price_id=price_id,
        reserved_usd=Decimal(1),
        prompt_hash="0",
        prompt_text=None,
        started_at=started_at,
    )
    right = Outcome(
        intent=intent,
        status="ok",
        error_type=None,
        error_message=None,
        input_tokens=1_000_000,
        output_tokens=0,
        cached_tokens=0,
        cost_usd=Decimal(rate),
        cost_source="priced",
        latency_s=0.1,
        queue_s=0.0,
        ended_at=started_at + timedelta(seconds=1),
    )
    wrong = replace(right, cost_usd=Decimal(rate) + Decimal("0.000000001"))
    score = Scored("spoilt", "spoilt", "exact", "1", "check", 0.0, None, None, started_at)
    with Spool(home) as spool:
        spool.append(wrong, score).result()


def test_a_validation_leaves_results_a_table_and_an_event(sums, run_sums) -> None:
    from flows.validate import FAILED_EVENT, validate
    from tasks.learn_requests import ValidateRequest

    run_sums(sums, "by-prior")
    validated = validate(ValidateRequest(fail_on="warning"))
    assert [one.expectation for one in validated if not one.success] == []
    landed = query(sums, "SELECT count(*), bool_and(success) FROM validations").rows
    assert landed == [(len(validated), True)]

    spoil(sums)
    assert validate(return_state=True).is_failed()
    failed = query(sums, "SELECT validation_id FROM validations WHERE NOT success AND critical").rows
    assert len(failed) == 1
    shown = [row for row in latest_table("validation") if row["held"] == "NO"]
    assert [row["expectation"] for row in shown] == ["a priced cost is tokens times price"]
    assert "tokens times price" in payload_of(FAILED_EVENT, validation_id=str(failed[0][0]))["failed"]


def test_a_landing_flow_publishes_what_a_process_wrote(sums, prefect_server) -> None:
    from flows.land import land

    landing = land()
    assert landing.is_published
    assert sums.published.exists()


def latest_table(key: str) -> list[Mapping[str, str]]:
    """The rows of the table artifact that was published last under a key."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        artifact = client.request("GET", "/artifacts/{key}/latest", path_params={"key": key}).json()
    return json.loads(artifact["data"])


def payload_of(name: str, **known: str) -> Mapping[str, str]:
    """What an event said that is known by some of it; the server takes a while to store it."""
    from prefect.client.orchestration import get_client
    from prefect.events.filters import EventFilter, EventNameFilter

    body = {"filter": EventFilter(event=EventNameFilter(name=[name])).model_dump(mode="json"), "limit": 50}
    deadline = time.monotonic() + 60
    with get_client(sync_client=True) as client:
        while time.monotonic() < deadline:
            payloads = [one["payload"] for one in client.request("POST", "/events/filter", json=body).json()["events"]]
            for payload in payloads:
                if known.items() <= payload.items():
                    return payload
            time.sleep(0.2)
    raise AssertionError(f"no event {name} with {known}")


def test_a_drift_leaves_a_row_a_table_and_an_event_and_is_told_once(sums, prefect_server) -> None:
    from flows.watch import DRIFT_EVENT, watch

    at = datetime.now(UTC) - timedelta(days=2)
    with Spool(sums.create()) as spool:
        for number in range(700):
            intent = Intent(
                attempt_id=f"a-{number}",
                call_id=f"c-{number}",
                decision_id=f"d-{number}",
                run_id="earlier",
                item_id=str(number),
                step="answer",
                task_type="generate",
                model="proven",
                deployment="proven",
                provider="openai",
                attempt_no=1,
                is_fallback=False,
                fallback_from=None,
                price_id="p",
                reserved_usd=Decimal(0),
                prompt_hash=None,
                prompt_text=None,
                started_at=at + timedelta(minutes=number),
            )
            seconds = (1.0 if number < 400 else 3.0) * (1 + number % 7 / 10)
            spool.append(
                Outcome(
                    intent=intent,
                    status="ok",
                    error_type=None,
                    error_message=None,
                    input_tokens=9,
                    output_tokens=1,
                    cached_tokens=None,
                    cost_usd=Decimal("0.000022"),
                    cost_source="priced",
                    latency_s=seconds,
                    queue_s=0.0,
                    ended_at=at + timedelta(minutes=number, seconds=seconds),
                )
            )
    (found,) = watch()
    assert (found.measure, found.task_type, found.model) == ("latency_s", "generate", "proven")
    assert found.after > 2 * found.before
    assert query(sums, 'SELECT measure, "after" > "before" FROM drifts').rows == [("latency_s", True)]
    assert watch() == ()
    assert payload_of(DRIFT_EVENT, drift_id=found.drift_id)["measure"] == "latency_s"
