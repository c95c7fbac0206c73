"""`pointsman check` names what can't be used and exits 2; what is only odd it tells, and exits 0."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.cli import main
from policies.catalogue import parse_catalogue
from policies.features import features_of
from policies.match_lint import lint_matches
from policies.rules import parse_rules
from policies.types import Request
from warehouse.home import Home
from warehouse.landing import land
from warehouse.records import DecisionMade
from warehouse.spool import Spool

CATALOGUE = """\
models:
  - name: small
    deployments: [{litellm_model: openai/not-in-the-map}]
    price: litellm
    context_window: 4096
    max_output_tokens: 512
    skills: ["lang:en"]
"""
RULES = """\
rules:
  - {name: one, when: {task_type: generate}, use: {model: small}}
default: {use: {model: small}}
"""
DEAD = "  - {name: two, when: {task_type: generate, job: x}, use: {model: small}}\n"
WARNING = (
    "catalog.yaml:2: models.0.price: LiteLLM's price map has no price for openai/not-in-the-map, so small's cost is "
    "unknown, and it is left out wherever there is a budget"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "catalog.yaml").write_text(CATALOGUE)
    (tmp_path / "rules.yaml").write_text(RULES)
    monkeypatch.setenv("POINTSMAN_CATALOG", "catalog.yaml")
    monkeypatch.setenv("POINTSMAN_RULES", "rules.yaml")
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(("check", *options))
    out, err = capsys.readouterr()
    return exit_.value.code, out, err


def test_a_price_that_the_map_lacks_is_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = check(capsys)
    assert (code, err) == (0, "")
    assert out == f"warning: {WARNING}\n1 models, 2 rules, 0 jobs: no error, 1 warnings\n"


def test_programs_are_told_it_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = check(capsys, "--json")
    assert code == 0
    told = json.loads(out)
    (finding,) = told["findings"]
    assert (finding["severity"], finding["code"], finding["file"], finding["line"]) == (
        "warning",
        "no-price",
        "catalog.yaml",
        2,
    )
    assert WARNING.endswith(finding["message"])
    assert (told["models"], told["rules"]) == (1, 2)


def test_programs_are_told_of_a_file_that_cannot_be_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules.yaml").write_text("rules: []\ndefault: {use: {model: gone}}\n")
    code, out, err = check(capsys, "--json")
    told = json.loads(out)
    (finding,) = [one for one in told["findings"] if one["severity"] == "error"]
    assert (code, finding["code"]) == (2, "invalid")
    assert err == f"pointsman: {finding['file']}:{finding['line']}: {finding['message']}\n"
    assert (finding["file"], finding["line"]) == ("rules.yaml", 2)
    assert (told["models"], told["rules"]) == (1, None)


BAD_RULES = """\
rules:
  - {name: one, when: {task_type: generat}, use: {model: gone}}
  - {name: two, when: {min_tokens: many, timing: now}, use: {model: small}}
  - {name: one, when: {regex: "(", fields: {n: {min: two}}}, use: {modle: small}}
  - {name: four, when: {task_type: code, category: poetry}, use: {shortlist: [small, lost]}}
  - {name: one, when: {task_type: code}, use: {model: small}}
