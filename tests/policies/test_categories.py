"""Files of examples: what they say, and what is refused of them with its place."""

from __future__ import annotations

import pytest

from policies.categories import parse_categories
from policies.errors import BadInputError

LEGAL = 'category: legal\ntask_type: extract\nkeywords: [clause]\ntags: [law]\nexamples: ["Is clause 5 valid?"]\n'
CODE = "category: code\nexamples: [Write a function]\n"


def test_a_category_that_is_a_task_type_stands_for_it_and_another_for_what_it_says(toy) -> None:
    table = parse_categories({"a/legal.yaml": LEGAL, "b/code.yaml": CODE, "c.yaml": "category: fun"}, catalogue=toy)
    assert [category.name for category in table.categories] == ["code", "fun", "legal"]
    assert table.task_types == {"code": "code", "legal": "extract"}
    assert "legal" in table
    assert "law" not in table


def test_the_version_is_that_of_what_is_said_whatever_the_files_are_called(toy) -> None:
    table = parse_categories({"legal.yaml": LEGAL, "code.yaml": CODE}, catalogue=toy)
    moved = parse_categories({"x.yaml": CODE, "y.yaml": f"# a comment\n{LEGAL}"}, catalogue=toy)
    edited = parse_categories({"legal.yaml": LEGAL.replace("valid", "void"), "code.yaml": CODE}, catalogue=toy)
    assert table.version == moved.version != edited.version


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("category: legal", "legal.yaml:1: category: stands in code.yaml already (got 'legal')"),
        ("category: b\nkeywords: [CLAUSE]", "legal.yaml:2: keywords.0: stands in code.yaml already (got 'clause')"),
        ("category: b\ntags: [a, law]", "legal.yaml:2: tags.1: stands in code.yaml already (got 'law')"),
        (
            "category: b\nexamples:\n  - one\n  - ' Is  clause 5 valid?'",
            "legal.yaml:4: examples.1: stands in code.yaml already (got 'Is clause 5 valid?')",
        ),
        ("category: b\nexamples: [one, one]", "legal.yaml:2: examples.1: stands in legal.yaml already (got 'one')"),
        ("category: b\ntask_type: ponder", "legal.yaml:2: task_type: is no task type of toy.yaml (got 'ponder')"),
        ("category: b\ntask_type: embed", "legal.yaml:2: task_type: is never routed (got 'embed')"),
        ("category: b\nexamples: ['  ']", "legal.yaml:2: examples.0"),
        ("category: b\nexamples: []", "legal.yaml:2: examples"),
        ("category: b\nlabels: [x]", "legal.yaml:2: labels: unknown key"),
        ("category: b\ntags:", "legal.yaml:2: tags: must not be null"),
        ("examples: [x]", "legal.yaml:1: category: is required"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_field(toy, text: str, problem: str) -> None:
    with pytest.raises(BadInputError) as error:
        parse_categories({"code.yaml": LEGAL, "legal.yaml": text}, catalogue=toy)
    assert str(error.value).startswith(problem)
