"""What was published of the weights: which version is live, and every version that there was."""

from __future__ import annotations

from collections.abc import Sequence

from policies.errors import BadInputError
from warehouse.evidence import read_facts
from warehouse.home import Home
from warehouse.records import WeightsChanged


def live_weights(home: Home) -> tuple[str, str] | None:
    """The version and the document of the live weights; None where nothing was promoted, or published, yet."""
    live = live_of(list_weights(home))
    return None if live is None else (live.weights_version, live.document)


def list_weights(home: Home) -> tuple[WeightsChanged, ...]:
    """Every version with its latest status, the latest change first; nothing where nothing was published yet."""
    if not home.published.exists():
        return ()
    return read_facts(home, "weights_versions", {}, WeightsChanged)


def show_weights(home: Home, version: str) -> WeightsChanged:
    """One version; raises `BadInputError` for one that is not there."""
    return version_of(list_weights(home), version)


def live_of(versions: Sequence[WeightsChanged]) -> WeightsChanged | None:
    """The live version among those that `list_weights` gave: of several the one promoted last, so that one is."""
    return next((version for version in versions if version.status == "live"), None)


def version_of(versions: Sequence[WeightsChanged], name: str) -> WeightsChanged:
    """A version by its name; raises `BadInputError` for one that is not there."""
    for version in versions:
        if version.weights_version == name:
            return version
    known = ", ".join(version.weights_version for version in versions[:5]) or "none yet"
    raise BadInputError(f"there is no such version; the latest are {known}", field="version", value=name)
