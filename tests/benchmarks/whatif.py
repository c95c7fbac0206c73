"""What an edit of 100 rules would have done with a million logged calls: `python -m tests.benchmarks.whatif`.

Calls of three steps per item, with texts of 20 to 50 words, half of the runs under a budget. Everything runs in two
threads, from opening the warehouse to the account.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import yaml

from policies.catalogue import parse_catalogue
from policies.rules import rules_version
from tasks.settings import Settings
from tasks.supposing import what_if
from tests.benchmarks.large_ledger.building import copied_home, made_home, parser_of
from tests.benchmarks.large_ledger.figures import Figure, median_of, report
from warehouse.home import Home
from warehouse.ledger import hold_ledger
from warehouse.publishing import publish

BAR_S = 10.0
LONG_AGO, DAY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)
MODELS = {
    "gpt-large": (2.5, 10.0),
    "gpt-small": (0.15, 0.6),
    "claude-large": (3.0, 15.0),
    "claude-small": (0.25, 1.25),
    "gemini-flash": (0.075, 0.3),
    "qwen-local": (0, 0),
}
EXAMPLES = Path(__file__).parents[2] / "policies" / "examples"
WORDS = sorted({word for file in EXAMPLES.glob("*.yaml") for word in file.read_text("utf-8").split() if word.isalpha()})
CATALOGUE = yaml.safe_dump(
    {
        "models": [
            {
                "name": name,
                "deployments": [{"litellm_model": f"openai/{name}"}],
                "price": {"input": str(rates[0]), "output": str(rates[1])},
                "context_window": 128_000,
                "max_output_tokens": 4096,
                "prior_quality": {"default": 0.5 + number / 20},
                "has_structured_output": True,
            }
            for number, (name, rates) in enumerate(MODELS.items())
        ]
    }
)


def made_rules(*, is_edit: bool) -> str:
    """The rules in force, and an edit of them: 93 more rules of all kinds above those that are there."""
    there = [
        {"name": f"to-{name}", "when": {"tags_any": [f"to:{name}"]}, "use": {"shortlist": [name, "gpt-large"]}}
        for name in list(MODELS)[1:]
    ]
    rules = there if not is_edit else [*(made_rule(number) for number in range(93)), *there]
    default = {"use": {"model": "gpt-large"}}
    return yaml.safe_dump({"rules": rules, "default": default}, sort_keys=False)


def made_rule(number: int) -> dict[str, object]:
    """One rule of the edit: of every five two read the text."""
    some = [WORDS[(37 * number + 11 * k) % len(WORDS)] for k in range(3)]
    names = [list(MODELS)[(number + k) % len(MODELS)] for k in range(3)]
    task_type = ("rewrite", "generate", "classify")[number % 3]
    whens: tuple[dict[str, object], ...] = (
        {"task_type": task_type, "keywords": some},
        {"task_type": task_type, "tags_all": [f"team-{number % 20}"], "min_characters": 250 + number},
        {"regex": rf"(?i)\b{some[0]}\s+\w+\s+{some[2][:2]}", "job": f"job-{number % 6}"},
        {"step": "check", "min_tokens": 2000 + 100 * number},
        {
            "job": f"job-{number % 6}",
            "time": {"from": "08:00", "to": f"08:{10 + number % 40}", "timezone": "Europe/Berlin"},
        },
    )
    uses: tuple[dict[str, object], ...] = (
        {"shortlist": names},
        {"shortlist": names, "policy": "performance"},
        {"model": names[0]},
        {"shortlist": names, "policy": "cheapest", "share": 0.5},
    )
    return {"name": f"new-{number}", "when": whens[number % len(whens)], "use": uses[number % len(uses)]}


def logged_home(n_calls: int) -> Home:
    """A copy of the benchmarks' ledger whose calls were routed by the rules in force; the caller removes it."""
    home = copied_home(made_home(n_calls), "whatif")
    catalogue = parse_catalogue(CATALOGUE, file="catalog.yaml")
    rules = made_rules(is_edit=False)
    with duckdb.connect(home.ledger) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 2")
        names = {"rules_version": rules_version(rules), "catalogue_version": catalogue.version}
        sql = Path(__file__).with_suffix(".sql").read_text("utf-8")
        connection.execute(sql, {**names, "words": WORDS})
        for kind, version, text in (
            ("rules", names["rules_version"], rules),
            ("catalogue", catalogue.version, CATALOGUE),
        ):
            connection.execute("INSERT INTO policy_versions VALUES (?, ?, ?, ?)", [kind, version, text, DAY])
        connection.execute("CHECKPOINT")
    with hold_ledger(home):
        publish(home)
    return home


def figures(n_calls: int) -> Iterator[Figure]:
    """The rules that were in force, which move nothing; then the edit."""
    home = logged_home(n_calls)
    try:
        settings = Settings(home=home.root, catalog=home.root / "catalog.yaml")
        (home.root / "catalog.yaml").write_text(CATALOGUE)
        for name, is_edit in (("the same rules", False), ("an edit of 100 rules", True)):
            file = home.root / f"{is_edit}.yaml"
            file.write_text(made_rules(is_edit=is_edit))
            told = []

            def suppose(file: Path = file, told: list[object] = told) -> None:
                told.append(what_if(file, catalog=None, since=LONG_AGO, settings=settings, home=home))

            yield median_of(f"whatif of {name} on {n_calls:,} calls", suppose, bar=BAR_S)
            supposition = told[-1].supposition  # type: ignore[attr-defined]  # what was put there
            yield Figure(f"calls that {name} move", supposition.moved, "")
            yield Figure(f"calls that {name} leave undecided", supposition.undecidable_by_text, "")
    finally:
        shutil.rmtree(home.root)


def main() -> int:
    """Measure, print the table and the JSON line; 1 if a bar fails."""
    parser = parser_of(__doc__, n_calls=1_000_000, can_store_texts=False)
    return report("whatif", figures(parser.parse_args().calls))


if __name__ == "__main__":
    sys.exit(main())
