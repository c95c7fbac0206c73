"""A policy by its name, as jobs and commands write it."""

from __future__ import annotations

from dataclasses import replace

from policies.cascade.terms import CascadeTerms
from policies.cheapest import CheapestPolicy
from policies.dither import WIDTH
from policies.errors import BadInputError
from policies.fixed import FixedPolicy
from policies.performance import PerformancePolicy
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy
from policies.strongest import StrongestPolicy
from policies.terms import PLAIN, Terms
from policies.types import Policy, Request
from policies.uniform import UniformPolicy

LEARNED = frozenset({"performance", "cascade"})  # the policies that go by what the ledger has learned
POLICY_SPECS = ("rules", "performance", "cascade", "strongest", "cheapest", "random", "fixed:MODEL")


def policy_named(spec: str, *, table: RuleTable, terms: Terms = PLAIN) -> Policy:
    """The policy that `spec` names, one of `POLICY_SPECS`; `BadInputError` where it names none.

    `table` is what "rules" goes by; `fixed:MODEL` must name a model that the table's catalogue has. `terms` are
    for the policies that weigh quality against cost.
    """
    if spec.startswith("fixed:"):
        return fixed_to(spec.removeprefix("fixed:"), table=table)
    match spec:
        case "rules":
            return RulesPolicy(table, terms)
        case "performance":
            return PerformancePolicy(terms)
        case "cascade":
            return PerformancePolicy(terms, is_cascading=True)
        case "strongest":
            return StrongestPolicy()
        case "cheapest":
            return CheapestPolicy()
        case "random":
            return UniformPolicy()
    raise BadInputError(f"unknown policy; known are {', '.join(POLICY_SPECS)}", field="policy", value=spec)


def check_of(policy: Policy) -> CascadeTerms | None:
    """The check that the policy's cascades would go by; None for policies that know no cascades."""
    return policy.terms.cascade if isinstance(policy, PerformancePolicy | RulesPolicy) else None


def greedy(policy: Policy) -> Policy:
    """The policy that draws nothing: always the most useful model."""
    if isinstance(policy, PerformancePolicy | RulesPolicy):
        return replace(policy, terms=replace(policy.terms, exploration=0.0, probing=0.0))
    return policy


def paced(policy: Policy, multiplier: float | None) -> Policy:
    """The policy at this λ, each request a little beside it; as it is where there is none."""
    if multiplier is not None and isinstance(policy, PerformancePolicy | RulesPolicy):
        return replace(policy, terms=replace(policy.terms, multiplier=multiplier, dither=WIDTH))
    return policy


def weighs(policy: Policy, request: Request) -> bool:
    """Whether a policy goes by what is predicted of the models for a request: an order or a fixed model does not."""
    if isinstance(policy, RulesPolicy):
        return policy.table.find(request).outcome.chooser is not None
    return not isinstance(policy, FixedPolicy | UniformPolicy)


def fixed_to(model: str, *, table: RuleTable) -> FixedPolicy:
    """The policy fixed to a model that exists."""
    if model not in table.models:
        known = ", ".join(sorted(table.models))
        problem = f"unknown model; those of {table.catalogue_file} are {known}"
        raise BadInputError(problem, field="policy", value=f"fixed:{model}")
    return FixedPolicy(model)
