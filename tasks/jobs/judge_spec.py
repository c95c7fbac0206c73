"""How a job asks for a judge of a step's answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from tasks.jobs.context import Reference
from tasks.jobs.names import PolicySpec, Tag


class JudgeSpec(BaseModel):
    """A judge of a step's answers: a model that is routed, paid and accounted for as any other call.

    Its calls are those of a step `judge_STEP` (and `judge_STEP_swapped`, where it compares); its scores have the source
    `judge` and the rubric's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rubric: str = Field(
        min_length=1, max_length=4096, description="The rubric file, YAML or Markdown, relative to the job file."
    )
    rate: float = Field(
        1.0,
        strict=True,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="The share of the items whose answers are judged, the same ones for the same seed.",
    )
    against: Reference | None = Field(
        None,
        description="Another answer to compare with, in both orders; absent: the answer is marked by itself.",
    )
    reference: Reference | None = Field(None, description="An accepted answer that the judge may look at.")
    budget_share: float = Field(
        0.1,
        strict=True,
        gt=0,
        lt=1,
        allow_inf_nan=False,
        description="The share of the run's budget that is the judge's, set aside from the steps'. What no longer fits "
        "it is not judged.",
    )
    policy: PolicySpec | None = Field(None, description="The routing policy of its calls, if not the job's.")
    skills: tuple[Tag, ...] = Field((), max_length=50, description="Skills that its model must have.")
    tags: tuple[Tag, ...] = Field((), max_length=100, description="Tags that the routing rules may match.")
    max_output_tokens: int = Field(400, strict=True, ge=1, le=1_000_000, description="Limit of its verdict.")
