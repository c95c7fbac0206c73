"""The mart otel_calls has the names and values of OpenTelemetry's conventions for generative AI."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

CONVENTIONS = yaml.safe_load(Path(__file__).with_name("otel_genai.yaml").read_text("utf-8"))
TYPES = {"string": "VARCHAR", "int": "BIGINT"}


def test_attributes_have_the_names_and_types_of_the_conventions_and_ours_a_namespace_of_their_own(ledger) -> None:
    listed = ledger.rows("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'otel_calls'")
    kinds = {row["column_name"]: row["data_type"] for row in listed}
    attributes = {name: kind for name, kind in kinds.items() if "." in str(name)}
    theirs = {name: kind for name, kind in attributes.items() if not str(name).startswith("pointsman.")}
    assert theirs == {name: TYPES[one["type"]] for name, one in CONVENTIONS["attributes"].items()}


@pytest.mark.parametrize(("provider", "name"), CONVENTIONS["providers"].items())
def test_a_provider_that_the_conventions_know_is_called_as_there(ledger, provider: str, name: str) -> None:
    ledger.fill({"attempts": [{"provider": provider}]})
    assert ledger.rows('SELECT "gen_ai.provider.name" AS name FROM otel_calls') == [{"name": name}]


def test_a_run_is_a_trace_and_each_attempt_a_span_of_its_own(ledger) -> None:
    ledger.fill({"attempts": [{"attempt_id": "a1"}, {"attempt_id": "a2"}, {"attempt_id": "a3", "run_id": "other"}]})
    spans = ledger.rows("SELECT trace_id, span_id FROM otel_calls")
    assert len({span["trace_id"] for span in spans}) == 2
    assert len({span["span_id"] for span in spans}) == 3
    assert {(len(str(span["trace_id"])), len(str(span["span_id"]))) for span in spans} == {(32, 16)}
