"""Decisions of the ledger made again from what the warehouse has of them, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeAlias

from policies.cascade.terms import SELF_CONSISTENCY
from policies.catalogue import parse_catalogue
from policies.errors import BadInputError
from policies.features import LoggedRequest, request_of, routing_state_of, terms_of
from policies.forecast import Forecast
from policies.predictor.predictor import Predictor
from policies.replay import differences
from policies.rule_match import Match, Outcome, Rule
from policies.rule_table import DEFAULT, RuleTable
from policies.rule_trace import Trace, trace
from policies.rules import parse_rules
from policies.selection import policy_named
from policies.types import UNROUTED_TASK_TYPES, Catalogue, CellMean, Decision, Weights
from policies.weights import parse_weights
from tasks.cascades import KEPT
from tasks.foreseeing import forecast_each
from tasks.models.price_map import resolve_prices
from tasks.predictors import InForce, credited_in, predictor_file, read_predictor
from tasks.redaction.redactor import MASK
from tasks.redaction.vault import redact
from warehouse.evidence import DecisionFact
from warehouse.home import Home
from warehouse.policy_versions import policy_seen
from warehouse.weights import show_weights

Verdict: TypeAlias = Literal["same", "different", "unknown"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one decision when it was made again.

    `notes` are what differs; why it can't be told, where the verdict is "unknown"; or what to know besides.
    """

    decision_id: str
    verdict: Verdict
    notes: tuple[str, ...] = ()
    decision: Decision | None = None


class NotReplayableError(BadInputError):
    """The warehouse lacks something that a decision rested on."""


class Library:
    """The policy files, weights and predictors that decisions of a warehouse name, each read once.

    Raises `NotReplayableError` for what is not there.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self.catalogue = cache(self._catalogue)
        self.table = cache(self._table)
        self.weights = cache(self._weights)
        self.predictor = cache(self._predictor)

    def _catalogue(self, version: str) -> Catalogue:
        seen = policy_seen(self._home, "catalogue", version)
        if seen is None:
            raise NotReplayableError(f"the warehouse does not have catalogue {version}")
        return replace(resolve_prices(parse_catalogue(seen.text, file=f"catalogue {version}")), version=version)

    def _table(self, version: str, catalogue_version: str) -> RuleTable:
        seen = policy_seen(self._home, "rules", version)
        if seen is None:
            raise NotReplayableError(f"the warehouse does not have rules {version}")
        catalogue = self.catalogue(catalogue_version)
        table = parse_rules(seen.text, file=f"rules {version}", catalogue=catalogue, categories=None)
        return replace(table, version=version)

    def _weights(self, version: str) -> Weights:
        try:
            return parse_weights(show_weights(self._home, version).document)
        except BadInputError as error:
            raise NotReplayableError(f"the warehouse does not have weights {version}") from error

    def predictor_of(self, version: str | None) -> str | None:
        """The name of the predictor that a version of the weights names; None also where those are lost."""
        try:
            return None if version is None else self.weights(version).predictor
        except BadInputError:
            return None

    def _predictor(self, version: str, name: str) -> Predictor:
        try:
            return read_predictor(predictor_file(self._home, version, name), name)
        except BadInputError as error:
            raise NotReplayableError(f"predictor {name} is not there any more: {error.problem}") from error


def replay_all(facts: Sequence[DecisionFact], library: Library) -> tuple[Replayed, ...]:
    """Make each decision again, and say whether it is the same."""
    return tuple(replay(fact, library) for fact in facts)


def replay(fact: DecisionFact, library: Library) -> Replayed:
    """Make one decision again: from its request, state, weights, catalogue and rules as they were recorded."""
    if is_search(fact):
        return Replayed(fact.decision_id, "same", ("a search: its step names the index, no router chose it",))
    if fact.decision.policy == SELF_CONSISTENCY:
        return Replayed(fact.decision_id, "same", ("a further answer: a cascade's check asked the same model again",))
    if (fact.decision.refusal or "").startswith(KEPT):
        return Replayed(fact.decision_id, "same", ("a first answer that was kept: no router was asked",))
    try:
        again = redecide(fact, library)
    except BadInputError as error:
        return Replayed(fact.decision_id, "unknown", (str(error),))
    found = differences(fact.decision, masked(again), with_fallbacks=fact.has_fallbacks)
    if not found:
        return Replayed(fact.decision_id, "same", (), again)
    if is_masked(fact):
        why = "it is stored with secrets masked, and rules may have read what is masked"
        return Replayed(fact.decision_id, "unknown", (why, *found), again)
    return Replayed(fact.decision_id, "different", found, again)


def redecide(fact: DecisionFact, library: Library) -> Decision:
    """Ask the policy again; raises `BadInputError` where the warehouse has not all that it takes."""
    if fact.state is None:
        raise NotReplayableError("it was recorded by a version that did not keep the router's state")
    catalogue = library.catalogue(fact.catalogue_version)
    table, logged = table_of(fact, library) or table_without_rules(catalogue), logged_request(fact)
    if fact.decision.rules_version is not None:
        refuse_hidden(trace(table, logged.request, unknown=logged.unknown))
    version, terms = fact.decision.weights_version, terms_of(fact.state)
    request = replace(logged.request, forecast=forecast_again(fact, library))
    if fact.decision.lambda_ is not None:
        terms = replace(terms, multiplier=fact.decision.lambda_, dither=0.0)  # its own, which is beside the chunk's
    (decision,) = policy_named(fact.decision.policy, table=table, terms=terms).decide(
        [request],
        catalogue,
        weights=None if version is None else library.weights(version),
        state=routing_state_of(fact.state),
    )
    return decision


def forecast_again(fact: DecisionFact, library: Library) -> Forecast | None:
    """What the predictor that a decision names makes of its text now; one that could not be used then is not asked.

    Raises `NotReplayableError` where the predictor's file or the text is not there.
    """
    forecast, version = fact.forecast, fact.decision.weights_version
    if forecast is None or version is None:
        return forecast
    if forecast.is_unusable:
        return forecast
    if fact.text is None:
        raise NotReplayableError(f"predictor {forecast.predictor} read its text, which is not stored")
    predictor, credited = library.predictor(version, forecast.predictor), credited_in(library.weights(version))
    in_force = InForce(forecast.predictor, predictor, credited=credited)
    (again,) = forecast_each([logged_request(fact).request], in_force)
    return again


def trace_of(fact: DecisionFact, library: Library) -> Trace | None:
    """The rules that a decision tried; None where it went by none, or where the warehouse does not have them."""
    try:
        table = table_of(fact, library)
    except BadInputError:
        return None
    logged = logged_request(fact)
    return None if table is None else trace(table, logged.request, unknown=logged.unknown)


def learned_of(fact: DecisionFact, library: Library) -> Mapping[str, CellMean]:
    """What the weights knew of the request's task type, by model; nothing where there were none, or they are lost."""
    version = fact.decision.weights_version
    try:
        return {} if version is None else library.weights(version).cells_of(fact.task_type)
    except BadInputError:
        return {}


