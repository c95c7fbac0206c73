"""The order of steps and what each can see."""

from __future__ import annotations

import pytest

from tasks.jobs.graph import ancestors, find_cycle, needs_of, order_steps
from tasks.jobs.schema import Job


def job_of(**needs: list[str] | None) -> Job:
    """A job whose steps are the keys, each with its `needs` (None: not written)."""
    steps = [
        {"name": name, "kind": "transform", "operator": "template", "template": "x", "needs": wanted}
        for name, wanted in needs.items()
    ]
    return Job.model_validate({"name": "j", "steps": steps})


def test_a_step_without_needs_waits_for_the_one_above() -> None:
    assert needs_of(job_of(a=None, b=None, c=[])) == {"a": (), "b": ("a",), "c": ()}


def test_steps_keep_the_files_order_where_nothing_forces_another() -> None:
    assert order_steps(job_of(d=[], a=[], c=[], b=[])) == ("d", "a", "c", "b")


def test_a_step_may_need_one_that_is_written_below() -> None:
    assert order_steps(job_of(a=["c"], b=[], c=[])) == ("b", "c", "a")


def test_a_step_sees_everything_upstream_and_nothing_beside_it() -> None:
    seen = ancestors(job_of(a=[], b=["a"], c=["a"], d=["b"], e=["c", "d"]))

    assert seen == {
        "a": frozenset(),
        "b": {"a"},
        "c": {"a"},
        "d": {"a", "b"},
        "e": {"a", "b", "c", "d"},
    }


@pytest.mark.parametrize(
    ("needs", "members"),
    [
        ({"a": ["a"]}, {"a"}),
        ({"a": ["b"], "b": ["a"]}, {"a", "b"}),
        ({"a": ["b"], "b": None}, {"a", "b"}),
        ({"z": [], "a": ["c"], "b": ["a"], "c": ["b"]}, {"a", "b", "c"}),
    ],
)
def test_a_circle_is_named(needs: dict[str, list[str] | None], members: set[str]) -> None:
    cycle = find_cycle(job_of(**needs))

    assert (set(cycle), cycle[0]) == (members, cycle[-1])


def test_a_job_without_a_circle_has_none() -> None:
    assert find_cycle(job_of(a=None, b=None)) == ()
