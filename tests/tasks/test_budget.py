"""A run's money: what is reserved counts until it is settled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.budget import Budget

AMOUNTS = st.decimals(0, 1, places=9, allow_nan=False)


def test_a_reservation_counts_as_spent_until_it_is_settled() -> None:
    budget = Budget(Decimal(10))
    assert budget.reserve(Decimal(6))
    assert budget.remaining_usd == 4
    assert not budget.reserve(Decimal(5))
    budget.settle(Decimal(6), Decimal(1))
    assert budget.remaining_usd == 9
    assert budget.reserve(Decimal(5))


def test_the_last_cent_may_be_reserved() -> None:
    assert Budget(Decimal("0.01")).reserve(Decimal("0.01"))


def test_an_unknown_cost_keeps_the_whole_reservation() -> None:
    budget = Budget(Decimal(10))
    budget.reserve(Decimal(6))
    budget.settle(Decimal(6), None)
    assert budget.remaining_usd == 4


def test_an_unknown_worst_case_is_refused_under_a_limit_and_allowed_without() -> None:
    assert not Budget(Decimal(10)).reserve(None)
    assert Budget(None).reserve(None)


def test_an_amount_may_fit_later_as_long_as_it_is_not_spent() -> None:
    budget = Budget(Decimal(10))
    budget.reserve(Decimal(6))
    assert not budget.reserve(Decimal(5))
    assert budget.may_fit(Decimal(5))
    assert budget.unspent_usd == 10
    budget.settle(Decimal(6), None)
    assert not budget.may_fit(Decimal(5))
    assert not budget.may_fit(None)
    assert Budget(None).may_fit(None)


def test_what_earlier_processes_spent_is_not_there_to_spend() -> None:
    budget = Budget(Decimal(10), spent_usd=Decimal(9))
    assert budget.remaining_usd == 1
    assert not budget.reserve(Decimal(2))


def test_without_a_limit_nothing_remains_to_be_told() -> None:
    assert Budget(None).remaining_usd is None


def test_money_spent_before_a_limit_was_set_counts_against_it() -> None:
    budget = Budget(None)
    budget.reserve(Decimal(3))
    budget.settle(Decimal(3), Decimal(2))
    budget.reserve(None)
    budget.settle(None, Decimal(1))
    budget.change_limit(Decimal(10))
    assert budget.remaining_usd == 7


@given(worst_and_cost=st.lists(st.tuples(AMOUNTS, st.one_of(st.none(), AMOUNTS)), max_size=40), limit=AMOUNTS)
def test_what_is_reserved_and_spent_never_exceeds_the_limit(
    worst_and_cost: list[tuple[Decimal, Decimal | None]], limit: Decimal
) -> None:
    budget, spent = Budget(limit), Decimal(0)
    for worst, share in worst_and_cost:
        if budget.reserve(worst):
            cost = None if share is None else (worst * share).quantize(Decimal("0.000000001"))
            budget.settle(worst, cost)
            spent += worst if cost is None else cost
        assert budget.remaining_usd == limit - spent >= 0


@pytest.mark.parametrize("n_threads", [2, 8])
def test_threads_that_reserve_at_once_never_get_more_than_there_is(n_threads: int) -> None:
    budget = Budget(Decimal(100))
    with ThreadPoolExecutor(n_threads) as threads:
        granted = list(threads.map(lambda _: budget.reserve(Decimal(1)), range(1_000)))
    assert sum(granted) == 100
    assert budget.remaining_usd == 0
