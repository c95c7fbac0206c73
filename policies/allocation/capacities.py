"""How many calls each model can take, and whether all requests find room."""

from __future__ import annotations

import math

import numpy as np

from policies.allocation.arrays import Flags, Integers


def capacity_of(rpm: float, *, deadline_s: float) -> int:
    """How many calls a model of `rpm` requests per minute can begin within `deadline_s` seconds."""
    return math.floor(rpm * deadline_s / 60)


def count_servable(eligible: Flags, capacity: Integers) -> int:
    """How many requests find room at most: the maximum flow from requests, alike where the same models may serve, to
    models. `eligible` is (requests, models)."""
    from scipy.sparse import csr_array  # takes 0.2 s to import, which few need
    from scipy.sparse.csgraph import maximum_flow

    if eligible.all():
        return int(min(len(eligible), capacity.sum()))
    packed = np.packbits(eligible, axis=1)
    _, first, members = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_index=True, return_counts=True)
    kinds = eligible[first]
    n_kinds, n_models = kinds.shape
    source, sink = n_kinds + n_models, n_kinds + n_models + 1
    kind, model = np.nonzero(kinds)
    tails = np.concatenate([np.full(n_kinds, source), kind, n_kinds + np.arange(n_models)])
    heads = np.concatenate([np.arange(n_kinds), n_kinds + model, np.full(n_models, sink)])
    room = np.minimum(capacity, len(eligible))
    flows = np.concatenate([members, members[kind], room]).astype(np.int32)
    network = csr_array((flows, (tails, heads)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(network, source, sink).flow_value)
