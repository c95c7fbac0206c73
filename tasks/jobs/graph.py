"""The order of a job's steps, and what each step can see."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from tasks.jobs.schema import Job


def needs_of(job: Job) -> Mapping[str, tuple[str, ...]]:
    """What each step waits for: its `needs`, or the step above it where it has none written."""
    needs: dict[str, tuple[str, ...]] = {}
    above: tuple[str, ...] = ()
    for step in job.steps:
        needs[step.name] = above if step.needs is None else step.needs
        above = (step.name,)
    return needs


def find_cycle(job: Job) -> tuple[str, ...]:
    """Steps that need each other in a circle, each needing the next and the last being the first; empty if none."""
    try:
        TopologicalSorter(needs_of(job)).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def order_steps(job: Job) -> tuple[str, ...]:
    """The steps' names so that each comes after what it needs; ties keep the file's order.

    The job has no cycle: `read_job` has refused those.
    """
    position = {step.name: number for number, step in enumerate(job.steps)}
    sorter = TopologicalSorter(needs_of(job))
    sorter.prepare()
    order: list[str] = []
    ready: set[str] = set()
    while sorter.is_active():
        ready.update(sorter.get_ready())
        following = min(ready, key=position.__getitem__)
        ready.remove(following)
        order.append(following)
        sorter.done(following)
    return tuple(order)


def ancestors(job: Job) -> Mapping[str, frozenset[str]]:
    """The steps that have run before each step, directly or further up: what its templates may name."""
    needs = needs_of(job)
    known: dict[str, frozenset[str]] = {}
    for name in order_steps(job):
        known[name] = frozenset(needs[name]).union(*(known[above] for above in needs[name]))
    return known
