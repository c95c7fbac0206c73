from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from policies.errors import BadInputError
from policies.rule_table import RuleTable
from policies.rules import RulesPolicy, parse_rules
from policies.types import Catalogue, CellMean, Request, RoutingState, Weights

Build = Callable[..., Request]

GOOD = """\
rules:
  - name: one
    when:
      task_type: [generate, extract]
      keywords: [how many]
    use: {model: tiny}
  - name: two
    when: {tags_all: [paid], min_characters: 10, max_characters: 20}
    use:
      shortlist: [large, middle]
      policy: cheapest
default:
  use: {policy: performance}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (GOOD, "[]", "r.yaml:1: must be a mapping of keys to values"),
        (GOOD, "a: &x [*x]", "r.yaml:1: "),
        ("default:\n  use: {policy: performance}\n", "", "r.yaml:1: default: is required"),
        ("default:", "defaults:", "r.yaml"),
        ("{policy: performance}", "{policy: best}", "r.yaml:13: default.use.policy: "),
        ("{policy: performance}", "{}", "r.yaml:13: default.use: needs a model, a shortlist, a policy or refuse"),
        (
            "{policy: performance}",
            "{model: huge}",
            "r.yaml:13: default.use.model: is no model of toy.yaml (got 'huge')",
        ),
        ("use: {policy: performance}", "when: {job: x}", "r.yaml:1"),
        ("name: two", "name: one", "r.yaml:7: rules.1.name: stands twice (got 'one')"),
        ("name: two", "name: default", "r.yaml:7: rules.1.name: is the default's name (got 'default')"),
        ("name: two", "name: 'a b'", "r.yaml:7: rules.1.name: "),
        ("  - name: two\n    when", "  - when", "r.yaml:7: rules.1.name: is required"),
        (
            "[generate, extract]",
            "[generate, guess]",
            "r.yaml:4: rules.0.when.task_type.1: is no task type of toy.yaml (g",
        ),
        (
            "[generate, extract]",
            "guess",
            "r.yaml:4: rules.0.when.task_type.0: is no task type of toy.yaml (got 'guess')",
        ),
        (
            "[generate, extract]",
            "embed",
            "r.yaml:4: rules.0.when.task_type.0: is never routed: retrieve steps search an index of their own (got 'em",
        ),
        ("[generate, extract]", "[]", "r.yaml:4: rules.0.when.task_type: "),
        ("[generate, extract]", "7", "r.yaml:4: rules.0.when.task_type: "),
        ("[how many]", "['']", "r.yaml:5: rules.0.when.keywords.0: "),
        ("[how many]", "[1]", "r.yaml:5: rules.0.when.keywords.0: "),
        ("keywords:", "words:", "r.yaml:5: rules.0.when.words: unknown key"),
        (
            "keywords: [how many]",
            "regex: '('",
            "r.yaml:5: rules.0.when.regex: is not a regular expression that RE2 takes",
        ),
        (
            "keywords: [how many]",
            r"regex: '(a)\1'",
            "r.yaml:5: rules.0.when.regex: is not a regular expression that RE2",
        ),
        (
            "keywords: [how many]",
            "regex: '(?=a)'",
            "r.yaml:5: rules.0.when.regex: is not a regular expression that RE2",
        ),
        (
            "{tags_all: [paid], min_characters: 10, max_characters: 20}",
            "{}",
            "r.yaml:8: rules.1.when: matches everything",
        ),
        (
            "{tags_all: [paid], min_characters: 10, max_characters: 20}",
            "{min_characters: 0}",
            "r.yaml:8: rules.1.when: matches everything: write it as the default",
        ),
        (
            "tags_all: [paid]",
            "tags_all:",
            "r.yaml:8: rules.1.when.tags_all: must not be null (a key without a value is)",
        ),
        ("min_characters: 10", "job:", "r.yaml:8: rules.1.when.job: must not be null (a key without a value is)"),
        ("{model: tiny}", "{model: tiny, policy: }", "r.yaml:6: rules.0.use.policy: must not be null"),
        ("min_characters: 10", "min_characters: 21", "r.yaml:8: rules.1.when: matches nothing"),
        ("min_characters: 10", "min_characters: -1", "r.yaml:8: rules.1.when.min_characters: "),
        ("min_characters: 10", "min_characters: ten", "r.yaml:8: rules.1.when.min_characters: "),
        ("{model: tiny}", "{model: tinny}", "r.yaml:6: rules.0.use.model: is no model of toy.yaml (got 'tinny')"),
        ("{model: tiny}", "{model: tiny, policy: cheapest}", "r.yaml:6: rules.0.use: a model excludes a shortlist and"),
        ("{model: tiny}", "tiny", "r.yaml:6: rules.0.use: "),
        (
            "[large, middle]",
            "[large, huge]",
            "r.yaml:10: rules.1.use.shortlist.1: is no model of toy.yaml (got 'huge')",
        ),
        ("[large, middle]", "[large, large]", "r.yaml:9: rules.1.use: a model stands twice in the shortlist"),
        ("[large, middle]", "[]", "r.yaml:10: rules.1.use.shortlist: "),
        ("keywords: [how many]", "language: xx", "r.yaml:5: rules.0.when.language: is no language that is detected"),
        ("keywords: [how many]", "time: {from: 25:00}", "r.yaml:5: rules.0.when.time.from: is no time of day; write"),
        ("keywords: [how many]", "time: {timezone: UTC}", "r.yaml:5: rules.0.when.time: needs from and to, or days"),
        (
            "keywords: [how many]",
            "time: {days: [fri], timezone: Mars/X}",
            "r.yaml:5: rules.0.when.time.timezone: is no",
        ),
        ("keywords: [how many]", "time: {from: 9:00}", "r.yaml:5: rules.0.when.time.from: is no time of day"),
        (
            "keywords: [how many]",
            "time: {from: '09:00+02:00'}",
            "r.yaml:5: rules.0.when.time.from: has a time zone of its own",
        ),
        (
            "keywords: [how many]",
            "fields: {a: {min: 5, max: 1}}",
            "r.yaml:5: rules.0.when.fields.a: matches nothing: min",
        ),
        ("keywords: [how many]", "fields: {a: {}}", "r.yaml:5: rules.0.when.fields.a: needs min, max or both"),
        ("keywords: [how many]", "time: {from: '09:00', to: '09:00'}", "r.yaml:5: rules.0.when.time: from and to are"),
        ("keywords: [how many]", "fields: {}", "r.yaml:5: rules.0.when.fields: "),
        ("keywords: [how many]", "fields: {a: {min: 2, max: 1}}", "r.yaml:5: rules.0.when.fields.a"),
        ("keywords: [how many]", "fields: {a: {least: 1}}", "r.yaml:5: rules.0.when.fields.a"),
        ("keywords: [how many]", "fields: {a: .nan}", "r.yaml:5: rules.0.when.fields.a"),
        (
            "keywords: [how many]",
            "min_tokens: 5\n      max_tokens: 4",
            "r.yaml:3: rules.0.when: matches nothing: min_t",
        ),
        ("{model: tiny}", "{refuse: no, model: tiny}", "r.yaml:6: rules.0.use: refuse excludes everything else"),
        ("{model: tiny}", "{refuse: ''}", "r.yaml:6: rules.0.use.refuse: "),
        (
            "{model: tiny}",
            "{model: tiny, share: 0.5}",
            "r.yaml:6: rules.0.use: a share needs a policy, and a shortlist",
        ),
        ("      policy: cheapest", "      policy: cheapest\n      share: 1.5", "r.yaml:12: rules.1.use.share: "),
        ("rules:", "rules: {}\nrulez:", "r.yaml:1: rules: "),
        (
            "    use: {model: tiny}",
            "    use: {model: tiny}\n    use: {model: large}",
            "r.yaml:7: key 'use' stands twice",
        ),
        ("rules:", "rules:\n\t- x", "r.yaml:2: is not valid YAML"),
    ],
)
def test_bad_text_is_one_line_that_names_the_place(toy: Catalogue, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(BadInputError) as caught:
        parse_rules(GOOD.replace(old, new, 1), file="r.yaml", catalogue=toy)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"task_type": "extract"}, "extract-small"),
        ({"task_type": "extract", "tags": frozenset({"urgent", "paid"})}, "extract-small"),  # the first match wins
        ({"tags": frozenset({"urgent", "paid"})}, "urgent"),
        ({"tags": frozenset({"urgent"})}, "default"),
        ({"tags": frozenset({"paid"})}, "default"),
        ({"text": "How many are there?"}, "numbers"),
        ({"text": "how\n  MANY"}, "numbers"),
        ({"text": "somehow many"}, "default"),  # whole words only
        ({"text": "a summary"}, "default"),
        ({"text": "the sum."}, "numbers"),
        ({"text": "x" * 500}, "long"),
        ({"text": "x" * 499}, "default"),
    ],
)
def test_the_first_rule_that_matches_wins(
    toy_table: RuleTable, request_of: Build, asked: dict[str, object], rule: str
) -> None:
    assert toy_table.find(request_of(**asked)).name == rule


@pytest.mark.parametrize(
    ("when", "asked", "is_match"),
    [
        ("{step: answer}", {"step": "answer"}, True),
        ("{step: [cite, rewrite]}", {"step": "answer"}, False),
        ("{job: qa}", {"job": "qa"}, True),
        ("{job: qa}", {"job": ""}, False),
        ("{max_characters: 3}", {"text": "abc"}, True),
        ("{max_characters: 3}", {"text": "abcd"}, False),
        ("{max_characters: 0}", {"text": ""}, True),
        ("{keywords: ['c++']}", {"text": "Is C++ fast?"}, True),
        ("{keywords: ['c++']}", {"text": "Is C fast?"}, False),
        ("{keywords: ['.*']}", {"text": "anything"}, False),  # a keyword is no pattern
        ("{regex: '^(?i:is|does) '}", {"text": "DOES it?"}, True),
        ("{regex: '^(?i:is|does) '}", {"text": "What does it?"}, False),
        ("{regex: '(a+)+$'}", {"text": "a" * 50_000 + "b"}, False),  # would hang an engine that backtracks
        ("{keywords: [größe]}", {"text": "Die GRÖSSE und GRÖßE"}, True),
        ("{tags_any: [a, b]}", {"tags": frozenset({"b"})}, True),
        ("{tags_any: [a, b]}", {"tags": frozenset({"c"})}, False),
    ],
)
def test_matchers(toy: Catalogue, request_of: Build, when: str, asked: dict[str, object], is_match: bool) -> None:
    text = f"rules: [{{name: it, when: {when}, use: {{model: tiny}}}}]\ndefault: {{use: {{model: large}}}}"
    table = parse_rules(text, file="r.yaml", catalogue=toy)
    assert (table.find(request_of(**asked)).name == "it") == is_match


def test_a_shortlist_is_tried_in_its_order_and_never_widened(
    toy: Catalogue, toy_table: RuleTable, request_of: Build
) -> None:
    asked = request_of(tags=frozenset({"urgent", "paid"}))
    policy = RulesPolicy(toy_table)
    decision = policy.decide([asked], toy, weights=None, state=RoutingState())[0]
    assert (decision.model, decision.fallbacks) == ("large", ("middle",))
    reasons = {c.model: c.reason for c in decision.candidates}
    assert reasons["tiny"] == "not among the models of rule urgent"
    assert reasons["middle"] == "after large in the shortlist"
    state = RoutingState(unavailable={"large": "circuit open", "middle": "circuit open"})
    refused = policy.decide([asked], toy, weights=None, state=state)[0]
    assert refused.model is None
    assert refused.rule == "urgent"
    assert refused.refusal == (
        "no model may serve: tiny: not among the models of rule urgent; middle: unavailable: circuit open; "
        "large: unavailable: circuit open; secretive: not among the models of rule urgent"
    )


def test_a_policy_chooses_within_the_shortlist(toy: Catalogue, toy_table: RuleTable, request_of: Build) -> None:
    cells = (
        CellMean("generate", "middle", 500, 0.95, 0.01, 0.0, 1.0),
        CellMean("generate", "tiny", 500, 1, 0.01, 0, 1),
    )
    decision = RulesPolicy(toy_table).decide(
        [request_of(text="how many?")], toy, weights=Weights("w-1", cells), state=RoutingState()
    )[0]
    assert (decision.rule, decision.model, decision.fallbacks) == ("numbers", "middle", ("large",))
    assert decision.lambda_ == 0.0


def test_requests_of_several_rules_share_one_multiplier_under_a_budget(
    toy: Catalogue, toy_table: RuleTable, request_of: Build
) -> None:
    asked = [request_of(call_id=f"c{i}", text="how many?" if i % 2 else "what?") for i in range(10)]
    # Each rule alone could afford the dearest model for all of its five requests (0.0125 USD), both together not.
    state = RoutingState(remaining_usd=Decimal("0.013"))
    decisions = RulesPolicy(toy_table).decide(asked, toy, weights=None, state=state)
    costs = [c.p_cost_usd for d in decisions for c in d.candidates if c.model == d.model]
    assert len({d.lambda_ for d in decisions}) == 1
    assert sum(cost for cost in costs if cost is not None) <= Decimal("0.013")


def test_the_version_is_that_of_the_text(toy: Catalogue) -> None:
    first = parse_rules(GOOD, file="a.yaml", catalogue=toy)
    assert first.version == parse_rules(GOOD, file="b.yaml", catalogue=toy).version
    assert first.version != parse_rules(GOOD + "\n", file="a.yaml", catalogue=toy).version


def test_an_item_keeps_its_side_of_a_share_from_step_to_step_and_run_to_run(toy: Catalogue, request_of: Build) -> None:
    def handed(share: float, *, run: str, step: str) -> set[str]:
        text = f"rules: []\ndefault: {{use: {{shortlist: [large, tiny], policy: cheapest, share: {share}}}}}\n"
        asked = [request_of(item_id=f"i{n}", step=step, call_id=f"{run}-{step}-{n}") for n in range(300)]
        decisions = RulesPolicy(parse_rules(text, file="r.yaml", catalogue=toy)).decide(
            asked, toy, weights=None, state=RoutingState()
        )
        return {one.item_id for one, made in zip(asked, decisions, strict=True) if made.model == "tiny"}

    half = handed(0.5, run="r1", step="answer")
    assert 110 < len(half) < 190
    assert handed(0.5, run="r2", step="answer") == handed(0.5, run="r1", step="check") == half
    assert half < handed(0.7, run="r3", step="answer")  # it only goes over
