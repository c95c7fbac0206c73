"""What a call costs in USD, exactly, and what it can cost at most."""

from __future__ import annotations

import hashlib
import json
import math
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from policies.types import Price, PriceSource

NINE_PLACES = Decimal("0.000000001")
NOTHING = Decimal(0)
UNITS_PER_TOKEN = Decimal("0.000001")  # prices are per million tokens
# Input tokens are estimated without the model's tokeniser; a reservation must hold even where the estimate is short.
INPUT_SAFETY_MARGIN = 1.5


def price_id_of(
    model: str,
    input: Decimal | None,
    output: Decimal | None,
    cached: Decimal | None = None,
    batch_input: Decimal | None = None,
    batch_output: Decimal | None = None,
    *,
    is_notional: bool = False,
) -> str:
    """The content hash of a price: equal amounts give an equal id, however they are written (`1` and `1.00`)."""
    amounts = [_canonical(amount) for amount in (input, output, cached, batch_input, batch_output)]
    content = json.dumps([model, *amounts, is_notional])
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def make_price(
    model: str,
    *,
    input: Decimal | None,
    output: Decimal | None,
    cached: Decimal | None = None,
    batch_input: Decimal | None = None,
    batch_output: Decimal | None = None,
    is_notional: bool = False,
    source: PriceSource = "catalogue",
) -> Price:
    """A price with its content hash; amounts are USD per million tokens, None where unknown."""
    price_id = price_id_of(model, input, output, cached, batch_input, batch_output, is_notional=is_notional)
    return Price(price_id, model, input, output, cached, batch_input, batch_output, is_notional, source)


def cost_usd(price: Price, *, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> Decimal | None:
    """The cost to nine places, half to even; None where a rate that is needed is unknown.

    `input_tokens` includes `cached_tokens`, which cost the cached rate where it is known, else the input rate.
    Raises ValueError for negative counts.
    """
    if input_tokens < 0 or output_tokens < 0 or cached_tokens < 0:
        raise ValueError(f"token counts must not be negative: {input_tokens}, {output_tokens}, {cached_tokens}")
    cached = min(cached_tokens, input_tokens)
    cached_rate = price.input if price.cached is None else price.cached
    charges = ((input_tokens - cached, price.input), (cached, cached_rate), (output_tokens, price.output))
    total = _total(charges)
    return None if total is None else total.quantize(NINE_PLACES, ROUND_HALF_EVEN)


def worst_case_usd(price: Price, *, input_tokens: int, max_output_tokens: int) -> Decimal | None:
    """What one attempt can cost at most, rounded up: the input estimate with its margin, uncached, and all the output.

    None where a rate that is needed is unknown. Raises ValueError for negative counts.
    """
    if min(input_tokens, max_output_tokens) < 0:
        raise ValueError(f"token counts must not be negative: {input_tokens}, {max_output_tokens}")
    # A cached rate above the input rate exists (cache writes); the dearer of the two bounds the bill.
    rates = [rate for rate in (price.input, price.cached) if rate is not None]
    input_rate = max(rates) if price.input is not None else None
    total = _total(((math.ceil(input_tokens * INPUT_SAFETY_MARGIN), input_rate), (max_output_tokens, price.output)))
    return None if total is None else total.quantize(NINE_PLACES, ROUND_CEILING)


def _total(charges: tuple[tuple[int, Decimal | None], ...]) -> Decimal | None:
    """Tokens times USD per million tokens, summed; None where tokens meet an unknown rate."""
    total = NOTHING
    for tokens, rate in charges:
        if tokens:
            if rate is None:
                return None
            total += tokens * rate
    return total * UNITS_PER_TOKEN


def _canonical(amount: Decimal | None) -> str | None:
    """One spelling per amount: no trailing zeros, no exponent."""
    return None if amount is None else format(amount.normalize(), "f")
