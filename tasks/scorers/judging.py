"""The table of scorers, and their application to a step's output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from tasks.jobs.context import Context, RenderError
from tasks.scorers.cited import cited
from tasks.scorers.contains import contains
from tasks.scorers.exact import exact
from tasks.scorers.fuzzy import fuzzy
from tasks.scorers.grounded import grounded
from tasks.scorers.json_schema import json_schema
from tasks.scorers.language import language
from tasks.scorers.length import length
from tasks.scorers.non_empty import non_empty
from tasks.scorers.numeric import numeric
from tasks.scorers.parses import parses
from tasks.scorers.regex_match import regex_match
from tasks.scorers.retrieved import retrieved
from tasks.scorers.sample import Sample, Verdict
from tasks.scorers.specs import ScorerName, ScorerSpec
from tasks.scorers.token_f1 import token_f1
from tasks.scorers.token_overlap import token_overlap

Scorer = Callable[[Sample], Verdict | None]

# scorer -> (version, function); a change of what a scorer gives for the same output is a new version
SCORERS: Mapping[ScorerName, tuple[str, Scorer]] = {
    "exact": ("1", exact),
    "contains": ("1", contains),
    "fuzzy": ("1", fuzzy),
    "token_f1": ("1", token_f1),
    "token_overlap": ("1", token_overlap),
    "numeric": ("1", numeric),
    "regex": ("1", regex_match),
    "json_schema": ("1", json_schema),
    "grounded": ("1", grounded),
    "cited": ("1", cited),
    "retrieved": ("1", retrieved),
    "language": ("1", language),
    "parses": ("1", parses),
    "length": ("1", length),
    "non_empty": ("1", non_empty),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """One score of one output: `scorer` is its name in the ledger, `score` is in [0, 1] and never NaN."""

    scorer: str
    version: str
    score: float
    detail: str


def score_output(
    spec: ScorerSpec, output: object, context: Context, *, schema: Mapping[str, JsonValue] | None = None
) -> Judgement | None:
    """Judge `output` by one scorer; None where there is nothing to judge against (an item without a reference).

    `schema` is the step's `output` schema, for `json_schema`. `output` may be the raw text or the parsed value.
    """
    version, scorer = SCORERS[spec.scorer]
    try:
        verdict = scorer(Sample(spec, output, context, schema))
    except RenderError as error:  # an output that is nested beyond reason
        verdict = Verdict(0.0, str(error))
    return None if verdict is None else Judgement(spec.label, version, verdict.score, verdict.detail)


def score_all(
    specs: Sequence[ScorerSpec], output: object, context: Context, *, schema: Mapping[str, JsonValue] | None = None
) -> tuple[Judgement, ...]:
    """Every judgement that the scorers of a step can make of its output, in their order."""
    judgements = (score_output(spec, output, context, schema=schema) for spec in specs)
    return tuple(judgement for judgement in judgements if judgement is not None)
