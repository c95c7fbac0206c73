"""The kinds of step: retrieve, llm and transform, with the fields that all of them share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from policies.cascade.terms import SELF_CONSISTENCY
from tasks.jobs.context import Reference
from tasks.jobs.judge_spec import JudgeSpec
from tasks.jobs.names import FieldName, PolicySpec, StepName, Tag
from tasks.scorers.specs import ScorerSpec

Template: TypeAlias = Annotated[str, Field(min_length=1, max_length=20_000)]
Seconds: TypeAlias = Annotated[float, Field(strict=True, gt=0, le=86_400, allow_inf_nan=False)]
SCHEMA = "schema"  # as the check of a cascade
OnError: TypeAlias = Literal["fail_item", "skip", "fallback_text"]
Operator: TypeAlias = Literal["template", "select_fields", "parse_json", "strip", "split"]


class BaseStep(BaseModel):
    """What every step has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: StepName = Field(description="The step's name, as templates write it: `steps.NAME`.")
    needs: tuple[StepName, ...] | None = Field(
        None,
        max_length=100,
        description="Steps whose outputs this one uses, so that they run before it. Absent: the step above. "
        "An empty list: none. (Skills that a model must have go under `skills`.)",
    )
    scorers: tuple[ScorerSpec, ...] = Field((), max_length=20, description="Checks of the step's output.")
    on_error: OnError = Field(
        "fail_item",
        description="What a failed step does: fail the item, leave out this step and the steps that need it (`skip`), "
        "or go on with `fallback_text` as the step's output.",
    )
    fallback_text: str | None = Field(None, max_length=20_000, description="The output when the step fails.")

    @model_validator(mode="after")
    def check_step(self) -> BaseStep:
        """`fallback_text` exactly where it is used, and one name for each scorer."""
        if (self.on_error == "fallback_text") != (self.fallback_text is not None):
            raise ValueError("fallback_text goes together with 'on_error: fallback_text'")
        labels = [spec.label for spec in self.scorers]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"scorer {label!r} stands twice: give each a name")
        return self


class RetrieveStep(BaseStep):
    """A search: the output is the list of the best passages, each with title, text, source and passage_id."""

    kind: Literal["retrieve"] = Field(description="A search in a corpus.")
    corpus: str = Field(min_length=1, max_length=64, description="One of the job's `corpora`.")
    query: Template = Field(description="Template of the search text; where it renders to blanks, the step fails.")
    k: int = Field(3, strict=True, ge=1, le=100, description="How many passages.")


class Prompt(BaseModel):
    """The messages of a call, as templates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: Template | None = Field(
        None, description="Template of the system message; left out where it renders to blanks."
    )
    user: Template = Field(description="Template of the user message; where it renders to blanks, the step fails.")
    images: tuple[Template, ...] = Field(
        (),
        max_length=20,
        description="Images that go with the user message: each a template, or a reference such as `item.photo`, of a "
        "path, an https address or a data URI; a reference may give a list. What is blank or absent gives none. "
        "Relative paths begin at the job file's folder.",
    )

    @field_validator("images", mode="before")
    @classmethod
    def accept_one(cls, images: object) -> object:
        """A plain text is one image."""
        return [images] if isinstance(images, str) else images


class CascadeSpec(BaseModel):
    """A check that decides whether the answer of a cheaper model is kept, or another model is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str = Field(
        min_length=1,
        max_length=64,
        description="One of the step's scorers, by its name; `schema` is its scorer `json_schema`. Or "
        "`self_consistency`: the model is asked again, and its answer is kept where the others agree with it.",
    )
    threshold: float | None = Field(
        None,
        strict=True,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="The score from which on an answer is kept. Absent: learned, as it is worth most at the price of "
        "quality.",
    )
    samples: int | None = Field(
        None, strict=True, ge=1, le=20, description="For `self_consistency`: how many further answers. Absent: 3."
    )
    temperature: float | None = Field(
        None,
        strict=True,
        gt=0,
        le=2,
        allow_inf_nan=False,
        description="For `self_consistency`: the sampling temperature of the further answers. Absent: 0.7.",
    )
    measured: float | None = Field(
        None,
        strict=True,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="For `self_consistency`: the share of the other answers that are put to it too, so that the log "
        "shows what it is worth, which a cascade needs to know. Absent: 0.02.",
    )

    @property
    def is_self_consistency(self) -> bool:
        """Whether the check asks the model again."""
        return self.check == SELF_CONSISTENCY

    @model_validator(mode="after")
    def check_samples(self) -> CascadeSpec:
        """What further answers need goes with the check that asks for them."""
        for name in ("samples", "temperature", "measured"):
            if getattr(self, name) is not None and not self.is_self_consistency:
                raise ValueError(f"{name} goes with 'check: {SELF_CONSISTENCY}' alone")
        return self


