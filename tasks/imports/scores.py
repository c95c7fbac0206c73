"""Scores of another tool as facts of ours: credited to imported calls, on our scale, with their source."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tasks.identifiers import digest
from tasks.imports.attempts import call_id_of
from tasks.imports.score_rules import ScoreRule
from tasks.texts import TextKeeper
from warehouse.imports.attempts import CallSource
from warehouse.imports.rows import BadRow, snake_case
from warehouse.imports.scores import ForeignScore
from warehouse.records import Scored, ScoreSource

SOURCES: Mapping[str, ScoreSource] = {"API": "check", "EVAL": "judge", "ANNOTATION": "human"}
VERSION = "imported"
ROUNDING = 1e-9  # a scale's end may come out a hair beyond 1


@dataclass(frozen=True, slots=True)
class Credited:
    """Scores with the calls that they judge, those that can't be taken, and why others are left out."""

    scores: tuple[Scored, ...]
    bad: tuple[BadRow, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Crediting:
    """How scores find their calls: `calls` are foreign ids of calls, `traces` the calls of each trace."""

    origin: CallSource
    rules: Mapping[str, ScoreRule]
    calls: frozenset[str]
    traces: Mapping[str, tuple[str, ...]]
    keep_text: TextKeeper

    def credit(self, scores: Iterable[ForeignScore]) -> Credited:
        """Turn scores into records."""
        taken: list[Scored] = []
        bad: list[BadRow] = []
        left_out: Counter[str] = Counter()
        for score in scores:
            found = self.record(score)
            if isinstance(found, Scored):
                taken.append(found)
            elif isinstance(found, BadRow):
                bad.append(found)
            else:
                left_out[found] += 1
        return Credited(tuple(taken), tuple(bad), dict(left_out))

    def record(self, score: ForeignScore) -> Scored | BadRow | str:
        """One score's record, what is wrong with it, or why it is left out."""
        rule = self.rule_of(score)
        if rule is None and self.rules:
            return f"score {score.name}, which no --score asks for"
        if rule is None:
            problem = "is not told: say --score NAME=SOURCE"
            return BadRow(score.line, f"source of score {score.name}", None, problem)
        call = self.call_of(score)
        if not isinstance(call, tuple):
            return call
        value = rule.scaled(score.value)
        if not -ROUNDING <= value <= 1 + ROUNDING:
            problem = f"must lie between {rule.low:g} and {rule.high:g}: say --score NAME=SOURCE:LOW:HIGH"
            return BadRow(score.line, f"score {score.name}", f"{score.value:g}", problem)
        return Scored(
            score_id=score_id_of(self.origin, score, call[0]),
            call_id=call_id_of(self.origin, call[0]),
            scorer=score.name,
            scorer_version=VERSION,
            source=rule.source,
            score=min(1.0, max(0.0, value)),
            detail=None if score.comment is None else self.keep_text(score.comment),
            scored_by=person_of(score) if rule.source == "human" else None,
            scored_at=score.scored_at,
        )

    def rule_of(self, score: ForeignScore) -> ScoreRule | None:
        """The user's rule for a score, else the source that the export tells."""
        for name, rule in self.rules.items():
            if score.name in (name, snake_case(name)):
                return rule
        return ScoreRule(SOURCES[score.source]) if score.source is not None and not self.rules else None

    def call_of(self, score: ForeignScore) -> tuple[str] | str:
        """The call that a score judges, alone in a tuple, or why there is none: of a trace, its one call."""
        if score.observation_id is not None:
            return (score.observation_id,) if score.observation_id in self.calls else "score of a call that is not here"
        calls = self.traces.get(score.trace_id or "", ())
        if len(calls) == 1:
            return (calls[0],)
        return "score of a trace with several calls" if calls else "score of a trace that is not here"


def score_id_of(origin: CallSource, score: ForeignScore, call: str) -> str:
    """The key of an imported judgement: by its own id, or by its call, name and place."""
    own = (score.foreign_id,) if score.foreign_id is not None else (call, score.name, str(score.ordinal))
    return digest("imported score", origin, *own)


def person_of(score: ForeignScore) -> str:
    """A name for who judged that tells people apart and does not tell who they are."""
    if score.author is None:
        return "annotator"
    return "annotator-" + hashlib.sha256(score.author.encode()).hexdigest()[:8]
