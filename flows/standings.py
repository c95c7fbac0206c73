"""How policies compare on the same items, from the warehouse, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies.evaluation.answered import Answered, Standing, standings_of
from policies.evaluation.mcnemar import discordance
from warehouse.home import Home
from warehouse.query import named_query


def compare(home: Home, names: Mapping[str, str], *, step: str) -> list[Standing]:
    """The policies (name to run) on the items that all of them ran, judged by the answers of a step, best first."""
    return standings_of({name: items_of(home, run_id, step=step) for name, run_id in names.items()})


def items_of(home: Home, run_id: str, *, step: str) -> dict[str, Answered]:
    """What a run made of each item."""
    table = named_query(home, "compare_items", parameters={"run_id": run_id, "step": step})
    return {str(item): Answered(*facts) for item, *facts in table.rows}  # type: ignore[arg-type] # the query's columns


def verdict(standings: Sequence[Standing], *, routed: str, n_batch: int) -> str:
    """What routing bought on these items of the batch's, also where that is nothing, and whether it can be chance."""
    ours = next(one for one in standings if one.name == routed)
    rivals = [one for one in standings if one.name != routed]
    best = [one for one in rivals if one.n_right == max(rival.n_right for rival in rivals)]
    names, gap = " and ".join(one.name for one in best), ours.n_right - best[0].n_right
    where = f"these {ours.n_items}" if ours.n_items == n_batch else f"this sample of {ours.n_items} of {n_batch}"
    if gap > 0:
        bought = f"routing answered {gap} more right than the best without it ({names})"
    elif gap == 0:
        bought = f"routing bought no better answers: {names} had as many right"
    else:
        bought = f"routing bought nothing: {names} had {-gap} more right"
    return f"On {where} items {bought}. " + " ".join(comparison(ours, rival) for rival in best)


def comparison(ours: Standing, rival: Standing) -> str:
    """On how many items two policies differ, and whether that shows a difference between them."""
    split = discordance(ours.right, rival.right)
    counts = f"{split.ours_only} only routing had right, {split.theirs_only} only {rival.name}"
    test = f"McNemar's exact test, p = {split.p_value:.2g}"
    if split.is_significant:
        return f"Of the {ours.n_items}, {counts}: seldom by chance ({test})."
    return f"Of the {ours.n_items}, {counts}: that shows no difference, as chance makes such a one often ({test})."
