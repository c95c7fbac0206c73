"""How far predicted qualities can be taken at their word."""

from __future__ import annotations

import numpy as np

from policies.evaluation.outcomes import Floats

N_BINS = 10


def expected_calibration_error(predicted: Floats, actual: Floats, *, n_bins: int = N_BINS) -> float:
    """ECE: |mean prediction - mean outcome| per bin of equal width, weighted by the bins' sizes; in [0, 1].

    Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015; a score between 0 and 1
    counts as what it is. Predictions beyond [0, 1] are taken to its ends. Arrays of one shape, not empty.
    """
    clipped, outcome = np.clip(predicted.ravel(), 0, 1), actual.ravel()
    bins = np.minimum((clipped * n_bins).astype(np.intp), n_bins - 1)
    gaps = np.bincount(bins, weights=clipped - outcome, minlength=n_bins)
    return float(np.abs(gaps).sum() / clipped.size)


def brier_score(predicted: Floats, actual: Floats) -> float:
    """The mean squared error of predictions, taken to the ends of [0, 1] where they are beyond; in [0, 1].

    Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).
    """
    return float(np.mean((np.clip(predicted, 0, 1) - actual) ** 2))
