"""The way of one call through the models: which one is asked now, why, and which have been given up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from policies.cascade.terms import CascadeView
from policies.eligibility import UNAVAILABLE
from policies.types import Decision
from tasks.accounts import Route, worst_case_usd
from tasks.attempts import Patience
from tasks.cascades import ESCALATED, KEPT, Answer, Failing, Sampling, judge_answer, scores_of, taken
from tasks.desk import Desk
from tasks.gates import OutOfServiceError
from tasks.health import NOT_SOON_S
from tasks.history import History
from tasks.identifiers import decision_id_of
from tasks.planned import PlannedCall
from tasks.scorers.sample import Verdict
from tasks.self_consistency import is_measured
from tasks.traffic import Outage
from warehouse.records import Record

OUT_OF_SERVICE = "out_of_service"
UNUSABLE = "unusable_answer"
TOO_DEAR = "too_dear"  # its worst case does not fit what is left of the budget


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision that the call acts upon; one that `is_patient` waits until its model is back in health.

    `record` is the decision as a fact, None where it is on record: the first, made when the call was routed.
    """

    decision: Decision
    number: int = 0
    record: Record | None = None
    is_patient: bool = False
    fallback_from: str | None = None
    fallback_cause: str | None = None


@dataclass
class Tries:
    """The attempts at one model: how many were made, and which deployments failed."""

    n_made: int
    failed_at: set[str] = field(default_factory=set)


