"""Every decision of real runs is made again from the warehouse alone, to the same answer; what differs is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from flows.cli import main
from flows.commands.explaining import print_decision
from tasks.redaction.redactor import MASK
from tasks.replaying import Library, is_masked, replay, trace_of
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import JOB, run_whole, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.evidence import DecisionFact, decisions_of
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query

RULES = """
rules:
  - name: ducks
    when: {task_type: generate, keywords: [geese]}
    use: {model: large}
  - name: short
    when: {task_type: generate, max_characters: 500}
    use: {shortlist: [small, large], policy: performance, share: 0.5}
default:
  use: {shortlist: [small, large]}
"""
POLICIES = ("rules", "performance", "random", "cheapest", "strongest")


@dataclass(frozen=True, slots=True)
class Logged:
    """A warehouse with a run of each policy, where the small model's citations were refused."""

    home: Home
    facts: tuple[DecisionFact, ...]

    def of(self, policy: str, step: str) -> DecisionFact:
        """The first decision of a step under a policy."""
        return next(f for f in self.facts if f.decision.policy == policy and f.step == step)


def answer(body: Mapping[str, object]) -> str:
    """The small model knows no JSON."""
    if "response_format" not in body:
        return "Ducks eat weeds"
    return "eat weeds" if body["model"] == "small" else json.dumps({"quote": "eat weeds"})


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    folder = tmp_path_factory.mktemp("replayed")
    with pytest.MonkeyPatch.context() as environment, ScriptedProvider(answer=answer) as provider:
        for name, value in {**variables_of(folder), KEY_VARIABLE: "sk-test"}.items():
            environment.setenv(name, value)
        installation = write_installation(folder, base_url=provider.base_url, n_items=2)
        (folder / "rules.yaml").write_text(RULES)
        for policy in POLICIES:
            budget = {"budget_usd": "0.01"} if policy in ("rules", "performance") else {}
            installation.job.write_text(f"exploration: 0.5\nlatency_price: 0.001\n{JOB}" if budget else JOB)
            run_whole(installation.request(run_id=f"run-{policy}", policy=policy, **budget))
        land(installation.home)
        (folder / "rules.yaml").unlink()  # the warehouse is enough
        installation.catalogue.write_text("models: []")
        calls = query(installation.home, "SELECT DISTINCT call_id FROM decisions ORDER BY call_id").rows
        facts = tuple(f for (call,) in calls for f in decisions_of(installation.home, str(call)))
        yield Logged(installation.home, facts)


def test_every_decision_of_a_run_is_made_again_to_the_same_answer(logged: Logged) -> None:
    library = Library(logged.home)
    assert {f.decision.policy for f in logged.facts} == {*POLICIES, "fixed"}
    assert any(f.state and f.state["unavailable"] for f in logged.facts)  # a fallback's
    assert any(f.decision.lambda_ is not None and f.state and f.state["remaining_usd"] for f in logged.facts)
    assert any(f.decision.explored and f.decision.policy == "performance" for f in logged.facts)
    told = {fact.decision_id: (one.verdict, one.notes) for fact in logged.facts if (one := replay(fact, library))}
    assert {verdict for verdict, _ in told.values()} == {"same"}, told


def test_what_differs_is_told(logged: Logged) -> None:
    fact = logged.of("rules", "answer")
    assert fact.state is not None
    out = replace(fact, state={**fact.state, "unavailable": {str(fact.decision.model): "a storm"}})
    one = replay(out, Library(logged.home))
    assert one.verdict == "different"
    assert f"model was {fact.decision.model}, is large now" in one.notes
    assert f"{fact.decision.model}'s eligible was True, is False now" in one.notes


def test_a_text_that_was_not_stored_is_missed_only_where_a_rule_reads_it(logged: Logged) -> None:
    library = Library(logged.home)
    one = replay(replace(logged.of("rules", "answer"), text=None), library)
    assert (one.verdict, one.notes) == ("unknown", ("rule ducks may match: it reads the request's text, not stored",))
    assert replay(replace(logged.of("rules", "cite"), text=None), library).verdict == "same"
    assert replay(replace(logged.of("performance", "answer"), text=None), library).verdict == "same"


def test_a_masked_text_is_not_taken_for_the_one_that_was_routed(logged: Logged) -> None:
    fact = logged.of("rules", "answer")
    masked = replace(fact, text="what do geese [redacted] eat?")
    one = replay(masked, Library(logged.home))
    assert one.verdict == "unknown"
    assert one.notes[0].startswith("it is stored with secrets masked")


@pytest.mark.parametrize("hidden", [{"fields": {"token": MASK}}, {"tags": [f"token:{MASK}"]}])
def test_nor_is_a_masked_field_or_tag(logged: Logged, hidden: Mapping[str, object]) -> None:
    fact = logged.of("rules", "answer")
    assert not is_masked(fact)
    assert is_masked(replace(fact, features={**fact.features, **hidden}))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": None}, "it was recorded by a version that did not keep the router's state"),
        ({"catalogue_version": "c-gone"}, "the warehouse does not have catalogue c-gone"),
    ],
)
def test_what_the_warehouse_lacks_is_named(logged: Logged, change: Mapping[str, object], reason: str) -> None:
    one = replay(replace(logged.of("rules", "answer"), **change), Library(logged.home))  # type: ignore[arg-type]  # its fields
    assert (one.verdict, one.notes) == ("unknown", (reason,))


def test_rules_and_weights_that_the_warehouse_lacks_are_named(logged: Logged) -> None:
    fact, library = logged.of("rules", "answer"), Library(logged.home)
    for field, name in (("rules_version", "rules r-gone"), ("weights_version", "weights r-gone")):
        gone = replace(fact, decision=replace(fact.decision, **{field: "r-gone"}))
        assert replay(gone, library).notes == (f"the warehouse does not have {name}",)
        assert (trace_of(gone, library) is None) == (field == "rules_version")


def explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, list[str]]:
    with pytest.raises(SystemExit) as exit_:
        main(["explain", *arguments])
    return exit_.value.code, capsys.readouterr().out.splitlines()


def test_explain_tells_the_rules_tried_and_how_to_make_the_decision_again(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POINTSMAN_HOME", str(logged.home.root))
    call = logged.of("rules", "cite").decision.call_id
    code, lines = explained([call], capsys)
    assert code == 0
    assert "rule ducks: no match: task_type is extract, not generate" in lines
    assert "rule default: matches" in lines
    assert f"made again by: pointsman explain {call} --replay" in lines
    assert "then, if it fails: large" in lines
    code, lines = explained([call, "--replay"], capsys)
    assert (code, lines) == (0, ["decision 0: same", "decision 1: same"])


def test_explain_says_where_what_is_stored_would_have_gone_elsewhere(
    logged: Logged, capsys: pytest.CaptureFixture[str]
) -> None:
    masked = replace(logged.of("rules", "answer"), text="what do geese [redacted] eat?")
    print_decision(masked, trace_of(masked, Library(logged.home)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("rule ducks: matches") + 1] == (
        "yet rule short decided: secrets are masked in what is stored of the request"
    )
