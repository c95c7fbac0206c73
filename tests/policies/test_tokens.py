from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.pricing import INPUT_SAFETY_MARGIN
from policies.tokens import LARGEST_IMAGE_TOKENS, estimate_image_tokens, estimate_tokens

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


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (200, 200), (512, 512), (768, 768), (1024, 1024), (1092, 1092), (2048, 1024)]
)
def test_an_image_is_estimated_at_no_less_than_what_the_vendors_formulas_say(width: int, height: int) -> None:
    """OpenAI's tiles after its scaling, its patches up to 1,536, Claude's patches up to 4,784, Gemini's tiles."""
    shrunk = min(1, 2048 / max(width, height), 768 / min(width, height))
    tiles = math.ceil(width * shrunk / 512) * math.ceil(height * shrunk / 512)
    patches = min(1536, math.ceil(width / 32) * math.ceil(height / 32))
    claude = min(4784, math.ceil(width / 28) * math.ceil(height / 28))
    gemini = 258 if max(width, height) <= 384 else 258 * math.ceil(width / 768) * math.ceil(height / 768)
    estimate = estimate_image_tokens(width, height)
    by_tiles = 85 + 170 * tiles
    assert estimate * INPUT_SAFETY_MARGIN >= max(patches * 1.62, claude, gemini, by_tiles)


def test_the_largest_image_has_a_bound() -> None:
    assert estimate_image_tokens(10**6, 10**6) == LARGEST_IMAGE_TOKENS
