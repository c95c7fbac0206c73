"""Counting what an import writes, while it writes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from tasks.imports.names import Names
from tasks.imports.outcome import NameUse
from warehouse.records import AttemptImported


@dataclass(slots=True)
class Tally:
    """Sums over imported attempts."""

    n: int = 0
    cost_usd: Decimal = Decimal(0)
    of_unknown_cost: int = 0
    models: Counter[tuple[str, str]] = field(default_factory=Counter)
    task_types: Counter[str] = field(default_factory=Counter)

    def counted(self, attempts: Iterable[AttemptImported]) -> Iterator[AttemptImported]:
        """The same attempts, each counted as it passes."""
        for attempt in attempts:
            self.n += 1
            self.cost_usd += attempt.cost_usd or 0
            self.of_unknown_cost += attempt.cost_usd is None
            self.models[attempt.deployment, attempt.model] += 1
            self.task_types[attempt.task_type] += 1
            yield attempt

    def name_uses(self, names: Names) -> tuple[NameUse, ...]:
        """The models' names as they came and as they were understood, the most frequent first."""
        known = {model.name for model in names.catalogue.models} | set(names.map.models.values())
        return tuple(NameUse(foreign, model, model in known, n) for (foreign, model), n in self.models.most_common())
