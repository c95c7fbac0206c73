"""Whatever is wrong with a command's input: exit 2, one line that says what and where, nothing written or sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli import main

JOB = """\
name: qa
input: {text_fields: [question]}
steps:
  - name: answer
    kind: llm
    task_type: generate
    prompt: "{{ item.question }}"
"""
ITEMS = '{"item_id": "a", "question": "why?"}\n{"item_id": "b", "question": "how?"}\n'
CATALOGUE = """\
models:
  - name: small
    deployments: [{litellm_model: openai/small, api_base: "http://127.0.0.1:9/v1"}]
    price: {input: 1, output: 2}
    context_window: 4096
    max_output_tokens: 512
"""
RULES = "default: {use: {model: small}}\n"

Refuse = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"job.yaml": JOB, "items.jsonl": ITEMS, "catalog.yaml": CATALOGUE, "rules.yaml": RULES}.items():
        (tmp_path / name).write_text(text)
    for variable, value in {"HOME": "home", "CATALOG": "catalog.yaml", "RULES": "rules.yaml"}.items():
        monkeypatch.setenv(f"POINTSMAN_{variable}", str(tmp_path / value))
    return tmp_path


@pytest.fixture
def refuse(folder: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Run a command that must be refused, and give its one line."""

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        out, err = capsys.readouterr()
        assert exit_.value.code == 2, err
        assert out == ""
        assert err.startswith("pointsman: ")
        assert err.count("\n") == 1
        assert err.endswith("\n")
        assert "Traceback" not in err
        assert not (folder / "home").exists()
        return err.removeprefix("pointsman: ").strip().replace(f"{folder}/", "")

    return run


RUN = ("run", "job.yaml", "--input", "items.jsonl")

