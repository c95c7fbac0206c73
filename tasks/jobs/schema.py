"""A job file as a pydantic model; its steps are in `steps.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from policies.amounts import Amount
from tasks.jobs.names import JobName, PolicySpec
from tasks.jobs.steps import LlmStep, RetrieveStep, TransformStep
from tasks.retrieval.corpus import CorpusSpec

FieldKey: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Step: TypeAlias = Annotated[RetrieveStep | LlmStep | TransformStep, Field(discriminator="kind")]


class Input(BaseModel):
    """What the items look like."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id_field: FieldKey = Field("item_id", description="The field that identifies an item; unique in a batch.")
    text_fields: tuple[FieldKey, ...] = Field(
        (), max_length=100, description="Fields that every item must hold as text that is not empty."
    )


class Job(BaseModel):
    """A job file: named steps over the items of a batch."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: JobName = Field(description="The job's name in the ledger: small letters, digits, `_` and `-`.")
    description: str = Field("", max_length=2000, description="What the job is for.")
    input: Input = Field(default_factory=Input, description="What the items look like.")
    corpora: Mapping[JobName, CorpusSpec] = Field(
        default_factory=dict, description="The corpora that `retrieve` steps search, by name."
    )
    policy: PolicySpec = Field("rules", description="The routing policy of every `llm` step that names none.")
    budget_usd: Amount | None = Field(
        None, gt=0, max_digits=18, decimal_places=9, description="The most that a run may spend, in USD: more than 0."
    )
    quality_floor: float | None = Field(
        None,
        strict=True,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="Spend no more than it takes to reach this share of the best model's quality, such as 0.95, over "
        "all calls routed by performance.",
    )
    exploration: float = Field(
        0.0,
        strict=True,
        ge=0,
        le=0.5,
        allow_inf_nan=False,
        description="The share of the calls routed by performance that try another model than the most useful one, to "
        "learn more of it (ε); a step may forbid it.",
    )
    latency_price: float = Field(
        0.0,
        strict=True,
        ge=0,
        le=1000,
        allow_inf_nan=False,
        description="How much quality, in [0, 1], a second of latency is worth where calls are routed by performance.",
    )
    deadline_s: float | None = Field(
        None,
        strict=True,
        gt=0,
        le=31_536_000,
        allow_inf_nan=False,
        description="The seconds within which the batch has to fit the models' limits of requests a minute: where "
        "these are too few for all calls that want a model, each counts what it would be worth elsewhere. No run is "
        "stopped by it.",
    )
    final_step: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="The llm step whose score is an item's final one, which steps with `credit` are credited with. "
        "Absent: the last llm step with scorers or a judge, in the order in which steps run; else the last one.",
    )
    chunk_size: int = Field(50, strict=True, ge=1, le=10_000, description="Items that go through the steps together.")
    steps: tuple[Step, ...] = Field(min_length=1, max_length=100, description="The steps, in order.")

    def step(self, name: str) -> Step:
        """The step called `name`; raises `KeyError`."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
