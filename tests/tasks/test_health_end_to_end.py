"""Runs over real HTTP to deployments that fail, hold off or slow down: who is asked, and what the ledger tells."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from flows.commands.explaining import fallback_lines
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import Installation, run_whole
from tests.fakes.provider import Received, ScriptedProvider
from warehouse.evidence import evidence_of
from warehouse.landing import land
from warehouse.query import query

Install = Callable[..., Installation]
JOB = """
name: ducks
input: {text_fields: [question]}
policy: rules
chunk_size: 50
steps:
  - {name: answer, kind: llm, task_type: generate, prompt: "{{ item.question }}", max_output_tokens: 30,
     timeout_s: 4, attempts: 2, scorers: [{scorer: non_empty}]}
"""
CATALOGUE = """
models:
  - name: small
    deployments: [DEPLOYMENTS]
    price: {input: 1, output: 2}
    context_window: 8000
    max_output_tokens: 1000
    circuit: {min_calls: 4, open_s: 0.5}
    balancing: BALANCING
  - name: large
    deployments: [{name: large-1, litellm_model: openai/large, api_base: "LARGE", api_key_env: KEY}]
    price: {input: 10, output: 30}
    context_window: 8000
    max_output_tokens: 1000
"""
DEPLOYMENT = '{{name: small-{n}, litellm_model: openai/small, api_base: "{url}", api_key_env: KEY, concurrency: 4}}'


@pytest.fixture
def install_over(install: Install) -> Callable[..., Installation]:
    """An installation whose small model is served at the given addresses; the large one at the last of them."""

    def write(*urls: str, n_items: int, balancing: str = "weighted_round_robin") -> Installation:
        installation = install(job=JOB, n_items=n_items)
        places = ", ".join(DEPLOYMENT.format(n=n, url=url) for n, url in enumerate(urls[: max(1, len(urls) - 1)], 1))
        text = CATALOGUE.replace("DEPLOYMENTS", places).replace("BALANCING", balancing).replace("LARGE", urls[-1])
        installation.catalogue.write_text(text.replace("KEY", KEY_VARIABLE))
        return installation

    return write


def rows_of(installation: Installation, sql: str) -> list[tuple[object, ...]]:
    land(installation.home)
    return query(installation.home, sql).rows


def to_small(requests: Sequence[Received]) -> list[Received]:
    return [request for request in requests if request.model == "small"]


def test_a_circuit_opens_the_fallback_is_told_with_its_cause_and_a_probe_closes_it(install_over: Install) -> None:
    with ScriptedProvider(default="500") as ill, ScriptedProvider() as well:
        installation = install_over(ill.base_url, well.base_url, n_items=16)
        assert run_whole(installation.request(run_id="ill")).n_failed == 0
        assert ill.n_requests < 12  # of 16 calls with two attempts each
        causes = rows_of(installation, "SELECT DISTINCT fallback_cause FROM attempts WHERE model = 'large' ORDER BY 1")
        assert ("out_of_service",) in causes
        assert set(causes) <= {("out_of_service",), ("server_error",)}
        ((call, reason),) = rows_of(
            installation,
            "SELECT attempts.call_id, c.reason FROM attempts JOIN decisions USING (decision_id),"
            " unnest(candidates) AS _(c)"
            " WHERE fallback_cause = 'out_of_service' AND c.model = 'small' AND NOT c.eligible LIMIT 1",
        )
        assert str(reason).startswith("unavailable: the circuit of small-1 is open: ")
        told = fallback_lines(evidence_of(installation.home, str(call)).attempts)
        assert told == ["fell back from small to large: out_of_service"]
        ill.default = "ok"
        time.sleep(0.5)
        before = ill.n_requests
        run_whole(installation.request(run_id="probed"))
        run_whole(installation.request(run_id="well"))
        assert ill.n_requests - before > 16  # the probe, what came after it, and all of the next run
        models = rows_of(installation, "SELECT DISTINCT model FROM attempts WHERE run_id = 'well'")
        assert models == [("small",)]


def test_an_answer_of_429_holds_all_calls_until_retry_after(install_over: Install) -> None:
    with ScriptedProvider(["429:1"]) as provider:
        installation = install_over(provider.base_url, n_items=12)
        assert run_whole(installation.request()).n_failed == 0
        served = provider.requests
        first = served[0].received_at
        assert all(one.received_at - first >= 1.0 for one in served[4:])  # four at once is its concurrency
        assert len(served) == 13
        assert {request.model for request in served} == {"small"}


def test_a_deployment_that_is_slow_loses_its_traffic(install_over: Install) -> None:
    with ScriptedProvider(default="slow:1.5") as slow, ScriptedProvider() as quick:
        installation = install_over(
            slow.base_url, quick.base_url, quick.base_url, n_items=120, balancing="lowest_latency"
        )
        assert run_whole(installation.request()).n_failed == 0
        assert len(to_small(slow.requests)) < 30
        counts = Counter(dict(rows_of(installation, "SELECT deployment, count(*) FROM attempts GROUP BY ALL")))
        assert counts == {"small-1": slow.n_requests, "small-2": quick.n_requests}
