"""The routers that can be evaluated: ours by name, any other as `package.module:name`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence

from policies.errors import BadInputError
from policies.evaluation.router import Router
from policies.evaluation.task_means import TaskMeansRouter
from tasks.evaluation.guarded import GuardedRouter
from tasks.evaluation.predicting import PredictorRouter

BUILT_IN: Mapping[str, Callable[[], Router]] = {"predictor": PredictorRouter, "task-means": TaskMeansRouter}


def routers_named(names: Sequence[str]) -> tuple[Router, ...]:
    """The routers, in the order of their names; raises `BadInputError` for a name of none, or one that comes twice."""
    routers = tuple(router_named(name) for name in names or BUILT_IN)
    for position, router in enumerate(routers):
        if router.name in [earlier.name for earlier in routers[:position]]:
            raise BadInputError("stands twice", field="--router", value=router.name)
    return routers


def router_named(name: str) -> Router:
    """One of ours, or what a module has under a name: a router, or something that makes one without arguments."""
    if name in BUILT_IN:
        return BUILT_IN[name]()
    module, _, attribute = name.partition(":")
    if not attribute:
        problem = f"is none of {', '.join(BUILT_IN)}, nor a router of a module, as package.module:name"
        raise BadInputError(problem, field="--router", value=name)
    try:
        found = getattr(importlib.import_module(module), attribute)
        router = found() if (callable(found) and not hasattr(found, "fit")) or isinstance(found, type) else found
    except Exception as error:  # whatever somebody else's code may raise
        raise BadInputError(f"can't be made: {type(error).__name__}: {error}", field="--router", value=name) from error
    if not (callable(getattr(router, "fit", None)) and isinstance(getattr(router, "name", None), str)):
        raise BadInputError("has no fit and name, as a router must", field="--router", value=name)
    return GuardedRouter(router, name)
