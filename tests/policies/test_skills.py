"""What it takes to have a skill: per model, and per deployment where data must stay in a place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.catalogue import parse_catalogue
from policies.catalogue_lint import lint_skills
from policies.eligibility import judge_eligibility
from policies.errors import BadInputError
from policies.regions import areas_of
from policies.skills import GROUPS, LEVELS, WORDS, deployments_for, is_known, judge_skill, suggest_skill
from policies.types import Catalogue, Request, RoutingState

Build = Callable[..., Request]

MODEL = """
  - name: {name}
    deployments: {deployments}
    price: {{input: 1, output: 2}}
    context_window: 128000
    max_output_tokens: 1000
    skills: [{skills}]
"""
HERE = "[{litellm_model: toy/m}]"


def catalogue_of(skills: str = "", deployments: str = HERE, *, declared: str = "") -> Catalogue:
    text = f"{declared}\nmodels:\n" + MODEL.format(name="m", skills=skills, deployments=deployments)
    return parse_catalogue(text, file="c.yaml")


def serving(catalogue: Catalogue, *needs: str) -> list[str]:
    """The deployments that may serve a request with these needs."""
    request = Request("c", "i", "s", "generate", "text", 10, 10, needs=frozenset(needs))
    return [deployment.name for deployment in deployments_for(request, catalogue["m"])]


@pytest.mark.parametrize(
    ("had", "need"),
    [
        ("hipaa", "hipaa"),
        ("'lang:de'", "lang:de"),
        ("'lang:de'", "lang:de-at"),
        ("'lang:zh-hant'", "lang:zh-hant-tw"),
        ("'level:expert'", "level:senior"),
        ("'level:senior'", "level:senior"),
        ("'region:eu-central-1'", "region:eu"),
        ("'region:eu'", "region:eu"),
        ("'subject:law'", "subject:law"),
        ("'modality:image'", "modality:image"),
        ("", "modality:text"),
        ("", "context:128k"),
        ("", "context:128000"),
    ],
)
def test_a_need_is_met_by_its_own_skill_and_by_what_is_more(had: str, need: str) -> None:
    assert serving(catalogue_of(had), need) == ["m"]


@pytest.mark.parametrize(
    ("had", "need"),
    [
        ("", "hipaa"),
        ("'lang:de-at'", "lang:de"),
        ("'lang:de'", "lang:dea"),
        ("'level:mid'", "level:senior"),
        ("'region:eu'", "region:eu-central-1"),
        ("'region:eu-west-2'", "region:eu"),
        ("'region:local'", "region:eu"),
        ("'subject:law'", "subject:medicine"),
        ("", "modality:image"),
        ("", "context:129k"),
        ("", "context:1m"),
        ("", "structured-output"),
    ],
)
def test_a_need_that_is_not_met_leaves_nobody_and_is_named(had: str, need: str) -> None:
    catalogue = catalogue_of(had)
    request = Request("c", "i", "s", "generate", "text", 10, 10, needs=frozenset({need}))
    assert serving(catalogue, need) == []
    assert judge_eligibility(request, catalogue["m"], state=RoutingState()) == f"lacks {need}"


def test_levels_serve_all_that_are_below() -> None:
    for i, level in enumerate(LEVELS):
        served = [need for need in LEVELS if serving(catalogue_of(f"'level:{level}'"), f"level:{need}")]
        assert served == list(LEVELS[: i + 1])


def test_a_model_answers_by_schema_where_it_says_so() -> None:
    text = "models:\n" + MODEL.format(name="m", skills="", deployments=HERE) + "    has_structured_output: true\n"
    assert serving(parse_catalogue(text, file="c.yaml"), "structured-output") == ["m"]


SPREAD = (
    "[{name: frankfurt, litellm_model: toy/m, region: eu-central-1}, {name: virginia, litellm_model: toy/m,"
    " region: us-east-1, skills: [hipaa]}, {name: cellar, litellm_model: toy/m, skills: ['region:local', 'region:eu']},"
    " {name: somewhere, litellm_model: toy/m}]"
)


@pytest.mark.parametrize(
    ("needs", "names"),
    [
        ([], ["frankfurt", "virginia", "cellar", "somewhere"]),
        (["region:eu"], ["frankfurt", "cellar"]),
        (["region:eu-central-1"], ["frankfurt"]),
        (["region:us"], ["virginia", "somewhere"]),  # which is where its model says
        (["region:local"], ["cellar"]),
        (["hipaa"], ["virginia"]),
        (["hipaa", "region:us", "gdpr"], ["virginia"]),
        (["hipaa", "region:eu"], []),
    ],
)
def test_residency_and_contracts_hold_of_the_very_deployment(needs: list[str], names: list[str]) -> None:
    assert serving(catalogue_of("'region:us', gdpr", SPREAD), *needs) == names


def test_needs_that_no_deployment_meets_together_are_told_together() -> None:
    model = catalogue_of("'region:us'", SPREAD)["m"]
    request = Request("c", "i", "s", "generate", "text", 10, 10, needs=frozenset({"hipaa", "region:eu"}))
    assert judge_eligibility(request, model, state=RoutingState()) == "has no deployment with all of hipaa, region:eu"


@pytest.mark.parametrize(
    ("area", "regions"),
    {
        "eu": "eu europe eu-west-1 eu-north-1 eusc-de-east-1 europe-west4 westeurope swedencentral germanywestcentral",
        "uk": "uk eu-west-2 europe-west2 uksouth",
        "ch": "eu-central-2 europe-west6 switzerlandnorth",
        "us": "us us-east-1 us-gov-west-1 us-central1 eastus2 southcentralus usgovvirginia",
        "ca": "ca-central-1 canadaeast northamerica-northeast1",
    }.items(),
)
def test_regions_lie_in_their_areas_and_in_no_other(area: str, regions: str) -> None:
    assert {region: areas_of(region) for region in regions.split()} == {r: {r, area} for r in regions.split()}


def test_of_other_regions_only_the_name_is_known() -> None:
    assert [areas_of(name) for name in ("ap-southeast-2", "local", "global", "australiaeast")] == [
        {"ap-southeast-2"},
        {"local"},
        {"global"},
        {"australiaeast"},
    ]


@pytest.mark.parametrize(
    ("skill", "meant"),
    [
        ("hippa", "hipaa"),
        ("HIPAA", "hipaa"),
        ("no-trainign", "no-training"),
        ("structured_output", "structured-output"),
        ("lng:en", "lang:en"),
        ("regions:eu", "region:eu"),
        ("modality:images", "modality:image"),
        ("ducks", None),
    ],
)
def test_a_misspelt_skill_is_no_known_one_and_the_right_one_is_suggested(skill: str, meant: str | None) -> None:
    assert not is_known(skill)
    assert suggest_skill(skill) == meant
    problem = "is no known skill" + (f"; {meant} is meant?" if meant else "")
    assert judge_skill(skill, catalogue_of()) == problem


def test_a_word_that_a_model_has_or_the_catalogue_declares_may_be_asked_for() -> None:
    assert judge_skill("fast", catalogue_of()) is not None
    assert judge_skill("fast", catalogue_of("fast")) is None
    assert judge_skill("fast", catalogue_of(declared="skills: {fast: answers within a second}")) is None
    assert judge_skill("fats", catalogue_of("fast")) == "is no known skill; fast is meant?"


def test_the_whole_vocabulary_is_known_to_itself() -> None:
    examples = {"lang": "de", "region": "eu", "subject": "law", "level": "mid", "modality": "image", "context": "8k"}
    assert examples.keys() == GROUPS.keys()
    assert all(is_known(skill) for skill in [*WORDS, *(f"{group}:{value}" for group, value in examples.items())])


@pytest.mark.parametrize(
    ("skills", "problem"),
    [
        ("'level:guru'", "models.0.skills.0: must be a level, one of junior, mid, senior, expert (got 'level:guru')"),
        ("'context:8k'", "models.0.skills.0: is told by the model's context_window (got 'context:8k')"),
        ("'modality:image'", "models.0.skills.0: no embedded model takes images (got 'modality:image')"),
        (
            "hipaa, structured-output",
            "models.0.skills.1: is told by has_structured_output, which is false (got 'structured-output')",
        ),
    ],
)
def test_a_skill_that_can_mean_nothing_is_refused(skills: str, problem: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        catalogue_of(skills, "[{litellm_model: embedded/m}]")
    assert str(refusal.value).endswith(problem)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ("skills: {hipaa: ours}", "c.yaml:1: skills.hipaa: is built in (got 'hipaa')"),
        ("skills: {'level:guru': more}", "c.yaml:1: skills.level:guru: is of the built-in group level"),
    ],
)
def test_what_is_built_in_is_not_declared_again(declared: str, problem: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        catalogue_of(declared=declared)
    assert str(refusal.value).startswith(problem)


def test_a_linter_tells_of_words_that_nobody_knows_and_of_deployments_that_are_elsewhere() -> None:
    deployments = "[{name: oslo, litellm_model: toy/m, region: norwayeast}, {name: paris, litellm_model: toy/m}]"
    findings = lint_skills(catalogue_of("hippa, 'region:eu', fast", deployments, declared="skills: {fast: soon}"))
    assert [(finding.code, str(finding)) for finding in findings] == [
        (
            "unknown-skill",
            "c.yaml:4: models.0.skills: 'hippa' is no known skill; hipaa is meant?; "
            "`skills:` at the top declares one of your own",
        ),
        (
            "other-region",
            "c.yaml:4: models.0.skills: oslo lies in no, norwayeast, not in eu, and serves no step that needs that",
        ),
    ]
    assert lint_skills(catalogue_of("hipaa, 'region:eu'", "[{litellm_model: toy/m, region: eu-west-3}]")) == ()


@pytest.mark.parametrize("name", ["catalog.yaml", "providers.yaml"])
def test_the_shipped_catalogues_speak_the_vocabulary(name: str, shipped: Callable[[str], str]) -> None:
    assert lint_skills(parse_catalogue(shipped(name), file=name)) == ()
