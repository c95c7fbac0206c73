"""Bad rows stop an import with one line that says where and what; nothing is written, unless they are to be skipped."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.imports.outcome import Summary
from tasks.imports.requests import CallRequest, NameOptions, UsageRequest
from tasks.imports.score_rules import score_rules
from tests.tasks.imports.conftest import EXPORTS, call

OBSERVATION = {
    "id": "obs-1",
    "traceId": "t-1",
    "type": "GENERATION",
    "model": "m",
    "startTime": "2026-11-20T09:00:00Z",
    "endTime": "2026-11-20T09:00:01Z",
}

BAD_CALLS = [
    ({"request_id": ...}, "request_id: is required"),
    ({"request_id": None}, "request_id: is required"),
    ({"request_id": "  "}, "request_id: is required"),
    ({"request_id": "x" * 201}, "request_id: is longer than 200 characters"),
    ({"request_id": "a\tb"}, "request_id: must be printable text"),
    ({"request_id": ["a"]}, "request_id: must be printable text"),
    ({"model": {"name": "m"}}, "model: must be printable text"),
    ({"model": "m\u001b[31m"}, "model: must be printable text"),
    ({"request_id": "a\u0000b"}, "request_id: contains a NUL byte"),
    ({"model": ""}, "model: is required"),
    ({"model": "m" * 201}, "model: is longer than 200 characters"),
    ({"status": "maybe"}, "status: must be success or failure"),
    ({"prompt_tokens": "many"}, "prompt_tokens: must be a count"),
    ({"prompt_tokens": -1}, "prompt_tokens: must be a count"),
    ({"prompt_tokens": 10.5}, "prompt_tokens: must be a count"),
    ({"prompt_tokens": 10**15}, "prompt_tokens: must be a count"),
    ({"completion_tokens": True}, "completion_tokens: must be a count"),
    ({"spend": "0,12"}, "spend: must be an amount in USD"),
    ({"spend": "free"}, "spend: must be an amount in USD"),
    ({"spend": -0.01}, "spend: must not be below 0"),
    ({"spend": 10**10}, "spend: must be an amount in USD"),
    ({"spend": 1_000_000.5}, "spend: must not be above 1000000 USD"),
    ({"startTime": ...}, "startTime: is required"),
    ({"startTime": "yesterday"}, "startTime: must be a time"),
    ({"startTime": "20/11/2026"}, "startTime: must be a time"),
    ({"startTime": "2026-13-01T00:00:00Z"}, "startTime: must be a time"),
    ({"startTime": "2026-11-20T09:00:00+99:00"}, "startTime: must be a time"),
    ({"startTime": "1970-01-01T00:00:00Z"}, "startTime: must lie between 2015 and now"),
    ({"startTime": "2027-11-20T09:00:00Z", "endTime": ...}, "startTime: must lie between 2015 and now"),
    ({"endTime": "later"}, "endTime: must be a time"),
    ({"endTime": "2026-11-20T08:59:59Z"}, "endTime: must not lie before its start"),
    ({"request_duration_ms": "fast"}, "request_duration_ms: must be milliseconds, at least 0"),
    ({"request_duration_ms": -5}, "request_duration_ms: must be milliseconds, at least 0"),
    (
        {"metadata": {"additional_usage_values": {"cache_read_input_tokens": 500}}},
        "cache_read_input_tokens: must not be more than the prompt's tokens",
    ),
    (
        {"metadata": {"additional_usage_values": {"cache_read_input_tokens": "x"}}},
        "cache_read_input_tokens: must be a count",
    ),
]
BAD_OBSERVATIONS = [
    ({"usageDetails": {"input": "x", "output": 1}}, "usageDetails.input: must be a count"),
    ({"costDetails": {"input": "x", "output": 1}}, "totalCost: must be an amount in USD"),
    ({"usageDetails": {"input": 1, "output": [1]}}, "usageDetails.output: must be a count"),
    ({"totalCost": "n/a"}, "totalCost: must be an amount in USD"),
    (
        {"scores": [{"name": "s", "value": 3, "source": "API"}]},
        "score s: must lie between 0 and 1: say --score NAME=SOURCE:LOW:HIGH",
    ),
    ({"scores": [{"name": "s", "value": "high", "source": "API"}]}, "value: must be a number"),
    ({"scores": [{"name": "s", "value": 1, "source": "GUESS"}]}, "source: must be API, ANNOTATION or EVAL"),
    ({"scores": [{"value": 1, "source": "API"}]}, "name: is required"),
    ({"scores": {"s": [1]}}, "source of score s: is not told: say --score NAME=SOURCE"),
]
BAD_FILES = [
    ("empty.jsonl", "", "holds no rows"),
    ("empty.csv", "request_id,model\n", "holds no rows"),
    ("empty.json", "[]", "holds no rows"),
    ("broken.json", '[{"a": 1},', "is not JSON"),
    ("list.json", "[1]", "row 1: must be a JSON object"),
    ("broken.jsonl", '{"request_id": "a"', "is not JSON"),
    ("nan.jsonl", '{"spend": NaN}', "NaN is not a JSON value"),
    ("twice.jsonl", '{"spend": 1, "spend": 2}', "key 'spend' stands twice"),
    ("cells.csv", "request_id,model\na\n", "has 1 cells under 2 columns"),
    ("twice.csv", "model,model\na,b\n", "column stands twice"),
    ("quotes.csv", 'request_id,model\n"a,b\n', "is not valid CSV"),
    ("bytes.csv", "request_id,model\na,\x00\n", "contains a NUL byte"),
    ("not.parquet", "PAR1", "is not readable Parquet"),
    ("logs.xlsx", "x", "is of an unknown format"),
]


def refused(empty_importer, request) -> str:
    """The line with which an import is refused; nothing may have been written."""
    with pytest.raises(BadInputError) as error:
        empty_importer.usage(request) if isinstance(request, UsageRequest) else empty_importer.calls(request)
    assert not empty_importer.home.root.exists()
    return str(error.value)


def test_a_bad_row_is_refused_with_file_line_field_and_value(empty_importer) -> None:
    file = empty_importer.file("logs.jsonl", call(), call(request_id="chatcmpl-2", spend="free"))
    sentence = refused(empty_importer, CallRequest("litellm-spend-logs", file))
    assert sentence == f"{file}:2: spend: must be an amount in USD; --skip-bad imports the other 1 (got 'free')"


def test_every_bad_row_is_told_with_its_field_and_problem(empty_importer) -> None:
    rows = [call(request_id=f"bad-{n}") | bad(changes) for n, (changes, _) in enumerate(BAD_CALLS)]
    file = empty_importer.file("logs.jsonl", *rows, call())
    summary = empty_importer.calls(CallRequest("litellm-spend-logs", file, is_skipping=True))
    assert first_problems(summary) == [line for _, line in BAD_CALLS]


def bad(changes: dict[str, object]) -> dict[str, object]:
    """Changes that leave a field out as a null, which says the same in every format."""
    return {key: None if value is ... else value for key, value in changes.items()}


def test_every_bad_observation_is_told_likewise(empty_importer) -> None:
    rows = [{**OBSERVATION, "id": f"bad-{n}", **changes} for n, (changes, _) in enumerate(BAD_OBSERVATIONS)]
    file = empty_importer.file("obs.jsonl", *rows, OBSERVATION)
    summary = empty_importer.calls(CallRequest("langfuse", file, is_skipping=True))
    assert first_problems(summary) == [line for _, line in BAD_OBSERVATIONS]


def first_problems(summary: Summary) -> list[str]:
    """Of each bad row the first thing that is wrong with it; every row but the last is bad."""
    found: dict[int, str] = {}
    for one in summary.bad:
        for row in one.rows:
            found.setdefault(row.number, f"{row.field}: {row.problem}")
    assert sorted(found) == list(range(1, summary.rows))
    return [found[number] for number in sorted(found)]


@pytest.mark.parametrize(("name", "text", "problem"), BAD_FILES, ids=[name for name, _, _ in BAD_FILES])
def test_a_file_that_is_no_export_is_refused(empty_importer, name: str, text: str, problem: str) -> None:
    file = empty_importer.root / name
    file.write_text(text)
    sentence = refused(empty_importer, CallRequest("litellm-spend-logs", file))
    assert sentence.startswith(str(file))
    assert problem in sentence


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_path_that_is_no_file_is_refused(empty_importer, kind: str) -> None:
    file = empty_importer.root / "logs.jsonl"
    if kind == "folder":
        file.mkdir()
    assert "file" in refused(empty_importer, CallRequest("litellm-spend-logs", file))


def test_skipping_bad_rows_imports_the_good_ones_and_names_the_bad_ones(empty_importer) -> None:
    file = empty_importer.root / "logs.jsonl"
    rows = [call(), call(request_id="b", spend="x", prompt_tokens="y"), call(request_id="c")]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"request_id": "d"\n')
    summary = empty_importer.calls(CallRequest("litellm-spend-logs", file, is_skipping=True))
    assert (summary.rows, summary.imported, summary.bad_rows) == (4, 2, 2)
    [one] = summary.bad
    assert [(row.number, row.field, row.value) for row in one.rows] == [
        (2, "prompt_tokens", "y"),
        (2, "spend", "x"),
        (4, None, None),
    ]
    assert empty_importer.rows("SELECT sum(cost_usd) FROM attempts") == [(Decimal("0.00027"),)]
    assert empty_importer.rows("SELECT n_items, n_failed FROM runs") == [(2, 2)]


def test_skipping_bad_rows_does_not_help_where_all_are_bad(empty_importer) -> None:
    file = empty_importer.file("logs.jsonl", call(spend="x"), call(request_id="b", spend="y"))
    sentence = refused(empty_importer, CallRequest("litellm-spend-logs", file, is_skipping=True))
    assert "1 more bad rows; no row can be imported (got 'x')" in sentence


def test_a_bad_score_in_the_other_file_stops_the_calls_too(empty_importer) -> None:
    scores = empty_importer.file("scores.jsonl", {"id": "s", "observation_id": "obs-b1", "name": "n", "value": "x"})
    request = CallRequest("langfuse", EXPORTS / "langfuse_observations.jsonl", scores_file=scores)
    assert refused(empty_importer, request).startswith(f"{scores}:1: ")


@pytest.mark.parametrize(
    "text", ["stars", "=check", "stars=expert", "stars=human:1", "stars=human:5:1", "stars=human:a:b", "s=human:0:inf"]
)
def test_a_rule_for_scores_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="--score: must be NAME=SOURCE"):
        score_rules([text], option="--score")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("models: [a]\n", "models: must be a mapping"),
        ("task_types: {a: paint}\n", "task_types.a: unknown task type"),
        ("mode: {}\n", "mode: unknown key"),
        ("", "must be a mapping"),
    ],
)
def test_a_bad_map_file_is_refused_with_its_place(empty_importer, tmp_path: Path, text: str, problem: str) -> None:
    map_file = tmp_path / "map.yaml"
    map_file.write_text(text)
    file = empty_importer.file("logs.jsonl", call())
    assert problem in refused(empty_importer, CallRequest("litellm-spend-logs", file, NameOptions(map_file)))


def test_an_unknown_task_type_is_refused(empty_importer) -> None:
    request = CallRequest("litellm-spend-logs", empty_importer.file("a.jsonl", call()), NameOptions(task_type="paint"))
    assert refused(empty_importer, request).startswith("--task-type: unknown task type")
