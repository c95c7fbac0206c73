"""Where providers' regions are: the area whose law is kept by data that stays in one."""

from __future__ import annotations

import re
from functools import lru_cache

# By the lists of AWS, Google Cloud and Azure (2026). The first that matches holds: London and Zurich are not in the EU.
_AREAS = tuple(
    (area, re.compile(pattern))
    for area, pattern in (
        ("uk", r"uk|gb|eu-west-2|europe-west2|uk[a-z]+[0-9]*"),
        ("ch", r"ch|eu-central-2|europe-west6|switzerland[a-z]*"),
        ("no", r"norway[a-z]*"),
        ("eu", r"eu|europe|eu-[a-z0-9-]+|eusc-[a-z0-9-]+|europe-[a-z0-9-]+|(west|north)europe"),
        ("eu", r"(austria|belgium|denmark|finland|france|germany|greece|italy|poland|spain|sweden)[a-z]*[0-9]*"),
        ("us", r"us|usa|us-[a-z0-9-]+|us(gov|dod|sec|nat)[a-z]*[0-9]*"),
        ("us", r"((north|south|west)?central|east|west|north|south)us[0-9]*(stage|euap)?"),
        ("ca", r"ca|ca-[a-z0-9-]+|canada[a-z]*|northamerica-northeast[0-9]+"),
    )
)


@lru_cache(maxsize=4096)
def areas_of(region: str) -> frozenset[str]:
    """A region (in small letters) and the area that it lies in: `eu`, `uk`, `ch`, `no`, `us` or `ca`.

    Of a region whose area is not known only its name is returned.
    """
    area = next((area for area, pattern in _AREAS if pattern.fullmatch(region)), None)
    return frozenset({region} if area is None else {region, area})
