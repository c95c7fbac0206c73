"""Every fault of a provider, over real HTTP and through the real LiteLLM, becomes one classified error."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import traceback
from decimal import Decimal

import pytest

from policies.errors import BadInputError
from policies.types import Deployment
from tasks.models.client import CallError, Message, ModelCall
from tasks.models.litellm_client import LiteLLMClient, arguments_of, charged_usd, is_strict
from tests.fakes.calls import KEY_VARIABLE, call_to
from tests.fakes.provider import ScriptedProvider

CLIENT = LiteLLMClient()

#                     behaviour         status          error type            retry  Retry-After
FAULTS = [
    ("429:2", "rate_limited", "rate_limit", True, 2.0),
    ("429", "rate_limited", "rate_limit", True, None),
    ("429:Wed, 21 Oct 2015 07:28:00 GMT", "rate_limited", "rate_limit", True, 0.0),
    ("429:soon", "rate_limited", "rate_limit", True, None),
    ("500", "error", "server_error", True, None),
    ("502", "error", "server_error", True, None),
    ("503:1.5", "error", "server_error", True, 1.5),
    ("408", "timeout", "timeout", True, None),
    ("409", "error", "conflict", True, None),
    ("slow:5", "timeout", "timeout", True, None),
    ("cut", "error", "connection", True, None),
    ("drop", "error", "connection", True, None),
    ("malformed", "error", "malformed_response", True, None),
    ("html", "error", "malformed_response", True, None),
    ("empty", "error", "malformed_response", True, None),
    ("400", "error", "bad_request", False, None),
    ("401", "error", "authentication", False, None),
    ("403", "error", "permission", False, None),
    ("404", "error", "not_found", False, None),
    ("422", "error", "unprocessable", False, None),
    ("refused", "refused", "content_filter", False, None),
]


@pytest.mark.parametrize(("behaviour", "status", "error_type", "is_retryable", "retry_after_s"), FAULTS)
def test_a_fault_is_one_request_and_one_classified_error(
    run, canary, behaviour, status, error_type, is_retryable, retry_after_s
):
    with ScriptedProvider([behaviour]) as provider:
        timeout_s = 0.7 if behaviour.startswith("slow") else 10.0
        with pytest.raises(CallError) as raised:
            run(CLIENT.complete(call_to(provider.base_url, timeout_s=timeout_s)))
        assert provider.n_requests == 1
    error = raised.value
    assert (error.status, error.error_type, error.is_retryable) == (status, error_type, is_retryable)
    assert error.retry_after_s == retry_after_s
    assert error.is_sent
    assert_hides(canary, error)


def test_a_key_that_the_provider_repeats_is_masked(run, canary):
    with ScriptedProvider(["leak"]) as provider:
        with pytest.raises(CallError, match="redacted") as raised:
            run(CLIENT.complete(call_to(provider.base_url)))
        assert provider.requests[0].headers["authorization"] == f"Bearer {canary}"  # it was really sent
    assert_hides(canary, raised.value)


def assert_hides(secret: str, error: CallError) -> None:
    """No text of the error, its causes or its traceback as printed holds the secret."""
    assert secret not in repr(error) + str(error) + error.message
    assert secret not in "".join(traceback.format_exception(error))


def test_a_good_answer_has_its_text_and_tokens(run, canary):
    with ScriptedProvider(["ok:Paris of course"]) as provider:
        completion = run(CLIENT.complete(call_to(provider.base_url)))
        sent = provider.requests[0].body
    assert (completion.text, completion.input_tokens, completion.output_tokens) == ("Paris of course", 2, 3)
    assert (completion.cached_tokens, completion.finish_reason, completion.provider_cost_usd) == (0, "stop", None)
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("gpt-test", 0.0, 20)


def test_unreported_usage_is_unknown_and_not_zero(run, canary):
    with ScriptedProvider(["nousage"]) as provider:
        completion = run(CLIENT.complete(call_to(provider.base_url)))
    assert (completion.input_tokens, completion.output_tokens) == (None, None)


def test_a_refusal_keeps_the_tokens_that_may_be_billed(run, canary):
    with ScriptedProvider(["refused"]) as provider, pytest.raises(CallError) as raised:
        run(CLIENT.complete(call_to(provider.base_url)))
    assert raised.value.completion is not None
    assert raised.value.completion.input_tokens == 2


def test_nothing_is_sent_where_nobody_listens(run, canary):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(CallError) as raised:
        run(CLIENT.complete(call_to(f"http://127.0.0.1:{port}/v1")))
    assert (raised.value.error_type, raised.value.is_retryable, raised.value.is_sent) == ("connection", True, False)


def test_a_missing_key_is_bad_input_that_names_the_variable(run, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with ScriptedProvider() as provider:
        with pytest.raises(BadInputError, match=KEY_VARIABLE):
            run(CLIENT.complete(call_to(provider.base_url)))
        assert provider.n_requests == 0


def test_a_key_of_the_environment_is_not_sent_to_an_address_that_did_not_ask_for_it(run, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-of-the-user")
    with ScriptedProvider() as provider:
        run(CLIENT.complete(call_to(provider.base_url, key=None)))
        assert "canary" not in str(provider.requests[0].headers)


def test_the_schema_travels_as_response_format(run, canary):
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    with ScriptedProvider(['ok:{"a": "b"}']) as provider:
        call = call_to(provider.base_url)
        run(CLIENT.complete(ModelCall(call.deployment, call.messages, 20, schema=schema)))
        sent = provider.requests[0].body["response_format"]
    assert sent == {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def test_calls_run_side_by_side(run, canary):
    async def both(base_url: str) -> None:
        await asyncio.gather(*(CLIENT.complete(call_to(base_url)) for _ in range(8)))

    with ScriptedProvider(default="slow:0.5") as provider:
        run(both(provider.base_url))
        assert provider.tally.most_in_flight == 8


def test_a_cancelled_call_lets_go_at_once(run, canary):
    async def cancel(base_url: str) -> float:
        task = asyncio.create_task(CLIENT.complete(call_to(base_url)))
        await asyncio.sleep(0.3)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - started

    with ScriptedProvider(default="slow:10") as provider:
        assert run(cancel(provider.base_url)) < 1.0


def test_several_event_loops_in_turn_share_the_client(canary):
    with ScriptedProvider() as provider:
        texts = [asyncio.run(CLIENT.complete(call_to(provider.base_url))).text for _ in range(3)]
    assert texts == ["ok", "ok", "ok"]


STRICT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (STRICT, True),
        ({**STRICT, "additionalProperties": True}, False),
        ({**STRICT, "required": []}, False),
        ({**STRICT, "properties": {"a": {"type": "object", "properties": {}}}}, False),
        ({"type": "array", "items": STRICT}, True),
    ],
)
def test_strict_mode_is_asked_for_only_where_the_schema_allows_it(schema, expected):
    assert is_strict(schema) is expected


@pytest.mark.parametrize(
    ("provider", "argument"), [("bedrock", "aws_region_name"), ("vertex_ai", "vertex_location"), ("openai", None)]
)
def test_a_region_goes_where_the_provider_has_regions(provider, argument):
    deployment = Deployment("d", f"{provider}/m", provider, region="eu-west-1")
    arguments = arguments_of(ModelCall(deployment, (Message("user", "x"),), 5), None)
    regions = {name: arguments[name] for name in ("aws_region_name", "vertex_location") if name in arguments}
    assert regions == ({argument: "eu-west-1"} if argument else {})
    assert (arguments["max_retries"], arguments["num_retries"]) == (0, 0)


class Usage:
    def __init__(self, cost: object) -> None:
        self.cost = cost


@pytest.mark.parametrize(
    ("cost", "expected"),
    [(0.00015, Decimal("0.00015")), ({"total_cost": 0.02}, Decimal("0.02")), (None, None), ("0.1", None),
     (float("nan"), None), (-1, None), (True, None)],
)  # fmt: skip
def test_only_an_amount_that_the_provider_states_is_a_cost(cost, expected):
    assert charged_usd(Usage(cost)) == expected


AUDIT = """
import sys
def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        address = args[1] if event == "socket.connect" else args[0]
        if isinstance(address, tuple) and address and address[0] == "127.0.0.1":
            return
        print("NETWORK", event, args[1:], flush=True)
        import os
        os._exit(9)
