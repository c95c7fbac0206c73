"""Which model and task type of ours a name of another tool means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from policies.types import Catalogue, Deployment, Model
from tasks.imports.map_file import NameMap

# A dated snapshot, or the moving name, of the model whose name stands before it.
_SNAPSHOT = re.compile(r"[-@:](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|latest|v\d+(?::\d+)?)$")
UNKNOWN_PROVIDER = "unknown"


@dataclass(frozen=True, slots=True)
class MeantModel:
    """The model that a foreign name means; without `is_known` the name itself, as nobody knows better."""

    name: str
    provider: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What foreign names mean: by the user's map first, by the catalogue's LiteLLM names second."""

    catalogue: Catalogue
    map: NameMap
    default_task_type: str

    def task_type(self, labels: Iterable[str], *, hint: str | None = None) -> str:
        """The task type of a call by its names and tags; without one that says it, `hint`, else the default."""
        labels = list(labels)
        mapped = (self.map.task_types[label] for label in labels if label in self.map.task_types)
        named = (label for label in labels if label in self.catalogue.task_types)
        return next(mapped, None) or next(named, None) or hint or self.default_task_type

    def model(self, foreign: str, *, provider: str | None = None, group: str | None = None) -> MeantModel:
        """The model that a name means, with the provider that served it, as far as that is told."""
        prefix, slash, bare = foreign.partition("/")
        provider = provider or (prefix if slash else None)
        spellings = (foreign, f"{provider}/{foreign}", bare if slash else foreign, group)
        for spelling in filter(None, spellings):
            if spelling in self.map.models:
                return MeantModel(self.map.models[spelling], provider or UNKNOWN_PROVIDER, True)
        found = self.deployed(bare if slash else foreign, provider)
        if found is not None:
            model, deployment = found
            return MeantModel(model.name, provider or deployment.provider, True)
        for own in (foreign, group):
            if own in self.catalogue:
                return MeantModel(str(own), provider or UNKNOWN_PROVIDER, True)
        return MeantModel(bare if slash else foreign, provider or UNKNOWN_PROVIDER, False)

    def deployed(self, bare: str, provider: str | None) -> tuple[Model, Deployment] | None:
        """The one model that is deployed under a name, or under the name that it is a snapshot of."""
        for spelling in dict.fromkeys((bare, _SNAPSHOT.sub("", bare))):
            found = [
                (model, deployment)
                for model in self.catalogue.models
                for deployment in model.deployments
                if bare_name(deployment) == spelling and provider in (None, deployment.provider, prefix_of(deployment))
            ]
            if len({model.name for model, _ in found}) == 1:
                return found[0]
        return None


def bare_name(deployment: Deployment) -> str:
    """A deployment's LiteLLM name without its provider."""
    return deployment.litellm_model.partition("/")[2] or deployment.litellm_model


def prefix_of(deployment: Deployment) -> str:
    """The provider in a deployment's LiteLLM name."""
    return deployment.litellm_model.partition("/")[0]