ARGUMENTS = [
    (("frob",), "No such command 'frob'."),
    (("run",), "Missing argument 'JOB'."),
    (("run", "job.yaml"), "Missing option '--input' / '-i'."),
    ((*RUN, "--frob"), "No such option: --frob"),
    ((*RUN, "--sample", "many"), "Invalid value for '--sample': Input should be a valid integer"),
    ((*RUN, "--sample", "0"), "--sample: must be greater than or equal to 1 (got 0)"),
    ((*RUN, "--seed", "-1"), "--seed: must be greater than or equal to 0 (got -1)"),
    ((*RUN, "--chunks-under-way", "0"), "--chunks-under-way: must be greater than or equal to 1 (got 0)"),
    ((*RUN, "--budget-usd", "lots"), "--budget-usd: must be an amount in USD (got 'lots')"),
    ((*RUN, "--budget-usd", "0"), "--budget-usd: must be more than 0 (got '0')"),
    ((*RUN, "--budget-usd", "-3"), "--budget-usd: must be more than 0 (got '-3')"),
    ((*RUN, "--budget-usd", "NaN"), "--budget-usd: must be more than 0 (got 'NaN')"),
    ((*RUN, "--budget-usd", "inf"), "--budget-usd: must be more than 0 (got 'inf')"),
    ((*RUN, "--budget-usd", "1e-12"), "--budget-usd: "),
    ((*RUN, "--budget-usd", "0.000000001"), "budget_usd: the budget is below the cheapest plan"),
    ((*RUN, "--policy", "cleverest"), "--policy: "),
    ((*RUN, "--policy", "fixed:nobody"), "policy: unknown model"),
    ((*RUN, "--run-id", ""), "run_id: must be 1 to 100 letters"),
    ((*RUN, "--run-id", "../up"), "run_id: must be 1 to 100 letters"),
    ((*RUN, "--run-id", "a/b"), "run_id: must be 1 to 100 letters"),
    ((*RUN, "--run-id", ".hidden"), "run_id: must be 1 to 100 letters"),
    ((*RUN, "--run-id", "x" * 101), "run_id: must be 1 to 100 letters"),
    ((*RUN, "--run-id", "a\x00b"), "run_id: must be 1 to 100 letters"),
    (("run", "missing.yaml", "-i", "items.jsonl"), "job: does not exist (got 'missing.yaml')"),
    (("run", "/etc/passwd", "-i", "items.jsonl"), "job: "),
    (("run", "../job.yaml", "-i", "items.jsonl"), "job: "),
    (("run", "https://example.org/job.yaml", "-i", "items.jsonl"), "job: "),
    (("run", "job\x00.yaml", "-i", "items.jsonl"), "job: "),
    (("run", ".", "-i", "items.jsonl"), "is not a file"),
    (("run", "job.yaml", "-i", "missing.jsonl"), "input: does not exist (got 'missing.jsonl')"),
    (("run", "job.yaml", "-i", "."), "is not a file"),
    (("run", "job.yaml", "-i", "/etc/passwd"), "input: "),
    (("run", "job.yaml", "-i", "s3://bucket/items.jsonl"), "input: "),
    (("run", "job.yaml", "-i", "rules.yaml"), "rules.yaml"),
    (("plan", "missing.yaml", "-i", "items.jsonl"), "job: does not exist (got 'missing.yaml')"),
    (("resume", "nobody"), "there is no such run"),
    (("resume", "../nobody"), "run_id: must be 1 to 100 letters"),
    (("report", "nobody"), "there is no warehouse yet"),
    (("explain", "nobody"), "there is no warehouse yet"),
    (("query", "select 1"), "there is no warehouse yet"),
    (("query",), "give SQL, or --named with one of"),
    (("query", "select 1", "--named", "reprice"), "give SQL, or --named with one of"),
    (("query", "--named", "frob"), "named: no such query"),
    (("query", "--named", "reprice", "-p", "novalue"), "--param: must be NAME=VALUE (got 'novalue')"),
    (("query", "select $x", "-p", "novalue"), "--param: must be NAME=VALUE (got 'novalue')"),
    (("route", "--task-type", "frob", "--text", "x"), "--task-type: unknown task type"),
    (("route", "--task-type", "embed", "--text", "x"), "--task-type: unknown task type"),
    (("route", "--task-type", "generate", "--text", "  "), "--text: must not be empty"),
    (("route", "--task-type", "generate"), "Missing option '--text'."),
    (("route", "--task-type", "generate", "--text", "x", "--policy", "frob"), "policy: unknown policy"),
    (("models", "pull", "gpt-17"), "unknown embedded model"),
    (("models", "list", "gpt-17"), "unknown embedded model"),
    (("check", "missing.yaml"), "JOB: does not exist (got 'missing.yaml')"),
    (("check", ""), "JOB: must not be empty (got '')"),
    (("check", "/etc/passwd"), "JOB: lies outside the allowed folders"),
    (("check", "--catalog", "missing.yaml"), "--catalog: does not exist (got 'missing.yaml')"),
    (("check", "--catalog", ""), "--catalog: is not a file"),
    (("check", "--catalog", "x" * 5000), "--catalog: can't be looked at"),
    (("check", "--rules", "missing.yaml"), "--rules: does not exist (got 'missing.yaml')"),
    (("check", "--rules", "."), "--rules: is not a file"),
    (("run", "job.yaml", "-i", ""), "input: must not be empty (got '')"),
    (("run", "", "-i", "items.jsonl"), "job: must not be empty (got '')"),
    ((*RUN, "--budget-usd", "1_000"), "--budget-usd: must be an amount in USD (got '1_000')"),
    ((*RUN, "--budget-usd", "١"), "--budget-usd: must be an amount in USD (got '١')"),
    ((*RUN, "--budget-usd", "1e400"), "--budget-usd: decimal must have no more than 18 digits in total (got '1E+400')"),
    (("run", "caf\udce9.yaml", "-i", "items.jsonl"), "argument 2: is not UTF-8 (got 'caf\\udce9.yaml')"),
    (("query", "select '\udce9'"), "argument 2: is not UTF-8"),
    (("route", "--task-type", "generate", "--text", "\udce9", "--json"), "argument 5: is not UTF-8"),
    (("route", "--task-type", "generate", "--text", "\u200b"), "--text: must not be empty"),
    (("route", "--task-type", "generate", "--text", "x", "--max-output-tokens", "9" * 30), "'--max-output-tokens'"),
    (("weights", "show"), "VERSION: no version is live"),
    (("weights", "show", "w-nobody"), "w-nobody"),
    (("weights", "promote", "w-nobody"), "there is no warehouse yet"),
    (("weights", "rollback"), "there is no warehouse yet"),
    (("validate",), "there is no warehouse yet"),
    (("validate", "--fail-on", "sometimes"), "Invalid value for '--fail-on'"),
    (("reweigh",), "there is no warehouse yet"),
    (("reweigh", "--min-calls", "0"), "Invalid value for '--min-calls'"),
]


