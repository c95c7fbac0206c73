"""Amounts of money as a file may write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def require_amount(value: object) -> object:
    """A number, or one in quotes; neither `true`, which Python counts as 1, nor `1_000`, which its Decimal reads."""
    if isinstance(value, bool) or (isinstance(value, str) and not PLAIN.fullmatch(value)):
        raise ValueError("must be a decimal number")
    return value


# Not strict: a YAML number is a float, which pydantic reads by its shortest spelling, so 0.1 stays 0.1.
Amount = Annotated[Decimal, BeforeValidator(require_amount), Field(strict=False, allow_inf_nan=False)]
