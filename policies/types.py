"""The words of routing as frozen values: request, model, price, candidate, decision, weights, state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Literal, Protocol, TypeAlias

from policies.cascade.evidence import CheckLevels
from policies.cascade.terms import CascadeView
from policies.forecast import Forecast
from policies.pulse import Pulse
from policies.tokens import LARGEST_IMAGE_TOKENS

BUILT_IN_TASK_TYPES: Mapping[str, str] = {
    "classify": "assign one of a closed set of labels",
    "rewrite": "restate a text for another use, such as a search query",
    "extract": "pull spans or fields out of a given text",
    "generate": "write an answer, grounded or free",
    "summarize": "condense a given text",
    "judge": "score another model's output",
    "code": "write or change program text",
    "translate": "carry a text into another language",
    "embed": "turn a text into a vector: what `retrieve` steps do, never asked of an `llm` step",
}
# Done by a local index, so no model of the catalogue is ever chosen for it.
UNROUTED_TASK_TYPES = frozenset({"embed"})
# The task type of a step whose requests are classified by their content; in the ledger, of those that are ambiguous.
AUTO = "auto"
# Words that stand for something else where a task type may stand.
RESERVED_TASK_TYPES = frozenset({"default", AUTO})

# What a field of an item may hold for a rule to ask for it.
Scalar: TypeAlias = str | int | float | bool | None
# Where a price comes from: written in the catalogue, to be looked up in LiteLLM's local map, or not known.
PriceSource: TypeAlias = Literal["catalogue", "litellm", "unknown"]
# How the requests of a model are spread over its deployments.
Balancing: TypeAlias = Literal["weighted_round_robin", "least_connections", "lowest_latency"]


@dataclass(frozen=True, slots=True)
class Price:
    """One model's price over one period, USD per million tokens; None is unknown, never free."""

    price_id: str
    model: str
    input: Decimal | None
    output: Decimal | None
    cached: Decimal | None = None
    batch_input: Decimal | None = None
    batch_output: Decimal | None = None
    is_notional: bool = False  # derived from measured CPU time, not billed by anyone
    source: PriceSource = "catalogue"  # "litellm" with no amounts is a look-up still to be made


@dataclass(frozen=True, slots=True)
class Deployment:
    """One endpoint that serves a model: a LiteLLM model string, where it is, and the *name* of its key's variable.

    `skills` are what holds of it beyond what holds of its model; see `policies.skills`.
    """

    name: str
    litellm_model: str
    provider: str
    api_base: str | None = None
    api_key_env: str | None = None
    region: str | None = None
    weight: float = 1.0
    concurrency: int = 64
    rpm: int | None = None
    timeout_s: float = 60.0
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CircuitLimits:
    """When a deployment is left alone: once `failure_share` of its latest attempts failed, `min_calls` at least, for
    `open_s` seconds."""

    failure_share: float = 0.5
    min_calls: int = 10
    open_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Model:
    """A logical model of the catalogue with its price, limits and skills.

    `prior_quality` maps a task type (or "default") to the expected quality in [0, 1] before the ledger knows better.
    `skills` are what a step's needs are held against, such as `lang:en`, `region:eu`, `hipaa`: see `policies.skills`.
    """

    name: str
    deployments: tuple[Deployment, ...]
    price: Price
    context_window: int
    max_output_tokens: int
    prior_quality: Mapping[str, float] = field(default_factory=dict)
    prior_latency_s: float = 1.0
    skills: frozenset[str] = frozenset()
    has_structured_output: bool = False
    parameters_m: float | None = None  # millions of weights, where known
    image_tokens: int = LARGEST_IMAGE_TOKENS  # the most that one image is billed as
    balancing: Balancing = "weighted_round_robin"
    rpm: int | None = None  # requests, and tokens, per minute, over all the deployments
    tpm: int | None = None
    circuit: CircuitLimits = CircuitLimits()

    def prior(self, task_type: str) -> float:
        """The prior quality in [0, 1] for a task type: its own, else "default", else 0.5."""
        return self.prior_quality.get(task_type, self.prior_quality.get("default", 0.5))


@dataclass(frozen=True)
class Catalogue:
    """Every model that may be routed to, in the file's order, and the hash of the text that it was read from.

    `file` is what errors call that text, `lines` the line of each of its models, in the same order. `skills` are the
    words that it adds to the vocabulary.
    """

    models: tuple[Model, ...]
    version: str
    task_types: frozenset[str] = frozenset(BUILT_IN_TASK_TYPES)
    file: str = "catalogue"
    lines: tuple[int, ...] = ()
    skills: frozenset[str] = frozenset()

    @cached_property
    def by_name(self) -> Mapping[str, Model]:
        """The models by their names."""
        return {model.name: model for model in self.models}

    def __hash__(self) -> int:
        return hash(self.version)

    def __getitem__(self, name: str) -> Model:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name


