"""What of a catalogue is valid, and probably not what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from policies.findings import Finding
from policies.skills import doubt_skill, is_known, regions_in, regions_of
from policies.types import Catalogue, Model

# Far below every price that anyone asks, and where prices per token lie, which other tools write.
SMALLEST_USD_PER_MILLION = Decimal("0.001")


def lint_prices(catalogue: Catalogue) -> tuple[Finding, ...]:
    """One warning per model whose price was left to LiteLLM's map and is not there, or looks like one per token.

    Each has its place. The catalogue's prices have been looked up. Nothing is said of `price: unknown`, which says so
    itself, nor of 0.
    """
    return tuple(
        Finding("warning", "no-price" if is_gap(model) else "odd-price", catalogue.file, line, f"{path}.price: {doubt}")
        for path, line, model in placed(catalogue)
        if (doubt := doubt_price(model)) is not None
    )


def lint_models(catalogue: Catalogue) -> tuple[Finding, ...]:
    """One warning per model without a price or without skills; a single one where no model at all has skills."""
    skilled = [model.name for model in catalogue.models if has_skills(model)]
    found = []
    for path, line, model in placed(catalogue):
        if model.price.source == "unknown":
            message = f"{path}.price: {model.name}'s cost is unknown, and it is left out wherever there is a budget"
            found.append(Finding("warning", "no-price", catalogue.file, line, message))
        if skilled and model.name not in skilled:
            message = f"{path}.skills: {model.name} has none, so that no step that needs any is ever sent to it"
            found.append(Finding("warning", "no-skills", catalogue.file, line, message))
    if not skilled:
        line = catalogue.lines[0] if catalogue.lines else None
        message = "models: none has skills, so that no step can ask for a language, a region or the like"
        found.append(Finding("warning", "no-skills", catalogue.file, line, message))
    return tuple(found)


def has_skills(model: Model) -> bool:
    """Whether a model, or one of its deployments, says what it can do or where it is."""
    return bool(model.skills) or any(one.skills or one.region for one in model.deployments)


def lint_skills(catalogue: Catalogue) -> tuple[Finding, ...]:
    """One warning per skill that is not of the vocabulary and not declared, and per deployment that is elsewhere.

    What a deployment's own region denies of its model's regions does not hold for it.
    """
    found = []
    for path, line, model in placed(catalogue):
        for skill in sorted(model.skills.union(*(deployment.skills for deployment in model.deployments))):
            if not is_known(skill, catalogue.skills):
                doubt = doubt_skill(skill, catalogue)
                message = f"{path}.skills: {skill!r} {doubt}; `skills:` at the top declares one of your own"
                found.append(Finding("warning", "unknown-skill", catalogue.file, line, message))
        for deployment in model.deployments:
            missing = sorted(regions_in(model.skills) - regions_of(model, deployment))
            if missing:
                said = f"{deployment.name} lies in {', '.join(sorted(regions_of(model, deployment)))}"
                message = f"{path}.skills: {said}, not in {', '.join(missing)}, and serves no step that needs that"
                found.append(Finding("warning", "other-region", catalogue.file, line, message))
    return tuple(found)


def placed(catalogue: Catalogue) -> Iterator[tuple[str, int | None, Model]]:
    """The models with their path in the file, and their line if it is known."""
    lines = catalogue.lines or (None,) * len(catalogue.models)
    for i, (model, line) in enumerate(zip(catalogue.models, lines, strict=True)):
        yield f"models.{i}", line, model


def is_gap(model: Model) -> bool:
    """Whether LiteLLM's map lacks a price that was left to it."""
    return model.price.source == "litellm" and None in (model.price.input, model.price.output)


def doubt_price(model: Model) -> str | None:
    """What is odd about a model's price, or None."""
    price = model.price
    if is_gap(model):
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
