"""`docs/policies.md`: what a catalogue and a rules file may say, from the pydantic models that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from docs.generate.fields import describe_model
from docs.generate.markdown import code, page, table
from policies.catalogue_schema import CatalogueFile, CircuitEntry, DeploymentEntry, ModelEntry, PriceEntry
from policies.categories_schema import CategoryFile
from policies.rules_schema import (
    AmbiguousEntry,
    DefaultEntry,
    RangeEntry,
    RuleEntry,
    RulesFile,
    TimeEntry,
    UseEntry,
    WhenEntry,
)
from policies.skills import GROUPS, WORDS
from policies.weights_files import PackageEntry, SourceEntry, WeightEntry

NAMES: Mapping[str, str] = {
    "CatalogueFile": "Catalogue",
    "ModelEntry": "Models",
    "DeploymentEntry": "Deployments",
    "CircuitEntry": "Circuits",
    "PriceEntry": "Prices",
    "WeightEntry": "Weight files",
    "SourceEntry": "Hub sources",
    "PackageEntry": "Package sources",
    "RulesFile": "Rules",
    "RuleEntry": "One rule",
    "WhenEntry": "When",
    "RangeEntry": "A range of a field",
    "TimeEntry": "Times",
    "UseEntry": "Use",
    "AmbiguousEntry": "The ambiguous rule",
    "DefaultEntry": "The default",
    "CategoryFile": "Examples",
}
MODELS: Sequence[type[BaseModel]] = (
    CatalogueFile,
    ModelEntry,
    DeploymentEntry,
    CircuitEntry,
    PriceEntry,
    WeightEntry,
    SourceEntry,
    PackageEntry,
    RulesFile,
    RuleEntry,
    WhenEntry,
    RangeEntry,
    TimeEntry,
    UseEntry,
    AmbiguousEntry,
    DefaultEntry,
    CategoryFile,
)
INTRODUCTION = """\
Two YAML files say what may be routed to, and how: the catalogue (`POINTSMAN_CATALOG`, by default
[`policies/catalog.yaml`](../policies/catalog.yaml), the embedded models) and the rules (`POINTSMAN_RULES`, by default
[`policies/rules.yaml`](../policies/rules.yaml)). [`policies/providers.yaml`](../policies/providers.yaml) and
[`policies/providers_rules.yaml`](../policies/providers_rules.yaml) are the same for common providers. Unknown keys are
errors; `pointsman check` reads both files and is a linter for them: rules that are never reached, that overlap or that
never match, shortlists that nobody is left of, models without a price or skills. A run pins both files when it begins,
and takes up edits of the rules from the next chunk on. How decisions are made of them is told in
[routing.md](routing.md).

In the rules, one text stands for a list of one: `task_type: rewrite`.

Categories that rules ask for, and the task types of `task_type: auto`, are described in a folder of examples
(`POINTSMAN_EXAMPLES`, by default [`policies/examples`](../policies/examples)), one YAML file a category."""


SKILLS = """\
What models and deployments have under `skills`, and what a step of a job needs (`skills`) or prefers (`prefers`). A
need is hard: a call only ever goes to a deployment that has all of them, whatever the policy, a fallback or the load.
Preferences order models that the policy holds to be equal. A skill is one of these words, one that the catalogue
declares under its own `skills`, or `GROUP:VALUE`.

What a model has is true of all its deployments, but for where they are: a deployment with a `region`, or with skills
of the group `region`, is there and nowhere else. Regions of AWS, Google Cloud and Azure count for the area that they
lie in too (`eu-central-1` and `westeurope` for `eu`; London, Zurich and Norway for `uk`, `ch` and `no`). A word that
nobody knows is an error in a job, with what was probably meant, and a warning of `pointsman check` in a catalogue."""


def describe_policies(task_types: Mapping[str, str]) -> str:
    """The whole page; `task_types` are the built-in ones."""
    sections = [describe_model(model, heading=NAMES[model.__name__], names=NAMES) for model in MODELS]
    rows = [(code(name), does) for name, does in task_types.items()]
    built_in = ["## Built-in task types", table(("task type", "asks a model to"), rows)]
    groups = table(("group", "what it says"), [(code(f"{group}:…"), does) for group, does in GROUPS.items()])
    words = table(("word", "what it says"), [(code(word), does) for word, does in WORDS.items()])
    return page("Catalogue and rules", INTRODUCTION, *sections, *built_in, "## Skills", SKILLS, groups, words)
