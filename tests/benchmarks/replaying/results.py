"""What the benchmark measured, as rows of one JSON object; a figure is judged only where it has a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.evaluation.spread import Spread, spread_of


@dataclass(frozen=True, slots=True)
class Result:
    """One figure over splits; `bar` None: it is shown, and neither passed nor failed. `is_floor`: not to fall below."""

    name: str
    values: tuple[float | None, ...]
    bar: float | None = None
    is_floor: bool = True
    is_least: bool = False  # the worst split is judged, in place of the mean

    @property
    def spread(self) -> Spread:
        return spread_of(self.values)

    @property
    def value(self) -> float | None:
        """What is judged."""
        known = [value for value in self.values if value is not None]
        if not known:
            return None
        if self.is_least:
            return min(known) if self.is_floor else max(known)
        return self.spread.mean

    @property
    def ok(self) -> bool:
        """Whether no bar fails: True without one. A figure that could not be measured does not hold its bar."""
        if self.bar is None:
            return True
        if self.value is None:
            return False
        return self.value >= self.bar if self.is_floor else self.value <= self.bar

    def row(self) -> dict[str, str | float | bool | None]:
        """As the JSON line has it."""
        value, sd = (None if one is None else round(one, 6) for one in (self.value, self.spread.sd))
        return {"name": self.name, "value": value, "sd": sd, "bar": self.bar, "ok": self.ok}


def differences(values: Sequence[float | None], others: Sequence[float | None]) -> tuple[float | None, ...]:
    """Split by split, one figure less another; None where either is."""
    pairs = zip(values, others, strict=True)
    return tuple(None if a is None or b is None else a - b for a, b in pairs)
