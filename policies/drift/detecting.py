"""Where the mean of a stream of outcomes changed, found online by an adaptive window.

ADWIN (Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007), as in the library
river: of a window of the latest values, the older part is dropped as soon as its mean differs from the newer part's by
more than chance allows. It takes values in [0, 1]; what has no upper end is brought there by x / (x + m), with m the
median of the first values, which keeps the order and counts a doubling alike wherever it happens. The window tells that
there was a change, and least squares when.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# The chance of a false alarm that ADWIN is allowed; its bounds are wide, and it gives far fewer (`make bench-drift`).
DELTA = 0.01
N_REFERENCE = 200  # values that the median is of


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of a stream's mean, from `before` (of `n_before` values) to `after`.

    `place` is the value's number at which it was detected, `since` that of the first value that counts as after it.
    """

    place: int
    since: int
    before: float
    after: float
    n_before: int

    @property
    def n_after(self) -> int:
        """The values from the change to its detection."""
        return self.place - self.since + 1


def find_shifts(values: npt.NDArray[np.float64], *, is_share: bool, delta: float = DELTA) -> tuple[Shift, ...]:
    """Every change of the mean of some values in their order, (n,), oldest first; none of them NaN.

    `is_share` says that they lie in [0, 1]; others are 0 or more. What the window drops besides of what was before a
    change that is told already is told no more.
    """
    told: list[Shift] = []
    seen = values if is_share else bounded(values)
    for place, width in cuts(seen, delta):
        start = told[-1].since if told else 0
        if told and place - width < told[-1].place:
            continue
        since = start + split_of(seen[start : place + 1])
        before, after = values[start:since], values[since : place + 1]
        told.append(Shift(place, since, float(before.mean()), float(after.mean()), len(before)))
    return tuple(told)


def split_of(values: npt.NDArray[np.float64]) -> int:
    """Where two means fit some values best, by least squares: the number of the first that has the second mean.

    The maximum of k(n - k)/n · (mean of the first k less that of the others)², the estimate of a single change of a
    mean (Hinkley, "Inference about the change-point in a sequence of random variables", Biometrika 57, 1970).
    """
    n = len(values)
    k = np.arange(1, n)
    sums = np.cumsum(values)[:-1]
    gap = sums / k - (values.sum() - sums) / (n - k)
    return int(np.argmax(k * (n - k) / n * gap**2)) + 1


def cuts(values: npt.NDArray[np.float64], delta: float) -> Iterator[tuple[int, int]]:
    """At which values the window was cut, and how wide it was then."""
    from river.drift import ADWIN  # here: it takes seconds to import

    window = ADWIN(delta=delta)  # type: ignore[no-untyped-call]  # river has no types
    for place, value in enumerate(values.tolist()):
        window.update(value)  # type: ignore[no-untyped-call]  # as above
        if window.drift_detected:
            yield place, min(int(window.width), place)


def bounded(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values of 0 or more in [0, 1), by their ratio to the median of the first."""
    scale = float(np.median(values[:N_REFERENCE])) if len(values) else 0.0
    if scale <= 0:
        return np.asarray(values > 0, dtype=np.float64)
    return np.asarray(values / (values + scale), dtype=np.float64)
