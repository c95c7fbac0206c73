"""A straight line through predicted and real quality, used only if held-out squared error (Brier) is better with it.

The same line for all models, rising: it never changes which model is thought best. Brier, Monthly Weather Review 78
(1950); linear recalibration: Mincer & Zarnowitz, "The evaluation of economic forecasts" (1969).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policies.predictor.observations import Flags, Floats

LEAST_GAIN_SE = 2.0
MIN_SLOPE = 0.1


@dataclass(frozen=True, slots=True)
class Calibration:
    """quality = intercept + slope · predicted, within [0, 1]."""

    intercept: float = 0.0
    slope: float = 1.0

    def apply(self, quality: Floats) -> Floats:
        """Calibrated quality."""
        return np.clip(self.intercept + self.slope * quality, 0, 1)


def fit_calibration(predicted: Floats, quality: Floats, weights: Floats) -> Calibration:
    """From held-out predictions (n, m) and what came (NaN unknown); the identity where the line does not help."""
    known = ~np.isnan(quality)
    even = np.broadcast_to(np.arange(len(quality))[:, None] % 2 == 0, quality.shape)
    w = np.broadcast_to(weights[:, None], quality.shape)
    gains = []
    for fold in (even, ~even):
        line = fit_line(predicted, quality, w, known & ~fold)
        held = known & fold
        before = (quality[held] - np.clip(predicted[held], 0, 1)) ** 2
        gains.append(w[held] * (before - (quality[held] - line.apply(predicted[held])) ** 2))
    gain = np.concatenate(gains)
    if not len(gain) or gain.mean() <= LEAST_GAIN_SE * gain.std() / np.sqrt(len(gain)):
        return Calibration()
    return fit_line(predicted, quality, w, known)


def fit_line(predicted: Floats, quality: Floats, weights: Floats, rows: Flags) -> Calibration:
    """Weighted least squares; the identity where there is no spread or the line does not rise."""
    if rows.sum() < 2:
        return Calibration()
    x, y, w = predicted[rows], quality[rows], weights[rows]
    x_mean, y_mean = np.average(x, weights=w), np.average(y, weights=w)
    spread = float((w * (x - x_mean) ** 2).sum())
    if spread < 1e-9:
        return Calibration()
    slope = float((w * (x - x_mean) * (y - y_mean)).sum()) / spread
    return Calibration(float(y_mean - slope * x_mean), slope) if slope > MIN_SLOPE else Calibration()
