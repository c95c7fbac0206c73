"""Whether the output's number is an accepted one, within a tolerance."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from tasks.scorers.sample import Sample, Verdict

MAX_TEXT = 20_000
MAX_EXPONENT = 300  # beyond it, floats end too
# Commas stand between groups of three digits, a dot before decimals. Parts of names, of versions such as 3.12.1 and of
# longer numbers are none, and the - of 10-12 is no sign.
NUMBER = re.compile(
    r"(?:(?<![\w.])[-+])?(?<!\w)(?<!\w\.)(?<!\d,)"
    r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,4})?(?!\d|\.\d|,\d{3})",
    re.ASCII,
)


def numeric(sample: Sample) -> Verdict | None:
    """1 where the output's last number (or first, by `take`) is an accepted one within the tolerance, else 0.

    |number - accepted| may be at most `absolute_tolerance`, or `tolerance` times |accepted|, whichever is more; without
    either they must be equal. A per cent sign and units are not read: `50 %` is 50. No number scores 0.
    """
    accepted = [number for text in sample.texts_at(sample.spec.reference) for number in list(numbers_of(text))[:1]]
    if not accepted:
        return None
    found = list(numbers_of(sample.text))
    if not found:
        return Verdict(0.0, "no number")
    number = found[0] if sample.spec.take == "first" else found[-1]
    relative, absolute = (Decimal(str(bound or 0)) for bound in (sample.spec.tolerance, sample.spec.absolute_tolerance))
    nearest = min(accepted, key=lambda one: abs(number - one) - max(absolute, relative * abs(one)))
    is_near = abs(number - nearest) <= max(absolute, relative * abs(nearest))
    return Verdict(float(is_near), f"{number:.9g} {'is near' if is_near else 'is not near'} {nearest:.9g}")


def numbers_of(text: str) -> Iterator[Decimal]:
    """The numbers of a text in their order, exactly as written."""
    for found in NUMBER.finditer(unicodedata.normalize("NFKC", text[:MAX_TEXT]).replace("−", "-")):
        number = Decimal(found[0].replace(",", ""))
        if number == 0 or abs(number.adjusted()) <= MAX_EXPONENT:
            yield number
