from __future__ import annotations

import pytest

from policies.served import Served

SERVED = Served(
    providers=frozenset({"openai", "anthropic"}),
    embedded=("extract", "tiny"),
    other_uses=lambda: {"openai/ada": "embedding", "openai/whisper": "audio_transcription"},
)


@pytest.mark.parametrize("model", ["openai/gpt-4o", "anthropic/claude", "openai/a/b:c", "embedded/tiny"])
def test_what_is_there_has_no_problem(model: str) -> None:
    assert SERVED.problem(model, has_address=False) is None


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("embedded/huge", "there is no such embedded model; there are extract, tiny"),
        ("embedded/", "there is no such embedded model; there are extract, tiny"),
        ("opena1/gpt-4o", "LiteLLM has no provider 'opena1'; openai is meant?"),
        ("frobnicate/x", "LiteLLM has no provider 'frobnicate'"),
        ("openai/ada", "is a model for embedding: it answers no prompt"),
        ("openai/whisper", "is a model for audio transcription: it answers no prompt"),
    ],
)
def test_what_nothing_answers_to_is_said(model: str, problem: str) -> None:
    assert SERVED.problem(model, has_address=False) == problem


def test_what_an_address_of_ones_own_serves_is_for_the_user_to_say() -> None:
    assert SERVED.problem("openai/ada", has_address=True) is None
    assert SERVED.problem("opena1/ada", has_address=True) is not None  # LiteLLM still needs to know how to talk to it


def test_embedded_models_alone_need_no_long_list() -> None:
    def never() -> dict[str, str]:
        raise AssertionError("the list was read")

    assert Served(frozenset(), ("tiny",), never).problem("embedded/tiny", has_address=False) is None