ambiguous: {below: 2, use: {model: small}}
default: {use: {}}
"""
BAD_EXAMPLES = {
    "a": "category: a\ntask_type: singing\nexamples: [x]\nkeywords: [same]\n",
    "b": "category: b\nkeyword: [y]\nkeywords: [Same]\n",
}


def test_all_that_is_wrong_with_files_is_told_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the schema refuses, and what else is wrong with the rest."""
    (folder / "catalog.yaml").write_text(CATALOGUE.replace("not-in-the-map", "gpt-4o"))
    (folder / "rules.yaml").write_text(BAD_RULES)
    (folder / "examples").mkdir()
    for name, text in BAD_EXAMPLES.items():
        (folder / "examples" / f"{name}.yaml").write_text(text)
    monkeypatch.setenv("POINTSMAN_EXAMPLES", "examples")
    code, out, err = check(capsys)
    lines = [line.removeprefix("pointsman: ") for line in err.splitlines()]
    assert (code, out) == (2, "")
    assert [line.split(": ")[:2] for line in lines] == [
        ["rules.yaml:2", "rules.0.when.task_type.0"],
        ["rules.yaml:2", "rules.0.use.model"],
        ["rules.yaml:3", "rules.1.when.min_tokens"],
        ["rules.yaml:3", "rules.1.when.timing"],
        ["rules.yaml:4", "rules.2.when.regex"],
        ["rules.yaml:4", "rules.2.when.fields.n.min"],
        ["rules.yaml:4", "rules.2.use.modle"],
        ["rules.yaml:5", "rules.3.use.shortlist.1"],
        ["rules.yaml:6", "rules.4.name"],
        ["rules.yaml:7", "ambiguous.below"],
        ["rules.yaml:8", "default.use"],
        ["examples/a.yaml:2", "task_type"],
        ["examples/b.yaml:2", "keyword"],
        ["examples/b.yaml:3", "keywords.0"],
    ]
    assert lines[2].endswith("(got 'many')")
    code, out, _ = check(capsys, "--json")
    findings = json.loads(out)["findings"]
    assert [f"{one['file']}:{one['line']}: {one['message']}" for one in findings] == lines
    assert {(one["severity"], one["code"]) for one in findings} == {("error", "invalid")}


def test_rules_and_jobs_are_looked_at_without_a_catalogue(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = CATALOGUE.replace("price: litellm", "price: cheap").replace("4096", "many")
    (folder / "catalog.yaml").write_text(wrong + wrong.removeprefix("models:\n").replace("many", "100"))
    (folder / "rules.yaml").write_text(
        "rules: [{name: one, when: {}, use: {model: gone}}]\ndefault: {use: {model: x}}\n"
    )
    (folder / "job.yaml").write_text("name: qa\nsteps:\n- {name: answer, kind: llm, prompt: Go.}\n")
    code, out, err = check(capsys, "job.yaml")
    assert (code, out) == (2, "")
    places = [line.split(": ")[1:3] for line in err.splitlines()]
    assert [":".join(place[:1]) for place in places if place[0].startswith("catalog")] == [
        "catalog.yaml:4",
        "catalog.yaml:5",
        "catalog.yaml:10",
    ]
    assert ["rules.yaml:1", "rules.0.when"] in places
    assert ["job.yaml:3", "steps.0.task_type"] in places


def test_without_anything_odd_there_is_no_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "catalog.yaml").write_text(CATALOGUE.replace("not-in-the-map", "gpt-4o"))
    assert check(capsys) == (0, "1 models, 2 rules, 0 jobs: no problem found\n", "")


def test_a_dead_rule_is_a_problem_beside_the_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules.yaml").write_text(RULES.replace("default:", DEAD + "default:"))
    code, out, err = check(capsys)
    assert code == 2
    assert out == f"warning: {WARNING}\n"
    assert err == "pointsman: rules.yaml:3: rule two is never reached: one matches first\n"


def test_a_job_that_no_model_can_serve_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "job.yaml").write_text(
        "name: qa\nsteps:\n- {name: answer, kind: llm, task_type: generate, prompt: Go., max_output_tokens: 600}\n"
    )
    code, out, err = check(capsys, "job.yaml")
    assert (code, out) == (2, f"warning: {WARNING}\n")
    assert err == (
        "pointsman: job.yaml:3: steps.answer: no model may serve it: small: answers at most 512 tokens; the step asks "
        "for 600 (catalogue catalog.yaml)\n"
    )


def test_every_step_that_nobody_may_serve_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "catalog.yaml").write_text(CATALOGUE.replace("not-in-the-map", "gpt-4o"))
    step = "- {{name: {name}, kind: llm, task_type: generate, prompt: Go., {more}}}\n"
    text = "name: qa\nsteps:\n" + step.format(name="one", more="max_output_tokens: 600")
    (folder / "job.yaml").write_text(text + step.format(name="two", more="output: {type: object}, policy: fixed:small"))
    code, out, err = check(capsys, "job.yaml")
    assert (code, out) == (2, "")
    assert [line.split(": ")[1:3] for line in err.splitlines()] == [
        ["job.yaml:3", "steps.one"],
        ["job.yaml:4", "steps.two"],
    ]


