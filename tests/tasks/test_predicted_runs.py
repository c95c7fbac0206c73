"""A run by a predictor: routed by each item's own text, made again to the same answer; by means without its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from flows.cli import main
from policies.forecast import Forecast
from policies.predictor.fitting import fit_predictor
from policies.predictor.observations import Observations
from policies.predictor.packing import pack_predictor, predictor_name
from policies.types import CellMean
from policies.weights import weights_document, weights_version
from tasks.drafting import draft_run
from tasks.notices import say_once
from tasks.predictors import keep_predictor, read_predictor
from tasks.replaying import Library, replay
from tasks.settings import load_settings
from tasks.supposing import what_if
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import Installation, run_whole, variables_of, write_installation
from tests.fakes.provider import ScriptedProvider
from warehouse.evidence import DecisionFact, decisions_of
from warehouse.landing import land
from warehouse.query import query
from warehouse.records import WeightsChanged
from warehouse.spool import Spool

JOB = """
name: ducks
input: {text_fields: [question]}
policy: performance
chunk_size: 3
latency_price: 0.001
steps:
  - name: answer
    kind: llm
    task_type: generate
    prompt: "{{ item.question }}"
    max_output_tokens: 30
    timeout_s: 4
    scorers: [{scorer: non_empty}]
"""
ORDER = "rules: []\ndefault: {use: {shortlist: [large, small]}}\n"
PERFORMANCE = "rules: []\ndefault: {use: {policy: performance}}\n"
EASY, HARD = "what do ducks eat in the pond at noon", "prove the theorem of the geese by contradiction"
CELLS = (
    CellMean("generate", "small", 200, 0.6, 0.02, 0.0001, 0.5),
    CellMean("generate", "large", 200, 0.8, 0.02, 0.001, 1.5),
)


def fitted() -> bytes:
    """What is easy the small model does as well as the large one; what is hard, hardly ever."""
    rng = np.random.default_rng(0)
    is_hard = rng.random(400) < 0.5
    quality = np.where(is_hard[:, None], [0.1, 0.9], [0.95, 0.9]) > rng.random((400, 2))
    texts = tuple(f"{HARD if hard else EASY} {rng.integers(9)}" for hard in is_hard)
    tokens = np.full((400, 2), [8.0, 16.0])
    observations = Observations(texts, ("generate",) * 400, ("small", "large"), quality.astype(float), None, tokens)
    return pack_predictor(fit_predictor(observations))


@dataclass(frozen=True, slots=True)
class World:
    installation: Installation
    weights_version: str
    file: Path
    facts: tuple[DecisionFact, ...]

    def of(self, run: str) -> list[DecisionFact]:
        """A run's decisions, in the order of the items."""
        return sorted((f for f in self.facts if f.run_id == run), key=lambda fact: fact.item_id)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("predicted")
    with pytest.MonkeyPatch.context() as environment, ScriptedProvider(default="ok:weeds") as provider:
        for name, value in {**variables_of(folder), KEY_VARIABLE: "sk-test"}.items():
            environment.setenv(name, value)
        installation = write_installation(folder, base_url=provider.base_url, job=JOB)
        rows = [{"item_id": f"q{n}", "question": f"{(EASY, HARD)[n % 2]} {n}"} for n in range(6)]
        installation.batch.write_text("".join(json.dumps(row) + "\n" for row in rows))
        (folder / "rules.yaml").write_text(ORDER)
        version, file = go_live(installation)
        run_whole(installation.request(run_id="by-text", budget_usd="0.05"))
        run_whole(installation.request(run_id="by-order", policy="rules"))
        content = file.read_bytes()
        file.unlink()
        read_predictor.cache_clear()
        say_once.cache_clear()
        run_whole(installation.request(run_id="by-means", budget_usd="0.05"))
        file.write_bytes(content)
        land(installation.home)
        calls = query(installation.home, "SELECT DISTINCT call_id FROM decisions ORDER BY call_id").rows
        facts = tuple(f for (call,) in calls for f in decisions_of(installation.home, str(call)))
        yield World(installation, version, file, facts)


def go_live(installation: Installation) -> tuple[str, Path]:
    """Weights that name a predictor, live, with its file."""
    content = fitted()
    document = weights_document(CELLS, predictor=predictor_name(content))
    version, at = weights_version(document), datetime(2026, 11, 25, tzinfo=UTC)
    file = keep_predictor(installation.home, version, content)
    with Spool(installation.home.create()) as spool:
        record = WeightsChanged(version, None, "live", document, at, at, 400, "{}", "[]", at, at)
        spool.append(record).result(10)
    land(installation.home)
    return version, file


def forecast_of(fact: DecisionFact) -> Forecast:
    assert fact.forecast is not None
    return fact.forecast


