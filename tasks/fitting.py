"""Fitting the predictor of texts to the ledger's scored calls, as far as their texts are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from threadpoolctl import threadpool_limits

from policies.errors import BadInputError
from policies.predictor.fitting import fit_predictor
from policies.predictor.observations import Floats, Observations
from policies.predictor.packing import pack_predictor, predictor_name
from policies.types import Catalogue
from tasks.embeddings import embedded
from tasks.run_context import load_catalogue
from tasks.settings import load_settings
from warehouse.home import Home
from warehouse.training import TrainingCall, training_calls

LEAST_CALLS = 200  # with texts: fewer say no more than the means of their task types


@dataclass(frozen=True, slots=True)
class Learned:
    """A packed predictor, or None, and one sentence on what became of it."""

    content: bytes | None
    note: str

    @property
    def name(self) -> str | None:
        """The predictor's name."""
        return None if self.content is None else predictor_name(self.content)


def learn_predictor(facts: Home, *, is_embedded: bool) -> Learned:
    """Fit to what `facts` holds still: the latest scored calls, `warehouse.training.MOST_CALLS` at most.

    What the catalogue in use expects of its models is where each starts from; without one that can be read all start
    alike.
    """
    return fit_calls(training_calls(facts), catalogue_in_use(), is_embedded=is_embedded)


def fit_calls(calls: Sequence[TrainingCall], catalogue: Catalogue | None, *, is_embedded: bool) -> Learned:
    """Fit to scored calls; without texts, or with too few, there is no predictor, as the note says."""
    told = [call for call in calls if call.text is not None]
    share = f"{len(told):,} of the latest {len(calls):,} scored calls have their text stored"
    if len(told) < LEAST_CALLS:
        return Learned(None, f"no predictor of texts: {share}, and it takes {LEAST_CALLS}")
    observations = observations_of(told, priors_of(told, catalogue), is_embedded=is_embedded)
    with threadpool_limits(1):  # the matrices are small: threads would wait for each other
        learned = Learned(pack_predictor(fit_predictor(observations)), "")
    return Learned(learned.content, f"predictor of texts {learned.name}: {share}")


def catalogue_in_use() -> Catalogue | None:
    """The catalogue of the settings; None where it can't be used, which is no reason not to learn."""
    try:
        return load_catalogue(load_settings().catalog_file)
    except BadInputError:
        return None


def priors_of(calls: Sequence[TrainingCall], catalogue: Catalogue | None) -> Mapping[str, float]:
    """What the catalogue expects of each of its models, over the task types as often as they were asked for."""
    if catalogue is None:
        return {}
    return {model.name: fmean(model.prior(call.task_type) for call in calls) for model in catalogue.models}


def observations_of(calls: Sequence[TrainingCall], priors: Mapping[str, float], *, is_embedded: bool) -> Observations:
    """Calls as what the predictor learns from: one row each, of which one model's outcome is known."""
    models = tuple(sorted({call.model for call in calls}))
    column = {name: number for number, name in enumerate(models)}
    texts = tuple(call.text or "" for call in calls)

    def matrix(value_of: Callable[[TrainingCall], float | None]) -> Floats:
        known = np.full((len(calls), len(models)), np.nan)
        for row, call in enumerate(calls):
            value = value_of(call)
            known[row, column[call.model]] = np.nan if value is None else value
        return known

    tokens, latencies = matrix(lambda call: call.output_tokens), matrix(lambda call: call.latency_s)
    return Observations(
        texts=texts,
        task_types=tuple(call.task_type for call in calls),
        models=models,
        quality=matrix(lambda call: call.quality),
        cost_usd=None,  # prices change: what a call costs is its tokens at the catalogue's price
        output_tokens=None if np.isnan(tokens).all() else tokens,
        latency_s=None if np.isnan(latencies).all() else latencies,
        propensity=np.array([call.propensity or 1.0 for call in calls]),
        embedding=embedded(texts) if is_embedded else None,
        prior_quality=priors,
    )
