"""An answer that its step can't use is a score of 0 for the model that gave it: once, and for nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tasks.closed import Closed
from tasks.jobs.steps import OnError
from tests.fakes.installations import JOB, Installation, run_whole
from tests.fakes.provider import ScriptedProvider
from warehouse.landing import land
from warehouse.query import query
from warehouse.weights_fit import fit_weights

Install = Callable[..., Installation]
Answer = Callable[[Mapping[str, object]], str]
N_ITEMS = 3
WITHOUT_SCORERS = JOB.replace("    scorers: [{scorer: non_empty}]\n", "").replace(
    "    scorers: [{scorer: json_schema}]\n", ""
)
GOOD, BAD_JSON, WRONG_JSON = '{"quote": "eat weeds"}', "eat weeds", '{"words": 1}'


def answering(**quotes: str) -> Answer:
    """Words, and where a schema is asked for what the model has in `quotes`."""

    def answer(body: Mapping[str, object]) -> str:
        return quotes[str(body["model"])] if "response_format" in body else "Ducks eat weeds"

    return answer


def silent_small(body: Mapping[str, object]) -> str:
    """The small model says nothing but blanks."""
    return " \n" if body["model"] == "small" else json.dumps({"quote": "eat"}) if "response_format" in body else "Weeds"


def run(install: Install, answer: Answer, *, job: str = JOB, **fields: object) -> Installation:
    with ScriptedProvider(answer=answer) as provider:
        installation = install(provider.base_url, job=job, n_items=N_ITEMS)
        run_whole(installation.request(**fields))
    land(installation.home)
    return installation


def rows(installation: Installation, sql: str) -> list[tuple[object, ...]]:
    return query(installation.home, sql).rows


REFUSED = """
SELECT attempts.step, attempts.model, scorer, source, score, count(*), count(DISTINCT scores.call_id)
FROM scores JOIN attempts USING (attempt_id) GROUP BY ALL ORDER BY 1, 2 DESC
"""
JUDGED = "SELECT step, model, quality, count(*) FROM answers WHERE step <> 'find' GROUP BY ALL ORDER BY 1, 2 DESC"
CALLS = "SELECT step, model, quality, count(*) FROM calls WHERE step <> 'find' GROUP BY ALL ORDER BY 1"


@pytest.mark.parametrize("bad", [BAD_JSON, WRONG_JSON, '{"quote": "eat', "```json\n[]\n```"])
def test_the_model_that_a_call_fell_back_from_has_the_0_and_the_one_that_answered_has_its_own_score(
    install: Install, bad: str
) -> None:
    installation = run(install, answering(small=bad, large=GOOD))
    assert rows(installation, REFUSED) == [("cite", "small", "json_schema", "check", 0.0, 3, 3)]
    assert rows(installation, JUDGED) == [
        ("answer", "small", 1.0, 3),
        ("cite", "small", 0.0, 3),
        ("cite", "large", 1.0, 3),
    ]
    assert rows(installation, CALLS) == [("answer", "small", 1.0, 3), ("cite", "large", 1.0, 3)]


@pytest.mark.parametrize("on_error", ["fail_item", "skip", "fallback_text"])
def test_a_call_whose_every_answer_was_refused_is_a_0_of_each_model_whatever_becomes_of_the_item(
    install: Install, on_error: OnError
) -> None:
    handling = f"on_error: {on_error}" + ("\n    fallback_text: none" if on_error == "fallback_text" else "")
    job = JOB.replace("task_type: extract\n", f"task_type: extract\n    {handling}\n")
    installation = run(install, answering(small=BAD_JSON, large=WRONG_JSON), job=job)
    assert rows(installation, REFUSED) == [
        ("cite", "small", "json_schema", "check", 0.0, 3, 3),
        ("cite", "large", "json_schema", "check", 0.0, 3, 3),
    ]
    assert rows(installation, CALLS) == [("answer", "small", 1.0, 3), ("cite", "large", 0.0, 3)]


def test_an_empty_answer_is_refused_by_name(install: Install) -> None:
    installation = run(install, silent_small)
    assert rows(installation, REFUSED) == [
        ("answer", "small", "non_empty", "check", 0.0, 3, 3),
        ("cite", "small", "non_empty", "check", 0.0, 3, 3),
    ]
    assert rows(installation, "SELECT DISTINCT detail FROM scores WHERE score = 0") == [("the answer is empty",)]


@pytest.mark.parametrize("failure", ["429:0", "500", "400", "401", "cut", "drop", "malformed", "refused", "slow:7"])
def test_a_failure_of_the_provider_is_not_a_bad_answer(install: Install, failure: str) -> None:
    job = JOB.replace("timeout_s: 4", "timeout_s: 1\n    attempts: 1")
    with ScriptedProvider([failure], answer=answering(small=GOOD, large=GOOD)) as provider:
        installation = install(provider.base_url, job=job, n_items=1)
        run_whole(installation.request())
    land(installation.home)
    assert rows(installation, "SELECT count(*) FROM attempts WHERE status <> 'ok'") == [(1,)]
    assert rows(installation, "SELECT count(*), min(score), count(attempt_id) FROM scores") == [(2, 1.0, 0)]


def test_a_provider_that_fails_after_a_refused_answer_leaves_the_0_where_it_belongs(install: Install) -> None:
    def answer(body: Mapping[str, object]) -> str:
        return BAD_JSON if "response_format" in body else "Ducks eat weeds"

    with ScriptedProvider(["ok", "ok", "400"], answer=answer) as provider:  # answer; cite of small; cite of large
        installation = install(provider.base_url, n_items=1)
        run_whole(installation.request())
    land(installation.home)
    assert rows(installation, JUDGED) == [("answer", "small", 1.0, 1), ("cite", "small", 0.0, 1)]
    assert rows(installation, CALLS) == [("answer", "small", 1.0, 1), ("cite", "large", None, 1)]


def test_a_run_that_is_taken_up_again_after_a_refusal_scores_it_once(install: Install) -> None:
    with ScriptedProvider(answer=answering(small=BAD_JSON, large=GOOD)) as provider:
        installation = install(provider.base_url, n_items=N_ITEMS)
        forget_results(run_whole(installation.request()))
        land(installation.home)
        before = rows(installation, "SELECT * FROM scores ORDER BY ALL")
        run_whole(installation.request())
    land(installation.home)
    assert rows(installation, "SELECT * FROM scores ORDER BY ALL") == before
    assert len(before) == 3 * N_ITEMS


def test_a_refusal_that_was_lost_with_its_process_is_recorded_by_the_resumed_run(install: Install) -> None:
    with ScriptedProvider(answer=answering(small=BAD_JSON, large=GOOD)) as provider:
        installation = install(provider.base_url, n_items=N_ITEMS)
        forget_results(run_whole(installation.request()))
        for segment in installation.home.spool.iterdir():
            segment.unlink()  # as if it had died between the answer and its score
        served = provider.n_requests
        run_whole(installation.request())
        assert provider.n_requests == served
    land(installation.home)
    assert rows(installation, REFUSED) == [("cite", "small", "json_schema", "check", 0.0, 3, 3)]


def forget_results(closed: Closed) -> None:
    """As if the process had been killed before it could write down what its calls came to."""
    for checkpoint in Path(closed.outputs).parent.glob("chunks/*/*.results.jsonl"):
        checkpoint.unlink()


def test_what_a_refused_answer_said_is_kept_no_more_than_other_texts(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POINTSMAN_STORE_TEXT", "none")
    installation = run(install, answering(small=WRONG_JSON, large=GOOD))
    assert rows(installation, "SELECT DISTINCT detail FROM scores") == [(None,)]


def test_learned_quality_counts_refused_answers(install: Install) -> None:
    answers = iter([GOOD, BAD_JSON, BAD_JSON])

    def answer(body: Mapping[str, object]) -> str:
        if "response_format" not in body:
            return "Ducks eat weeds"
        return next(answers) if body["model"] == "small" else GOOD

    installation = run(install, answer)
    cells = {(cell.task_type, cell.model): (cell.n, cell.quality) for cell in fit_weights(installation.home).cells}
    assert cells["extract", "large"][0] == 2
    n, quality = cells["extract", "small"]
    assert n == 3
    assert quality < cells["extract", "large"][1]
    assert rows(installation, "SELECT calls, mean_quality FROM quality_by_task_model WHERE model = 'small'"
                " AND task_type = 'extract'") == [(3, pytest.approx(1 / 3))]  # fmt: skip


def test_a_step_without_scorers_has_the_share_of_usable_answers_and_teaches_nothing(install: Install) -> None:
    installation = run(install, silent_small, job=WITHOUT_SCORERS)
    assert rows(installation, JUDGED) == [
        ("answer", "small", 0.0, 3),
        ("answer", "large", 1.0, 3),
        ("cite", "small", 0.0, 3),
        ("cite", "large", 1.0, 3),
    ]
    assert rows(installation, "SELECT DISTINCT scorer, source FROM scores") == [("usable", "check")]
    assert fit_weights(installation.home).cells == ()
    assert rows(installation, "SELECT count(*) FROM quality_by_task_model") == [(0,)]
