"""By which check a step's cascades go."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

SELF_CONSISTENCY = "self_consistency"  # the check whether a model, asked again, answers alike


@dataclass(frozen=True, slots=True)
class CascadeTerms:
    """`check` is the scorer whose score of an answer decides whether it is kept: at `threshold` or above (None:
    learned).

    `is_only_check` says that the step has no other scorer, so that the score is the answer's quality as long as nobody
    else judges it. Where not `is_asked`, the step names no check, and only the policy `cascade` makes use of this one.

    `samples` is how many further answers of the same model the check asks for, 0 where it judges the answer itself.
    `measured` in [0, 1] is the share of the answers of models alone that are put to such a check too, only to learn
    what it is worth.
    """

    check: str
    threshold: float | None = None
    is_only_check: bool = False
    is_asked: bool = True
    samples: int = 0
    measured: float = 0.0

    @property
    def overhead(self) -> float:
        """How many further answers of a model alone are asked for on average, where a dearer one could be asked."""
        return self.measured * self.samples


@dataclass(frozen=True, slots=True)
class CascadeView:
    """A cascade as a decision saw it: taken, or the one that came nearest with the `reason` why it was not ("" if
    taken).

    `pass_rate` is the share of `first`'s answers that is expected to be kept, `quality` and `cost_usd` (USD) what is
    expected of the answers in the end and of all that is sent; `utility` is at the decision's λ. An answer is kept
    where the check gives `threshold` or more. `learned_from` are the answers whose check scores the rates rest on.
    Where no cascade could be weighed at all, only check and reason are known.
    """

    check: str
    is_taken: bool
    reason: str = ""
    first: str | None = None
    second: str | None = None
    threshold: float | None = None
    pass_rate: float | None = None
    quality: float | None = None
    cost_usd: Decimal | None = None
    latency_s: float | None = None
    utility: float | None = None
    learned_from: int = 0
