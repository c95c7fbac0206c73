"""The schema as the documentation is told it."""

from __future__ import annotations

from warehouse.query import list_marts
from warehouse.schema_reference import list_relations


def test_relations_come_with_kind_grain_key_columns_and_checks() -> None:
    relations = {relation.name: relation for relation in list_relations()}
    attempts = relations["attempts"]
    assert (attempts.kind, attempts.key) == ("table", ())  # large tables are kept without an index
    assert relations["run_ends"].key == ("run_id", "ended_at")
    assert attempts.grain.startswith("One row per attempt")
    columns = {column.name: column for column in attempts.columns}
    assert columns["cost_usd"].data_type == "DECIMAL(18,9)"
    assert columns["cost_usd"].is_nullable
    assert not columns["model"].is_nullable
    assert columns["model"].meaning == "the logical model"
    assert any("rate_limited" in check for check in attempts.checks)
    assert relations["calls"].kind == "view"
    assert relations["calls"].key == ()


def test_every_mart_is_one_of_the_relations_and_is_told_as_a_mart() -> None:
    marts = {relation.name: relation.grain for relation in list_relations() if relation.kind == "mart"}
    assert marts == dict(list_marts())


def test_relations_are_sorted_and_the_same_each_time() -> None:
    names = [relation.name for relation in list_relations()]
    assert names == sorted(names)
    assert list_relations() == list_relations()
