"""A run's classifier: trained once for its examples, kept with its card, pinned, and told in the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from policies.categories import Category, table_of
from policies.errors import BadInputError
from policies.reclassified import Classes
from policies.rule_table import RuleTable
from policies.types import Request
from tasks.classifiers import check_recognisable, classes_of, content_classifier, trained_classifier
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import JOB, run_whole, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.home import Home
from warehouse.landing import land
from warehouse.query import query

NOUNS = ("duck", "river", "engine", "contract", "poem", "invoice", "planet", "recipe", "server", "garden")
TABLE = table_of(
    [
        Category("summarize", "summarize", examples=tuple(f"Summarize the text about the {noun}" for noun in NOUNS)),
        Category("translate", "translate", examples=tuple(f"Translate into German: the {noun}" for noun in NOUNS)),
    ]
)
RULES = RuleTable((), "r-1", "rules.yaml", frozenset())


def request(text: str) -> Request:
    return Request("call", "item", "step", "auto", text, input_tokens=1, max_output_tokens=1)


def test_what_is_trained_is_kept_privately_and_read_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, card = trained_classifier(home, TABLE)
    files = sorted(home.classifiers.iterdir())
    assert [file.suffix for file in files] == [".joblib", ".json"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert json.loads(files[1].read_text())["version"] == card.version == TABLE.version
    written_at = files[0].stat().st_mtime_ns
    trained_classifier.cache_clear()
    again, read = trained_classifier(home, TABLE)
    assert read == card
    assert files[0].stat().st_mtime_ns == written_at
    texts = ["Summarize it", "Translate it into German"]
    assert again.classify(texts) == first.classify(texts)
    assert [guess.category for guess in again.classify(texts)] == ["summarize", "translate"]


def test_the_threshold_is_the_rules_or_else_the_cards(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert classes_of(home, TABLE).threshold is None  # not trained here, and nothing is trained to tell it
    _, card = trained_classifier(home, TABLE)
    assert classes_of(home, TABLE) == Classes(card.threshold, {"summarize": "summarize", "translate": "translate"})
    assert content_classifier(home, TABLE, RULES).threshold == card.threshold
    of_rules = RuleTable((), "r-1", "rules.yaml", frozenset(), ambiguous_below=0.99)
    assert content_classifier(home, TABLE, of_rules).threshold == 0.99


def test_keywords_alone_need_no_training(tmp_path: Path) -> None:
    table = table_of([Category("code", "code", keywords=("function",))])
    (classified,) = content_classifier(Home(tmp_path), table, RULES).classify([request("A function, please")])
    assert classified.task_type == "code"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("categories", "problem"),
    [
        ([], "POINTSMAN_EXAMPLES: requests can't be classified: there is no file of examples"),
        ([Category("a", "code", file="a.yaml")], "a.yaml: category: has no examples, keywords or tags"),
        ([Category("a", "code", examples=("x",), file="a.yaml")], "a.yaml: examples: at least 8 are needed (got 1)"),
        ([Category("a", "code", examples=NOUNS, file="a.yaml")], "a.yaml: examples: no other category has any"),
    ],
)
def test_what_could_never_be_recognised_is_refused(categories: list[Category], problem: str) -> None:
    with pytest.raises(BadInputError) as error:
        check_recognisable(table_of(categories))
    assert str(error.value).startswith(problem)


EXAMPLES: Mapping[str, str] = {
    "extract.yaml": "category: extract\nkeywords: [quote]\n",
    "summarize.yaml": "category: summarize\nkeywords: [what]\n",
}


def test_a_step_of_task_type_auto_is_classified_item_by_item_and_told_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    for name, text in EXAMPLES.items():
        (folder / name).write_text(text)
    for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test", "POINTSMAN_EXAMPLES": str(folder)}.items():
        monkeypatch.setenv(name, value)
    assert "task_type: generate" in JOB
    with ScriptedProvider(default="echo") as provider:
        installation = write_installation(
            tmp_path, base_url=provider.base_url, job=JOB.replace("task_type: generate", "task_type: auto"), n_items=2
        )
        run_whole(installation.request())
    (folder / "extract.yaml").unlink()  # pinned with the run
    land(installation.home)
    rows = query(
        installation.home,
        "SELECT DISTINCT d.task_type, a.task_type, d.features->>'category' FROM decisions d JOIN attempts a"
        " USING (decision_id) WHERE d.step = 'answer'",
    ).rows
    assert rows == [("summarize", "summarize", "summarize")]


KIND = """  - name: kind
    kind: llm
    task_type: classify
    prompt: "Is it summarize or translate? {{ item.question }}"
    max_output_tokens: 10
  - name: answer
    kind: llm
    task_type: auto
    category: "{{ steps.kind }}"
"""


def test_an_llm_step_may_classify_in_the_classifiers_place_as_a_routed_accounted_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
        monkeypatch.setenv(name, value)
    job = JOB.replace("  - name: answer\n    kind: llm\n    task_type: generate\n", KIND)
    assert KIND in job
    answers = {"duck 0": " Summarize.\n", "duck 1": "no idea"}

    def answer(body: Mapping[str, object]) -> str:
        said = next(said for asked, said in answers.items() if asked in str(body))
        return said if "Is it" in str(body) else '{"quote": "duck 0, duck 1"}'

    with ScriptedProvider(answer=answer) as provider:
        installation = write_installation(tmp_path, base_url=provider.base_url, job=job, n_items=2)
        installation.batch.write_text(
            "".join(json.dumps({"item_id": f"i{n}", "question": f"duck {n}"}) + "\n" for n in range(2))
        )
        run_whole(installation.request())
    land(installation.home)
    rows = query(
        installation.home,
        "SELECT item_id, step, task_type, features->>'category', features->>'is_ambiguous' FROM decisions"
        " WHERE step IN ('kind', 'answer') ORDER BY item_id, step",
    ).rows
    assert rows == [
        ("i0", "answer", "summarize", "summarize", "false"),
        ("i0", "kind", "classify", None, None),
        ("i1", "answer", "auto", None, "true"),
        ("i1", "kind", "classify", None, None),
    ]
    spent = query(installation.home, "SELECT count(*) FROM calls WHERE step = 'kind' AND cost_usd IS NOT NULL").rows
    assert spent == [(2,)]
    assert list(installation.home.classifiers.glob("*")) == []  # nothing was trained
