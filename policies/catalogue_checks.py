"""What is wrong with a catalogue that its schema can't see: what spans several entries, and secrets in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from policies.catalogue_schema import CatalogueFile, DeploymentEntry, ModelEntry, PriceEntry
from policies.documents import Document, Path, null_keys
from policies.errors import BadInputError
from policies.served import EMBEDDED, Served
from policies.skills import GROUPS, IMAGE, STRUCTURED, WORDS, skill_problem, split_skill
from policies.types import BUILT_IN_TASK_TYPES, RESERVED_TASK_TYPES, UNROUTED_TASK_TYPES

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


def catalogue_problems(document: Document[CatalogueFile], *, served: Served | None) -> Iterator[BadInputError]:
    """Every error of a catalogue; of model strings where it is known what is `served`."""
    yield from null_keys(document, except_in=(PriceEntry,))
    content = document.content
    yield from misdeclared(document)
    yield from repeated(((("models", i, "name"), entry.name) for i, entry in enumerate(content.models)), document)
    yield from repeated(
        deployment_names(content.models), document, problem="stands twice (a deployment without a name has its model's)"
    )
    for i, entry in enumerate(content.models):
        yield from bad_task_types(entry, i, document)
        yield from bad_skills(entry, i, document)
        if entry.max_output_tokens >= entry.context_window:
            path = ("models", i, "max_output_tokens")
            yield document.error(path, "must be below context_window", value=entry.max_output_tokens)
        for j, deployment in enumerate(entry.deployments):
            yield from secrets_in(deployment, ("models", i, "deployments", j), document)
    yield from repeated(((("weights", i, "name"), w.name) for i, w in enumerate(content.weights)), document)
    yield from unknown_users(document)
    if served is not None:
        yield from unserved(document, served)


def deployment_names(models: Iterable[ModelEntry]) -> Iterable[tuple[Path, str]]:
    """Every deployment's name with its path; a deployment without one is called after its model."""
    for i, entry in enumerate(models):
        for j, deployment in enumerate(entry.deployments):
            yield ("models", i, "deployments", j, "name"), deployment.name or entry.name


def repeated(
    named: Iterable[tuple[Path, str]], document: Document[CatalogueFile], *, problem: str = "stands twice"
) -> Iterator[BadInputError]:
    """An error for each name that stands a second time."""
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            yield document.error(path, problem, value=name)
        seen.add(name)


def misdeclared(document: Document[CatalogueFile]) -> Iterator[BadInputError]:
    """An error for each declared task type or skill that is built in, or a word with another meaning."""
    for task_type in document.content.task_types:
        if task_type in BUILT_IN_TASK_TYPES or task_type in RESERVED_TASK_TYPES:
            problem = "is built in" if task_type in BUILT_IN_TASK_TYPES else "has another meaning as a task type"
            yield document.error(("task_types", task_type), problem, value=task_type)
    for skill in document.content.skills:
        group, _ = split_skill(skill)
        if skill in WORDS or group in GROUPS:
            problem = "is built in" if not group else f"is of the built-in group {group}"
            yield document.error(("skills", skill), problem, value=skill)


def bad_task_types(entry: ModelEntry, index: int, document: Document[CatalogueFile]) -> Iterator[BadInputError]:
    """An error for each prior for a task type that is neither built in nor declared in the file, nor `default`."""
    if "task_types" in document.left_out:
        return
    known = {*BUILT_IN_TASK_TYPES, *document.content.task_types, "default"}
    for task_type in entry.prior_quality:
        if task_type not in known or task_type in UNROUTED_TASK_TYPES:
            problem = "unknown task type" if task_type not in known else "is never routed"
            yield document.error(("models", index, "prior_quality", task_type), problem, value=task_type)


def bad_skills(entry: ModelEntry, index: int, document: Document[CatalogueFile]) -> Iterator[BadInputError]:
    """An error for each skill that can mean nothing, or that the model's limits deny."""
    owners: list[tuple[Path, list[str]]] = [(("models", index, "skills"), entry.skills)]
    owners += [(("models", index, "deployments", n, "skills"), one.skills) for n, one in enumerate(entry.deployments)]
    for path, skill in (((*path, j), one) for path, skills in owners for j, one in enumerate(skills)):
        problem = skill_problem(skill, is_needed=False)
        if skill == STRUCTURED and not entry.has_structured_output:
            problem = "is told by has_structured_output, which is false"
        if skill == IMAGE and any(one.litellm_model.startswith(f"{EMBEDDED}/") for one in entry.deployments):
            problem = "no embedded model takes images"
        if problem is not None:
            yield document.error(path, problem, value=skill)


def secrets_in(entry: DeploymentEntry, path: Path, document: Document[CatalogueFile]) -> Iterator[BadInputError]:
    """An error where a secret seems to stand in the file, without repeating it."""
    if entry.api_key_env is not None and not _VARIABLE.fullmatch(entry.api_key_env):
        problem = "must be the name of an environment variable (A-Z, 0-9, _), never the key itself"
        yield document.error((*path, "api_key_env"), problem)
    if entry.api_base is None:
        return
    wrong = address_problem(entry.api_base)
    if wrong is not None:
        yield document.error((*path, "api_base"), wrong)


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


def unknown_users(document: Document[CatalogueFile]) -> Iterator[BadInputError]:
    """An error for each weight file that is meant for a model that the catalogue lacks."""
    if "models" in document.left_out:
        return
    models = {entry.name for entry in document.content.models}
    for i, weight in enumerate(document.content.weights):
        for j, name in enumerate(weight.used_by):
            if name not in models:
                yield document.error(("weights", i, "used_by", j), "unknown model", value=name)


def unserved(document: Document[CatalogueFile], served: Served) -> Iterator[BadInputError]:
    """An error for each model string that nothing here answers to, and for an address of what runs in this process."""
    for i, entry in enumerate(document.content.models):
        for j, deployment in enumerate(entry.deployments):
            path: Path = ("models", i, "deployments", j)
            problem = served.problem(deployment.litellm_model, has_address=deployment.api_base is not None)
            if problem is not None:
                yield document.error((*path, "litellm_model"), problem, value=deployment.litellm_model)
            for field in ("api_base", "api_key_env") if problem is None else ():
                if deployment.litellm_model.startswith(f"{EMBEDDED}/") and getattr(deployment, field) is not None:
                    yield document.error((*path, field), "an embedded model takes no address and no key")
