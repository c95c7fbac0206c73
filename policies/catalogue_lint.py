"""What of a catalogue is valid, and probably not what was meant."""

from __future__ import annotations

from policies.types import Catalogue, Model


def lint_catalogue(catalogue: Catalogue) -> tuple[str, ...]:
    """One line per model whose price was left to LiteLLM's map and is not there, with its place.

    The catalogue's prices have been looked up. Nothing is said of `price: unknown`, which says so itself.
    """
    lines = catalogue.lines or (None,) * len(catalogue.models)
    return tuple(
        f"{catalogue.file}{'' if line is None else f':{line}'}: models.{i}.price: {explain_gap(model)}"
        for i, (model, line) in enumerate(zip(catalogue.models, lines, strict=True))
        if model.price.source == "litellm" and None in (model.price.input, model.price.output)
    )


def explain_gap(model: Model) -> str:
    """What an unknown price means for a model."""
    names = " or ".join(dict.fromkeys(deployment.litellm_model for deployment in model.deployments))
    return (
        f"LiteLLM's price map has no price for {names}, so {model.name}'s cost is unknown, and it is left out wherever "
        "there is a budget"
    )