class Trip:
    """One call's way; `failures` are the whole reasons, by model, `out` the same as the ledger may have them.

    `kept` is the last answer that a cascade's check did not pass: what the call ends with if nothing better comes.
    """

    def __init__(self, call: PlannedCall, desk: Desk, history: History) -> None:
        self.call, self.desk, self.history = call, desk, history
        self.deadline_at_s = desk.clock_s() + call.limits.deadline_s
        self.choice = Choice(call.decision)
        self.failures: dict[str, str] = {}
        self.kept: Answer | None = None
        self._out: dict[str, str] = {}
        self._tries: dict[str, Tries] = {}
        self._n_fallbacks = 0
        self._n_probes = 0
        self._known = {past.intent.decision_id for past in history.attempts}

    def tries_of(self, model: str) -> Tries:
        """The attempts at a model, with those that a process before this one made."""
        if model not in self._tries:
            past = self.history.of(model)
            self._tries[model] = Tries(len(past), {one.intent.deployment for one in past})
        return self._tries[model]

    def patience(self, tries: Tries) -> Patience:
        """How the next attempt waits for its turn."""
        return Patience(self.deadline_at_s, self.choice.is_patient, frozenset(tries.failed_at))

    def route(self, model: str) -> Route:
        """Where the next attempt goes; one that goes on with a model goes by the decision of the attempt before."""
        choice, past = self.choice, self.history.of(model)
        if past:
            return Route(model, past[-1].intent.decision_id, choice.fallback_from, choice.fallback_cause)
        decision_id = decision_id_of(self.call.request.call_id, choice.number)
        return Route(model, decision_id, choice.fallback_from, choice.fallback_cause, choice.record)

    def give_up(self, model: str, told: str, *, kept: str) -> None:
        """Ask a model no more, with what it told and what the ledger may have of that."""
        self.failures[model], self._out[model] = told, kept

    def go_on(self, left: str, cause: str) -> bool:
        """Go on to the model that comes after the one that was given up, if another fallback is allowed."""
        if self._n_fallbacks >= self.call.limits.fallbacks:
            return False
        if self.desk.clock_s() >= self.deadline_at_s:
            self.failures["deadline"] = f"{self.call.limits.deadline_s:g} s are over"
            return False
        view = taken(self.choice.decision)
        if cause == UNUSABLE and view is not None and view.first == left:  # no check passes it: on to the second model
            decision, is_patient = self._decide_next(left), False
        else:
            decision, is_patient = self._decide()
        self._n_fallbacks += 1
        return self._take(decision, is_patient, left=left, cause=cause)

    def economise(self, model: str, told: str) -> bool:
        """Go on to a model whose worst case fits what is left of the money, where that of the one decided does not.

        Not where a price is unknown: then there is nothing to compare; nor to one that would have to be waited for.
        """
        if self._n_fallbacks >= self.call.limits.fallbacks or self._worst_usd(model) is None:
            return False
        self.give_up(model, told, kept=told)
        decision, is_patient = self._decide()
        if decision.model is None or is_patient or not self.desk.budget.may_fit(self._worst_usd(decision.model)):
            return False
        self._n_fallbacks += 1
        return self._take(decision, is_patient, left=model, cause=TOO_DEAR)

    def go_round(self, model: str, error: OutOfServiceError) -> bool:
        """Go on to another model than one that is out of service, or wait for the first that is back."""
        self.failures[model] = str(error)
        if self.choice.is_patient and self._has_waited_enough(model):
            return False
        is_over = self.choice.is_patient or any(tries.n_made for tries in self._tries.values())
        if is_over and self._is_late(error.back_at_s if self.choice.is_patient else -math.inf):
            return False
        if self._n_fallbacks < self.call.limits.fallbacks:
            decision, is_patient = self._decide()
            if decision.model != model:
                self._n_fallbacks += 1
                return self._take(decision, is_patient, left=model, cause=OUT_OF_SERVICE)
        self.choice = replace(self.choice, is_patient=True)
        return not self._is_late(error.back_at_s)

    def sampling(self, answer: Answer) -> Sampling | None:
        """How the model of an answer is asked again: for a cascade that goes by that, or to learn what it is worth."""
        check, is_first = self.call.check, self.choice.decision is self.call.decision
        sampling = None if check is None else check.sampling
        if sampling is None or self.view_for(answer) is not None:
            return sampling
        return sampling if is_first and taken(self.call.decision) is None and is_measured(self.call, sampling) else None

    def view_for(self, answer: Answer) -> CascadeView | None:
        """The cascade whose check an answer is put to; None where it is kept whatever it is."""
        view = taken(self.choice.decision)
        return view if view is not None and answer.intent.model == view.first else None

    def check(self, answer: Answer, agreed: Verdict | None) -> Failing | None:
        """Whether an answer of a cascade's first model fails its check; None where it is to be kept."""
        view, check = self.view_for(answer), self.call.check
        return None if view is None or check is None else judge_answer(answer, view, check, agreed)

    async def escalate(self, answer: Answer, failing: Failing) -> bool:
        """Give an answer up for that of the cascade's next model; False where that can't be asked, and it is kept.

        What the scorers said of it is durable first. Where the next model is out of service, another one may be asked.
        """
        self.kept, model = answer, answer.intent.model
        desk = self.desk
        scores = scores_of(answer, failing.judgements, keep_text=desk.keep_text, scored_at=desk.now())
        await desk.ledger.append(*scores)
        self.give_up(model, failing.reason, kept=failing.reason)
        if desk.clock_s() >= self.deadline_at_s:
            await self.keep(f"{self.call.limits.deadline_s:g} s are over")
            return False
        if not self._take(self._decide_next(model), False, left=model, cause=ESCALATED):
            await self.record_refusal()
            return False
        return True

    async def keep(self, why: str) -> None:
        """Make durable that an escalation was not made, and why."""
        refused = replace(self.choice.decision, model=None, fallbacks=(), refusal=KEPT + why, cascade=None)
        self._take(refused, False, left=None, cause=None)
        await self.record_refusal()

    def _decide_next(self, model: str) -> Decision:
        """The decision for the cascade's next model; if its health does not allow it, for whatever may serve."""
        view = taken(self.choice.decision)
        second = view.second if view is not None else None
        outages = self.desk.traffic.outages(
            self.desk.catalogue, deadline_at_s=self.deadline_at_s, request=self.call.request
        )
        if second is None or second in outages:
            return self._redecide(outages)
        why = f"the cascade goes on from {model} to {second}"
        others = {one.name: why for one in self.desk.catalogue.models if one.name not in (second, *self._out)}
        return self.desk.redecide(self.call.request, {**others, **self._out})

    def reconsider(self) -> bool:
        """Decide anew what was refused when the call was routed, if health was among the reasons then."""
        refused = self.choice.decision
        if not any(one.reason.startswith(UNAVAILABLE) for one in refused.candidates):
            return False
        decision, is_patient = self._decide()
        return decision.model is not None and self._take(decision, is_patient, left=None, cause=None)

    async def record_refusal(self) -> None:
        """Make the router's refusal to go on durable, where it is not on record from when the call was routed."""
        if self.choice.decision.model is None and self.choice.record is not None:
            await self.desk.ledger.append(self.choice.record)

    def reason(self) -> str:
        """Why the call failed, in one line: each model's error, or else the router's refusal."""
        reasons = [f"{model}: {error}" for model, error in self.failures.items()]
        return "; ".join(reasons) or self.choice.decision.refusal or "no model is eligible"

    def _take(self, decision: Decision, is_patient: bool, *, left: str | None, cause: str | None) -> bool:
        """Act upon a decision from now on; False where it is a refusal."""
        request, number = self.call.request, self.choice.number + 1
        while decision_id_of(request.call_id, number) in self._known:
            number += 1
        record = self.desk.record_decision(request, decision, number)
        self.choice = Choice(decision, number, record, is_patient, left, cause)
        return decision.model is not None

    def _decide(self) -> tuple[Decision, bool]:
        """The router's next decision, the last that it made, and whether its model has to be waited for.

        Models that are out of service are left out; where nothing else may serve, the one that is back first counts.
        """
        outages = self.desk.traffic.outages(
            self.desk.catalogue, deadline_at_s=self.deadline_at_s, request=self.call.request
        )
        decision = self._redecide(outages)
        if decision.model is not None:
            return decision, False
        for name in sorted(outages, key=lambda name: outages[name].back_at_s):
            decision = self._redecide({other: outage for other, outage in outages.items() if other != name})
            if decision.model == name:
                if not self._is_late(outages[name].back_at_s):
                    return decision, True
                self.failures.setdefault(name, outages[name].reason)
        return self._redecide(outages), False

    def _worst_usd(self, model: str) -> Decimal | None:
        return worst_case_usd(self.desk.catalogue[model], self.call)

    def _has_waited_enough(self, model: str) -> bool:
        """Whether as many probes have failed while the call waited as it would stand; told with the failures."""
        self._n_probes += 1
        is_enough = self.call.limits.max_probes is not None and self._n_probes >= self.call.limits.max_probes
        if is_enough:
            self.failures[model] += f"; {self._n_probes} probes failed while the call waited"
        return is_enough

    def _redecide(self, outages: Mapping[str, Outage]) -> Decision:
        reasons = {name: outage.reason for name, outage in outages.items()}
        return self.desk.redecide(self.call.request, {**reasons, **self._out})

    def _is_late(self, back_at_s: float) -> bool:
        """Whether the deadline comes first; told with the failures."""
        is_late = self.desk.clock_s() >= self.deadline_at_s or self.deadline_at_s < back_at_s < math.inf
        if is_late and back_at_s < NOT_SOON_S:
            self.failures["deadline"] = f"{self.call.limits.deadline_s:g} s do not suffice to wait for it"
        return is_late
