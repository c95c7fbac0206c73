"""In words how each model's quality was predicted: what it is made of, and what moved it most."""

from __future__ import annotations

from policies.forecast import TERMS, Forecast, Foreseen

LEAST_TOLD = 0.0005  # of quality: what is less shows as 0.000
LEAST_MOVED = 0.02  # by which a term has to move a quality, for it not to be the mean's
SIMILAR = TERMS.index("similar calls")


def tell_forecast(forecast: Forecast) -> str:
    """By which predictor, or why it was not used."""
    if forecast.declined is not None:
        verdict = "could not be used" if forecast.is_unusable else "declined"
        return f"predictor: {forecast.predictor}, {verdict}, so by means alone: {forecast.declined}"
    return f"predictor: {forecast.predictor}"


def tell_grounds(forecast: Forecast, model: str, *, is_learned: bool) -> str:
    """How one model's quality was predicted; nothing where the predictor declined for all of them."""
    if forecast.declined is not None:
        return ""
    seen = forecast.models.get(model)
    if seen is None:
        return f"by {'the mean of its task type' if is_learned else 'its prior'}: the predictor has not seen it"
    tokens = "" if seen.output_tokens is None else f"; {seen.output_tokens:,} tokens out"
    return f"by {dominant(seen)}: {', '.join(parts_of(seen))}{tokens}"


def dominant(seen: Foreseen) -> str:
    """What moved the quality most from the mean of the task type; the mean where nothing moved it much."""
    moved = [abs(term) for term in seen.terms[1:]]
    return TERMS[1 + moved.index(max(moved))] if max(moved) >= LEAST_MOVED else TERMS[0]


def parts_of(seen: Foreseen) -> list[str]:
    """The mean, and what each other term adds to it."""
    names = [f"{seen.similar_calls} similar calls" if i == SIMILAR else name for i, name in enumerate(TERMS)]
    told = [f"{TERMS[0]} {seen.terms[0]:.3f}"]
    pairs = list(zip(names, seen.terms, strict=True))[1:]
    told += [f"{name} {term:+.3f}" for name, term in pairs if abs(term) >= LEAST_TOLD]
    if abs(seen.terms[SIMILAR]) < LEAST_TOLD:
        told.append(names[SIMILAR])
    return told
