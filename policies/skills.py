"""The one vocabulary of skills: what models and deployments have, and what steps need or prefer.

A skill is a word, such as `hipaa`, or `GROUP:VALUE`, such as `lang:de`. What a model has is true of all its
deployments, but for where they are: a deployment that has a region, or skills of the group `region`, is there and
nowhere else, whatever the model says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from policies.regions import areas_of
from policies.types import Catalogue, Deployment, Model, Request

WORDS: Mapping[str, str] = {
    "code": "writes and changes program text",
    "structured-output": "answers by a JSON schema; a model has it by `has_structured_output`",
    "offline": "works without a network: no text leaves the machine",
    "no-training": "nothing that is sent is used to train models",
    "no-retention": "nothing that is sent is kept",
    "hipaa": "health data of the USA, by a business associate agreement",
    "gdpr": "personal data of the EU, by a data processing agreement",
    "pci-dss": "data of payment cards",
    "soc2": "a SOC 2 report",
    "iso27001": "a certificate of ISO/IEC 27001",
    "fedramp": "authorised by FedRAMP",
}
GROUPS: Mapping[str, str] = {
    "lang": "a language by its tag, such as `lang:de`; it covers its own forms, such as `lang:de-at`",
    "region": "where data stays: `eu`, `us`, `local`, or a provider's region, which counts for its area too",
    "subject": "expertise in a subject of any name, such as `subject:law`",
    "level": "experience: `junior`, `mid`, `senior` or `expert`; a higher level serves a lower need",
    "modality": "what prompts may hold besides text: `image`; every model has `text`",
    "context": "of steps alone: tokens that the window must hold, such as `context:128k` (k: 1,000; m: 1,000,000)",
}
LEVELS = ("junior", "mid", "senior", "expert")
MODALITIES = ("text", "image")
UNKNOWN = "is no known skill"
STRUCTURED, IMAGE = "structured-output", "modality:image"

_CONTEXT = re.compile(r"([1-9][0-9]{0,8})([km]?)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


def split_skill(skill: str) -> tuple[str, str]:
    """The group ("" for a word) and the value."""
    group, colon, value = skill.partition(":")
    return (group, value) if colon else ("", skill)


@lru_cache(maxsize=4096)
def context_tokens(value: str) -> int | None:
    """The tokens of `128k`; None where the value is no size."""
    parts = _CONTEXT.fullmatch(value)
    return int(parts[1]) * _UNITS[parts[2]] if parts else None


def deployments_for(request: Request, model: Model) -> tuple[Deployment, ...]:
    """The deployments of a model that have everything that a request needs, in the catalogue's order.

    Only these may serve it: what is needed of a place or a contract must hold of the very endpoint that is called.
    """
    return deployments_with(request.needs, model)


def deployments_with(needs: frozenset[str], model: Model) -> tuple[Deployment, ...]:
    """The deployments of a model that have some skills, all of them."""
    if not needs:
        return model.deployments
    return tuple([one for one in model.deployments if all(has_skill(need, model, one) for need in needs)])


def has_skill(skill: str, model: Model, deployment: Deployment) -> bool:
    """Whether a deployment of a model has a skill."""
    group, value = split_skill(skill)
    match group:
        case "region":
            return value in regions_of(model, deployment)
        case "level":
            return value in LEVELS and bool(levels_from(value) & (model.skills | deployment.skills))
        case "context":
            n_tokens = context_tokens(value)
            return n_tokens is not None and n_tokens <= model.context_window
        case "lang":
            return not (model.skills | deployment.skills).isdisjoint(wider_languages(value))
    if skill == "modality:text" or (skill == STRUCTURED and model.has_structured_output):
        return True
    return skill in model.skills or skill in deployment.skills


def is_had(skill: str, model: Model) -> bool:
    """Whether some deployment of a model has a skill."""
    return any(has_skill(skill, model, deployment) for deployment in model.deployments)


def count_had(skills: Iterable[str], model: Model) -> int:
    """How many of some skills a model has."""
    return sum(is_had(skill, model) for skill in skills)


def explain_lack(needs: Iterable[str], model: Model) -> str:
    """Why a model can't meet needs, which no deployment of it meets together."""
    lacking = sorted(need for need in needs if not is_had(need, model))
    if lacking:
        return f"lacks {', '.join(lacking)}"
    return f"has no deployment with all of {', '.join(sorted(needs))}"