def refuse_hidden(told: Trace) -> None:
    """Raise where what is not stored of the request could have decided."""
    if told.winner is None:
        last = told.tried[-1]
        raise NotReplayableError(f"rule {last.rule} may match: {last.why}")


def table_of(fact: DecisionFact, library: Library) -> RuleTable | None:
    """The rules that a decision was made under; None where it went by none."""
    version = fact.decision.rules_version
    return None if version is None else library.table(version, fact.catalogue_version)


def table_without_rules(catalogue: Catalogue) -> RuleTable:
    """What a policy that goes by no rules is named with: it knows the models."""
    default = Rule(DEFAULT, Match(), Outcome(None, "performance"), 1)
    return RuleTable((default,), "none", "no rules", frozenset(m.name for m in catalogue.models), catalogue.file)


def logged_request(fact: DecisionFact) -> LoggedRequest:
    """The request of a decision."""
    return request_of(
        fact.features,
        call_id=fact.decision.call_id,
        item_id=fact.item_id,
        step=fact.step,
        task_type=fact.task_type,
        text=fact.text,
    )


def is_search(fact: DecisionFact) -> bool:
    """Whether no router was asked: a retrieve step's index is the job's own."""
    return fact.task_type in UNROUTED_TASK_TYPES


def is_masked(fact: DecisionFact) -> bool:
    """Whether the stored text, or what else is stored of the request, is not what was routed."""
    if any(MASK in str(value) for value in fact.features.values()):
        return True
    return fact.text is not None and (MASK in fact.text or len(fact.text) != fact.features.get("n_characters"))


def masked(decision: Decision) -> Decision:
    """A decision as the ledger would have it."""
    candidates = tuple(replace(c, model=redact(c.model), reason=redact(c.reason)) for c in decision.candidates)
    refusal = None if decision.refusal is None else redact(decision.refusal)
    return replace(decision, candidates=candidates, refusal=refusal)
