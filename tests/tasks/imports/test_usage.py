"""A provider's usage is imported as sums: never as attempts, once, and never by two cuts of the same period."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from policies.errors import BadInputError
from tasks.imports.requests import UsageRequest
from tests.tasks.imports.conftest import EXPORTS, NOW

DAY = 86_400
START = 1763596800  # 2025-11-20T00:00:00Z


def usage(name: str, **options) -> UsageRequest:
    return UsageRequest(EXPORTS / name, **options)


def result(**changes: object) -> dict[str, object]:
    """One result of a day's completions."""
    good = {
        "object": "organization.usage.completions.result",
        "start_time": START,
        "end_time": START + DAY,
        "input_tokens": 1000,
        "output_tokens": 200,
        "num_model_requests": 5,
        "model": "gpt-4o-mini-2024-07-18",
    }
    return {key: value for key, value in {**good, **changes}.items() if value is not ...}


def test_buckets_of_the_api_become_usage_and_no_attempts(importer) -> None:
    summary = importer.usage(usage("openai_usage.json"))
    assert (summary.rows, summary.imported, summary.repeated) == (3, 3, 0)
    assert importer.rows("SELECT count(*) FROM attempts") == [(0,)]
    columns = "category, grouped_by, model, foreign_model, n_requests, input_tokens, output_tokens, cached_tokens"
    assert importer.rows(f"SELECT {columns} FROM imported_usage ORDER BY started_at, n_requests") == [
        ("completions", "model", "large", "gpt-4o-2024-08-06", 2, 4000, 900, 1024),
        ("completions", "model", "small", "gpt-4o-mini-2024-07-18", 5, 1000, 200, 0),
        ("completions", "model", "small", "gpt-4o-mini-2024-07-18", 7, 1000, 200, 0),
    ]


def test_the_dashboards_rows_of_one_bucket_are_added_up_and_name_nobody(importer) -> None:
    summary = importer.usage(usage("openai_usage.csv"))
    assert (summary.rows, summary.imported, dict(summary.left_out)) == (4, 2, {"period without usage": 1})
    assert importer.rows("SELECT n_requests, input_tokens, is_batch FROM imported_usage ORDER BY started_at") == [
        (10, 59200, False),
        (9, 52047, False),
    ]
    for path in importer.home.root.rglob("*"):
        if path.is_file():
            assert not any(name in path.read_bytes() for name in (b"user-dAU7", b"key_OYRZ", b"proj_4BhN"))


def test_costs_are_imported_by_line_with_the_model_before_the_comma(importer) -> None:
    summary = importer.usage(usage("openai_costs.csv"))
    assert summary.cost_usd == Decimal("0.29166")
    assert importer.rows("SELECT model, line_item, cost_usd FROM imported_usage ORDER BY line_item") == [
        ("large", "gpt-4o-2024-08-06, cached input", Decimal("0.0072")),
        ("large", "gpt-4o-2024-08-06, input", Decimal("0.148")),
        ("large", "gpt-4o-2024-08-06, output", Decimal("0.10646")),
        (None, "web search tool calls", Decimal("0.03")),
    ]


def test_a_credit_is_a_negative_cost(importer) -> None:
    importer.usage(usage("openai_costs.json"))
    assert importer.rows("SELECT sum(cost_usd), min(cost_usd) FROM imported_usage") == [
        (Decimal("0.05"), Decimal("-0.01"))
    ]


def test_importing_again_adds_nothing(importer) -> None:
    importer.usage(usage("openai_usage.json"))
    summary = importer.usage(usage("openai_usage.json"))
    assert (summary.imported, summary.known) == (0, 3)
    assert importer.rows("SELECT count(*) FROM run_starts") == [(1,)]


def test_the_same_page_twice_counts_once(importer) -> None:
    page = json.loads((EXPORTS / "openai_usage.json").read_text())
    file = importer.root / "pages.json"
    file.write_text(json.dumps([page, page]))
    summary = importer.usage(UsageRequest(file))
    assert (summary.rows, summary.imported, summary.repeated) == (6, 3, 3)


