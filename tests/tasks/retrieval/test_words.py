"""How text becomes search words."""

from __future__ import annotations

import pytest

from tasks.retrieval.words import fold_plural, humanize, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("read_lines", ["read_lines", "read", "line"]),
        ("readLines", ["readlines", "read", "line"]),
        ("json.JSONEncoder.default", ["json.jsonencoder.default", "json", "json", "encoder", "default"]),
        ("HTTPServer2", ["httpserver2", "http", "server", "2"]),
        ("__init__", ["__init__", "init"]),
        ("How do I sort the lists?", ["sort", "list"]),
        ("is_in", ["is_in"]),
        ("naïve café", ["naïve", "café"]),
        ("größeÄnderung", ["größeänderung"]),
        ("3.14", ["3.14", "3", "14"]),
        ("ends here.", ["end", "here"]),
        ("漢字", ["漢字"]),
        ("?! --- ...", []),
        ("", []),
    ],
)
def test_identifiers_count_whole_and_in_parts(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("queries", "query"),
        ("files", "file"),
        ("lists", "list"),
        ("class", "class"),
        ("status", "status"),
        ("os", "os"),
    ],
)
def test_plurals_fold_by_the_three_rules(plural: str, singular: str) -> None:
    assert fold_plural(plural) == singular


def test_a_title_reads_as_separate_words() -> None:
    assert humanize("urllib.parse.urlSplit") == "urllib parse url Split"
