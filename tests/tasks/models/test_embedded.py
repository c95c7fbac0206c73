"""The embedded models through LiteLLM: deterministic, with usage, by schema, and clear when they can't."""

from __future__ import annotations

import asyncio
import json
import time

import jsonschema
import pytest

from policies.errors import BadInputError
from tasks.models.client import CallError, ModelCall
from tasks.models.inventory import choose_weights, embedded_models, list_weights, verify_weights
from tasks.models.litellm_client import LiteLLMClient
from tasks.models.llama import LlamaCall, LlamaPool, read_answer
from tests.fakes.calls import call_embedded

CLIENT = LiteLLMClient()
PROMPT = """\
[1] textwrap.wrap(text, width=70, **kwargs)
Wrap a single paragraph of text, returning a list of wrapped lines.

[2] textwrap.dedent(text)
Remove any common leading whitespace from every line in `text`.

Question: Which function removes common leading whitespace?"""
SCHEMA = {
    "type": "object",
    "properties": {
        "passage": {"type": "integer", "minimum": 1, "maximum": 2},
        "quote": {"type": "string", "maxLength": 40},
    },
    "required": ["passage", "quote"],
    "additionalProperties": False,
}
GENERATIVE = ["smollm2-135m", "qwen2.5-coder-0.5b"]


@pytest.mark.models
def test_extract_answers_with_usage_and_no_cost(run):
    completion = run(CLIENT.complete(call_embedded("extract", PROMPT)))
    assert (completion.text, completion.finish_reason) == ("textwrap.dedent", "stop")
    assert (completion.output_tokens, completion.provider_cost_usd) == (3, None)
    assert completion.input_tokens


@pytest.mark.models
@pytest.mark.parametrize("model", GENERATIVE)
def test_the_same_prompt_gives_the_same_text_whatever_ran_before_and_on_whichever_worker(run, model):
    async def ask() -> list[str]:
        other = call_embedded(model, "Count from one to five.", max_output_tokens=8)
        mine = call_embedded(model, PROMPT, max_output_tokens=12)
        first = await CLIENT.complete(mine)
        rest = await asyncio.gather(*(CLIENT.complete(call) for call in (other, mine, mine)))
        return [first.text, rest[1].text, rest[2].text]

    texts = run(ask())
    assert len(set(texts)) == 1
    assert texts[0]


@pytest.mark.models
@pytest.mark.parametrize("model", ["extract", "qwen2.5-coder-0.5b"])
def test_json_by_schema_is_valid(run, model):
    completion = run(CLIENT.complete(call_embedded(model, PROMPT, max_output_tokens=60, schema=SCHEMA)))
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(json.loads(completion.text))


@pytest.mark.models
def test_a_prompt_beyond_the_context_window_is_not_worth_retrying(run):
    with pytest.raises(CallError, match="context size") as raised:
        run(CLIENT.complete(call_embedded("smollm2-135m", "word " * 5000)))
    assert (raised.value.error_type, raised.value.is_retryable) == ("context_window", False)


@pytest.mark.models
def test_generation_does_not_hold_up_the_event_loop(run):
    async def longest_pause() -> float:
        task = asyncio.create_task(CLIENT.complete(call_embedded("smollm2-135m", PROMPT, max_output_tokens=20)))
        longest, before = 0.0, time.monotonic()
        while not task.done():
            await asyncio.sleep(0.01)
            longest, before = max(longest, time.monotonic() - before), time.monotonic()
        return longest

    run(CLIENT.complete(call_embedded("smollm2-135m", "Hi", max_output_tokens=1)))  # loaded before
    assert run(longest_pause()) < 0.5


@pytest.mark.models
def test_a_time_limit_ends_the_wait_for_a_slow_model(run):
    # What nobody waits for is generated to its end all the same, so it is short.
    call = call_embedded("qwen2.5-coder-0.5b", PROMPT, max_output_tokens=60)
    with pytest.raises(CallError) as raised:
        run(CLIENT.complete(ModelCall(call.deployment, call.messages, 60, timeout_s=0.3)))
    assert (raised.value.status, raised.value.is_retryable) == ("timeout", True)


@pytest.mark.models
def test_the_pinned_weights_are_there_and_have_their_hashes():
    assert {entry.status for entry in verify_weights(["extract", "smollm2-135m"])} == {"present"}
    assert {entry.status for entry in list_weights()} == {"present"}


def test_an_unknown_embedded_model_is_named_with_those_that_exist(run):
    with pytest.raises(CallError, match="'nope'; there are: extract") as raised:
        run(CLIENT.complete(call_embedded("nope", PROMPT)))
    assert (raised.value.error_type, raised.value.is_retryable, raised.value.is_sent) == ("not_found", False, False)


def test_weights_that_were_never_pulled_say_what_to_do(run, own_cache):
    assert {entry.status for entry in list_weights()} == {"missing"}
    with pytest.raises(CallError, match="pointsman models pull") as raised:
        run(CLIENT.complete(call_embedded("qwen2.5-coder-0.5b", PROMPT)))
    assert (raised.value.error_type, raised.value.is_retryable, raised.value.is_sent) == (
        "missing_weights",
        False,
        False,
    )


def test_a_file_that_is_no_model_is_a_load_failure(run, tmp_path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"not a model")
    pool = LlamaPool(path, n_workers=1)
    with pytest.raises(CallError, match=r"broken\.gguf does not load") as raised:
        run(pool.complete(LlamaCall((), 5)))
    pool.close()
    assert (raised.value.error_type, raised.value.is_sent) == ("model_load", False)


def test_an_internal_error_of_the_runtime_may_be_retried():
    with pytest.raises(CallError) as raised:
        read_answer({"error": {"code": 503, "type": "unavailable_error", "message": "Loading model"}})
    assert raised.value.is_retryable


def test_every_embedded_model_of_the_catalogue_has_its_weights():
    assert set(embedded_models()) == {name for weight in choose_weights([]) for name in weight.used_by}


def test_an_unknown_model_is_bad_input_to_the_inventory():
    with pytest.raises(BadInputError, match="unknown embedded model"):
        choose_weights(["gpt-9"])
