"""Judges in runs over real HTTP: sampled, routed, paid from their own part of the budget, and never a made-up score."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.judges.sampling import is_sampled
from tasks.ledger import spool_of
from tasks.run_context import open_run
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import Installation, run_whole, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider, last_content
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query

RUBRIC = """
name: helpful
criteria:
  - {name: right, asks: "Is it right?", weight: 3}
  - {name: short, asks: "Is it short?"}
low: 1
high: 5
"""
JOB = """
name: ducks
input: {text_fields: [question]}
policy: fixed:small
chunk_size: 4
steps:
  - name: answer
    kind: llm
    task_type: generate
    prompt: "Question: {{ item.question }}"
    max_output_tokens: 30
    judge: {rubric: rubric.yaml, policy: "fixed:large", budget_share: 0.5}
"""
N_ITEMS = 8


class Judge:
    """Answers questions with `answer`, judges as `verdict` wants it, and keeps what it was asked to judge."""

    def __init__(self) -> None:
        self.verdict: Callable[[str], str] = lambda _: json.dumps({"reason": "so", "right": 5, "short": 1})
        self.answer = "weeds"
        self.asked: list[str] = []

    def __call__(self, body: Mapping[str, object]) -> str:
        prompt = last_content(body)
        if "<<<BEGIN" not in prompt:
            return self.answer
        self.asked.append(prompt)
        return self.verdict(prompt)


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def provider(judge: Judge) -> Iterator[ScriptedProvider]:
    with ScriptedProvider(answer=judge) as provider:
        yield provider


@pytest.fixture
def set_up(
    tmp_path: Path, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, landed_home: Callable[[Path], Path]
) -> Callable[..., Installation]:
    """Writes an installation whose job has a judge."""
    landed_home(tmp_path / "home")
    for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "canary-key-0123456789"}.items():
        monkeypatch.setenv(name, value)

    def write(*, job: str = JOB, n_items: int = N_ITEMS) -> Installation:
        (tmp_path / "rubric.yaml").write_text(RUBRIC)
        return write_installation(tmp_path, base_url=provider.base_url, job=job, n_items=n_items)

    return write


def landed(home: Home) -> Home:
    """The home, with all that was written."""
    spool_of(home).seal()
    land(home)
    return home


def test_every_answer_is_judged_routed_and_accounted_for(set_up, judge: Judge) -> None:
    installation = set_up()
    assert run_whole(installation.request(policy="fixed:small")).n_failed == 0  # no policy of the judge's
    home = landed(installation.home)

    assert len(judge.asked) == N_ITEMS
    scores = query(
        home,
        "SELECT DISTINCT scorer, source, score, detail, scored_by FROM scores WHERE source = 'judge'",
    ).rows
    # (3 · (5 - 1) + 1 · (1 - 1)) / (4 · 4)
    assert scores == [("helpful", "judge", 0.75, "right 5, short 1: so", "large")]
    paid = query(
        home,
        "SELECT DISTINCT judged.step, judging.step, judging.task_type, judging.model, judging.cost_usd > 0 "
        "FROM scores JOIN calls AS judged USING (call_id) JOIN calls AS judging ON judging.call_id = cost_call_id",
    ).rows
    assert paid == [("answer", "judge_answer", "judge", "large", True)]
    quality = "SELECT DISTINCT quality, quality_source FROM calls WHERE step = 'answer'"
    assert query(home, quality).rows == [(0.75, "judge")]
    decided = query(home, "SELECT count(*), count(DISTINCT item_id) FROM decisions WHERE step = 'judge_answer'").rows
    assert decided == [(N_ITEMS, N_ITEMS)]


def test_a_verdict_that_can_not_be_read_is_no_score(set_up, judge: Judge) -> None:
    judge.verdict = lambda _: '{"reason": "great", "right": 9, "short": 1}'  # off the scale
    installation = set_up(job=JOB.replace("budget_share: 0.5", "rate: 0.5"))
    assert run_whole(installation.request()).n_failed == 0
    home = landed(installation.home)

    sampled = query(home, "SELECT DISTINCT item_id FROM decisions WHERE step = 'judge_answer' ORDER BY ALL").rows
    assert 0 < len(sampled) < N_ITEMS
    assert query(home, "SELECT count(*) FROM scores WHERE source = 'judge'").rows == [(0,)]
    # nobody knows how good these answers are; of the others it is known that they can be used, as without a judge
    known = "SELECT item_id, quality FROM calls WHERE step = 'answer' ORDER BY ALL"
    assert query(home, known).rows == [
        (item, None if (item,) in sampled else 1.0) for item in (f"q{n}" for n in range(N_ITEMS))
    ]
    assert query(home, "SELECT count(*) FROM answers WHERE NOT is_usable_alone").rows == [(0,)]
    # the judge's failures are on record as its own
    refused = (
        "SELECT DISTINCT attempts.step, scorer, scores.score, detail LIKE '%right%' FROM scores JOIN attempts USING "
        "(attempt_id)"
    )
    assert query(home, refused).rows == [("judge_answer", "usable", 0.0, True)]
    outputs = map(json.loads, (installation.home.runs / "run-1" / "outputs.jsonl").read_text().splitlines())
    assert [row["outputs"] for row in outputs] == [{"answer": "weeds"}] * N_ITEMS


def test_a_refused_answer_is_0_where_the_others_are_judged_and_unusable_where_they_are_not(
    set_up, judge: Judge
) -> None:
    judge.answer = "no JSON"
    job = JOB.replace("    judge:", "    on_error: skip\n    output: {type: object}\n    judge:")
    installation = set_up(job=job.replace("budget_share: 0.5", "rate: 0.5"))
    assert run_whole(installation.request()).n_failed == 0
    home = landed(installation.home)

    refused = query(
        home, "SELECT item_id, scorer, max(score) FROM scores JOIN attempts USING (attempt_id) GROUP BY ALL"
    )
    scorers = {str(item): scorer for item, scorer, worst in refused.rows if worst == 0}
    step = open_run(str(installation.home.runs / "run-1")).llm_step("answer")
    expected = {item: is_sampled(item, step, seed=0) for item in (f"q{n}" for n in range(N_ITEMS))}
    assert scorers == {item: "json_schema" if sampled else "usable" for item, sampled in expected.items()}
    assert set(expected.values()) == {True, False}


def test_a_judge_spends_its_part_of_the_budget_and_no_more(set_up, judge: Judge) -> None:
    budget, share = Decimal("0.12"), Decimal("0.5")
    installation = set_up(n_items=24)
    assert run_whole(installation.request(budget_usd=budget)).n_failed == 0
    home = landed(installation.home)

    costs = dict(query(home, "SELECT step, sum(cost_usd) FROM attempts GROUP BY step").rows)
    assert 0 < costs["judge_answer"] <= budget * share
    n_scores = query(home, "SELECT count(*) FROM scores WHERE source = 'judge'").rows[0][0]
    assert 0 < n_scores < 24
    assert len(judge.asked) == n_scores
    assert query(home, "SELECT count(*) FROM calls WHERE step = 'answer' AND status = 'ok'").rows == [(24,)]


def first_answer(prompt: str) -> str:
    """What stands in the fence of the first answer."""
    found = re.search(r"<<<BEGIN first answer \w+>>>\n(.*?)\n<<<END first answer", prompt, re.DOTALL)
    assert found is not None
    return found[1]


def by_content(prompt: str) -> str:
    """A verdict for `weeds`, wherever it stands."""
    return json.dumps({"reason": "weeds", "winner": "first" if first_answer(prompt) == "weeds" else "second"})


def by_place(prompt: str) -> str:
    """A verdict for whatever stands first."""
    return json.dumps({"reason": "it is first", "winner": "first"})


@pytest.mark.parametrize(("verdict", "score"), [(by_content, 1.0), (by_place, 0.5)])
def test_two_answers_are_compared_in_both_orders(
    set_up, judge: Judge, verdict: Callable[[str], str], score: float
) -> None:
    judge.verdict = verdict
    installation = set_up(job=JOB.replace("rubric.yaml,", "rubric.yaml, against: item.question,"), n_items=3)
    assert run_whole(installation.request()).n_failed == 0
    home = landed(installation.home)

    assert query(home, "SELECT score FROM scores WHERE source = 'judge'").rows == [(score,)] * 3
    assert sum(first_answer(prompt) == "weeds" for prompt in judge.asked) == 3
    assert len(judge.asked) == 6
    steps = "SELECT step, count(*) FROM calls WHERE task_type = 'judge' GROUP BY step ORDER BY step"
    assert query(home, steps).rows == [("judge_answer", 3), ("judge_answer_swapped", 3)]


def test_a_run_goes_by_the_rubric_that_it_began_with(set_up, judge: Judge, tmp_path: Path) -> None:
    from tasks.opening import open_batch

    installation = set_up(n_items=1)
    run = open_batch.fn(installation.request(), None)
    pinned = open_run(run).job.step("judge_answer").rubric.version
    (tmp_path / "rubric.yaml").write_text(RUBRIC.replace("helpful", "kind"))
    open_run.cache_clear()

    assert open_run(run).job.step("judge_answer").rubric.version == pinned
    with pytest.raises(BadInputError, match="another job"):
        open_batch.fn(installation.request(), None)
