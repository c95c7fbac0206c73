"""A router is named, or given as package.module:name."""

from __future__ import annotations

import pytest

from policies.errors import BadInputError
from tasks.evaluation.routers import BUILT_IN, routers_named


def test_without_a_name_all_of_ours_are_meant() -> None:
    assert [router.name for router in routers_named(())] == [make().name for make in BUILT_IN.values()]


def test_a_module_may_have_a_router_or_a_class_of_one() -> None:
    named = routers_named(("task-means", "tests.benchmarks.routers.random_scores:RandomRouter"))
    assert [router.name for router in named] == ["task means", "random"]
    assert routers_named((f"{__name__}:MADE",)) == (MADE,)


MADE = BUILT_IN["task-means"]()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("nobody",), "is none of "),
        (("no.such.module:router",), "can't be made: No module named 'no'"),
        (("policies.errors:nothing",), "can't be made"),
        (("policies.errors:BadInputError",), "can't be made"),
        (("math:pi",), "has no fit and name"),
        (("task-means", "task-means"), "stands twice"),
    ],
)
def test_what_is_no_router_is_refused(names: tuple[str, ...], told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        routers_named(names)
    assert "--router" in str(caught.value)
    assert told in str(caught.value)
