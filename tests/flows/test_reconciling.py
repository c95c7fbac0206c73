"""`pointsman reconcile` as a user meets it: what it prints and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli import main

EXPORTS = Path(__file__).parents[1] / "exports"
# What the exported spend logs cost, by day and model.
INVOICE = """\
day,provider,model,cost
2026-11-20,openai,gpt-4o-mini-2024-07-18,0.000225
2026-11-20,openai,text-embedding-3-small,0.0000036
2026-11-21,azure,gpt-4o,0.0025
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    settings_home: Path, landed_home: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command after the spend logs were imported; gives its exit code, output and error."""
    landed_home(settings_home)

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        return (int(exit_.value.code or 0), *capsys.readouterr())

    assert call("import", "litellm-spend-logs", EXPORTS / "litellm_spend_logs.json")[0] == 0
    return call


def test_an_invoice_that_matches_exits_0_and_says_so(run, tmp_path: Path) -> None:
    invoice = tmp_path / "invoice.csv"
    invoice.write_text(INVOICE)
    code, out, err = run("reconcile", invoice)
    assert (code, err) == (0, "")
    assert out == (
        "2026-11-20 to 2026-11-21: invoice 0.0027286 USD, ledger 0.0027286 USD, difference 0 USD; "
        "3 of 3 rows match as they are\n"
    )


def test_a_difference_exits_1_and_is_shown_with_its_row(run, tmp_path: Path) -> None:
    invoice = tmp_path / "invoice.csv"
    invoice.write_text(INVOICE.replace("0.0025", "0.0035"))
    code, out, err = run("reconcile", invoice)
    assert code == 1
    assert err == "pointsman: 0.001 USD unexplained, in 1 of 3 rows\n"
    assert "unexplained" in out
    assert "gpt-4o-mini" not in out
    assert run("reconcile", invoice, "--tolerance", "0.001")[0] == 0
    assert run("reconcile", invoice, "--provider", "openai")[0] == 0
    assert run("reconcile", invoice, "--until", "2026-11-20")[0] == 0


def test_json_tells_every_row_with_exact_amounts(run, tmp_path: Path) -> None:
    invoice = tmp_path / "invoice.csv"
    invoice.write_text(INVOICE.replace("0.000225", "0.000224"))
    code, out, _ = run("reconcile", invoice, "--json")
    found = json.loads(out)
    assert (code, found["is_reconciled"], found["difference_usd"]) == (1, False, "-0.000001000")
    [cell] = [cell for cell in found["cells"] if cell["status"] != "matched"]
    assert (cell["day"], cell["key"]["model"], cell["missing"]) == ("2026-11-20", "gpt-4o-mini-2024-07-18", None)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--tolerance", "much", "--tolerance: must be an amount in USD (got 'much')"),
        ("--tolerance", "-1", "--tolerance: must be an amount in USD, at least 0"),
        ("--tolerance", "nan", "--tolerance: must be an amount in USD, at least 0"),
        ("--since", "today", "--since: must be a day such as 2026-11-25"),
        ("--until", "2026-02-30", "--until: must be a day such as 2026-11-25"),
    ],
)
def test_options_that_are_none_are_refused(run, option: str, value: str, said: str) -> None:
    code, out, err = run("reconcile", EXPORTS / "openai_costs.csv", option, value)
    assert (code, out) == (2, "")
    assert err.startswith(f"pointsman: {said}")
