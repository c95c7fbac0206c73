"""Which models can't be called because the variable that holds their key is not set."""

from __future__ import annotations

import os
from collections.abc import Mapping

from policies.types import Catalogue, Deployment
from tasks.redaction.vault import learn_secrets


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


def learn_keys(catalogue: Catalogue) -> None:
    """Have the values of the keys that the catalogue names masked in whatever is stored, logged or shown."""
    names = {deployment.api_key_env for model in catalogue.models for deployment in model.deployments}
    learn_secrets(*(value for name in filter(None, names) if (value := os.environ.get(name))))
