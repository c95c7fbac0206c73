"""Which models can't be called because the variable that holds their key is not set."""

from __future__ import annotations

import os
from collections.abc import Mapping

from policies.types import Catalogue, Deployment


def has_key(deployment: Deployment) -> bool:
    """Whether the variable that holds the deployment's key is set, or it needs none."""
    return deployment.api_key_env is None or bool(os.environ.get(deployment.api_key_env))


def missing_keys(catalogue: Catalogue) -> Mapping[str, str]:
    """The models none of whose deployments has its key, each with the variables that it would need."""
    lacking = {
        model.name: [d.api_key_env for d in model.deployments if d.api_key_env and not has_key(d)]
        for model in catalogue.models
    }
    return {
        model.name: f"{' or '.join(dict.fromkeys(lacking[model.name]))} is not set"
        for model in catalogue.models
        if len(lacking[model.name]) == len(model.deployments)
    }


def secrets_of(catalogue: Catalogue) -> tuple[str, ...]:
    """The values of the keys that the catalogue names, for masking them in whatever is stored."""
    names = {deployment.api_key_env for model in catalogue.models for deployment in model.deployments}
    return tuple(value for name in sorted(filter(None, names)) if (value := os.environ.get(name)))