class LlmStep(BaseStep):
    """A call of a model that the router chooses: the output is its text, or the JSON value where `output` is given."""

    kind: Literal["llm"] = Field(description="A call of a model.")
    task_type: str = Field(
        min_length=1,
        max_length=64,
        description="What the step asks of a model; `auto`: what a classifier makes of each item's text.",
    )
    category: Template | None = Field(
        None,
        description="Template of the request's category, in place of the classifier: such as the answer of an llm step "
        "before, which is itself a routed call.",
    )
    prompt: Prompt = Field(description="The messages; a plain text is the user message.")
    max_output_tokens: int = Field(512, strict=True, ge=1, le=1_000_000, description="Limit of the answer.")
    temperature: float = Field(0.0, strict=True, ge=0, le=2, allow_inf_nan=False, description="Sampling temperature.")
    output: Mapping[str, JsonValue] | None = Field(
        None, description="JSON Schema (2020-12) that the answer must fit; references only inside it."
    )
    tags: tuple[Tag, ...] = Field((), max_length=100, description="Tags that the routing rules may match.")
    tags_from: tuple[FieldName, ...] = Field(
        (), max_length=20, description="Item fields whose values become tags `FIELD:VALUE`; absent ones are left out."
    )
    skills: tuple[Tag, ...] = Field((), max_length=50, description="Skills that a model must have, such as `lang:en`.")
    prefers: tuple[Tag, ...] = Field(
        (), max_length=50, description="Skills that a model should rather have: they order models that are equal else."
    )
    policy: PolicySpec | None = Field(None, description="The routing policy of this step, if not the job's.")
    timeout_s: Seconds = Field(60.0, description="Limit of one attempt.")
    deadline_s: Seconds | None = Field(None, description="Limit of the whole call with its retries and fallbacks.")
    attempts: int = Field(3, strict=True, ge=1, le=10, description="Attempts per model, the first included.")
    fallbacks: int = Field(2, strict=True, ge=0, le=10, description="Other models that may be tried after the first.")
    exploration: bool = Field(True, strict=True, description="Whether the router may try a model at random.")
    cascade: CascadeSpec | None = Field(
        None,
        description="Where calls are routed by performance: a cheaper model may be asked first, and another one where "
        "its answer does not pass this check.",
    )
    credit: float = Field(
        0.0,
        strict=True,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="How much the score of the job's final step counts in the quality that is learned of this step's "
        "models (the weight w of (1 - w) · own score + w · final score, see docs/routing.md); for a step whose own "
        "score says little of what comes of it, such as a rewrite.",
    )
    judge: JudgeSpec | None = Field(None, description="A model that scores a sample of the step's answers by a rubric.")

    @model_validator(mode="after")
    def check_cascade(self) -> LlmStep:
        """The check of a cascade is one of the step's scorers, or asks the model again."""
        if self.cascade is None or self.cascade.is_self_consistency:
            return self
        if self.scorer_named(self.cascade.check) is None:
            there = ", ".join(spec.label for spec in self.scorers) or "none"
            raise ValueError(f"cascade: the step has no scorer {self.cascade.check!r}; there are {there}")
        return self

    def scorer_named(self, name: str) -> ScorerSpec | None:
        """The scorer of a name, or for `schema` the one that checks the schema; None where there is none."""
        found = next((spec for spec in self.scorers if spec.label == name), None)
        if found is None and name == SCHEMA:
            return next((spec for spec in self.scorers if spec.scorer == "json_schema"), None)
        return found

    @property
    def is_scored(self) -> bool:
        """Whether scorers or a judge say how good its answers are, of all or of a sample."""
        return bool(self.scorers) or self.judge is not None

    @property
    def call_deadline_s(self) -> float:
        """The limit of a whole call: as written, else what all its attempts may take."""
        return self.deadline_s or self.timeout_s * self.attempts * (self.fallbacks + 1)

    @field_validator("prompt", mode="before")
    @classmethod
    def accept_text(cls, prompt: object) -> object:
        """A plain text is the user message."""
        return {"user": prompt} if isinstance(prompt, str) else prompt


class TransformStep(BaseStep):
    """An operator from a closed list, applied without any model; never code."""

    kind: Literal["transform"] = Field(description="An operator without a model.")
    operator: Operator = Field(
        description="`template`: render a text; `select_fields`: keep fields of a mapping; `parse_json`: read a text; "
        "`strip`: trim a text; `split`: cut a text into a list."
    )
    of: Reference | None = Field(None, description="What the operator is applied to (not for `template`).")
    template: Template | None = Field(None, description="For `template`: the template.")
    fields: tuple[FieldName, ...] | None = Field(
        None, min_length=1, max_length=100, description="For `select_fields`: the fields to keep."
    )
    separator: str | None = Field(
        None, min_length=1, max_length=100, description="For `split`: where to cut; absent: at line breaks."
    )

    @model_validator(mode="after")
    def check_operator(self) -> TransformStep:
        """Exactly the arguments that the operator takes."""
        required = {"template": ("template",), "select_fields": ("of", "fields")}.get(self.operator, ("of",))
        optional = ("separator",) if self.operator == "split" else ()
        given = [n for n in ("of", "template", "fields", "separator") if getattr(self, n) is not None]
        for argument in required:
            if argument not in given:
                raise ValueError(f"operator {self.operator} needs {argument!r}")
        for argument in given:
            if argument not in (*required, *optional):
                raise ValueError(f"operator {self.operator} takes no {argument!r}")
        return self
