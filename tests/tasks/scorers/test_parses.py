"""Program text that can be read, and what only looks like it."""

from __future__ import annotations

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tasks.scorers.scoring import judge, score


def fenced(*blocks: tuple[str, str]) -> str:
    """Blocks of code with prose around them, as models answer."""
    return "Here it is:\n" + "\n".join(f"```{name}\n{body}\n```\nand" for name, body in blocks)


@pytest.mark.parametrize(
    ("syntax", "output", "expected"),
    [
        ("python", "def f(x):\n    return x + 1", 1),
        ("python", "\n\nprint('x')\n", 1),
        ("python", "def f(x)\n    return x", 0),
        ("python", "print 'x'", 0),
        ("python", "Here is the code you asked for.", 0),
        ("python", "# only a comment", 0),
        ("python", "", 0),
        ("python", "x = '\0'", 0),
        ("python", "x = '\ud800'", 0),
        ("python", 'import re\nre.compile("\\d")', 1),  # an odd escape is Python all the same
        ("python", fenced(("python", "x = 1")), 1),
        ("python", fenced(("", "x = 1")), 1),
        ("python", fenced(("python", "x = 1"), ("python", "y = = 2")), 0),
        ("python", fenced(("bash", "pip install x"), ("py", "x = 1")), 1),  # another syntax is not read
        ("python", fenced(("bash", "pip install x")), 0),  # no block of Python, and the whole is none
        ("json", '{"a": [1, 2]}', 1),
        ("json", "{'a': 1}", 0),
        ("json", '{"a": NaN}', 0),
        ("json", fenced(("json", '{"a": 1}')), 1),
        ("json", "", 0),
        ("sql", "SELECT a, count(*) FROM t WHERE b = 'x' GROUP BY a", 1),
        ("sql", "CREATE TABLE t (a INT); INSERT INTO t VALUES (1);", 1),
        ("sql", "DROP TABLE users", 1),  # parsed, and never run
        ("sql", "SELEC a FROM t", 0),
        ("sql", "SELECT a FROM t WHERE", 0),
        ("sql", "-- nothing", 0),
        ("sql", "select '\ud800'", 0),
        ("sql", fenced(("sql", "SELECT 1")), 1),
    ],
)
def test_what_parses_scores_1(syntax: str, output: str, expected: float) -> None:
    assert score(output, "parses", arguments={"syntax": syntax}) == expected


@pytest.mark.parametrize(
    ("syntax", "output", "detail"),
    [
        ("python", "x = 1\ny = = 2", "line 2: invalid syntax"),
        ("python", fenced(("python", "x = 1"), ("python", "y = = 2")), "block 2: line 1: invalid syntax"),
        ("python", "# nothing", "no statement"),
        ("sql", "SELECT 1\nFRM t", 'Parser Error: syntax error at or near "t" (line 2 of the query)'),
    ],
)
def test_the_detail_is_the_first_error(syntax: str, output: str, detail: str) -> None:
    judgement = judge(output, "parses", arguments={"syntax": syntax})

    assert judgement is not None
    assert judgement.detail == detail


@pytest.mark.parametrize("syntax", ["python", "json", "sql"])
@pytest.mark.parametrize("opening", ["(", "[", "{", "-", "not ", "select (", "lambda:", "a.", "1+"])
def test_text_that_is_nested_on_purpose_only_scores_0(syntax: str, opening: str) -> None:
    assert score(opening * 5_000, "parses", arguments={"syntax": syntax}) == 0
    assert score(opening * 5_000 + "1", "parses", arguments={"syntax": syntax}) in (0, 1)


@pytest.mark.parametrize("syntax", ["python", "json", "sql"])
def test_what_is_too_long_to_be_read_has_no_score(syntax: str) -> None:
    assert score("1" * 50_001, "parses", arguments={"syntax": syntax}) is None


def test_judged_code_says_nothing_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert score('x = "\\d"', "parses", arguments={"syntax": "python"}) == 1

    assert capsys.readouterr().err == ""


def test_threads_parse_at_the_same_time() -> None:
    with ThreadPoolExecutor(8) as pool:
        scores = list(pool.map(lambda n: score(f"select {n}", "parses", arguments={"syntax": "sql"}), range(40)))

    assert scores == [1] * 40


def test_judged_code_is_not_run() -> None:
    assert score("import sys\nsys.judged_code_was_run = True", "parses", arguments={"syntax": "python"}) == 1

    assert not hasattr(sys, "judged_code_was_run")