@pytest.mark.parametrize(("arguments", "expected"), ARGUMENTS, ids=[ascii(" ".join(a))[1:61] for a, _ in ARGUMENTS])
def test_bad_arguments_are_refused_in_one_line(refuse: Refuse, arguments: tuple[str, ...], expected: str) -> None:
    assert expected in refuse(*arguments)


BATCHES = [
    ("empty", "", "items.jsonl: holds no items"),
    ("blank lines", "\n\n", "items.jsonl"),
    ("not json", "{\n", "items.jsonl:1"),
    ("a list", "[1]\n", "items.jsonl:1"),
    ("no id", '{"question": "x"}\n', "items.jsonl:1"),
    ("null id", '{"item_id": null, "question": "x"}\n', "items.jsonl:1"),
    ("same id", ITEMS + '{"item_id": "a", "question": "x"}\n', "items.jsonl:3"),
    ("NUL", '{"item_id": "a", "question": "x\\u0000"}\n', "items.jsonl:1"),
    ("not utf-8", b'{"item_id": "a", "question": "\xff"}\n', "items.jsonl:1"),
    ("no question", '{"item_id": "a", "other": "x"}\n', "no item has this field"),
    (
        "empty question",
        '{"item_id": "a", "question": " "}\n',
        "items.jsonl:1: question: must be a text",
    ),
    (
        "question is a number",
        '{"item_id": "a", "question": 7}\n',
        "items.jsonl:1: question: must be a text",
    ),
    ("deep", '{"item_id": "a", "question": ' + "[" * 500 + "]" * 500 + "}\n", "items.jsonl:1"),
]


@pytest.mark.parametrize(("text", "expected"), [b[1:] for b in BATCHES], ids=[b[0] for b in BATCHES])
def test_bad_batches_are_refused_in_one_line(refuse: Refuse, folder: Path, text: str | bytes, expected: str) -> None:
    (folder / "items.jsonl").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert expected in refuse(*RUN)


