"""What the latest calls of this process showed of each model, beside what had been predicted of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from statistics import fmean
from threading import Lock
from typing import TypeAlias

from policies.pulse import Pulse, attempted, scored
from policies.types import Candidate, Catalogue, Model, Weights
from tasks.cascades import taken
from tasks.clock import clock_s
from tasks.health import FAULTS
from tasks.routes import Routed
from tasks.traffic import key_of
from warehouse.records import Outcome, Scored

# A model that was not called for so long is taken for what the ledger knows of it: where a step forbids to try it,
# nobody would see that it has recovered.
RECALL_S = 300.0

Key: TypeAlias = tuple[object, ...]


class Pulses:
    """The pulse of each model; shared by the threads of a process, and by catalogues that describe a model alike."""

    def __init__(self, *, clock_s: Callable[[], float] = clock_s) -> None:
        self._clock_s = clock_s
        self._lock = Lock()
        self._pulses: dict[Key, Pulse] = {}
        self._seen_at_s: dict[Key, float] = {}

    def now(self, catalogue: Catalogue) -> Mapping[str, Pulse]:
        """The pulses of the models of a catalogue that were called of late, by their names."""
        with self._lock:
            since_s = self._clock_s() - RECALL_S
            keys = {model.name: key_of(model) for model in catalogue.models}
            return {
                name: self._pulses[key] for name, key in keys.items() if self._seen_at_s.get(key, since_s) > since_s
            }

    def see_attempts(self, routed: Sequence[Routed], outcomes: Iterable[Outcome], *, catalogue: Catalogue) -> None:
        """Learn from attempts: which failed by the model's fault, and how long and dear the others were."""
        known = predictions_of(routed)
        for outcome in outcomes:
            is_failure = outcome.error_type in FAULTS
            if outcome.status != "ok" and not is_failure:
                continue
            seen = None if is_failure else known.get((outcome.intent.call_id, outcome.intent.model))
            update = partial(
                attempted,
                is_failure=is_failure,
                latency_ratio=ratio(outcome.latency_s, seen.p_latency_s if seen else None),
                cost_ratio=ratio(outcome.cost_usd, seen.p_cost_usd if seen else None),
            )
            self._update(catalogue[outcome.intent.model], update)

    def see_scores(
        self, routed: Sequence[Routed], scores: Iterable[Scored], *, catalogue: Catalogue, weights: Weights | None
    ) -> None:
        """Learn from the scores of calls whose quality the ledger predicted; a mere prior is no measure of a drop.

        Nor is a quality that a final score was credited to: there it is the mean of such scores that they are held
        against.
        """
        by_call: dict[str, list[float]] = defaultdict(list)
        for score in scores:
            by_call[score.call_id].append(score.score)
        for one in routed:
            request, model = one.call.request, one.decision.model
            if taken(one.decision) is not None:  # only what passed its check is scored as the first model's
                continue
            cell = None if model is None or weights is None else weights.cell(request.task_type, model)
            if model is None or cell is None:
                continue
            predicted = next(c.p_quality for c in one.decision.candidates if c.model == model)
            if cell.credit:
                predicted = cell.own_quality
            if request.call_id in by_call and predicted is not None:
                surprise = fmean(by_call[request.call_id]) - predicted
                self._update(catalogue[model], partial(scored, task_type=request.task_type, surprise=surprise))

    def _update(self, model: Model, update: Callable[[Pulse], Pulse]) -> None:
        with self._lock:
            key, now_s = key_of(model), self._clock_s()
            is_recalled = self._seen_at_s.get(key, -math.inf) > now_s - RECALL_S
            self._pulses[key] = update(self._pulses[key] if is_recalled else Pulse())
            self._seen_at_s[key] = now_s


def predictions_of(routed: Sequence[Routed]) -> Mapping[tuple[str, str], Candidate]:
    """What was predicted of each call on each model."""
    return {(one.call.request.call_id, c.model): c for one in routed for c in one.decision.candidates}


def ratio(observed: float | Decimal | None, predicted: float | Decimal | None) -> float | None:
    """Observed over predicted; None where one is unknown, or there is nothing to divide by."""
    return float(observed) / float(predicted) if observed is not None and predicted else None


@lru_cache(maxsize=1)
def process_pulses() -> Pulses:
    """The pulses that all runs of this process share."""
    return Pulses()
