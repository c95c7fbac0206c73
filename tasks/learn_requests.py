"""What a user asks for when the facts are validated or the weights learned: the parameters of those flows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.gate.thresholds import Thresholds
from warehouse.weights_fit import SOURCE_CAP, HalfLives

LIMITS, USUAL = Thresholds(), HalfLives()


class ValidateRequest(BaseModel):
    """One validation of the facts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    fail_on: Literal["critical", "warning"] = Field(
        "critical", description="The mildest failure that makes the flow run fail."
    )


class ReweighRequest(BaseModel):
    """One attempt to learn new weights."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    min_calls: int = Field(30, ge=1, le=10**12, description="Scored calls that new weights have to rest on at least.")
    embed: bool = Field(
        True,
        description="Whether the predictor of texts reads their vectors too: each new text then takes 10 ms to route.",
    )
    half_life_days: float = Field(
        USUAL.default_days,
        gt=0,
        le=36500,
        description="After how many days a call counts half when weights are fitted.",
    )
    half_lives: dict[str, Annotated[float, Field(gt=0, le=36500)]] = Field(
        default_factory=dict, description="The same for single task types, by their names."
    )
    evaluate_days: float = Field(
        90.0, gt=0, le=36500, description="The latest days whose decisions the new weights are compared on."
    )
    evaluate_calls: int = Field(
        100_000, ge=1, le=10**7, description="So many of them at most: of more, a share of the items is taken."
    )
    min_effective_n: float = Field(
        LIMITS.min_effective_n,
        ge=0,
        le=10**9,
        description="Effective decisions, of those that would be made otherwise, that the log has to have tried.",
    )
    quality_tolerance: float = Field(
        LIMITS.quality_tolerance,
        ge=0,
        le=1,
        description="What the lower bound of the gain in quality at equal cost has to exceed.",
    )
    cost_tolerance: float = Field(
        LIMITS.cost_tolerance,
        ge=0,
        le=1,
        description="What the lower bound of the saving at equal quality has to exceed, as a share of the cost.",
    )
    quality_margin: float = Field(
        LIMITS.quality_margin, ge=0, le=1, description="By how much quality may fall at most to be called equal."
    )
    max_cost_growth: float = Field(
        LIMITS.max_cost_growth, ge=0, le=1000, description="By which share the cost may grow at most."
    )

    max_moved_share: float = Field(
        LIMITS.max_moved_share,
        ge=0,
        le=1,
        description="The share of the logged decisions that may be made otherwise at once.",
    )
    source_cap: float = Field(
        SOURCE_CAP,
        ge=0,
        le=1,
        description="By how much one scorer or person may move the quality of a task type and model; one that moves it "
        "further is left out there.",
    )

    @property
    def limits(self) -> Thresholds:
        """What the gate goes by."""
        return Thresholds(
            min_calls=self.min_calls,
            min_effective_n=self.min_effective_n,
            quality_tolerance=self.quality_tolerance,
            cost_tolerance=self.cost_tolerance,
            quality_margin=self.quality_margin,
            max_cost_growth=self.max_cost_growth,
            max_moved_share=self.max_moved_share,
        )

    @property
    def decay(self) -> HalfLives:
        """How calls count less with age."""
        return HalfLives(self.half_life_days, self.half_lives)