EDITS = [
    ("job.yaml", "kind: llm", "kind: llm\n    colour: red", "job.yaml:6: steps.0.colour: unknown key"),
    ("job.yaml", "task_type: generate", "task_type: frob", "job.yaml:6: "),
    ("job.yaml", "{{ item.question }}", "{{ item.question", "job.yaml:7: "),
    ("job.yaml", "{{ item.question }}", "{{ steps.later }}", "job.yaml:7: "),
    ("job.yaml", "{{ item.question }}", "{{ ''.__class__ }}", "job.yaml:7: "),
    ("job.yaml", "{{ item.question }}", "{{ self }}", "job.yaml:7: "),
    ("job.yaml", "{{ item.question }}", "{{ item['__class__'] }}", "job.yaml:7: "),
    ("job.yaml", "{{ item.question }}", "{{ item['questoin'] }}", "no item has this field"),
    ("job.yaml", "kind: llm", "kind: llm\n    output: {const: .nan}", "job.yaml:6: "),
    ("job.yaml", "name: qa", "name: qa\nbudget_usd: -1", "job.yaml:2: budget_usd"),
    ("job.yaml", "name: qa", "name: [qa", "job.yaml:2: is not valid YAML"),
    ("job.yaml", "name: qa", "name: q\x00a", "job.yaml:1: "),
    ("job.yaml", "task_type: generate", "task_type: generate\n    skills: [telepathy]",
     "job.yaml:4: steps.answer: no model may serve it: small: lacks telepathy "
     "(catalogue catalog.yaml, rules rules.yaml)"),
    ("job.yaml", "name: qa", "name: qa\nbudget_usd: 0.000000001",
     "job.yaml:2: budget_usd: the budget is below the cheapest plan, which costs 0.001048000 USD (got '0.000000001')"),
    ("job.yaml", "task_type: generate", "task_type: generate\n    needs:",
     "job.yaml:7: steps.0.needs: must not be null"),
    ("job.yaml", "task_type: generate", "task_type: embed", "job.yaml:6: steps.0.task_type: is what a retrieve step"),
    ("job.yaml", "task_type: generate", "task_type: generate\n    max_output_tokens: 100000", "no model may serve it"),
    ("catalog.yaml", "price: {input: 1, output: 2}", "price: {input: free, output: 2}", "catalog.yaml:4: "),
    ("catalog.yaml", "name: small", "name: small\n    colour: red", "catalog.yaml:3: "),
    ("catalog.yaml", "models:", "frob:", "catalog.yaml:"),
    ("catalog.yaml", "context_window: 4096", "context_window: -1", "catalog.yaml:5: "),
    ("rules.yaml", "model: small", "model: large",
     "rules.yaml:1: default.use.model: is no model of catalog.yaml (got 'large')"),
    ("catalog.yaml", "9/v1", "9/v1?key=abc", "catalog.yaml:3: models.0.deployments.0.api_base: must not hold ? or #"),
    ("catalog.yaml", "input: 1", "input: 1e-12", "catalog.yaml:4: models.0.price.input: decimal must have no more"),
    ("rules.yaml", "default:", "defaults:", "rules.yaml:"),
    ("rules.yaml", "{use: {model: small}}", "[", "rules.yaml:"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "expected"), EDITS, ids=[f"{e[0]} {e[2][:40]!r}" for e in EDITS])
def test_bad_files_are_refused_in_one_line(
    refuse: Refuse, folder: Path, file: str, old: str, new: str, expected: str
) -> None:
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))
    assert expected in refuse(*RUN)


NOT_SERVED = [
    ("embedded/nosuch", "there is no such embedded model; there are extract, smollm2-135m, qwen2.5-coder-0.5b"),
    ("nosuch/model", "LiteLLM has no provider 'nosuch'"),
]
COMMANDS = {
    "check": ("check",),
    "plan": ("plan", *RUN[1:]),
    "route": ("route", "--task-type", "generate", "--text", "x"),
    "run": RUN,
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("model", "problem"), NOT_SERVED)
def test_a_model_that_nothing_answers_to_is_refused_wherever_the_catalogue_is_read(
    refuse: Refuse, folder: Path, command: str, model: str, problem: str
) -> None:
    (folder / "catalog.yaml").write_text(CATALOGUE.replace("openai/small", model))
    place = "catalog.yaml:3: models.0.deployments.0.litellm_model"
    assert refuse(*COMMANDS[command]) == f"{place}: {problem} (got {model!r})"


def test_a_budget_that_no_known_price_can_be_held_to_names_the_step_and_the_files(refuse: Refuse, folder: Path) -> None:
    (folder / "catalog.yaml").write_text(CATALOGUE.replace("{input: 1, output: 2}", "unknown"))
    line = refuse(*RUN, "--budget-usd", "1")
    assert line == (
        "budget_usd: the budget can't be kept: no model with a known price may serve step answer "
        "(catalogue catalog.yaml, rules rules.yaml) (got '1')"
    )


