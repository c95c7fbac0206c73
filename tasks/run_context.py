"""A run as its tasks see it: what was pinned at its start, read once per process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from policies.catalogue import parse_catalogue
from policies.categories import parse_categories
from policies.rule_table import RuleTable
from policies.rules import parse_rules
from policies.selection import LEARNED, policy_named
from policies.types import Catalogue, Policy, Weights
from tasks.classifiers import needs_classifier
from tasks.content import NOTHING_ASKED, ContentReader, content_reader
from tasks.jobs.checks import Known
from tasks.jobs.images import ImageReader
from tasks.jobs.judges import JudgeStep
from tasks.jobs.reading import parse_job, read_text
from tasks.jobs.schema import Job
from tasks.jobs.steps import LlmStep, RetrieveStep, TransformStep
from tasks.jobs.terms import terms_under
from tasks.keys import learn_keys
from tasks.manifest import Manifest, load_manifest
from tasks.models.price_map import resolve_prices
from tasks.models.served import served
from tasks.notices import say_once
from tasks.pinned_weights import pinned_weights
from tasks.predictors import InForce, predictor_in_force
from tasks.run_folder import RunFolder
from tasks.settings import load_settings
from tasks.texts import TextKeeper, text_keeper
from warehouse.home import Home

EXAMPLES = TypeAdapter(dict[str, str])
StepT = TypeVar("StepT", LlmStep, RetrieveStep, TransformStep)


@dataclass(frozen=True, slots=True)
class RunContext:
    """Everything that was pinned when the run began; `policies` maps each llm step to the policy that decides it.

    `reader` reads what the rules ask of each request's content. `predictor` is the one that the weights name,
    `weights_problem` why these are not the ones that were live, or are none.
    """

    folder: RunFolder
    manifest: Manifest
    job: Job
    catalogue: Catalogue
    weights: Weights | None
    policies: Mapping[str, Policy]
    reader: ContentReader = NOTHING_ASKED
    predictor: InForce | None = None
    weights_problem: str | None = None

    @property
    def is_by_rules(self) -> bool:
        """Whether weights were learned and can't be used, so that the rules alone decide."""
        return self.weights is None and self.weights_problem is not None

    @property
    def home(self) -> Home:
        """The installation that the run belongs to."""
        return Home(self.folder.path.parent.parent)

    @property
    def keep_text(self) -> TextKeeper:
        """What the ledger may store of a text."""
        return text_keeper(self.manifest.store_text)

    @property
    def images(self) -> ImageReader:
        """What reads the images of prompts: below the roots of the run, relative paths from its job file's folder."""
        roots = tuple(Path(root) for root in self.manifest.roots)
        return ImageReader(Path(self.manifest.job_file).parent, roots)

    def llm_step(self, name: str) -> LlmStep:
        """A step of the job that calls a model."""
        return step_of_kind(self.job, name, LlmStep)

    def retrieve_step(self, name: str) -> RetrieveStep:
        """A step of the job that searches a corpus."""
        return step_of_kind(self.job, name, RetrieveStep)

    def transform_step(self, name: str) -> TransformStep:
        """A step of the job that applies an operator."""
        return step_of_kind(self.job, name, TransformStep)


def step_of_kind(job: Job, name: str, kind: type[StepT]) -> StepT:
    """A step by its name; raises `TypeError` where it is of another kind, which is a mistake of ours."""
    step = job.step(name)
    if not isinstance(step, kind):
        raise TypeError(f"step {name} is a {step.kind} step")
    return step


@lru_cache(maxsize=8)
def open_run(path: str) -> RunContext:
    """Read a run's pinned files; raises `BadInputError` where one is missing or damaged."""
    load_settings()  # names what is secret, in a worker's process too
    folder = RunFolder(Path(path))
    manifest = load_manifest(folder)
    catalogue = load_catalogue(folder.catalogue)
    known = Known(
        catalogue.task_types,
        frozenset(model.name for model in catalogue.models),
        base=Path(manifest.job_file).parent,
        roots=tuple(Path(root) for root in manifest.roots),
        rubrics=load_texts(folder.rubrics),
    )
    job = parse_job(folder.job.read_text(), known, file=manifest.job_file)
    categories = parse_categories(load_texts(folder.examples), catalogue=catalogue)
    table = parse_rules(read_text(folder.rules), file=str(folder.rules), catalogue=catalogue, categories=categories)
    home = Home(folder.path.parent.parent)
    pinned = pinned_weights(folder, manifest, home)
    weights = pinned.weights
    policies = chosen_policies(job, manifest.policy, table=table, is_by_rules=pinned.is_lost)
    if pinned.problem is not None:
        say_once(pinned.problem)
    reader = content_reader(home, categories, table, is_classified=needs_classifier(job, table))
    predictor = pinned_predictor(manifest, home, weights)
    return RunContext(folder, manifest, job, catalogue, weights, policies, reader, predictor, pinned.problem)


def pinned_predictor(manifest: Manifest, home: Home, weights: Weights | None) -> InForce | None:
    """The predictor that the run began with; one that could not be used then is not taken up in the middle."""
    if weights is None or weights.predictor is None:
        return None
    if manifest.predictor_problem is not None:
        return InForce(weights.predictor, None, manifest.predictor_problem)
    return predictor_in_force(home, weights)


def load_texts(path: Path) -> Mapping[str, str]:
    """The texts that were pinned of several files, such as examples or rubrics, by name; none where there were none."""
    return EXAMPLES.validate_json(path.read_bytes()) if path.exists() else {}


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue file, with the prices that it leaves to LiteLLM's map filled in; mask its keys from then on.

    Raises `BadInputError` with file, line and field, also for a model that nothing here can call.
    """
    catalogue = resolve_prices(parse_catalogue(read_text(path), file=str(path), served=served()))
    learn_keys(catalogue)
    return catalogue


def chosen_policies(
    job: Job, override: str | None, *, table: RuleTable, is_by_rules: bool = False
) -> Mapping[str, Policy]:
    """The policy of each llm step: the run's, else the step's own, else the job's.

    Where weights were learned and can't be used (`is_by_rules`), the rules stand in for policies that go by them.
    A judge stays the same whatever a run's other calls are routed by: else runs could not be compared by its scores.
    """
    asked = [
        (step, (None if isinstance(step, JudgeStep) else override) or step.policy or job.policy)
        for step in job.steps
        if isinstance(step, LlmStep)
    ]
    specs = [(step, "rules" if is_by_rules and spec in LEARNED else spec) for step, spec in asked]
    return {
        step.name: policy_named(spec, table=table, terms=terms_under(job, step, policy=spec, table=table))
        for step, spec in specs
    }
