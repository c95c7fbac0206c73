"""Cutting loses nothing but white space and keeps to the size, whatever the text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.retrieval.chunking import cut_section

TEXTS = st.text(
    alphabet=st.sampled_from("ab cde.,;:!?\n\t-/()_ \r\x0b\u00a0\u2003éß漢字🙂'\""), max_size=1500
) | st.lists(
    st.sampled_from(["word", "\n\n", "\n", "A sentence. ", "x" * 130, " " * 40, "\n \n\n\n"]), max_size=60
).map("".join)


def without_blanks(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, size=st.integers(10, 200))
def test_no_text_is_lost_and_the_size_holds(text: str, size: int) -> None:
    pieces = cut_section(text, size)
    assert without_blanks("".join(pieces)) == without_blanks(text)
    assert all(0 < len(piece) <= size for piece in pieces)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, size=st.integers(20, 200), overlap=st.integers(1, 10))
def test_overlapping_passages_keep_the_size_and_cover_the_text(text: str, size: int, overlap: int) -> None:
    pieces = cut_section(text, size, overlap=overlap)
    assert all(0 < len(piece) <= size for piece in pieces)
    rest, end = without_blanks(text), 0
    for piece in map(without_blanks, pieces):
        begin = rest.rfind(piece, 0, end + len(piece))
        assert begin >= 0
        end = begin + len(piece)
    assert end == len(rest)


def test_an_overlap_starts_at_a_word() -> None:
    assert cut_section("alpha beta gamma delta epsilon zeta", 20, overlap=8) == [
        "alpha beta",
        "beta gamma delta",
        "delta epsilon zeta",
    ]


def test_breaks_at_paragraphs_before_sentences() -> None:
    assert cut_section("One. Two.\n\nThree. Four.", 15) == ["One. Two.", "Three. Four."]


def test_white_space_alone_gives_no_passage() -> None:
    assert cut_section(" \n\t\n ", 100) == []


def test_thousands_of_different_blank_runs_do_not_exhaust_the_stack() -> None:
    text = "".join("w" * 50 + "\n" * n + " " * n for n in range(1500))
    assert without_blanks("".join(cut_section(text, 100))) == without_blanks(text)
