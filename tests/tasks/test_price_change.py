"""A price that changes in the catalogue between two runs: each attempt keeps the price that its run pinned."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

import pytest

from policies.catalogue import parse_catalogue
from tasks.models.price_map import resolve_prices
from tests.fakes.installations import Installation, open_folder, run_chunks, run_whole
from tests.fakes.provider import ScriptedProvider
from warehouse.landing import land
from warehouse.query import named_query, query

Install = Callable[..., Installation]
OLD, NEW = "{input: 1, output: 2}", "{input: 0.7, output: 2.5, cached: 0.1, batch_input: 0.35, batch_output: 1.25}"
PERIODS = """
SELECT input, output, cached, batch_input, batch_output, valid_to IS NULL
FROM prices
WHERE model = 'small'
ORDER BY valid_from
"""
COSTS_BY_RUN = """
SELECT attempts.run_id, rates.input, count(*), sum(attempts.cost_usd),
    sum(attempts.input_tokens * rates.input + attempts.output_tokens * rates.output)
FROM attempts JOIN rates USING (price_id)
WHERE attempts.model = 'small'
GROUP BY attempts.run_id, rates.input
ORDER BY attempts.run_id
"""
OLD_ROW = (Decimal(1), Decimal(2), None, None, None)
NEW_ROW = (Decimal("0.7"), Decimal("2.5"), Decimal("0.1"), Decimal("0.35"), Decimal("1.25"))


def answer(body: Mapping[str, object]) -> str:
    """JSON where a schema is asked for, words elsewhere."""
    return json.dumps({"quote": "eat weeds"}) if "response_format" in body else "Ducks eat weeds"


@pytest.fixture
def installed(install: Install) -> Iterator[Installation]:
    """An installation whose provider answers everything."""
    with ScriptedProvider(answer=answer) as provider:
        yield install(provider.base_url, n_items=4)


def change_price(installation: Installation, *, old: str, new: str) -> None:
    """Edit the catalogue, as its owner would."""
    text = installation.catalogue.read_text()
    assert old in text
    installation.catalogue.write_text(text.replace(old, new))


def rows(installation: Installation, sql: str) -> list[tuple[object, ...]]:
    land(installation.home)
    return query(installation.home, sql).rows


def test_a_changed_price_closes_the_old_row_and_each_run_s_attempts_name_their_own(installed: Installation) -> None:
    run_whole(installed.request(run_id="before"))
    change_price(installed, old=OLD, new=NEW)
    run_whole(installed.request(run_id="after"))
    assert rows(installed, PERIODS) == [(*OLD_ROW, False), (*NEW_ROW, True)]
    costs = rows(installed, COSTS_BY_RUN)
    assert [(run, rate, n) for run, rate, n, _, _ in costs] == [("after", NEW_ROW[0], 8), ("before", Decimal(1), 8)]
    for _, _, _, cost_usd, per_million in costs:
        assert cost_usd == per_million / 1_000_000
    table = named_query(installed.home, "reprice")
    repriced = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [row["attempts"] for row in repriced if row["model"] == "small"] == [8, 8]
    assert {(row["difference_usd"], row["attempts_that_differ"]) for row in repriced} == {(Decimal(0), 0)}
    assert named_query(installed.home, "reprice_differences").rows == []


def test_the_old_price_coming_back_opens_a_third_row_that_names_the_same_rates(installed: Installation) -> None:
    for run_id, old, new in (("one", OLD, OLD), ("two", OLD, NEW), ("three", NEW, OLD)):
        change_price(installed, old=old, new=new)
        run_whole(installed.request(run_id=run_id))
    assert rows(installed, PERIODS) == [(*OLD_ROW, False), (*NEW_ROW, False), (*OLD_ROW, True)]
    assert len(rows(installed, "SELECT DISTINCT price_id FROM attempts WHERE model = 'small'")) == 2
    assert {row[:2] for row in named_query(installed.home, "reprice").rows if row[0] == "small"} == set(
        rows(installed, "SELECT 'small', price_id FROM rates WHERE model = 'small'")
    )


def test_a_run_that_is_resumed_after_a_change_keeps_its_price_and_does_not_bring_it_back(
    installed: Installation,
) -> None:
    run_chunks(open_folder(installed.request(run_id="before")), chunks=[])
    change_price(installed, old=OLD, new=NEW)
    run_whole(installed.request(run_id="after"))
    run_whole(installed.request(run_id="before", resume=True))
    assert rows(installed, PERIODS) == [(*OLD_ROW, False), (*NEW_ROW, True)]
    assert [(run, rate) for run, rate, *_ in rows(installed, COSTS_BY_RUN)] == [
        ("after", NEW_ROW[0]),
        ("before", OLD_ROW[0]),
    ]


def test_a_price_from_litellm_s_map_is_a_row_with_all_its_rates_seen_each_time_that_the_run_is_opened(
    installed: Installation,
) -> None:
    change_price(installed, old=f"price: {OLD}", new="price: litellm")
    change_price(installed, old="openai/small", new="openai/gpt-4o-mini")
    for _ in range(2):
        run_whole(installed.request(run_id="mapped"))
    known = resolve_prices(parse_catalogue(installed.catalogue.read_text(), file="catalog.yaml"))["small"].price
    assert None not in (known.input, known.cached, known.batch_output)
    amounts = (known.input, known.output, known.cached, known.batch_input, known.batch_output)
    assert rows(installed, PERIODS) == [(*amounts, True)]
    sightings = "SELECT model, count(*) FROM price_sightings WHERE model IN ('small', 'large') GROUP BY 1 ORDER BY 1"
    assert rows(installed, sightings) == [("large", 1), ("small", 2)]
    assert rows(installed, "SELECT count(*) FROM repriced WHERE difference_usd IS DISTINCT FROM 0") == [(0,)]
