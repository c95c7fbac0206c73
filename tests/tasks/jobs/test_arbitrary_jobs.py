"""Whatever a job file or a template says, it is read or refused, never a crash."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.errors import BadInputError
from tasks.jobs.checks import Known
from tasks.jobs.context import Context, RenderError
from tasks.jobs.prompts import render
from tasks.jobs.reading import parse_job

KNOWN = Known(frozenset({"extract", "generate", "rewrite"}), frozenset({"small"}), base=Path(), roots=(Path(),))
FRAGMENTS = [
    "{", "}", "[", "]", ":", ",", "- ", "\n", "\t", "&a ", "*a", "<<: *a", "!!int ", "!!bool ", "? ", "| ", "'", '"',
    "null", "~", ".nan", "1e999", "2026-13-01", "0x1", "{{", "}}", "{%", "item", "steps.answer", "for x in item.a",
    "\x00", "\ud800", "9" * 60, "$ref: x", "name: qa", "kind: llm", "kind: transform", "operator: split",
]  # fmt: skip
TOKENS = [
    "{{ ", " }}", "{% ", " %}", "for x in ", "item.a", "item", "steps", "endfor", "if ", "else", "endif", "x", " | ",
    "join", "upper", "('a')", "[0]", "[::2]", " * ", " ~ ", "loop.index", "'", "(", ")", "0", "9" * 20, "{# ", " #}",
    ".b", " in ", " is defined", "{%- ", "raw", "endraw", "not ", ", ",
]  # fmt: skip


@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, 2000),
            st.integers(0, 30),
            st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=5), st.just("")),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutated_job_is_read_or_refused(cuts: list[tuple[int, int, str]], job_text: str) -> None:
    text = job_text.replace("folder: docs", "builder: python_stdlib")
    for start, n, fragment in cuts:
        text = text[: start % len(text)] + fragment + text[start % len(text) + n :]

    with contextlib.suppress(BadInputError):
        parse_job(text, KNOWN, file="job.yaml")


@given(st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)), max_size=15))
@settings(max_examples=300, deadline=None)
def test_any_template_is_rendered_or_refused(parts: list[str]) -> None:
    context = Context({"a": [1, "b", None, {"b": 2}]}, {"answer": "text"})

    with contextlib.suppress(BadInputError, RenderError):
        assert isinstance(render("".join(parts), context), str)
