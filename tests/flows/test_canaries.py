"""Secrets planted in environment, headers, errors, prompts, answers, documents and names: none is left anywhere.

The provider gets the prompts as they were written; the file of outputs, which the user asked for, has the items' ids
and the answers as they were given, but for the values that are known to be secret. All is done by one process, on the
server that the other tests have, whose database is looked through too.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.provider import ScriptedProvider, last_content
from tests.flows.canaries import ALL, ANSWERS, ENVIRONMENT, FILES, HEADERS, ITEM, KNOWN, contents_below, found_in
from warehouse.home import Home
from warehouse.query import query

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240
LOUD = {
    "PREFECT_LOGGING_LEVEL": "DEBUG",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "httpx,httpcore,openai,LiteLLM,asyncio,tasks,warehouse",
    "PREFECT_DEBUG_MODE": "true",
    "LITELLM_LOG": "DEBUG",
    "OPENAI_LOG": "debug",
}
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{ITEM['pem']}\n-----END RSA PRIVATE KEY-----"

CATALOGUE = """
models:
  - name: small
    deployments: [{{litellm_model: openai/small, api_base: "{base_url}", api_key_env: {key}}}]
    price: {{input: 1, output: 2}}
    context_window: 8000
    max_output_tokens: 1000
    has_structured_output: true
  - name: large
    deployments: [{{litellm_model: openai/large, api_base: "{base_url}", api_key_env: {key}}}]
    price: {{input: 10, output: 30}}
    context_window: 8000
    max_output_tokens: 1000
    has_structured_output: true
"""
RULES = f"""
rules:
  - name: {FILES["rule_name"]}
    when: {{step: answer, keywords: [ducks, {FILES["rule_keyword"]}]}}
    use: {{shortlist: [small, large]}}
default:
  use: {{shortlist: [small, large]}}
"""
JOB = f"""
name: canaries
input: {{text_fields: [question]}}
corpora:
  pond: {{folder: pond, method: lexical, on_unreadable: skip}}
chunk_size: 3
steps:
  - {{name: find, kind: retrieve, corpus: pond, query: "{{{{ item.question }}}}", k: 2}}
  - name: answer
    kind: llm
    task_type: generate
    tags_from: [tag]
    prompt:
      system: "Authorization is {FILES["job_prompt"]}."
      user: "{{{{ steps.find[0].text }}}} {{{{ item.question }}}} {{{{ item.nested.aws.secret_access_key }}}}"
    max_output_tokens: 60
    timeout_s: 20
    attempts: 2
    fallbacks: 1
    scorers:
      - {{scorer: contains, reference: item.reference}}
      - {{scorer: regex, pattern: "xoxb"}}
  - name: cite
    kind: llm
    task_type: extract
    prompt: "Cite for item {{{{ item.number }}}}: {{{{ steps.answer }}}}"
    max_output_tokens: 60
    timeout_s: 20
    attempts: 2
    fallbacks: 1
    output:
      type: object
      properties: {{quote: {{type: string}}}}
      required: [quote]
      additionalProperties: false
    on_error: skip
    scorers: [{{scorer: json_schema}}]
"""


def answer(body: Mapping[str, object]) -> str:
    """Answers that hold secrets, one of them unusable where JSON is asked for."""
    known = " ".join(KNOWN)
    if "response_format" not in body:
        return f"Ducks use {ANSWERS['answer']} and {ITEM['reference']} and {known}."
    if "item 1:" in last_content(body):
        return json.dumps({"quote": 1, ANSWERS["unusable"]: f"Bearer {KNOWN[0]}"})
    return json.dumps({"quote": f"{ANSWERS['quote']} {known}"})


def blame(headers: Mapping[str, str], body: Mapping[str, object]) -> str:
    """An error that repeats headers, as they came and as a gateway had them, and the prompt, longer than is kept."""
    own = "; ".join(f"{name}: {value}" for name, value in headers.items())
    others = "; ".join(f"{name}: {value}" for name, value in HEADERS.items())
    return f"can't: {own}; {json.dumps(dict(headers))}; {others}; {last_content(body)} {'x' * 300} {KNOWN[0]}"


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with everything of one installation; the commands that ran in it said what is in `logs`."""

    folder: Path

    @property
    def home(self) -> Home:
        return Home(self.folder / "own" / "home")

    @property
    def log(self) -> Path:
        return self.folder / "logs" / "all.txt"

    @property
    def batch(self) -> Path:
        return self.folder / f"{FILES['batch_name']}.jsonl"

    def use(self, *, api_url: str) -> None:
        """One process that runs the job and uses every command, as loud as it can be."""
        ours = {
            "POINTSMAN_HOME": str(self.home.root),
            "POINTSMAN_CACHE": str(self.folder / "own" / "cache"),
            "POINTSMAN_CATALOG": str(self.folder / "catalog.yaml"),
            "POINTSMAN_RULES": str(self.folder / "rules.yaml"),
            "POINTSMAN_ROOTS": str(self.folder),
            "POINTSMAN_SECRET_VARIABLES": "QUITE_HARMLESS",
            "PREFECT_HOME": str(self.folder / "own" / "prefect"),
            "PREFECT_API_URL": api_url,
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "POINTSMAN_"))}
        command = [sys.executable, "-m", "tests.flows.canary_session", str(self.folder)]
        with self.log.open("w") as file:
            ended = subprocess.run(
                command, cwd=ROOT, env=others | ours | ENVIRONMENT | LOUD, stdout=file, stderr=file,
                timeout=PATIENCE_S, check=False, umask=0,
            )  # fmt: skip
        assert ended.returncode == 0, self.log.read_text()[-3000:]

    def write(self, base_url: str) -> None:
        """The user's own files, which hold canaries and are not looked through."""
        for name in ("logs", "own", "pond"):
            (self.folder / name).mkdir()
        (self.folder / "catalog.yaml").write_text(CATALOGUE.format(base_url=base_url, key=KEY_VARIABLE))
        (self.folder / "rules.yaml").write_text(RULES)
        (self.folder / "job.yaml").write_text(JOB)
        text = f"# Ducks\n\nDucks at the pond use {FILES['document_text']} for a question.\n"
        (self.folder / "pond" / f"{FILES['document_name']}.md").write_text(text)
        (self.folder / "pond" / f"{FILES['document_name']}.bin").write_bytes(b"\xff\x00")
        (self.folder / "pond" / "empty.txt").write_text("")
        self.batch.write_text("".join(json.dumps(item(n)) + "\n" for n in range(6)))


