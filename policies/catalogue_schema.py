"""The catalogue file as written: strict pydantic models, turned into frozen values by `policies.catalogue`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from policies.amounts import Amount
from policies.tokens import LARGEST_IMAGE_TOKENS
from policies.types import Balancing, PriceSource
from policies.weights_files import Name, WeightEntry

Skill = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*(:[a-z0-9][a-z0-9.-]*)?$")]
TaskType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0, le=1_000_000_000)]


def name_provider(value: object) -> object:
    """A model string names its provider: what LiteLLM makes of a bare name changes with its releases."""
    if isinstance(value, str) and value.strip("/ ") and "/" not in value:
        raise ValueError("must name the provider first, such as openai/gpt-4o-mini")
    return value


ModelString = Annotated[str, BeforeValidator(name_provider), StringConstraints(pattern=r"^[a-z0-9_-]+/\S+$")]


def spell_out_price(value: object) -> object:
    """`litellm` and `unknown` are short for `{source: litellm}` and `{source: unknown}`."""
    if isinstance(value, str):
        if value not in ("litellm", "unknown"):
            raise ValueError("must be `litellm`, `unknown` or a mapping with input and output")
        return {"source": value}
    return value


# Nine places are what the ledger keeps; more of them would be another price there.
Usd = Annotated[Amount, Field(ge=0, le=1_000_000, decimal_places=9)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PriceEntry(Strict):
    """USD per million tokens; an amount left out or null is unknown, never free."""

    source: PriceSource = "catalogue"
    input: Usd | None = None
    output: Usd | None = None
    cached: Usd | None = None
    batch_input: Usd | None = None
    batch_output: Usd | None = None
    is_notional: bool = False

    @model_validator(mode="after")
    def amounts_fit_the_source(self) -> Self:
        """Amounts are written exactly where the catalogue is their source."""
        amounts = (self.input, self.output, self.cached, self.batch_input, self.batch_output)
        if self.source != "catalogue" and any(amount is not None for amount in amounts):
            raise ValueError(f"a price from {self.source} takes no amounts")
        if self.source != "catalogue" and self.is_notional:
            raise ValueError(f"a price from {self.source} is never notional")
        if self.source == "catalogue" and (self.input is None or self.output is None):
            raise ValueError("needs input and output (or write `unknown`)")
        return self


class DeploymentEntry(Strict):
    """One endpoint. `api_key_env` is checked in `policies.catalogue`, where an error does not repeat the value."""

    name: Name | None = None
    litellm_model: ModelString
    provider: Name | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    region: Name | None = None
    weight: Positive = 1.0
    concurrency: Count = 64
    rpm: Count | None = None
    timeout_s: Seconds = 60.0
    skills: list[Skill] = Field(default_factory=list)


class CircuitEntry(Strict):
    """When a deployment that fails is left alone, and for how long."""

    failure_share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.5
    min_calls: Annotated[int, Field(gt=0, le=1_000)] = 10
    open_s: Seconds = 5.0


class ModelEntry(Strict):
    """One logical model."""

    name: Name
    deployments: list[DeploymentEntry] = Field(min_length=1)
    price: Annotated[PriceEntry, BeforeValidator(spell_out_price)]
    context_window: Count
    max_output_tokens: Count
    prior_quality: dict[str, Share] = Field(default_factory=dict)
    prior_latency_s: Seconds = 1.0
    skills: list[Skill] = Field(default_factory=list)
    has_structured_output: bool = False
    parameters_m: Positive | None = None
    image_tokens: Count = LARGEST_IMAGE_TOKENS
    balancing: Balancing = "weighted_round_robin"
    rpm: Count | None = None
    tpm: Count | None = None
    circuit: CircuitEntry = CircuitEntry()


class CatalogueFile(Strict):
    """The whole file: `task_types` and `skills` add to the built-in ones, `weights` lists what embedded models load."""

    task_types: dict[TaskType, str] = Field(default_factory=dict)
    skills: dict[Skill, str] = Field(default_factory=dict)
    models: list[ModelEntry] = Field(min_length=1)
    weights: list[WeightEntry] = Field(default_factory=list)
