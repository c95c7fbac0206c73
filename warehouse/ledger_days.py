"""What the ledger has by day and model, for comparison with what a provider bills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from warehouse.evidence import read_facts
from warehouse.home import Home

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """A day's billed attempts of one model: known cost, and what is uncertain.

    `lost` attempts have an unknown outcome, `unpriced` ones an unknown price; each may be `unbounded`. Amounts in
    micro-USD are exact products of tokens and rates. `early_usd` and `late_usd` are the costs of attempts near the
    day's ends.
    """

    day: date
    provider: str | None
    model: str | None
    attempts: int
    cost_usd: Decimal
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    lost: int
    lost_reserved_usd: Decimal
    lost_unbounded: int
    unpriced: int
    unpriced_micro_usd: Decimal
    unpriced_unbounded: int
    cached_charge_micro_usd: Decimal
    cached_discount_micro_usd: Decimal
    early_usd: Decimal
    late_usd: Decimal


@dataclass(frozen=True, slots=True)
class Rates:
    """A model's prices in USD per million tokens."""

    model: str
    input: Decimal
    output: Decimal
    cached: Decimal


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: days (both included), providers and origins (none: all), and by what besides the day."""

    since: date
    until: date
    providers: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    by_provider: bool = False
    by_model: bool = True
    boundary_s: int = 300


def ledger_days(home: Home, scope: Scope) -> tuple[LedgerDay, ...]:
    """The ledger's days in a scope, and one day more on each side, from which costs may have been shifted."""
    parameters = {
        "since": scope.since - DAY,
        "until": scope.until + DAY,
        "providers": list(scope.providers),
        "origins": list(scope.origins),
        "by_provider": scope.by_provider,
        "by_model": scope.by_model,
        "boundary_s": scope.boundary_s,
    }
    return read_facts(home, "ledger_days", parameters, LedgerDay)


def latest_rates(home: Home) -> dict[str, Rates]:
    """The prices that models were last seen with, where they are known."""
    return {rates.model: rates for rates in read_facts(home, "latest_rates", {}, Rates)}