@dataclass(frozen=True, slots=True)
class Request:
    """What the router sees of one call; never the item's label.

    `input_tokens` is an estimate of the whole prompt; `max_output_tokens` the step's limit. `category` is what the
    classifier made of the text, with its confidence in [0, 1]; both None where it was not asked. Below its threshold
    the request `is_ambiguous`, and `category` is only the likeliest; `is_auto`: its step leaves the task type to the
    category. `language` is the text's, by ISO 639-1 (None: not
    asked for, or not told apart), `fields` what rules may ask of the item, `asked_at` the time in UTC. `needs` are
    hard; `prefers` are skills that order models which are otherwise equal. `forecast` is what a predictor makes of the
    text; None where none is in force.
    """

    call_id: str
    item_id: str
    step: str
    task_type: str
    text: str
    input_tokens: int
    max_output_tokens: int
    tags: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    is_structured: bool = False
    job: str = ""
    category: str | None = None
    category_confidence: float | None = None
    is_ambiguous: bool = False
    language: str | None = None
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    asked_at: datetime | None = None
    prefers: frozenset[str] = frozenset()
    is_auto: bool = False
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model as one decision saw it; `reason` says why it was left out, or why it lost ("" for the winner)."""

    model: str
    eligible: bool
    reason: str
    p_quality: float | None = None
    p_cost_usd: Decimal | None = None
    p_latency_s: float | None = None
    utility: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The model chosen for one call, with the exact probability of the choice and every candidate's reason.

    `model` is None when nothing was eligible; `refusal` then says why. `fallbacks` are the eligible models to try next,
    best first. `candidates` may be written down only when somebody looks at them. `cascade` is the one that was taken,
    whose first model is `model`, or the one that was refused; None where there was nothing to go by.
    """

    call_id: str
    policy: str
    rule: str | None
    model: str | None
    propensity: float
    explored: bool
    candidates: Sequence[Candidate]
    fallbacks: tuple[str, ...] = ()
    lambda_: float | None = None
    weights_version: str | None = None
    rules_version: str | None = None
    refusal: str | None = None
    cascade: CascadeView | None = None


@dataclass(frozen=True, slots=True)
class CellMean:
    """What the ledger knows of one task type on one model: means over `n` scored calls, quality in [0, 1].

    `cost_usd` is the mean of the calls whose cost is known; None where none is, which is never free. `credit` is the
    part of the quality that is the score of the items' final answers, see `policies.crediting`; where there is any,
    `own_quality` is the mean of what the steps' own scorers said, None where none did.
    """

    task_type: str
    model: str
    n: int
    quality: float
    quality_se: float
    cost_usd: float | None
    latency_s: float
    credit: float = 0.0
    own_quality: float | None = None


@dataclass(frozen=True)
class Weights:
    """One immutable version of what the ledger has learned: of models, and of how checks take their answers.

    `predictor` names what was fitted to texts, if anything.
    """

    version: str
    cells: tuple[CellMean, ...]
    checks: tuple[CheckLevels, ...] = ()
    predictor: str | None = None

    def __hash__(self) -> int:
        return hash(self.version)

    @cached_property
    def by_key(self) -> Mapping[tuple[str, str], CellMean]:
        """The cells by task type and model."""
        return {(cell.task_type, cell.model): cell for cell in self.cells}

    def cells_of(self, task_type: str) -> Mapping[str, CellMean]:
        """The cells of a task type by model."""
        return {cell.model: cell for cell in self.cells if cell.task_type == task_type}

    def checks_of(self, task_type: str) -> Mapping[str, tuple[CheckLevels, ...]]:
        """What is known of checks on a task type, by scorer: one for each model that answered."""
        found: dict[str, tuple[CheckLevels, ...]] = {}
        for one in self.checks:
            if one.task_type == task_type:
                found[one.scorer] = (*found.get(one.scorer, ()), one)
        return found

    def cell(self, task_type: str, model: str) -> CellMean | None:
        """The cell of a task type and model, or None where nothing was logged."""
        return self.by_key.get((task_type, model))


@dataclass(frozen=True, slots=True)
class RoutingState:
    """What changes during a run: models out of service with the reason, and the money left (None: no budget).

    `pulses` are what the latest calls on the models showed, by their names; models that were not called have none.
    `scarcity` is what a call of a model counts in quality, where the job's deadline needs its limit elsewhere.
    `drifted` are, by task type, the models whose calls are no more what the weights learned: they are explored.
    `weights_problem` is why other weights than the live ones, or none, are gone by; it decides nothing, and is told.
    """

    unavailable: Mapping[str, str] = field(default_factory=dict)
    remaining_usd: Decimal | None = None
    seed: int = 0
    pulses: Mapping[str, Pulse] = field(default_factory=dict)
    scarcity: Mapping[str, float] = field(default_factory=dict)
    weights_problem: str | None = None
    drifted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Policy(Protocol):
    """A pure function from requests, catalogue, weights and state to decisions, in the order of the requests.

    Random choices are drawn from `state.seed` and the call's id alone, so a decision does not depend on its chunk.
    """

    @property
    def name(self) -> str: ...

    def decide(
        self, requests: Sequence[Request], catalogue: Catalogue, *, weights: Weights | None, state: RoutingState
    ) -> tuple[Decision, ...]: ...