def item(number: int) -> dict[str, object]:
    """An item full of secrets."""
    question = f"number {number}: ducks, a question about {ITEM['openai']}, {ITEM['aws_id']}, {ITEM['jwt']}\n{PEM}"
    return {
        "item_id": f"{ITEM['item_id']}-{number}" if number else "plain-0",
        "number": number,
        "question": f"{question} {' '.join(KNOWN)}",
        "nested": {"aws": {"secret_access_key": f"aws_secret_access_key={ITEM['aws_secret']}"}},
        "tag": ITEM["tag"],
        "reference": ITEM["reference"],
    }


def test_there_are_twenty_five() -> None:
    assert len(set(ALL)) == 25


def test_no_canary_is_left_anywhere(tmp_path: Path, prefect_server: None) -> None:
    from prefect.settings import PREFECT_API_URL

    installation = Installation(tmp_path)
    script = ["leak", "blame", "leak", "blame", "blame", "leak"] * 2  # for each of the two runs
    with ScriptedProvider(script, answer=answer, blame=blame) as provider:
        installation.write(provider.base_url)
        installation.use(api_url=str(PREFECT_API_URL.value()))
        sent = [json.dumps(request.body) for request in provider.requests if "Cite for" not in request.prompt]
        keys = {request.headers["authorization"] for request in provider.requests}
    assert keys == {f"Bearer {KNOWN[0]}"}  # it was really sent
    originals = (
        *KNOWN,
        *(ITEM[name] for name in ("openai", "aws_id", "aws_secret", "jwt", "pem")),
        FILES["job_prompt"],
    )
    assert sent
    assert all(found_in(body.encode(), originals) == set(originals) for body in sent)  # as they were written
    check_outputs(installation)
    check_ledger(installation.home)
    check_disk(installation, server=folder_of_database())
    check_modes(installation)


def folder_of_database() -> Path:
    """Where the server of the tests keeps its SQLite file."""
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL

    url = str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value())
    return Path(url.removeprefix("sqlite+aiosqlite:///")).parent


def check_outputs(installation: Installation) -> None:
    """The outputs have the answers that were given, without known values, and errors without any secret."""
    rows = [json.loads(line) for line in outputs_of(installation).read_text().splitlines()]
    assert len(rows) == 6
    answers = [row["outputs"]["answer"] for row in rows if row["outputs"].get("answer")]
    assert answers
    assert all(ANSWERS["answer"] in text and not found_in(text.encode(), KNOWN) for text in answers)
    assert not found_in(json.dumps([row["error"] for row in rows]).encode())


def outputs_of(installation: Installation) -> Path:
    return installation.home.runs / "r1" / "outputs.jsonl"


def check_ledger(home: Home) -> None:
    """The texts are there, with masks in them: an empty ledger would have no canaries either."""
    texts = query(home, "SELECT prompt_text, response_text, error_message FROM attempts WHERE provider = 'openai'").rows
    prompts, answers, errors = zip(*texts, strict=True)
    assert all("[redacted]" in prompt for prompt in prompts)
    assert sum("[redacted]" in (text or "") for text in answers) >= 6
    assert sum("[redacted]" in (text or "") for text in errors) >= 3


def check_disk(installation: Installation, server: Path) -> None:
    """Not one canary in any file, name, log or row; and every file is its owner's alone."""
    outputs = outputs_of(installation)
    asked_for = tuple(set(ALL) - {*ANSWERS.values(), *ITEM.values()})
    exempt = {outputs: asked_for, outputs.parents[1] / "r2" / outputs.name: asked_for}
    looked_at = dict(contents_below(installation.folder / "own", exempt=exempt))
    looked_at |= dict(contents_below(installation.folder / "logs", exempt={}))
    looked_at |= dict(contents_below(server, exempt={}))
    assert {place: found for place, found in looked_at.items() if found} == {}
    names = " ".join(looked_at)
    for expected in (
        "ledger.duckdb: rows",
        "warehouse.duckdb: rows",
        "prefect-test.db: rows",
        "passages.jsonl",
        "all.txt",
    ):
        assert expected in names
    assert found_in(installation.batch.read_bytes()) == {*ITEM.values(), *KNOWN}  # the search finds what is there


def check_modes(installation: Installation) -> None:
    """Every file and folder that was made is its owner's alone, though the process was started with umask 0."""
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (installation.folder / "own").rglob("*")}
    assert len(modes) > 30
    assert {path: oct(mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}
