"""A prompt that shows nothing is never sent: the item's step ends by its `on_error`, and the ledger has no attempt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep
from tasks.requests import prepare_calls
from tasks.results import ItemState
from tests.fakes.installations import JOB, Installation, run_whole
from tests.fakes.provider import ScriptedProvider
from warehouse.landing import land
from warehouse.query import query

REASON = "the prompt renders to nothing but blanks, so nothing was sent"
BLANKS = ["", "  \n\t", "\u200b", "\u00a0\ufeff"]


def step_of(prompt: str | Mapping[str, str], **fields: object) -> LlmStep:
    content = {"name": "answer", "kind": "llm", "task_type": "generate", "prompt": prompt, **fields}
    return LlmStep.model_validate(content)


def states_of(*texts: str) -> list[ItemState]:
    return [ItemState(f"i{n}", {"text": text}, {}) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("on_error", "status", "output"),
    [
        ({}, "failed", None),
        ({"on_error": "skip"}, "skipped", None),
        ({"on_error": "fallback_text", "fallback_text": "nothing asked"}, "substituted", "nothing asked"),
    ],
)
@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_prompt_ends_its_item_and_no_other(
    blank: str, on_error: Mapping[str, str], status: str, output: str | None
) -> None:
    step = step_of("{{ item.text }}", **on_error)
    job = Job(name="j", steps=(step,))
    prepared = prepare_calls(states_of("why?", blank, "how?"), step, job=job, run_id="r")
    assert [call.request.item_id for call in prepared.calls] == ["i0", "i2"]
    (settled,) = prepared.settled
    assert (settled.item_id, settled.status, settled.output, settled.call_id) == ("i1", status, output, None)
    assert settled.error == REASON


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_system_message_is_left_out(blank: str) -> None:
    step = step_of({"system": "{{ item.text }}", "user": "why?"})
    prepared = prepare_calls(states_of(blank, "Be brief."), step, job=Job(name="j", steps=(step,)), run_id="r")
    assert [[(m.role, m.content) for m in call.messages] for call in prepared.calls] == [
        [("user", "why?")],
        [("system", "Be brief."), ("user", "why?")],
    ]


def test_nothing_of_a_blank_prompt_or_query_is_sent_or_counted(install: Callable[..., Installation]) -> None:
    job = JOB.replace("{{ steps.find[0].text }} Question: {{ item.question }}", "{{ item.prompt }}").replace(
        "{{ item.question }}", "{{ item.query }}"
    )
    rows = [
        {"item_id": "good", "question": "q", "query": "ducks", "prompt": "What do ducks eat?"},
        {"item_id": "no-prompt", "question": "q", "query": "ducks", "prompt": " \n "},
        {"item_id": "no-query", "question": "q", "query": "\u200b", "prompt": "What do ducks eat?"},
    ]
    with ScriptedProvider(answer=lambda _: '{"quote": "weeds"}') as provider:
        installation = install(provider.base_url, job=job, n_items=1)
        installation.batch.write_text("".join(json.dumps(row) + "\n" for row in rows))
        closed = run_whole(installation.request())
        assert provider.n_requests == 2  # answer and cite of the good item
    assert (closed.n_items, closed.n_failed) == (3, 2)
    land(installation.home)
    attempts = query(installation.home, "SELECT item_id, step FROM attempts ORDER BY ALL").rows
    decisions = query(installation.home, "SELECT item_id, step FROM decisions ORDER BY ALL").rows
    assert attempts == decisions == [("good", "answer"), ("good", "cite"), ("good", "find"), ("no-prompt", "find")]
    outputs = {row["item_id"]: row for row in map(json.loads, Path(closed.outputs).read_text().splitlines())}
    assert outputs["no-prompt"]["error"] == f"answer: {REASON}"
    assert outputs["no-query"]["error"] == f"find: {REASON.replace('prompt', 'query')}"
