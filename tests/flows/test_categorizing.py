"""`pointsman categories` shows what requests can be classified as, and the classifier's card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.cli import main

NOUNS = ("duck", "river", "engine", "contract", "poem", "invoice", "planet", "recipe", "server", "garden")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    examples = tmp_path / "examples"
    examples.mkdir()
    for name, phrase in (("summarize", "Summarize the text about the"), ("translate", "Translate into German: the")):
        lines = "".join(f'  - "{phrase} {noun}"\n' for noun in NOUNS)
        (examples / f"{name}.yaml").write_text(f"category: {name}\nkeywords: [{name} this]\nexamples:\n{lines}")
    monkeypatch.setenv("POINTSMAN_EXAMPLES", str(examples))
    monkeypatch.setenv("POINTSMAN_HOME", str(tmp_path / "home"))
    return examples


def run(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(("categories", *options))
    out, err = capsys.readouterr()
    return exit_.value.code, out, err


def test_the_card_is_shown_with_its_confusion_matrix(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json")
    told = json.loads(out)
    assert (code, told["card"]["examples"]) == (0, {"summarize": 10, "translate": 10})
    code, out, _ = run(capsys)
    assert code == 0
    assert f"({told['version']})" in out
    assert f"macro-F1 {told['card']['macro_f1']:.3f}" in out
    assert "true \\ guessed" in out


def test_categories_of_keywords_alone_have_no_card(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in folder.iterdir():
        file.write_text(file.read_text().partition("examples:")[0])
    code, out, _ = run(capsys)
    assert code == 0
    assert "macro-F1" not in out


def test_a_folder_of_nothing_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in folder.iterdir():
        file.unlink()
    code, out, err = run(capsys)
    assert (code, out) == (2, "")
    assert err == "pointsman: POINTSMAN_EXAMPLES: requests can't be classified: there is no file of examples\n"
