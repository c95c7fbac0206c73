"""What items may lack, and none of them has, is told with its place; what one of them has is not."""

from __future__ import annotations

import pytest

from policies.documents import locate_document
from tasks.jobs.field_lint import lint_fields
from tasks.jobs.schema import Job
from warehouse.batch import Item

TEXT = """\
name: j
steps:
  - name: a
    kind: llm
    task_type: generate
    prompt: Why?
    tags_from: [kind, tier]
    scorers:
      - {scorer: exact, reference: item.answer}
      - {scorer: token_overlap, against: steps.b.text}
  - name: b
    kind: transform
    operator: strip
    of: item.text
    scorers: [{scorer: contains, reference: item.label}]
"""
KIND = "j.yaml:7: steps.0.tags_from.0: no item has the field 'kind', so it gives no tag"
TIER = "j.yaml:7: steps.0.tags_from.1: no item has the field 'tier', so it gives no tag"
ANSWER = "j.yaml:9: steps.0.scorers.0: no item has the field 'answer', so scorer exact has nothing to score by"
LABEL = "j.yaml:15: steps.1.scorers.0: no item has the field 'label', so scorer contains has nothing to score by"


@pytest.mark.parametrize(
    ("items", "warnings"),
    [
        ([{"text": "x"}], (ANSWER, KIND, TIER, LABEL)),
        ([{"kind": "a"}, {"answer": "b"}], (TIER, LABEL)),
        ([{"kind": "a", "tier": "b", "answer": None, "label": ""}], ()),
    ],
)
def test_a_field_that_no_item_has_is_told(items: list[dict[str, str | None]], warnings: tuple[str, ...]) -> None:
    batch = [Item(item_id=f"i{n}", fields=fields, line=n) for n, fields in enumerate(items, 1)]
    assert lint_fields(locate_document(TEXT, Job, file="j.yaml"), batch) == warnings


def test_what_a_judge_would_look_at_is_told_too() -> None:
    judge = "    judge: {rubric: r.yaml, against: item.other, reference: item.best}\n"
    document = locate_document(TEXT.replace("    scorers:\n", f"{judge}    scorers:\n", 1), Job, file="j.yaml")
    batch = [Item("i", {"kind": "a", "tier": "b", "answer": "", "label": ""}, 1)]

    assert lint_fields(document, batch) == (
        "j.yaml:8: steps.0.judge.against: no item has the field 'other', so the judge has nothing to compare with",
        "j.yaml:8: steps.0.judge.reference: no item has the field 'best', so the judge has no accepted answer to look "
        "at",
    )
