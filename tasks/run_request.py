"""What a user asks for when a job is run: the one parameter of the flow, and of its form in Prefect's UI."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from tasks.jobs.names import PolicySpec
from tasks.redaction.values import redact_value


class RunRequest(BaseModel):
    """One run of a job over a batch."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    job: str = Field(description="The job file, in one of the configured roots.", max_length=4096)
    input: str | None = Field(None, description="The batch: JSON lines, CSV or Parquet.", max_length=4096)
    items: tuple[Mapping[str, JsonValue], ...] | None = Field(
        None, description="The batch itself, where it is small, instead of a file.", max_length=1000, repr=False
    )
    run_id: str | None = Field(
        None, description="Name of the run. The same name again resumes it; absent: named for the flow run."
    )
    resume: bool = Field(
        False, description="Go on with the run of this name from what it pinned; job and batch are not read again."
    )
    policy: PolicySpec | None = Field(None, description="Routing policy in place of the job's.")
    budget_usd: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=9)] | None = Field(
        None, description="The most that the run may spend, in USD; in place of the job's."
    )
    quality_floor: float | None = Field(
        None,
        gt=0,
        le=1,
        description="The share of the best model's quality to reach at the least cost; in place of the job's.",
    )
    sample: int | None = Field(None, ge=1, description="Run only so many items, the same ones for the same seed.")
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of every random choice.")
    chunks_under_way: int = Field(4, ge=1, le=64, description="Chunks that are worked on at once.")

    @model_serializer(mode="wrap")
    def mask_secrets(self, serialise: SerializerFunctionWrapHandler) -> object:
        """The request as Prefect stores it among a flow run's parameters: without secrets.

        A flow that is called in this process still gets the request as it is; over Prefect's API it gets what was sent.
        """
        return redact_value(serialise(self))

    @model_validator(mode="after")
    def check_batch(self) -> RunRequest:
        """Exactly one batch."""
        if (self.input is None) == (self.items is None):
            raise ValueError("give exactly one of input and items")
        return self