def test_a_job_may_be_checked_without_the_keys_of_its_models(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "catalog.yaml").write_text(CATALOGUE.replace("not-in-the-map}", "gpt-4o, api_key_env: NO_SUCH_KEY}"))
    (folder / "job.yaml").write_text(
        "name: qa\nsteps:\n- {name: answer, kind: llm, task_type: generate, prompt: Go.}\n"
    )
    assert check(capsys, "job.yaml") == (0, "1 models, 2 rules, 1 jobs: no problem found\n", "")


def test_plan_tells_of_dead_rules_and_of_fields_that_no_item_has(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "catalog.yaml").write_text(CATALOGUE.replace("not-in-the-map", "gpt-4o"))
    (folder / "rules.yaml").write_text(RULES.replace("default:", DEAD + "default:"))
    (folder / "job.yaml").write_text(
        "name: qa\nsteps:\n- name: answer\n  kind: llm\n  task_type: generate\n  prompt: Why?\n"
        "  scorers: [{scorer: exact, reference: item.answer}]\n"
    )
    (folder / "items.jsonl").write_text('{"item_id": "a"}\n')
    with pytest.raises(SystemExit) as exit_:
        main(("plan", "job.yaml", "-i", "items.jsonl"))
    assert exit_.value.code == 0
    assert capsys.readouterr().err.splitlines() == [
        "pointsman: warning: rules.yaml:3: rule two is never reached: one matches first",
        "pointsman: warning: job.yaml:7: steps.0.scorers.0: no item has the field 'answer', so scorer exact has "
        "nothing to score by",
    ]


def test_plan_says_it_on_standard_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "job.yaml").write_text(
        "name: qa\nsteps: [{name: answer, kind: llm, task_type: generate, prompt: '{{ item.question }}'}]\n"
    )
    (folder / "items.jsonl").write_text('{"item_id": "a", "question": "why?"}\n')
    with pytest.raises(SystemExit) as exit_:
        main(("plan", "job.yaml", "-i", "items.jsonl", "--json"))
    out, err = capsys.readouterr()
    assert exit_.value.code == 0
    assert json.loads(out)["expected_usd"] is None
    assert err == f"pointsman: warning: {WARNING}\n"


def test_a_category_that_nothing_could_be_recognised_as_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "examples").mkdir()
    (folder / "examples" / "legal.yaml").write_text("category: legal\n")
    monkeypatch.setenv("POINTSMAN_EXAMPLES", "examples")
    code, out, err = check(capsys)
    assert (code, out) == (2, f"warning: {WARNING}\n")
    assert err == (
        "pointsman: examples/legal.yaml: category: has no examples, keywords or tags: nothing can be recognised as it "
        "(got 'legal')\n"
    )


def test_a_folder_of_examples_that_is_not_there_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POINTSMAN_EXAMPLES", "nowhere")
    assert check(capsys) == (2, "", "pointsman: POINTSMAN_EXAMPLES: does not exist (got 'nowhere')\n")


@pytest.mark.parametrize(
    ("images", "told"),
    [
        ("[item.photo]", "warning: rules.yaml:2: rule one leaves nobody for items with images at step see of job look"),
        ("['covers/{{ item.n }}.png']", "pointsman: rules.yaml:2: rule one leaves nobody for step see of job look"),
    ],
)
def test_images_that_some_items_lack_empty_no_shortlist_of_all(
    folder: Path, capsys: pytest.CaptureFixture[str], images: str, told: str
) -> None:
    pictured = CATALOGUE.replace("not-in-the-map", "gpt-4o") + CATALOGUE.removeprefix("models:\n").replace(
        "small", "large"
    ).replace("not-in-the-map", "gpt-4o-mini").replace('"lang:en"', '"modality:image"')
    (folder / "catalog.yaml").write_text(pictured)
    (folder / "job.yaml").write_text(
        "name: look\nsteps:\n- name: see\n  kind: llm\n  task_type: generate\n"
        f"  prompt: {{user: Look., images: {images}}}\n"
    )
    code, out, err = check(capsys, "job.yaml")
    is_error = told.startswith("pointsman")
    assert code == (2 if is_error else 0)
    assert (err if is_error else out).splitlines()[0] == f"{told}: small lacks modality:image"


