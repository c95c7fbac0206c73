"""Each reader, on what it reads and on what it must refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.errors import BadInputError
from tasks.retrieval.documents import READERS, Section, read_markdown, read_plain, read_portable, read_web_page


def test_plain_text_is_one_section_without_mark_and_carriage_returns() -> None:
    assert read_plain(b"\xef\xbb\xbfone\r\ntwo\rthree", "a.txt") == [Section("a.txt", "one\ntwo\nthree")]


def test_markdown_sections_carry_the_path_of_headings() -> None:
    sections = read_markdown(b"intro\n# A\none\n## B ##\ntwo\n# C\n### D\nthree\n", "g.md")
    assert [(s.title, s.text.strip()) for s in sections] == [
        ("g.md", "intro"),
        ("g.md > A", "one"),
        ("g.md > A > B", "two"),
        ("g.md > C", ""),
        ("g.md > C > D", "three"),
    ]


def test_a_hash_in_fenced_code_is_no_heading() -> None:
    sections = read_markdown(b"# A\n````\n# code\n```\n# more\n````\n# B\nend", "g.md")
    assert [s.title for s in sections] == ["g.md", "g.md > A", "g.md > B"]
    assert "# code\n```\n# more" in sections[1].text


def test_a_hash_without_a_space_is_no_heading() -> None:
    assert [s.title for s in read_markdown(b"#tag\n", "g.md")] == ["g.md"]


def test_html_gives_visible_text_by_heading() -> None:
    page = (
        b"<title>T</title><p>intro <i>in</i>line</p><h1>A &amp; <b>B</b></h1><ul><li>x</li><li>y</li></ul>"
        b"<script>no()</script><template>no</template><h2>C</h2>one<br>two<!-- no -->"
    )
    sections = [(s.title, s.text.split()) for s in read_web_page(page, "p.html")]
    assert sections == [
        ("p.html > T", ["intro", "inline"]),
        ("p.html > T > A & B", ["x", "y"]),
        ("p.html > T > A & B > C", ["one", "two"]),
    ]


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-16", "koi8-r", "shift_jis"])
def test_a_page_is_read_in_the_encoding_that_it_declares(charset: str) -> None:
    word = {"koi8-r": "утка", "shift_jis": "アヒル"}.get(charset, "é")
    page = f'<html><head><meta charset="{charset}"></head><body>{word}</body></html>'.encode(charset)
    assert read_web_page(page, "p.html")[0].text.strip() == word


@pytest.mark.parametrize("charset", ["klingon", "utf-8", "ascii-armour", "hex", "shift_jis"])
def test_a_page_that_is_in_no_encoding_that_it_declares_is_refused(charset: str) -> None:
    with pytest.raises(BadInputError, match=r"p\.html:2: is not UTF-8 text"):
        read_web_page(f'<meta charset="{charset}">\n'.encode() + b"caf\xff\xe9", "p.html")


def test_html_keeps_text_that_looks_like_markdown() -> None:
    assert [s.title for s in read_web_page(b"<pre># comment</pre>", "p.html")] == ["p.html"]


def test_broken_html_still_gives_its_text() -> None:
    assert "kept" in read_web_page(b"<div><p>kept<table><tr></div>", "p.html")[0].text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("readme.html", "readme.html"),
        ("https://example.org/ducks", "https://example.org/ducks"),
        ('<?xml version="1.0"?>\n<rss><channel><item>Ducks dive.</item></channel></rss>', "Ducks dive."),
        ('<?xml version="1.0"?>\n<html><body><p>Ducks dive.</p></body></html>', "Ducks dive."),
        ("<!-- Ducks --><style>p {}</style>", ""),
        ("<html><head><title>Ducks</title></head><body></body></html>", ""),
        ("<div>" * 5_000 + "Ducks dive.", "Ducks dive."),
        ("", ""),
    ],
    ids=["file name", "address", "feed", "xhtml", "comment", "no body", "deep", "empty"],
)
def test_odd_pages_give_their_text_or_none_and_warn_of_nothing(page: str, text: str) -> None:
    sections = read_web_page(page.encode(), "p.html")
    assert "".join(section.text for section in sections).strip() == text


def test_a_pdf_gives_one_section_per_page(pdf: Callable[..., bytes]) -> None:
    sections = read_portable(pdf("first page", "second"), "p.pdf")
    assert [(s.title, s.text.strip()) for s in sections] == [
        ("p.pdf, page 1", "first page"),
        ("p.pdf, page 2", "second"),
    ]


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"fine\n\xff\xfe", r"f:2: is not UTF-8 text"),
        ("caf\u00e9".encode("latin-1"), r"f:1: is not UTF-8 text"),
        (b"a\nb\x00c", r"f:2: contains a NUL byte"),
    ],
)
def test_text_that_is_not_utf_8_is_refused_with_its_line(suffix: str, raw: bytes, problem: str) -> None:
    with pytest.raises(BadInputError, match=problem):
        READERS[suffix](raw, "f")


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "zeroed"])
def test_a_broken_pdf_is_refused_by_name(pdf: Callable[..., bytes], damage: str) -> None:
    whole = pdf("text")
    raw = {"empty": b"", "text": b"not a pdf", "cut": whole[: len(whole) // 4], "zeroed": whole[:9] + bytes(400)}[
        damage
    ]
    with pytest.raises(BadInputError, match=r"p\.pdf: is (not a PDF that can be read|a PDF without text)"):
        read_portable(raw, "p.pdf")


def test_an_encrypted_pdf_is_refused(encrypted_pdf: bytes) -> None:
    with pytest.raises(BadInputError, match=r"p\.pdf: is an encrypted PDF"):
        read_portable(encrypted_pdf, "p.pdf")


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_that_opens_without_a_password_is_read_and_one_that_does_not_is_named(
    pdf: Callable[..., bytes], encrypt: Callable[..., bytes], algorithm: str
) -> None:
    assert "ducks" in read_portable(encrypt(pdf("ducks"), "", algorithm=algorithm), "p.pdf")[0].text
    with pytest.raises(BadInputError, match=r"^p\.pdf: is an encrypted PDF$"):
        read_portable(encrypt(pdf("ducks"), "password", algorithm=algorithm), "p.pdf")


def test_a_pdf_of_pictures_is_refused(pdf: Callable[..., bytes]) -> None:
    with pytest.raises(BadInputError, match="without text"):
        read_portable(pdf("", ""), "p.pdf")