def test_a_later_state_of_a_bucket_replaces_the_earlier_one(importer) -> None:
    first = importer.file("a.jsonl", result(end_time=START + DAY // 2, num_model_requests=3))
    importer.usage(UsageRequest(first))
    importer.usage(UsageRequest(importer.file("b.jsonl", result())), now=NOW + timedelta(hours=1))
    assert importer.rows("SELECT count(*) FROM imported_usage") == [(2,)]
    assert importer.rows("SELECT requests FROM usage_by_model_day") == [(5,)]


def test_costs_and_usage_of_a_day_stand_side_by_side(importer) -> None:
    importer.usage(usage("openai_usage.json"))
    importer.usage(usage("openai_costs.csv"))
    columns = "day::VARCHAR, origin, model, requests, input_tokens, known_cost_usd, cost_usd"
    rows = importer.rows(f"SELECT {columns} FROM usage_by_model_day ORDER BY ALL NULLS LAST")
    assert rows[0] == (
        "2025-11-20", "openai-usage", "large", 2, 4000, Decimal("0.26166"), Decimal("0.26166")
    )  # fmt: skip
    assert rows[1] == ("2025-11-20", "openai-usage", "small", 5, 1000, None, None)


@pytest.mark.parametrize(
    "other",
    [
        result(project_id="p"),
        result(model=...),
        result(end_time=START + 3600),
        result(start_time=START + 3600, end_time=START + 7200),
    ],
    ids=["another grouping", "no grouping", "the period cut short", "hours within the day"],
)
def test_another_cut_of_a_known_period_is_refused(importer, other: dict[str, object]) -> None:
    importer.usage(UsageRequest(importer.file("a.jsonl", result())))
    before = importer.rows("FROM imported_usage")
    with pytest.raises(BadInputError, match="the ledger has this from 2025-11-20 00:00 to 2025-11-21 00:00, by model"):
        importer.usage(UsageRequest(importer.file("b.jsonl", other)))
    assert importer.rows("FROM imported_usage") == before


def test_two_accounts_may_have_the_same_periods(importer) -> None:
    importer.usage(UsageRequest(importer.file("a.jsonl", result()), account="eu"))
    summary = importer.usage(UsageRequest(importer.file("a.jsonl", result()), account="us"))
    assert summary.imported == 1
    assert importer.rows("SELECT requests FROM usage_by_model_day") == [(10,)]


def test_days_and_hours_in_one_export_are_refused(empty_importer) -> None:
    file = empty_importer.file("a.jsonl", result(), result(start_time=START + 3600, end_time=START + 7200))
    with pytest.raises(BadInputError, match="periods that overlap"):
        empty_importer.usage(UsageRequest(file))
    assert not empty_importer.home.root.exists()


BAD_BUCKETS: list[tuple[dict[str, object], str]] = [
    ({"object": "bucket"}, "object: is no result of usage or costs that is known"),
    ({"object": "organization.audit_logs.result"}, "object: is no result of usage or costs that is known"),
    ({"start_time": ...}, "start_time: is required"),
    ({"start_time": "noon"}, "start_time: must be a time"),
    ({"end_time": ...}, "end_time: is required"),
    ({"end_time": START}, "end_time: must lie after start_time"),
    ({"num_model_requests": -5}, "num_model_requests: must be a count"),
    ({"input_tokens": "1e99"}, "input_tokens: must be a count"),
    ({"input_cached_tokens": 1001}, "input_cached_tokens: must not be more than input_tokens"),
    ({"batch": "perhaps"}, "batch: must be true or false"),
    ({"object": "organization.costs.result"}, "amount: is required"),
    (
        {"object": "organization.costs.result", "amount": {"value": -1e8, "currency": "usd"}},
        "amount: must lie between",
    ),
    (
        {"object": "organization.costs.result", "amount": {"value": 1, "currency": "eur"}},
        "currency: must be usd",
    ),
    (
        {"object": "organization.costs.result", "amount": {"value": "x", "currency": "usd"}},
        "amount: must be an amount",
    ),
    ({"object": "organization.costs.result", "amount": {"value": 1}}, "currency: is required"),
]


def test_a_bad_bucket_is_refused_with_its_place(empty_importer) -> None:
    file = empty_importer.file(
        "a.jsonl", result(start_time=START + DAY, end_time=START + 2 * DAY), result(batch="perhaps")
    )
    with pytest.raises(BadInputError) as error:
        empty_importer.usage(UsageRequest(file))
    assert str(error.value).startswith(f"{file}:2: batch: must be true or false")
    assert not empty_importer.home.root.exists()


def test_every_bad_bucket_is_told_with_its_field_and_problem(importer) -> None:
    rows = [result(**changes) for changes, _ in BAD_BUCKETS]
    file = importer.file("a.jsonl", *rows, result())
    [refused] = importer.usage(UsageRequest(file, is_skipping=True)).bad
    told: dict[int, str] = {}
    for row in refused.rows:
        told.setdefault(row.number, f"{row.field}: {row.problem}")
    assert list(told) == list(range(1, len(rows) + 1))
    for problem, (_, expected) in zip(told.values(), BAD_BUCKETS, strict=True):
        assert problem.startswith(expected)


def test_what_is_measured_in_nothing_that_is_counted_here_is_left_out_by_its_name(importer) -> None:
    stored = {"object": "organization.usage.vector_stores.result", "usage_bytes": 1024}
    nothing = dict.fromkeys(("model", "num_model_requests", "input_tokens", "output_tokens"))
    bare = {name: value for name, value in result(**stored).items() if name not in nothing} | nothing
    idle = {**bare, "object": "organization.usage.completions.result"}
    summary = importer.usage(UsageRequest(importer.file("a.jsonl", result(), bare, idle)))
    assert summary.imported == 1
    assert dict(summary.left_out) == {
        "vector_stores, which are not measured in requests or tokens": 1,
        "period without usage": 1,
    }


def test_an_answer_that_is_an_error_is_no_export(importer) -> None:
    file = importer.file("a.jsonl", {"error": {"message": "You have insufficient permissions", "code": None}})
    with pytest.raises(BadInputError, match="object: is no result of usage or costs that is known"):
        importer.usage(UsageRequest(file))


def test_a_bad_row_of_a_page_is_told_by_its_place_among_the_results(importer) -> None:
    page = json.loads((EXPORTS / "openai_usage.json").read_text())
    page["data"][2]["results"][0]["input_tokens"] = "many"
    file = importer.root / "page.json"
    file.write_text(json.dumps(page))
    with pytest.raises(BadInputError, match="row 3, input_tokens: must be a count"):
        importer.usage(UsageRequest(file))
