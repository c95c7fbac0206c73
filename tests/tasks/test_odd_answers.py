"""Answers that are hardly texts: halves of surrogate pairs, NUL, characters that nobody sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tasks.run_folder import RunFolder, read_lines
from tests.fakes.installations import JOB, Installation, run_whole
from tests.fakes.provider import ScriptedProvider

Install = Callable[..., Installation]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("duck \ud800 pond", "duck \ufffd pond"),
        ("duck \ud83e\udd86", "duck \U0001f986"),
        ("duck \x00 pond", "duck \x00 pond"),
    ],
)
def test_an_answer_that_is_no_text_is_written_down_all_the_same(install: Install, text: str, kept: str) -> None:
    job = JOB[: JOB.index("  - name: cite")]
    with ScriptedProvider(answer=lambda _: text) as provider:
        installation = install(provider.base_url, job=job, n_items=1)
        closed = run_whole(installation.request())
    assert closed.n_failed == 0
    assert kept.strip() == outputs_of(installation)[0]["answer"]


def outputs_of(installation: Installation) -> list[dict[str, object]]:
    rows = read_lines(RunFolder(installation.home.runs / "run-1").outputs)
    return [row["outputs"] for row in rows]  # type: ignore[misc]  # written as a mapping


def test_an_answer_of_characters_that_nobody_sees_is_empty(install: Install) -> None:
    job = JOB[: JOB.index("  - name: cite")]
    with ScriptedProvider(answer=lambda _: "\u200b\ufeff \u00a0") as provider:
        installation = install(provider.base_url, job=job, n_items=1)
        assert run_whole(installation.request()).n_failed == 1