def regions_of(model: Model, deployment: Deployment) -> frozenset[str]:
    """Where what is sent to a deployment stays: its own region and areas, else the model's."""
    own = regions_in(deployment.skills)
    if deployment.region is not None:
        own |= areas_of(deployment.region.lower())
    return own or regions_in(model.skills)


@lru_cache(maxsize=4096)
def regions_in(skills: frozenset[str]) -> frozenset[str]:
    """The regions and areas that skills name."""
    values = (value for group, value in map(split_skill, skills) if group == "region")
    return frozenset[str]().union(*map(areas_of, values))


@lru_cache(maxsize=64)
def levels_from(level: str) -> frozenset[str]:
    """The skills of a level and of those above."""
    return frozenset(f"level:{one}" for one in LEVELS[LEVELS.index(level) :])


@lru_cache(maxsize=4096)
def wider_languages(tag: str) -> tuple[str, ...]:
    """A language's skill, and those of the languages that it is a form of: `de-at` is German."""
    parts = tag.split("-")
    return tuple(f"lang:{'-'.join(parts[:n])}" for n in range(len(parts), 0, -1))


def skill_problem(skill: str, *, is_needed: bool) -> str | None:
    """What is wrong with a skill that can mean nothing, or None; `is_needed` tells a step's from a model's."""
    group, value = split_skill(skill)
    if group == "level" and value not in LEVELS:
        return f"must be a level, one of {', '.join(LEVELS)}"
    if group == "context" and not is_needed:
        return "is told by the model's context_window"
    if group == "context" and context_tokens(value) is None:
        return "must be a number of tokens, such as context:128k"
    return None


def is_known(skill: str, declared: Iterable[str] = ()) -> bool:
    """Whether a skill is of the vocabulary, or was declared."""
    group, value = split_skill(skill)
    if skill in declared or (not group and skill in WORDS):
        return True
    if group == "lang":
        return _LANGUAGE.fullmatch(value) is not None
    if group == "modality":
        return value in MODALITIES
    return group in GROUPS and skill_problem(skill, is_needed=True) is None


def suggest_skill(skill: str, known: Iterable[str] = ()) -> str | None:
    """The skill that was probably meant, or None: one of the vocabulary, or of those that are `known` besides."""
    group, value = split_skill(skill)
    groups = [f"{near}:{value}" for near in get_close_matches(group, GROUPS, n=1)] if group not in ("", *GROUPS) else []
    closed = (*(f"level:{one}" for one in LEVELS), *(f"modality:{one}" for one in MODALITIES))
    candidates = sorted({*WORDS, *closed, *known, *groups} - {skill})
    near = get_close_matches(skill.lower(), candidates, n=1, cutoff=0.75)
    return near[0] if near else None


def skills_in_use(catalogue: Catalogue) -> frozenset[str]:
    """Every skill that some model or deployment of a catalogue has, as written, and those that are declared."""
    models = [model.skills for model in catalogue.models]
    deployments = [deployment.skills for model in catalogue.models for deployment in model.deployments]
    return catalogue.skills.union(*models, *deployments)


def judge_skill(skill: str, catalogue: Catalogue) -> str | None:
    """Why a step may not ask for a skill, or None: it can mean nothing, or is neither known nor had by any model."""
    problem = skill_problem(skill, is_needed=True)
    if problem is not None or is_known(skill, catalogue.skills):
        return problem
    return None if any(is_had(skill, model) for model in catalogue.models) else doubt_skill(skill, catalogue)


def doubt_skill(skill: str, catalogue: Catalogue) -> str:
    """What to say of a skill that nobody knows."""
    meant = suggest_skill(skill, skills_in_use(catalogue))
    return f"{UNKNOWN}; {meant} is meant?" if meant else UNKNOWN
