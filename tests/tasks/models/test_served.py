"""What can be called is read off LiteLLM's files, and is what LiteLLM itself says when it is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tasks.models.litellm_setup import load_litellm
from tasks.models.price_map import read_price_map
from tasks.models.served import enumerated_providers, listed_providers, other_uses, served


def test_the_providers_are_those_that_litellm_lists() -> None:
    provider_list = {str(getattr(p, "value", p)) for p in load_litellm().provider_list}
    assert enumerated_providers() == provider_list - {"embedded"}


def test_litellm_finds_every_provider_of_its_list_of_compatible_ones() -> None:
    litellm = load_litellm()
    listed = listed_providers()
    assert listed - enumerated_providers()  # else nothing would be gained by reading it
    assert {litellm.get_llm_provider(f"{provider}/some-model")[1] for provider in listed} == listed


@pytest.mark.parametrize("provider", ["nosuch", "opena1", "OpenAI", "gpt-4o"])
def test_litellm_does_not_know_what_we_refuse(provider: str) -> None:
    model = f"{provider}/some-model"
    assert served().problem(model, has_address=False) is not None
    with pytest.raises(load_litellm().BadRequestError):
        load_litellm().get_llm_provider(model)


def test_every_priced_chat_model_can_be_called() -> None:
    chats = {
        name: str(entry["litellm_provider"])
        for name, entry in read_price_map().items()
        if entry.get("mode") == "chat" and "/" not in name and entry.get("litellm_provider") in enumerated_providers()
    }
    assert len(chats) > 100
    refused = {f"{p}/{name}" for name, p in chats.items() if served().problem(f"{p}/{name}", has_address=False)}
    assert refused == set()


def test_models_for_other_uses_are_known_with_and_without_their_provider() -> None:
    assert other_uses()["openai/text-embedding-3-small"] == other_uses()["text-embedding-3-small"] == "embedding"
    assert "openai/gpt-4o" not in other_uses()


def test_the_embedded_models_are_ours() -> None:
    assert set(served().embedded) == {"extract", "smollm2-135m", "qwen2.5-coder-0.5b"}


def test_knowing_it_does_not_import_litellm() -> None:
    code = (
        "import sys; from tasks.models.served import served; one = served(); one.other_uses(); "
        "sys.exit('litellm' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