def test_each_item_goes_where_its_own_text_is_served(world: World) -> None:
    facts = world.of("by-text")
    assert [fact.decision.model for fact in facts] == ["small", "large"] * 3
    for fact in facts:
        forecast = forecast_of(fact)
        assert (forecast.declined, set(forecast.models)) == (None, {"small", "large"})
        assert forecast.predictor == predictor_name(world.file.read_bytes())
        for candidate in fact.decision.candidates:
            assert candidate.p_quality == forecast.models[candidate.model].quality
        assert forecast.models["small"].output_tokens == 8


def test_the_plan_expects_what_is_foreseen(world: World) -> None:
    request = world.installation.request(run_id="planned", budget_usd="0.05")
    plan = draft_run(request, load_settings(), run_id="planned").plan.steps["answer"]
    assert {share.model: share.n_requests for share in plan.shares} == {"small": 3, "large": 3}
    assert plan.expected_quality == pytest.approx(0.9, abs=0.06)


def test_decisions_are_made_again_to_the_same_answer(world: World) -> None:
    library = Library(world.installation.home)
    told = {fact.decision_id: replay(fact, library) for fact in world.facts}
    assert len(told) == 18
    assert {one.verdict for one in told.values()} == {"same"}, told


def test_without_its_file_a_decision_by_it_can_not_be_made_again_and_that_is_one_line(world: World) -> None:
    fact = world.of("by-text")[0]
    gone = Library(replace(world.installation, folder=world.installation.folder / "elsewhere").home)
    gone.weights, gone.catalogue = Library(world.installation.home).weights, Library(world.installation.home).catalogue
    one = replay(fact, gone)
    assert one.verdict == "unknown"
    (note,) = one.notes
    assert note == f"predictor {forecast_of(fact).predictor} is not there any more: its file is missing"
    hidden = replay(replace(fact, text=None), Library(world.installation.home))
    assert hidden.verdict == "unknown"
    assert "text, which is not stored" in hidden.notes[0]


def test_a_run_without_the_file_goes_by_means_and_says_so(world: World) -> None:
    facts = world.of("by-means")
    assert {fact.decision.model for fact in facts} == {"large"}
    for fact in facts:
        forecast = forecast_of(fact)
        assert (forecast.declined, forecast.is_unusable, forecast.models) == ("its file is missing", True, {})
        assert [c.p_quality for c in fact.decision.candidates] == pytest.approx([0.6, 0.8], abs=0.01)


def test_a_draft_warns_of_a_damaged_file_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    content = world.file.read_bytes()
    read_predictor.cache_clear()
    say_once.cache_clear()
    world.file.write_bytes(content[:-10])
    try:
        drafts = [
            draft_run(world.installation.request(run_id=f"d{n}"), load_settings(), run_id=f"d{n}") for n in (0, 1)
        ]
    finally:
        world.file.write_bytes(content)
        read_predictor.cache_clear()
    assert len([record for record in caplog.records if "predictor" in record.getMessage()]) == 1
    for draft in drafts:
        (warning,) = [one for one in draft.warnings if "predictor" in one]
        assert "is damaged" in warning
        assert "means of the weights stand in" in warning
        assert "is damaged" in str(draft.manifest.predictor_problem)


def test_what_an_order_decided_is_supposed_by_the_text_that_is_stored(world: World, tmp_path: Path) -> None:
    assert {fact.forecast for fact in world.of("by-order")} == {None}
    rules = tmp_path / "new.yaml"
    rules.write_text(PERFORMANCE)
    since = datetime.now(UTC) - timedelta(days=1)
    told = what_if(rules, catalog=None, since=since, settings=load_settings(), home=world.installation.home)
    assert (told.supposition.calls, told.supposition.undecidable_by_text) == (6, 0)
    moved = {(move.source, move.target): move.calls for move in told.supposition.moves}
    assert moved == {("large", "small"): 3}


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints, on one line."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    return " ".join(capsys.readouterr().out.split())


def test_an_explanation_tells_how_each_model_was_predicted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    easy, means = world.of("by-text")[0], world.of("by-means")[0]
    told = said(capsys, "explain", easy.decision.call_id)
    assert f"predictor: {forecast_of(easy).predictor}" in told
    assert "by heads: task mean 0." in told
    assert "similar calls" in told
    assert "8 tokens out" in told
    assert "could not be used, so by means alone: its file is missing" in said(
        capsys, "explain", means.decision.call_id
    )
    assert "decision 0: same" in said(capsys, "explain", easy.decision.call_id, "--replay")


def test_one_request_is_routed_by_its_text(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--task-type", "generate", "--policy", "performance")
    easy, hard = (said(capsys, "route", "--text", f"{text} 3", *asked) for text in (EASY, HARD))
    assert "chosen: large" in hard
    assert "small yes 0.9" in easy
    assert "small yes 0.9" not in hard
