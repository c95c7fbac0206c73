"""The catalogue file read into frozen models and weight files, with every error placed at its line."""

from __future__ import annotations

import hashlib
from functools import partial

from policies.catalogue_checks import catalogue_problems
from policies.catalogue_schema import CatalogueFile, DeploymentEntry, ModelEntry, PriceEntry
from policies.documents import Document, locate_document
from policies.pricing import make_price
from policies.served import Served
from policies.types import BUILT_IN_TASK_TYPES, Catalogue, CircuitLimits, Deployment, Model, Price
from policies.weights_files import WeightFile, weight_file


def parse_catalogue(text: str, *, file: str, served: Served | None = None) -> Catalogue:
    """Read a catalogue; `BadInputError` names the file, the line and the field.

    Refused besides what the schema refuses: names that stand twice, task types that nothing declares, an output limit
    that leaves no room for a prompt, a key in place of its variable's name, an address that holds a password; where it
    is known what is `served`, a model string that nothing answers to.
    """
    document = parse_checked(text, file=file, served=served)
    content = document.content
    return Catalogue(
        models=tuple(build_model(entry) for entry in content.models),
        version="c-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        task_types=frozenset(BUILT_IN_TASK_TYPES) | frozenset(content.task_types),
        file=file,
        lines=tuple(document.lines["models", i] for i in range(len(content.models))),
        skills=frozenset(content.skills),
    )


def parse_weight_files(text: str, *, file: str) -> tuple[WeightFile, ...]:
    """Read the `weights:` of the same file, in its order; empty where there are none. Errors as `parse_catalogue`."""
    return tuple(weight_file(entry) for entry in parse_checked(text, file=file).content.weights)


def parse_checked(text: str, *, file: str, served: Served | None = None) -> Document[CatalogueFile]:
    """The document, with what spans several entries checked too."""
    return locate_document(text, CatalogueFile, file=file, check=partial(catalogue_problems, served=served))


def build_model(entry: ModelEntry) -> Model:
    """The frozen value of one model's entry."""
    return Model(
        name=entry.name,
        deployments=tuple(build_deployment(deployment, model=entry.name) for deployment in entry.deployments),
        price=build_price(entry.price, model=entry.name),
        context_window=entry.context_window,
        max_output_tokens=entry.max_output_tokens,
        prior_quality=dict(entry.prior_quality),
        prior_latency_s=entry.prior_latency_s,
        skills=frozenset(entry.skills),
        has_structured_output=entry.has_structured_output,
        parameters_m=entry.parameters_m,
        image_tokens=entry.image_tokens,
        balancing=entry.balancing,
        rpm=entry.rpm,
        tpm=entry.tpm,
        circuit=CircuitLimits(entry.circuit.failure_share, entry.circuit.min_calls, entry.circuit.open_s),
    )


def build_deployment(entry: DeploymentEntry, *, model: str) -> Deployment:
    """The frozen value of one deployment; the provider is what LiteLLM's model string begins with."""
    return Deployment(
        name=entry.name or model,
        litellm_model=entry.litellm_model,
        provider=entry.provider or entry.litellm_model.split("/", 1)[0],
        api_base=entry.api_base,
        api_key_env=entry.api_key_env,
        region=entry.region,
        weight=entry.weight,
        concurrency=entry.concurrency,
        rpm=entry.rpm,
        timeout_s=entry.timeout_s,
        skills=frozenset(entry.skills),
    )


def build_price(entry: PriceEntry, *, model: str) -> Price:
    """The frozen price; `litellm` and `unknown` have no amounts yet."""
    return make_price(
        model,
        input=entry.input,
        output=entry.output,
        cached=entry.cached,
        batch_input=entry.batch_input,
        batch_output=entry.batch_output,
        is_notional=entry.is_notional,
        source=entry.source,
    )
