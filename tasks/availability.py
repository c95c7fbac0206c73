"""Which models can't be called here, and why: keys that are not set, weights that are not there."""

from __future__ import annotations

from collections.abc import Mapping

from policies.types import Catalogue, Model
from tasks.keys import missing_keys
from tasks.models.inventory import PREFIX, weights_of
from tasks.models.weights_store import is_present


def unavailable_models(catalogue: Catalogue) -> Mapping[str, str]:
    """The models that the router must leave out, each with what would bring it back."""
    return {**missing_weights(catalogue), **missing_keys(catalogue)}


def missing_weights(catalogue: Catalogue) -> Mapping[str, str]:
    """The embedded models whose weights are not in the cache."""
    reason = "its weights are not here: `pointsman models pull` fetches them"
    return {model.name: reason for model in catalogue.models if lacks_weights(model)}


def lacks_weights(model: Model) -> bool:
    """Whether every deployment is an embedded model of which some weight file is missing."""
    names = [deployment.litellm_model for deployment in model.deployments]
    return all(name.startswith(PREFIX) and lacks_file(name.removeprefix(PREFIX)) for name in names)


def lacks_file(embedded: str) -> bool:
    """Whether some file of an embedded model is missing."""
    return not all(is_present(weight) for weight in weights_of(embedded))
