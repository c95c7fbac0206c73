"""The job over HTTP against a real OpenAI-compatible server: llama.cpp's own, on loopback, embedded weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.models.inventory import weights_of
from tasks.models.llama import load_server
from tasks.models.weights_store import path_of
from tests.fakes.installations import variables_of
from warehouse.home import Home
from warehouse.query import query

pytestmark = [pytest.mark.models, pytest.mark.prefect]

CATALOGUE = """
models:
  - name: local
    deployments: [{{litellm_model: openai/smollm2, api_base: "{base_url}", concurrency: 2}}]
    price: {{input: 0.5, output: 1.5}}
    context_window: 2048
    max_output_tokens: 64
"""
RULES = "default: {use: {model: local}}\n"
JOB = """
name: capitals
input: {text_fields: [question]}
steps:
  - name: answer
    kind: llm
    task_type: generate
    prompt: "{{ item.question }}"
    max_output_tokens: 12
    timeout_s: 60
    scorers: [{scorer: non_empty}]
  - name: shorten
    kind: llm
    task_type: summarize
    prompt: "Say it in one word: {{ steps.answer }}"
    max_output_tokens: 6
    timeout_s: 60
"""
ITEMS = [
    {"item_id": "fr", "question": "What is the capital of France?"},
    {"item_id": "it", "question": "What is the capital of Italy?"},
]


@pytest.fixture
def base_url() -> Iterator[str]:
    """The address of llama.cpp's server with the smallest of the embedded models."""
    (weight,) = weights_of("smollm2-135m")
    server = load_server(path_of(weight), context_tokens=2048)
    yield f"{server.listening_address}/v1"
    del server


@pytest.fixture
def home(tmp_path: Path, base_url: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An installation whose only model is served at that address, and needs no key."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for name, value in variables_of(tmp_path).items():
        monkeypatch.setenv(name, value)
    texts = {"catalog.yaml": CATALOGUE.format(base_url=base_url), "rules.yaml": RULES, "job.yaml": JOB}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return Home(tmp_path / "home")


def test_a_job_runs_against_a_local_openai_compatible_server(prefect_server: None, home: Home, tmp_path: Path) -> None:
    from flows.run_job import run_job
    from tasks.run_request import RunRequest

    closed = run_job(RunRequest(job=str(tmp_path / "job.yaml"), items=tuple(ITEMS), run_id="run-1"))
    assert (closed.n_items, closed.n_failed) == (2, 0)
    rows = [json.loads(line) for line in Path(closed.outputs).read_text().splitlines()]
    texts = [row["outputs"][step] for row in rows for step in ("answer", "shorten")]
    assert all(texts)  # so small a model is not held to being right
    assert len({row["outputs"]["answer"] for row in rows}) == len(ITEMS)

    attempts = query(
        home,
        """
        SELECT item_id, step, model, provider, status, cost_source, input_tokens, output_tokens, cached_tokens, cost_usd
        FROM attempts ORDER BY item_id, step
        """,
    ).rows
    assert [attempt[:6] for attempt in attempts] == [
        (item, step, "local", "openai", "ok", "priced") for item in ("fr", "it") for step in ("answer", "shorten")
    ]
    longest = {"answer": 12, "shorten": 6}
    for _, step, *_, n_input, n_output, n_cached, cost in attempts:
        assert n_input > 5
        assert 0 < n_output <= longest[step]
        assert 0 <= (n_cached or 0) < n_input
        assert cost == expected_usd(n_input, n_output)


def expected_usd(n_input: int, n_output: int) -> Decimal:
    """Tokens times the catalogue's price, which has no rate of its own for cached ones."""
    return (n_input * Decimal("0.5") + n_output * Decimal("1.5")) / 1_000_000