sys.addaudithook(refuse)
"""


def run_audited(program: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run Python that dies on any connection or name look-up that leaves this machine."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LITELLM")} | extra
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", AUDIT + program]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_the_audit_itself_catches_a_connection():
    done = run_audited("import socket; socket.create_connection(('192.0.2.1', 80), 0.1)")
    assert done.returncode == 9


def test_routing_modules_do_not_import_litellm():
    program = (
        "import sys, tasks.models.price_map, tasks.models.client, tasks.models.inventory, tasks.models.litellm_client\n"
        "heavy = {'litellm', 'xllamacpp', 'onnxruntime', 'prefect', 'pandas'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    assert run_audited(program).stdout.strip() == "[]"


CALLS = """
import asyncio, logging
from tasks.models.litellm_client import LiteLLMClient
from tasks.models.litellm_setup import load_litellm
from tests.fakes.calls import call_to

load_litellm()
print("loaded", flush=True)

async def main():
    client = LiteLLMClient()
    print((await client.complete(call_to({url!r}))).text, flush=True)
    logging.getLogger("LiteLLM").setLevel(logging.ERROR)  # hear what the setup silences
    await asyncio.gather(*(client.complete(call_to({url!r})) for _ in range(200)))

asyncio.run(main())
"""


def test_neither_import_nor_calls_make_other_connections_and_a_process_that_ends_right_after_ends_in_silence(canary):
    with ScriptedProvider() as provider:
        done = run_audited(CALLS.format(url=provider.base_url))
        assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["loaded", "ok"], "")
        assert provider.n_requests == 201
