"""The catalogue file read into frozen models and weight files, with every error placed at its line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from policies.catalogue_schema import CatalogueFile, DeploymentEntry, ModelEntry, PriceEntry
from policies.documents import Document, Path, locate_document, refuse_null
from policies.pricing import make_price
from policies.served import EMBEDDED, Served
from policies.skills import GROUPS, IMAGE, STRUCTURED, WORDS, skill_problem, split_skill
from policies.types import (
    BUILT_IN_TASK_TYPES,
    RESERVED_TASK_TYPES,
    UNROUTED_TASK_TYPES,
    Catalogue,
    CircuitLimits,
    Deployment,
    Model,
    Price,
)
from policies.weights_files import WeightFile, weight_file

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


def parse_catalogue(text: str, *, file: str, served: Served | None = None) -> Catalogue:
    """Read a catalogue; `BadInputError` names the file, the line and the field.

    Refused besides what the schema refuses: names that stand twice, task types that nothing declares, an output limit
    that leaves no room for a prompt, a key in place of its variable's name, an address that holds a password; where it
    is known what is `served`, a model string that nothing answers to.
    """
    document = parse_checked(text, file=file)
    if served is not None:
        check_served(document, served)
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


def parse_checked(text: str, *, file: str) -> Document[CatalogueFile]:
    """The document, with what spans several entries checked too."""
    document = locate_document(text, CatalogueFile, file=file)
    refuse_null(document, except_in=(PriceEntry,))
    models = document.content.models
    check_declared(document)
    refuse_twice(((("models", i, "name"), entry.name) for i, entry in enumerate(models)), document)
    refuse_twice(
        deployment_names(models), document, problem="stands twice (a deployment without a name has its model's)"
    )
    for i, entry in enumerate(models):
        check_task_types(entry, i, document)
        check_skills(entry, i, document)
        if entry.max_output_tokens >= entry.context_window:
            path = ("models", i, "max_output_tokens")
            raise document.error(path, "must be below context_window", value=entry.max_output_tokens)
        for j, deployment in enumerate(entry.deployments):
            check_secrets(deployment, ("models", i, "deployments", j), document)
    refuse_twice(((("weights", i, "name"), w.name) for i, w in enumerate(document.content.weights)), document)
    check_users(document)
    return document


def deployment_names(models: Iterable[ModelEntry]) -> Iterable[tuple[Path, str]]:
    """Every deployment's name with its path; a deployment without one is called after its model."""
    for i, entry in enumerate(models):
        for j, deployment in enumerate(entry.deployments):
            yield ("models", i, "deployments", j, "name"), deployment.name or entry.name


def refuse_twice(
    named: Iterable[tuple[Path, str]], document: Document[CatalogueFile], *, problem: str = "stands twice"
) -> None:
    """Raise at the second of two equal names."""
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            raise document.error(path, problem, value=name)
        seen.add(name)


def check_declared(document: Document[CatalogueFile]) -> None:
    """Raise at a declared task type or skill that is built in, or a word with another meaning."""
    for task_type in document.content.task_types:
        if task_type in BUILT_IN_TASK_TYPES or task_type in RESERVED_TASK_TYPES:
            problem = "is built in" if task_type in BUILT_IN_TASK_TYPES else "has another meaning as a task type"
            raise document.error(("task_types", task_type), problem, value=task_type)
    for skill in document.content.skills:
        group, _ = split_skill(skill)
        if skill in WORDS or group in GROUPS:
            problem = "is built in" if not group else f"is of the built-in group {group}"
            raise document.error(("skills", skill), problem, value=skill)


def check_task_types(entry: ModelEntry, index: int, document: Document[CatalogueFile]) -> None:
    """Raise at a prior for a task type that is neither built in nor declared in the file, nor `default`."""
    known = {*BUILT_IN_TASK_TYPES, *document.content.task_types, "default"}
    for task_type in entry.prior_quality:
        if task_type not in known or task_type in UNROUTED_TASK_TYPES:
            problem = "unknown task type" if task_type not in known else "is never routed"
            raise document.error(("models", index, "prior_quality", task_type), problem, value=task_type)


def check_skills(entry: ModelEntry, index: int, document: Document[CatalogueFile]) -> None:
    """Raise at a skill that can mean nothing, or that the model's limits deny."""
    owners: list[tuple[Path, list[str]]] = [(("models", index, "skills"), entry.skills)]
    owners += [(("models", index, "deployments", n, "skills"), one.skills) for n, one in enumerate(entry.deployments)]
    for path, skill in (((*path, j), one) for path, skills in owners for j, one in enumerate(skills)):
        problem = skill_problem(skill, is_needed=False)
        if skill == STRUCTURED and not entry.has_structured_output:
            problem = "is told by has_structured_output, which is false"
        if skill == IMAGE and any(one.litellm_model.startswith(f"{EMBEDDED}/") for one in entry.deployments):
            problem = "no embedded model takes images"
        if problem is not None:
            raise document.error(path, problem, value=skill)


def check_secrets(entry: DeploymentEntry, path: Path, document: Document[CatalogueFile]) -> None:
    """Raise where a secret seems to stand in the file, without repeating it."""
    if entry.api_key_env is not None and not _VARIABLE.fullmatch(entry.api_key_env):
        problem = "must be the name of an environment variable (A-Z, 0-9, _), never the key itself"
        raise document.error((*path, "api_key_env"), problem)
    if entry.api_base is None:
        return
    wrong = address_problem(entry.api_base)
    if wrong is not None:
        raise document.error((*path, "api_base"), wrong)


def address_problem(text: str) -> str | None:
    """What is wrong with a deployment's address; what stands after `?` may be a key, and would end up in a path."""
    try:
        address = urlsplit(text)
        port = address.port
    except ValueError:  # brackets without an address, a port that is no number or above 65535
        return "is no address"
    if address.username is not None or address.password is not None:
        return "must not hold a user or a password"
    if address.scheme not in ("http", "https") or not address.hostname or port == 0:
        return "must be an http or https address"
    if address.query or address.fragment:
        return "must not hold ? or #"
    return None if text.isprintable() and " " not in text else "must not hold spaces or control characters"


def check_users(document: Document[CatalogueFile]) -> None:
    """Raise at a weight file that is meant for a model that the catalogue lacks."""
    models = {entry.name for entry in document.content.models}
    for i, weight in enumerate(document.content.weights):
        for j, name in enumerate(weight.used_by):
            if name not in models:
                raise document.error(("weights", i, "used_by", j), "unknown model", value=name)


def check_served(document: Document[CatalogueFile], served: Served) -> None:
    """Raise at the first model string that nothing here answers to, and at an address of what runs in this process."""
    for i, entry in enumerate(document.content.models):
        for j, deployment in enumerate(entry.deployments):
            path: Path = ("models", i, "deployments", j)
            problem = served.problem(deployment.litellm_model, has_address=deployment.api_base is not None)
            if problem is not None:
                raise document.error((*path, "litellm_model"), problem, value=deployment.litellm_model)
            for field in ("api_base", "api_key_env"):
                if deployment.litellm_model.startswith(f"{EMBEDDED}/") and getattr(deployment, field) is not None:
                    raise document.error((*path, field), "an embedded model takes no address and no key")


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