REQUESTS = ("Translate invoice 41", "Translate invoice 42", "Translate the letter")
BAD = Path(__file__).parent / "golden" / "bad_policies"


def test_a_deliberately_bad_table_is_told_as_it_should_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every kind of finding: of the log, rules that nothing fits, and one whose requests an earlier rule takes."""
    shutil.copytree(BAD, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "CATALOG": "catalog.yaml",
        "RULES": "rules.yaml",
        "EXAMPLES": "examples",
        "HOME": "home",
    }.items():
        monkeypatch.setenv(f"POINTSMAN_{name}", value)
    log_requests(Home(tmp_path / "home"), *REQUESTS)
    code, out, err = check(capsys, "job.yaml")
    assert (code, out + err) == (2, (BAD / "expected.txt").read_text())
    code, out, _ = check(capsys, "job.yaml", "--json")
    findings = json.loads(out)["findings"]
    assert code == 2
    assert {(one["severity"], one["code"]) for one in findings} == {
        ("error", "unreachable"),
        ("error", "emptied-shortlist"),
        ("warning", "emptied-shortlist"),
        ("warning", "overlap"),
        ("warning", "never-matched"),
        ("warning", "shadowed"),
        ("warning", "no-price"),
        ("warning", "no-skills"),
        ("warning", "no-examples"),
    }
    assert all(isinstance(one["line"], int) and one["file"] and one["message"] for one in findings)


def test_of_rules_that_read_texts_which_are_not_stored_nothing_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POINTSMAN_HOME", "home")
    rules = "  - {name: words, when: {keywords: [letter]}, use: {model: small}}\ndefault:"
    (folder / "rules.yaml").write_text(RULES.replace("default:", rules))
    log_requests(Home(folder / "home"), *REQUESTS, is_stored=False)
    _, out, _ = check(capsys, "--json")
    told = [
        (finding["code"], finding["message"]) for finding in json.loads(out)["findings"] if "rule" in finding["message"]
    ]
    assert told == [("never-matched", "rule one took none of 3 logged requests (--since 30d)")]


def test_of_a_log_too_long_to_read_the_names_of_its_rules_are_told(folder: Path) -> None:
    catalogue = parse_catalogue((folder / "catalog.yaml").read_text(), file="catalog.yaml")
    table = parse_rules((folder / "rules.yaml").read_text(), file="rules.yaml", catalogue=catalogue)
    (finding,) = lint_matches(table, {"default": 2_000_000}, since="--since 30d")
    assert str(finding) == "rules.yaml:2: rule one took none of 2,000,000 logged requests (--since 30d)"
    assert lint_matches(table, {"one": 1}, since="") == lint_matches(table, {}, since="") == ()


def log_requests(home: Home, *texts: str, is_stored: bool = True) -> None:
    """A ledger in which rules decided some requests to translate, just now."""
    home.create()
    with Spool(home) as spool:
        spool.append(*(decision_on(text, number, is_stored=is_stored) for number, text in enumerate(texts))).result(10)
    land(home)


def decision_on(text: str, number: int, *, is_stored: bool) -> DecisionMade:
    request = Request(f"c{number}", f"i{number}", "s", "translate", text, 10, 10, language="en")
    return DecisionMade(
        decision_id=f"d{number}",
        call_id=request.call_id,
        run_id="r",
        item_id=request.item_id,
        step=request.step,
        task_type=request.task_type,
        policy="rules",
        rule="invoices",
        model="large",
        propensity=1.0,
        explored=False,
        candidates=(),
        lambda_=None,
        weights_version=None,
        rules_version="r-1",
        catalogue_version="c-1",
        refusal=None,
        features=features_of(request),
        decided_at=datetime.now(UTC),
        text=text if is_stored else None,
    )
