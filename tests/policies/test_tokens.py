from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.pricing import INPUT_SAFETY_MARGIN
from policies.tokens import estimate_tokens

# Counted once with the tokeniser of Qwen2.5 (llama.cpp's /tokenize).
COUNTED = (
    ("Which function strips the indentation that all lines of a triple-quoted string have in common?", 18),
    ("请问如何在Python中使用双端队列？" * 5, 55),
    (" ".join(str(i * 7919) for i in range(100)), 681),
    ("THE QUICK BROWN FOX JUMPED OVER LAZY DOGS AND RETURNED HOME. " * 4, 73),
    ("Die Überprüfung der Größe gehört zum Straßenverkehrsamt; Äpfel und Öl können fließen. " * 5, 121),
)


def test_an_empty_text_has_no_tokens() -> None:
    assert estimate_tokens("") == 0


@pytest.mark.parametrize(("text", "counted"), COUNTED)
def test_with_its_margin_the_estimate_is_never_short_of_a_counted_text(text: str, counted: int) -> None:
    assert counted <= estimate_tokens(text) * INPUT_SAFETY_MARGIN
    assert estimate_tokens(text) <= 2 * counted


@given(st.text(), st.text())
def test_more_text_never_counts_less(first: str, second: str) -> None:
    assert estimate_tokens(first + " " + second) >= max(estimate_tokens(first), estimate_tokens(second))


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a" * 100_000, "\n" * 1000])
def test_any_text_has_an_estimate(text: str) -> None:
    assert estimate_tokens(text) >= 0
