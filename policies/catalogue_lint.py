"""What of a catalogue is valid, and probably not what was meant."""

from __future__ import annotations

from decimal import Decimal

from policies.types import Catalogue, Model

# Far below every price that anyone asks, and where prices per token lie, which other tools write.
SMALLEST_USD_PER_MILLION = Decimal("0.001")


def lint_catalogue(catalogue: Catalogue) -> tuple[str, ...]:
    """One line per model whose price was left to LiteLLM's map and is not there, or looks like one per token.

    Each has its place. The catalogue's prices have been looked up. Nothing is said of `price: unknown`, which says so
    itself, nor of 0.
    """
    lines = catalogue.lines or (None,) * len(catalogue.models)
    return tuple(
        f"{catalogue.file}{'' if line is None else f':{line}'}: models.{i}.price: {doubt}"
        for i, (model, line) in enumerate(zip(catalogue.models, lines, strict=True))
        if (doubt := doubt_price(model)) is not None
    )


def doubt_price(model: Model) -> str | None:
    """What is odd about a model's price, or None."""
    price = model.price
    if price.source == "litellm" and None in (price.input, price.output):
        return explain_gap(model)
    small = [rate for rate in (price.input, price.output) if rate and rate < SMALLEST_USD_PER_MILLION]
    if price.source == "catalogue" and not price.is_notional and small:
        return f"{small[0]:f} USD per million tokens is next to nothing: is it a price per token?"
    return None


def explain_gap(model: Model) -> str:
    """What an unknown price means for a model."""
    names = " or ".join(dict.fromkeys(deployment.litellm_model for deployment in model.deployments))
    return (
        f"LiteLLM's price map has no price for {names}, so {model.name}'s cost is unknown, and it is left out wherever "
        "there is a budget"
    )
