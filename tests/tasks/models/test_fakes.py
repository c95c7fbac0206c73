"""The fakes keep their own promises: counts from outside, deterministic answers, failures in order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from policies.types import Deployment
from tasks.models.client import CallError, Client, Message, ModelCall
from tests.fakes import provider as provider_module
from tests.fakes.clients import ScriptedClient, rate_limited, timed_out


def call(text: str, deployment: str = "a") -> ModelCall:
    return ModelCall(Deployment(deployment, "x/y", "x"), (Message("user", text),), 5)


def test_a_provider_in_a_process_of_its_own_is_counted_from_outside():
    command = [sys.executable, str(Path(str(provider_module.__file__))), "--script", "429:1,ok:hello you"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = f"http://127.0.0.1:{int(process.stdout.readline())}"
        body = {"model": "m", "messages": [{"role": "user", "content": "one two three"}]}
        statuses = [httpx.post(f"{base}/v1/chat/completions", json=body).status_code for _ in range(3)]
        counts = json.loads(httpx.get(f"{base}/counts").text)
        process.kill()
    assert statuses == [429, 200, 200]
    assert (counts["requests"], counts["by_kind"]) == (3, {"429": 1, "ok": 2})
    assert (counts["input_tokens"], counts["output_tokens"]) == (6, 3)


def test_the_scripted_client_answers_fails_and_counts(run):
    client = ScriptedClient(answers={"hi": "hello there"}, failures={"b": [timed_out(), None, rate_limited(2.0)]})
    served: Client = client
    assert run(served.complete(call("hi"))).text == "hello there"
    assert run(served.complete(call("echo me"))).text == "echo me"
    outcomes = []
    for _ in range(4):
        try:
            outcomes.append(run(served.complete(call("hi", "b"))).text)
        except CallError as error:
            outcomes.append(error.status)
    assert outcomes == ["timeout", "hello there", "rate_limited", "hello there"]
    assert (client.count("b"), client.count()) == (4, 6)


def test_an_unscripted_status_is_an_error_of_its_own(run):
    with pytest.raises(CallError, match="scripted rate limit") as raised:
        run(ScriptedClient(failures={"a": [rate_limited(3.0)]}).complete(call("x")))
    assert raised.value.retry_after_s == 3.0
