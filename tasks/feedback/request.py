"""What a user gives when calls are scored by people: the one parameter of the flow *feedback*, and a row of a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from tasks.jobs.names import FieldName
from tasks.redaction.values import redact_value
from tasks.scorers.specs import USABLE

SCORER = "feedback"
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
Bound: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]


def refuse_taken(name: str) -> str:
    """Raise `ValueError` for a scorer's name that the ledger has for something else."""
    if name == USABLE:
        raise ValueError(f"{USABLE!r} is the name of what a step without scorers says of its answers")
    return name


Judged: TypeAlias = Annotated[FieldName, AfterValidator(refuse_taken)]


class FeedbackScore(BaseModel):
    """One person's score of one call, which is named by `call_id`, or by `run_id`, `item_id` and `step`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    call_id: Name | None = Field(None, description="The call, as `calls` has it.")
    run_id: Name | None = Field(None, description="The call's run, in place of `call_id`.")
    item_id: Name | None = Field(None, description="The call's item in that run.")
    step: Name | None = Field(None, description="The call's step; may be left out where the item has one call alone.")
    score: Bound = Field(description="How good the answer is, on the request's scale: 0 to 1 if it names none.")
    scored_by: Name | None = Field(None, description="Who says so; absent: the request's `scored_by`.")
    comment: str | None = Field(None, max_length=20_000, description="Why; secrets in it are masked.")
    scorer: Judged | None = Field(None, description="What is judged, such as `tone`; absent: the request's `scorer`.")
    scored_at: datetime | None = Field(None, description="When, in UTC unless it says otherwise; absent: now.")

    @field_validator("score", mode="before")
    @classmethod
    def refuse_flags(cls, score: object) -> object:
        """True is no number here, though Python takes it for 1."""
        if isinstance(score, bool):
            raise ValueError("must be a number")  # noqa: TRY004  # pydantic wants it
        return score

    @field_validator("scored_at")
    @classmethod
    def take_utc(cls, scored_at: datetime | None) -> datetime | None:
        """A time without an offset is in UTC."""
        return scored_at if scored_at is None or scored_at.tzinfo else scored_at.replace(tzinfo=UTC)

    @model_validator(mode="after")
    def check_call(self) -> FeedbackScore:
        """The call is named in one of the two ways."""
        if self.call_id is not None and (self.run_id or self.item_id or self.step):
            raise ValueError("give call_id, or run_id and item_id, not both")
        if self.call_id is None and (self.run_id is None or self.item_id is None):
            raise ValueError("give call_id, or run_id and item_id")
        return self


class FeedbackRequest(BaseModel):
    """Scores by people, all of which are taken or none."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    scores: tuple[FeedbackScore, ...] | None = Field(
        None, description="The scores themselves, where they are few.", max_length=1000, repr=False
    )
    input: str | None = Field(
        None,
        description="A file of them instead, with the same fields: JSON lines, CSV or Parquet in the configured roots.",
        max_length=4096,
    )
    scored_by: Name | None = Field(None, description="Who judged, where a score does not say so.")
    scorer: Judged = Field(SCORER, description="What is judged, where a score does not say so.")
    low: Bound = Field(0.0, description="The score that is 0 in the ledger.")
    high: Bound = Field(1.0, description="The score that is 1 in the ledger, such as 5 of five stars.")

    @model_serializer(mode="wrap")
    def mask_secrets(self, serialise: SerializerFunctionWrapHandler) -> object:
        """The request as Prefect stores it among a flow run's parameters: without secrets."""
        return redact_value(serialise(self))

    @model_validator(mode="after")
    def check_request(self) -> FeedbackRequest:
        """Exactly one source of scores, and a scale that has a length."""
        if (self.input is None) == (self.scores is None):
            raise ValueError("give exactly one of input and scores")
        if not self.low < self.high:
            raise ValueError("low must be less than high")
        return self
