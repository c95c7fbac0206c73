"""Exports of calls become attempts that keep their origin: the same facts from every format, and once."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tasks.accounts import prompt_hash_of
from tasks.imports.requests import CallRequest, NameOptions
from tasks.imports.score_rules import score_rules
from tasks.models.client import Message
from tests.tasks.imports.conftest import EXPORTS, call

FACTS = "SELECT * EXCLUDE (run_id) FROM attempts ORDER BY foreign_id"
RULES = score_rules(["correctness=check", "stars=human:1:5"], option="--score")


def litellm(name: str = "litellm_spend_logs.json", **options) -> CallRequest:
    return CallRequest("litellm-spend-logs", EXPORTS / name, **options)


def langfuse(name: str = "langfuse_observations.json", **options) -> CallRequest:
    return CallRequest("langfuse", EXPORTS / name, **options)


def test_litellm_spend_logs_become_attempts(importer) -> None:
    summary = importer.calls(litellm())
    assert (summary.rows, summary.imported, summary.known, summary.repeated, summary.bad_rows) == (9, 7, 0, 0, 0)
    assert dict(summary.left_out) == {"call type aretrieve_batch": 1, "failed before a model was chosen": 1}
    assert (summary.cost_usd, summary.of_unknown_cost) == (Decimal("0.0027286"), 1)
    columns = "task_type, model, provider, status, input_tokens, output_tokens, cached_tokens, cost_usd, latency_s"
    assert importer.rows(f"SELECT {columns} FROM attempts ORDER BY foreign_id") == [
        ("summarize", "small", "openai", "ok", 180, 80, None, Decimal("0.000135"), 1.5),
        ("summarize", "small", "openai", "ok", 180, 80, 120, Decimal("0.00009"), 1.5),
        ("summarize", "small", "openai", "cached", 180, 80, None, Decimal(0), 0.012),
        ("summarize", "small", "openai", "rate_limited", 0, 0, None, Decimal(0), 1.5),
        ("generate", "my-finetune", "hosted_vllm", "ok", 180, 80, None, None, 1.5),
        ("embed", "text-embedding-3-small", "openai", "ok", 180, 0, None, Decimal("0.0000036"), 1.5),
        ("extract", "large", "azure", "ok", 180, 80, None, Decimal("0.0025"), 2.2),
    ]


def test_an_imported_attempt_says_where_it_comes_from_and_was_not_decided_here(importer) -> None:
    summary = importer.calls(litellm())
    columns = "origin, foreign_id, run_id, decision_id, price_id, cost_source, started_at, ended_at, queue_s"
    [row] = importer.rows(f"SELECT {columns} FROM attempts WHERE foreign_id = 'chatcmpl-0001'")
    start = datetime(2026, 11, 20, 9, 1, 0, 120000, tzinfo=UTC)
    end = datetime(2026, 11, 20, 9, 1, 1, 620000, tzinfo=UTC)
    assert row == ("litellm-spend-logs", "chatcmpl-0001", summary.run_id, None, None, "provider", start, end, None)
    assert importer.rows("SELECT job, policy, status, n_items FROM runs") == [
        ("import litellm-spend-logs", "imported", "completed", 7)
    ]
    assert importer.rows("SELECT attempts, known_cost_usd FROM cost_by_job_run") == [(7, Decimal("0.0027286"))]


def test_langfuse_generations_become_attempts_with_the_scores_of_their_columns(importer) -> None:
    summary = importer.calls(langfuse(score_rules=RULES))
    assert (summary.imported, dict(summary.left_out)) == (7, {"observation of type SPAN": 1})
    columns = (
        "foreign_id, item_id, step, task_type, model, status, input_tokens, output_tokens, cached_tokens, cost_usd"
    )
    assert importer.rows(f"SELECT {columns} FROM attempts ORDER BY foreign_id") == [
        ("obs-1", "trace-1", "answer", "generate", "small-model", "ok", 100, 20, None, Decimal("0.00003")),
        ("obs-2", "trace-1", "answer", "generate", "small-model", "ok", 100, 20, None, Decimal("0.00003")),
        ("obs-3", "trace-2", "answer", "generate", "large-model", "ok", 100, 20, None, Decimal("0.0006")),
        ("obs-4", "trace-2", "answer", "generate", "large-model", "ok", 100, 20, 80, None),
        ("obs-6", "trace-3", "answer", "generate", "small-model", "error", None, None, None, Decimal(0)),
        ("obs-7", "trace-4", "answer", "generate", "small-model", "unknown", None, None, None, None),
        ("obs-8", "trace-4", "embed-query", "embed", "embedder", "ok", 7, None, None, Decimal("0.0000001")),
    ]
    assert importer.rows(
        "SELECT foreign_id, quality, quality_source FROM calls WHERE quality IS NOT NULL ORDER BY foreign_id"
    ) == [("obs-1", 1.0, "check"), ("obs-2", 0.0, "check"), ("obs-3", 1.0, "human"), ("obs-4", 0.25, "human")]


def test_a_file_of_scores_is_credited_to_calls_by_observation_and_to_traces_of_one_call(importer) -> None:
    request = langfuse("langfuse_observations.jsonl", scores_file=EXPORTS / "langfuse_scores.jsonl")
    summary = importer.calls(request)
    assert (summary.imported, summary.scores_imported) == (4, 3)
    assert dict(summary.scores_left_out) == {
        "score of type CATEGORICAL": 1,
        "score of a trace with several calls": 1,
        "score of a call that is not here": 1,
    }
    found = importer.rows(
        "SELECT foreign_id, scorer, source, score, detail, scored_by FROM scores JOIN calls USING (call_id) ORDER BY 1"
    )
    assert [row[:5] for row in found] == [
        ("obs-b1", "helpful", "judge", 0.75, "good enough"),
        ("obs-b2", "exact", "check", 1.0, None),
        ("obs-b3", "helpful", "human", 0.5, None),
    ]
    assert [row[5] for row in found][:2] == [None, None]
    assert str(found[2][5]).startswith("annotator-")


def test_scores_may_come_later_than_their_calls(importer) -> None:
    importer.calls(langfuse("langfuse_observations.jsonl"))
    assert importer.rows("SELECT count(*) FROM scores") == [(0,)]
    late = importer.file("none.jsonl", {"id": "span", "type": "SPAN", "startTime": "2026-11-20"})
    summary = importer.calls(CallRequest("langfuse", late, scores_file=EXPORTS / "langfuse_scores.jsonl"))
    assert (summary.imported, summary.scores_imported) == (0, 3)


def test_every_format_gives_the_same_facts(make_importer, tmp_path: Path) -> None:
    json_file = EXPORTS / "litellm_spend_logs.json"
    rows = json.loads(json_file.read_text())
    parquet, lines, page = (tmp_path / name for name in ("logs.parquet", "logs.jsonl", "logs.json"))
    duckdb.sql(f"COPY (FROM read_json('{json_file}')) TO '{parquet}'")
    lines.write_text("".join(json.dumps(row) + "\n\n" for row in rows))
    page.write_text(json.dumps({"data": rows, "total": 9}))
    facts = []
    for file in (json_file, EXPORTS / "litellm_spend_logs.csv", parquet, lines, page):
        importer = make_importer()
        importer.calls(CallRequest("litellm-spend-logs", file))
        facts.append(importer.rows(FACTS))
    assert facts[0]
    assert all(other == facts[0] for other in facts[1:])


def test_importing_again_adds_nothing_whatever_the_file_is_called(importer, tmp_path: Path) -> None:
    importer.calls(langfuse(score_rules=RULES))
    tables = ("attempts", "scores", "run_starts", "run_ends", "segments")
    before = [importer.rows(f"SELECT count(*) FROM {table}") for table in tables]
    again = shutil.copy(EXPORTS / "langfuse_observations.json", tmp_path / "again.json")
    summary = importer.calls(CallRequest("langfuse", Path(again), score_rules=RULES))
    assert (summary.imported, summary.known, summary.scores_imported, summary.scores_known) == (0, 7, 0, 5)
    assert [importer.rows(f"SELECT count(*) FROM {table}") for table in tables] == before


def test_what_is_new_in_a_longer_export_is_added(importer) -> None:
    importer.calls(CallRequest("litellm-spend-logs", importer.file("a.jsonl", call())))
    longer = importer.file("b.jsonl", call(), call(request_id="chatcmpl-2"))
    summary = importer.calls(CallRequest("litellm-spend-logs", longer))
    assert (summary.imported, summary.known) == (1, 1)


def test_an_id_that_stands_twice_in_a_file_is_imported_once_and_counted(importer) -> None:
    file = importer.file("a.jsonl", call(), call(spend=9), call(request_id="chatcmpl-2"))
    summary = importer.calls(CallRequest("litellm-spend-logs", file))
    assert (summary.imported, summary.repeated) == (2, 1)
    assert importer.rows("SELECT sum(cost_usd) FROM attempts") == [(Decimal("0.00027"),)]


def test_the_same_id_from_two_tools_is_two_attempts(importer) -> None:
    importer.calls(CallRequest("litellm-spend-logs", importer.file("a.jsonl", call(request_id="same"))))
    observation = {
        "id": "same", "type": "GENERATION", "model": "m", "startTime": "2026-11-20", "endTime": "2026-11-20"
    }  # fmt: skip
    assert importer.calls(CallRequest("langfuse", importer.file("b.jsonl", observation))).imported == 1


TIMES: list[tuple[object, str]] = [
    ("2026-11-20T09:00:00Z", "2026-11-20 09:00:00"),
    ("2026-11-20 09:00:00", "2026-11-20 09:00:00"),
    ("2026-11-20T09:00:00.250", "2026-11-20 09:00:00.25"),
    ("2026-11-20T11:00:00+02:00", "2026-11-20 09:00:00"),
    ("2026-11-20 09:00:00 +0000", "2026-11-20 09:00:00"),
    ("2026-11-20 09:00:00.5 UTC", "2026-11-20 09:00:00.5"),
    ("2026-11-20 01:00:00-08", "2026-11-20 09:00:00"),
    ("2026-11-20T09:00:00.250999999Z", "2026-11-20 09:00:00.250999"),
    ("2026-11-20", "2026-11-20 00:00:00"),
    (1795165200, "2026-11-20 09:00:00"),
    ("1795165200", "2026-11-20 09:00:00"),
    (1795165200.25, "2026-11-20 09:00:00.25"),
    (1795165200250, "2026-11-20 09:00:00.25"),
    (1795165200250000, "2026-11-20 09:00:00.25"),
    (1795165200250000000, "2026-11-20 09:00:00.25"),
]


def test_times_are_read_as_tools_write_them(importer) -> None:
    rows = [call(request_id=f"{n:02d}", startTime=said, endTime=...) for n, (said, _) in enumerate(TIMES)]
    importer.calls(CallRequest("litellm-spend-logs", importer.file("a.jsonl", *rows)))
    assert importer.rows("SELECT started_at, status FROM attempts ORDER BY foreign_id") == [
        (datetime.fromisoformat(expected).replace(tzinfo=UTC), "unknown") for _, expected in TIMES
    ]


COSTS: list[tuple[object, Decimal | None]] = [
    (0.0, None),
    (None, None),
    ("", None),
    ("0.000012", Decimal("0.000012")),
    (1.2e-05, Decimal("0.000012")),
    (4e-10, Decimal(0)),
    ("0.003835980000000000000000000000", Decimal("0.00383598")),
]


@pytest.mark.parametrize("is_zero_unknown", [True, False])
def test_an_unknown_cost_is_null_and_a_known_one_exact(importer, is_zero_unknown: bool) -> None:
    rows = [call(request_id=str(n), spend=spend) for n, (spend, _) in enumerate(COSTS)]
    file = importer.file("a.jsonl", *rows)
    importer.calls(CallRequest("litellm-spend-logs", file, is_zero_unknown=is_zero_unknown))
    expected = [cost if spend != 0 or is_zero_unknown else Decimal(0) for spend, cost in COSTS]
    assert importer.rows("SELECT cost_usd, cost_source FROM attempts ORDER BY foreign_id") == [
        (cost, "unknown" if cost is None else "provider") for cost in expected
    ]


USAGES: list[tuple[dict[str, object], tuple[object, ...]]] = [
    ({"usageDetails": {"input": 10, "output": 5, "total": 15}, "totalCost": 0.1}, (10, 5, None, Decimal("0.1"))),
    (
        {"usage_details": {"input": 10, "input_cached_tokens": 30, "output": 5, "output_reasoning_tokens": 2}},
        (40, 7, 30, None),
    ),
    (
        {
            "usageDetails": {
                "input": 10,
                "cache_read_input_tokens": 30,
                "cache_creation_input_tokens": 20,
                "output": 5,
            },
            "costDetails": {"input": 0.1, "output": 0.2, "total": 0.3},
        },
        (60, 5, 30, Decimal("0.3")),
    ),
    (
        {
            "usage": {
                "input": 10,
                "output": 5,
                "inputCost": 0.1,
                "outputCost": 0.2,
                "totalCost": 0.3,
                "unit": "TOKENS",
            }
        },
        (10, 5, None, Decimal("0.3")),
    ),
    (
        {"usage": {"promptTokens": 10, "completionTokens": 5}, "calculatedTotalCost": "0.5"},
        (10, 5, None, Decimal("0.5")),
    ),
    ({"promptTokens": 10, "completionTokens": 5, "totalTokens": 15}, (10, 5, None, None)),
    ({"promptTokens": 0, "completionTokens": 0, "totalCost": 0}, (None, None, None, None)),
    ({"usageDetails": '{"input": "10", "output": "5"}', "totalCost": "null"}, (10, 5, None, None)),
    ({"costDetails": {"input": 0.1, "output": "2e-1", "cached": None}}, (None, None, None, Decimal("0.3"))),
    ({"costDetails": {"input": 0, "output": 0}}, (None, None, None, None)),
]


def test_tokens_and_costs_are_read_from_every_form_that_langfuse_has_had(importer) -> None:
    one = {"type": "GENERATION", "model": "m", "startTime": "2026-11-20", "endTime": "2026-11-20"}
    rows = [one | {"id": str(n)} | fields for n, (fields, _) in enumerate(USAGES)]
    importer.calls(CallRequest("langfuse", importer.file("a.jsonl", *rows)))
    columns = "input_tokens, output_tokens, cached_tokens, cost_usd"
    assert importer.rows(f"SELECT {columns} FROM attempts ORDER BY foreign_id") == [told for _, told in USAGES]


def test_a_parquet_export_may_have_maps_and_times_of_its_own(importer, tmp_path: Path) -> None:
    file = tmp_path / "obs.parquet"
    duckdb.sql(
        f"""COPY (
            SELECT 'o' AS id, 't' AS trace_id, 'GENERATION' AS type, 'm' AS provided_model_name,
                TIMESTAMP '2026-11-20 09:00:00.25' AS start_time, TIMESTAMP '2026-11-20 09:00:01' AS end_time,
                MAP {{'input': 10::UBIGINT, 'output': 5::UBIGINT}} AS usage_details,
                MAP {{'total': 0.000012::DECIMAL(18, 12)}} AS cost_details, ['summarize'] AS tags
        ) TO '{file}'"""
    )
    importer.calls(CallRequest("langfuse", file))
    assert importer.rows("SELECT task_type, input_tokens, output_tokens, cost_usd, latency_s FROM attempts") == [
        ("summarize", 10, 5, Decimal("0.000012"), 0.75)
    ]


def test_names_of_models_and_tags_are_mapped_by_the_users_file(importer, tmp_path: Path) -> None:
    map_file = tmp_path / "map.yaml"
    map_file.write_text("models: {my-finetune: tuned-7b}\ntask_types: {chat-small: rewrite}\n")
    summary = importer.calls(litellm(names=NameOptions(map_file, "classify")))
    assert {(use.foreign_model, use.model, use.is_known) for use in summary.models} >= {
        ("my-finetune", "tuned-7b", True),
        ("gpt-4o-mini-2024-07-18", "small", True),
        ("text-embedding-3-small", "text-embedding-3-small", False),
    }
    assert dict(summary.task_types) == {"rewrite": 4, "classify": 1, "embed": 1, "extract": 1}


def test_a_prompt_has_the_hash_that_our_own_attempts_have(importer) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    importer.calls(CallRequest("litellm-spend-logs", importer.file("a.jsonl", call(messages=messages))))
    own = prompt_hash_of((Message("system", "Be brief."), Message("user", "Why?")))
    assert importer.rows("SELECT prompt_hash, prompt_text FROM attempts") == [(own[:32], "Be brief.\n\nWhy?")]


@pytest.mark.parametrize(
    ("store_text", "expected"),
    [("full", "The pump stopped at noon."), ("hash", "sha256:8a"), ("none", None)],
)
def test_texts_are_kept_as_the_settings_say(make_importer, store_text: str, expected: str | None) -> None:
    importer = make_importer(store_text=store_text)
    importer.calls(litellm())
    [(response, message)] = importer.rows("SELECT max(response_text), max(error_message) FROM attempts")
    if expected is None:
        assert (response, message) == (None, None)
    else:
        assert str(response).startswith(expected[:7])
        assert message is not None


def test_nothing_secret_or_personal_of_an_export_is_kept(importer) -> None:
    importer.calls(litellm())
    importer.calls(langfuse("langfuse_observations.jsonl", scores_file=EXPORTS / "langfuse_scores.jsonl"))
    importer.calls(langfuse(score_rules=RULES))
    canaries = (b"sk-canary", b"88dc28d0", b"dana", b"Dana", b"mail.example", b"203.0.113.9", b"customer-77")
    for path in importer.home.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert [canary for canary in canaries if canary in content] == [], path
    [(prompt,)] = importer.rows("SELECT prompt_text FROM attempts WHERE foreign_id = 'chatcmpl-0001'")
    assert str(prompt).startswith("Be brief.")