def test_a_variable_that_is_wrong_is_named(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_STORE_TEXT", "some")
    assert "POINTSMAN_STORE_TEXT" in refuse(*RUN)


@pytest.mark.parametrize("variable", ["HOME", "CACHE", "CATALOG", "RULES", "ROOTS"])
@pytest.mark.parametrize("command", [*COMMANDS.values(), ("models", "list"), ("land",)], ids=lambda c: " ".join(c[:2]))
def test_an_empty_path_variable_is_named(
    refuse: Refuse, monkeypatch: pytest.MonkeyPatch, variable: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv(f"POINTSMAN_{variable}", "")
    line = refuse(*command)
    assert line == f"POINTSMAN_{variable}: must not be empty (unset it for the default) (got '')"


@pytest.mark.parametrize("variable", ["CATALOG", "RULES"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda c: c[0])
def test_a_policy_file_that_does_not_exist_is_named_with_its_variable(
    refuse: Refuse, folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv(f"POINTSMAN_{variable}", str(folder / "none.yaml"))
    assert refuse(*command).startswith(f"POINTSMAN_{variable}: does not exist (got '")


def test_a_variable_that_is_misspelt_is_named(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_STORE_TXT", "none")
    assert "POINTSMAN_STORE_TXT: unknown setting; POINTSMAN_STORE_TEXT is meant?" in refuse(*RUN)


def test_a_missing_key_leaves_no_model(refuse: Refuse, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMALL_KEY", raising=False)
    text = (folder / "catalog.yaml").read_text()
    (folder / "catalog.yaml").write_text(
        text.replace("litellm_model: openai/small", "litellm_model: openai/small, api_key_env: SMALL_KEY")
    )
    assert "SMALL_KEY is not set" in refuse(*RUN)


def test_an_item_of_any_json_is_accepted_by_the_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The guard of this table: its unedited files are good."""
    with pytest.raises(SystemExit) as exit_:
        main(("plan", "job.yaml", "-i", "items.jsonl", "--json"))
    assert exit_.value.code == 0
    assert json.loads(capsys.readouterr().out)["steps"]["answer"]["n_requests"] == 2


@pytest.mark.parametrize("command", [RUN, ("land",)])
def test_a_home_that_can_t_be_made_is_named(
    refuse: Refuse, folder: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("POINTSMAN_HOME", str(folder / "job.yaml" / "home"))
    assert "POINTSMAN_HOME: the folder can't be made" in refuse(*command)


CORPORA = [("empty", {}), ("not text", {"a.txt": b"\xff\xfe\x00bad"}), ("broken PDF", {"a.pdf": b"%PDF-1.4 broken"})]


@pytest.mark.parametrize("files", [files for _, files in CORPORA], ids=[name for name, _ in CORPORA])
def test_a_corpus_that_can_t_be_read_is_refused_before_anything_is_sent(
    refuse: Refuse, folder: Path, files: dict[str, bytes]
) -> None:
    (folder / "pond").mkdir()
    for name, content in files.items():
        (folder / "pond" / name).write_bytes(content)
    search = '  - {name: find, kind: retrieve, corpus: pond, query: "{{ item.question }}"}\n'
    (folder / "job.yaml").write_text(JOB.replace("steps:", "corpora: {pond: {folder: pond}}\nsteps:") + search)
    assert next(iter(files), "pond") in refuse(*RUN)


def test_missing_weights_leave_no_embedded_model(refuse: Refuse, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POINTSMAN_CATALOG")
    monkeypatch.delenv("POINTSMAN_RULES")
    monkeypatch.setenv("POINTSMAN_CACHE", str(folder / "no-cache"))
    assert "`pointsman models pull` fetches them" in refuse(*RUN)
