"""A price as whole numbers, so that what a request costs on each of many models takes two products, and is exact."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

from policies.pricing import INPUT_SAFETY_MARGIN
from policies.types import Price

NANOS_PER_USD = 10**9
# Prices are USD per million tokens: this many billionths of a USD per token.
NANOS_PER_TOKEN = 1000


class Rates(NamedTuple):
    """Billionths of a USD per token, each times `divisor`; None is unknown, never free.

    `dearest_input` is the dearer of the input and the cached rate, which bounds what a prompt can be billed as.
    """

    input: int | None
    output: int | None
    dearest_input: int | None
    divisor: int


def rates_of(price: Price) -> Rates:
    """The rates of a price."""
    known = [rate for rate in (price.input, price.output, price.cached) if rate is not None]
    digits = max([0, *(-int(rate.as_tuple().exponent) for rate in known)])
    divisor = 10 ** max(0, digits - 3)

    def scaled(rate: Decimal | None) -> int | None:
        return None if rate is None else int(rate * NANOS_PER_TOKEN * divisor)

    inputs = [rate for rate in (price.input, price.cached) if rate is not None]
    dearest = max(inputs) if price.input is not None else None
    return Rates(scaled(price.input), scaled(price.output), scaled(dearest), divisor)


def cost_nanos(rates: Rates, input_tokens: int, output_tokens: int) -> int | None:
    """What `pricing.cost_usd` says of an attempt without cached tokens, in billionths of a USD, half to even."""
    total = charge(input_tokens, rates.input, output_tokens, rates.output)
    if total is None or rates.divisor == 1:
        return total
    quotient, rest = divmod(total, rates.divisor)
    is_up = 2 * rest > rates.divisor or (2 * rest == rates.divisor and quotient % 2 == 1)
    return quotient + is_up


def worst_case_nanos(rates: Rates, input_tokens: int, max_output_tokens: int) -> int | None:
    """What `pricing.worst_case_usd` says, in billionths of a USD, rounded up."""
    inflated = math.ceil(input_tokens * INPUT_SAFETY_MARGIN)
    total = charge(inflated, rates.dearest_input, max_output_tokens, rates.output)
    return None if total is None else -(-total // rates.divisor)


def charge(input_tokens: int, input_rate: int | None, output_tokens: int, output_rate: int | None) -> int | None:
    """Tokens times rates, summed; None where tokens meet an unknown rate."""
    if (input_rate is None and input_tokens) or (output_rate is None and output_tokens):
        return None
    return input_tokens * (input_rate or 0) + output_tokens * (output_rate or 0)


def usd_of(nanos: int | None) -> Decimal | None:
    """As an amount of money with nine places."""
    return None if nanos is None else Decimal(nanos).scaleb(-9)
