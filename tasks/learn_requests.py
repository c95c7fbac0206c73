"""What a user asks for when the facts are validated or the weights learned: the parameters of those flows."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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
