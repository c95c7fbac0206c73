from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.pricing import cost_usd, make_price, price_id_of, worst_case_usd
from policies.rates import cost_nanos, rates_of, usd_of, worst_case_nanos
from policies.types import Price


def price(
    given: str | None = "1", out: str | None = "2", cached: str | None = None, *, is_notional: bool = False
) -> Price:
    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return make_price("m", input=amount(given), output=amount(out), cached=amount(cached), is_notional=is_notional)


@pytest.mark.parametrize(
    ("of", "tokens", "expected"),
    [
        (price(), (1_000_000, 0, 0), "1"),
        (price(), (1, 1, 0), "0.000003"),
        (price("0", "0"), (5000, 5000, 0), "0"),
        (price(cached="0.1"), (1000, 0, 1000), "0.0001"),
        (price(cached="0.1"), (1000, 0, 400), "0.00064"),
        (price(cached=None), (1000, 0, 400), "0.001"),  # no cached rate: the input rate
        (price(cached="0.1"), (100, 0, 400), "0.00001"),  # more cached than there are: all of them
        (price("0.0005", "0"), (1, 0, 0), "0.000000000"),  # half to even: down
        (price("0.0015", "0"), (1, 0, 0), "0.000000002"),  # half to even: up
        (price(out=None), (10, 0, 0), "0.00001"),  # an unknown rate that is not needed
        (price(None), (0, 10, 0), "0.00002"),
        (price(out=None), (10, 1, 0), None),
        (price(None), (10, 1, 0), None),
        (price(None, cached="0.1"), (10, 0, 10), "0.000001"),
        (price(None, cached="0.1"), (11, 0, 10), None),
        (price(None, None), (0, 0, 0), "0"),
    ],
)
def test_cost(of: Price, tokens: tuple[int, int, int], expected: str | None) -> None:
    given, out, cached = tokens
    cost = cost_usd(of, input_tokens=given, output_tokens=out, cached_tokens=cached)
    assert cost == (None if expected is None else Decimal(expected))


def test_a_cost_has_nine_places() -> None:
    cost = cost_usd(price(), input_tokens=1, output_tokens=0)
    assert str(cost) == "0.000001000"


@pytest.mark.parametrize("tokens", [(-1, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_negative_counts_are_refused(tokens: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="negative"):
        cost_usd(price(), input_tokens=tokens[0], output_tokens=tokens[1], cached_tokens=tokens[2])


@pytest.mark.parametrize(
    ("of", "tokens", "expected"),
    [
        (price(), (1000, 100), "0.0017"),  # 1,500 in with the margin, 100 out
        (price(), (0, 100), "0.0002"),
        (price("0.00001", "0"), (1, 0), "0.000000001"),  # rounded up, never to nothing
        (price(cached="0.1"), (1000, 0), "0.0015"),  # nothing is assumed cached
        (price(cached="3"), (1000, 0), "0.0045"),  # a dearer cached rate bounds the bill
        (price(None), (1000, 0), None),
        (price(None, cached="1"), (1000, 0), None),
        (price(out=None), (0, 1), None),
        (price("0", "0"), (1000, 1000), "0"),
    ],
)
def test_worst_case(of: Price, tokens: tuple[int, int], expected: str | None) -> None:
    worst = worst_case_usd(of, input_tokens=tokens[0], max_output_tokens=tokens[1])
    assert worst == (None if expected is None else Decimal(expected))


def test_worst_case_is_at_least_the_cost_of_what_was_announced() -> None:
    of = price("0.123456", "7.654321", "0.01")
    worst = worst_case_usd(of, input_tokens=777, max_output_tokens=333)
    cost = cost_usd(of, input_tokens=777, output_tokens=333)
    assert worst is not None
    assert cost is not None
    assert worst >= cost


def test_equal_amounts_have_one_id_however_they_are_written() -> None:
    assert price_id_of("m", Decimal(1), Decimal(20)) == price_id_of("m", Decimal("1.00"), Decimal("2E+1"))


@pytest.mark.parametrize(
    "other",
    [
        price_id_of("n", Decimal(1), Decimal(2)),
        price_id_of("m", Decimal(2), Decimal(1)),
        price_id_of("m", Decimal(1), None),
        price_id_of("m", Decimal(1), Decimal(2), Decimal(0)),
        price_id_of("m", Decimal(1), Decimal(2), None, Decimal(0)),
        price_id_of("m", Decimal(1), Decimal(2), is_notional=True),
    ],
)
def test_other_prices_have_other_ids(other: str) -> None:
    assert other != price_id_of("m", Decimal(1), Decimal(2))


rates = st.one_of(st.none(), st.decimals(0, 1000, places=9), st.decimals(0, 50, places=2))


@given(input=rates, output=rates, cached=rates, tokens=st.tuples(st.integers(0, 10**7), st.integers(0, 10**5)))
def test_whole_numbers_say_what_decimals_say(
    input: Decimal | None, output: Decimal | None, cached: Decimal | None, tokens: tuple[int, int]
) -> None:
    price = make_price("m", input=input, output=output, cached=cached)
    numbers = rates_of(price)
    cost = cost_usd(price, input_tokens=tokens[0], output_tokens=tokens[1])
    worst = worst_case_usd(price, input_tokens=tokens[0], max_output_tokens=tokens[1])
    assert usd_of(cost_nanos(numbers, *tokens)) == cost
    assert usd_of(worst_case_nanos(numbers, *tokens)) == worst
    assert (cost is None) or str(usd_of(cost_nanos(numbers, *tokens))) == str(cost)  # to nine places, both
