"""`explain` says whose answer a judgement is of, where it may not be the call's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from flows.cli import main
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import run_whole, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.landing import land
from warehouse.query import query


def answer(body: Mapping[str, object]) -> str:
    """The small model knows no JSON."""
    if "response_format" not in body:
        return "Ducks eat weeds"
    return "eat weeds" if body["model"] == "small" else json.dumps({"quote": "eat weeds"})


def test_a_refused_answer_is_told_with_its_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**variables_of(tmp_path), KEY_VARIABLE: "sk-test"}.items():
        monkeypatch.setenv(name, value)
    with ScriptedProvider(answer=answer) as provider:
        installation = write_installation(tmp_path, base_url=provider.base_url, n_items=1)
        run_whole(installation.request())
    land(installation.home)
    ((call_id,),) = query(installation.home, "SELECT call_id FROM calls WHERE step = 'cite'").rows
    with pytest.raises(SystemExit) as exit_:
        main(["explain", str(call_id)])
    assert exit_.value.code == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith("json_schema check 0 small: the answer is not JSON") for line in lines)
    assert "json_schema check 1 fits" in lines
