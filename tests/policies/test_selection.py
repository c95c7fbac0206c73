from __future__ import annotations

import pytest

from policies.errors import BadInputError
from policies.rule_table import RuleTable
from policies.selection import policy_named


@pytest.mark.parametrize("spec", ["rules", "performance", "cascade", "strongest", "cheapest", "random", "fixed:tiny"])
def test_a_policy_is_called_what_it_is_named(spec: str, toy_table: RuleTable) -> None:
    assert policy_named(spec, table=toy_table).name == spec


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "best",
            "policy: unknown policy; known are rules, performance, cascade, strongest, cheapest, random, fixed:MODEL",
        ),
        ("", "policy: unknown policy"),
        ("Rules", "policy: unknown policy"),
        ("fixed", "policy: unknown policy"),
        ("fixed:", "policy: unknown model; those of toy.yaml are large, middle, secretive, tiny (got 'fixed:')"),
        (
            "fixed:huge",
            "policy: unknown model; those of toy.yaml are large, middle, secretive, tiny (got 'fixed:huge')",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(spec: str, message: str, toy_table: RuleTable) -> None:
    with pytest.raises(BadInputError) as caught:
        policy_named(spec, table=toy_table)
    assert str(caught.value).startswith(message)
