"""A request becomes a run, pinned; the same name again takes it up, and nothing else may use the name."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from policies.errors import BadInputError
from tasks.attempts import BudgetExhaustedError
from tasks.budgets import budget_of
from tasks.closing import close_run
from tasks.complete import complete
from tasks.landing import land_spool
from tasks.manifest import load_manifest, load_request
from tasks.requests import open_items
from tasks.results import load_results
from tasks.retrieve import retrieve
from tasks.route import route
from tasks.routes import load_routes
from tasks.run_context import open_run
from tasks.run_folder import RunFolder, read_lines
from tests.fakes.calls import KEY_VARIABLE
from tests.fakes.installations import JOB, Installation, open_folder, run_chunks, run_whole
from tests.fakes.provider import ScriptedProvider
from warehouse.landing import land
from warehouse.query import query

Install = Callable[..., Installation]


def test_a_run_pins_what_it_began_with(install: Install) -> None:
    installation = install(n_items=9)
    folder = RunFolder(Path(open_folder(installation.request(seed=7))))
    manifest = load_manifest(folder)
    assert (manifest.run_id, manifest.n_items, manifest.n_chunks, manifest.seed) == ("run-1", 9, 3, 7)
    installation.job.write_text("name: gone")
    installation.catalogue.write_text("models: gone")
    open_run.cache_clear()  # as another process would read it
    context = open_run(str(folder.path))
    assert context.job.name == "ducks"
    assert [model.name for model in context.catalogue.models] == ["small", "large"]
    rows = [row for chunk in range(3) for row in read_lines(folder.items(chunk))]
    assert [row["item_id"] for row in rows] == [f"q{n}" for n in range(9)]


def test_what_a_job_credits_is_known_with_its_run(install: Install) -> None:
    installation = install()
    installation.job.write_text(JOB.replace("    timeout_s: 4\n", "    timeout_s: 4\n    credit: 0.5\n", 1))
    open_folder(installation.request())
    open_folder(installation.request())
    land_spool.fn()
    seen = query(installation.home, "SELECT run_id, job, step, final_step, weight FROM run_credits ORDER BY step")
    assert seen.rows == [("run-1", "ducks", "answer", "cite", 0.5), ("run-1", "ducks", "cite", "cite", 1.0)]


def test_the_same_request_again_is_the_same_run(install: Install) -> None:
    installation = install()
    first = open_folder(installation.request())
    before = RunFolder(Path(first)).manifest.read_bytes()
    assert open_folder(installation.request()) == first
    assert RunFolder(Path(first)).manifest.read_bytes() == before


def test_a_name_that_another_batch_has_is_refused(install: Install) -> None:
    installation = install(n_items=8)
    open_folder(installation.request())
    installation.write_batch(9)
    with pytest.raises(BadInputError, match="with another batch"):
        open_folder(installation.request())


def test_a_name_that_another_job_has_is_refused(install: Install) -> None:
    installation = install()
    open_folder(installation.request())
    installation.job.write_text(JOB.replace("max_output_tokens: 30", "max_output_tokens: 31"))
    with pytest.raises(BadInputError, match="with another job"):
        open_folder(installation.request())


def test_another_layout_of_the_job_file_is_the_same_job(install: Install) -> None:
    installation = install()
    run = open_folder(installation.request())
    installation.job.write_text("# a comment\n" + JOB)
    assert open_folder(installation.request()) == run


def test_a_resumed_run_in_the_same_process_has_its_new_budget(install: Install) -> None:
    installation = install()
    run = open_folder(installation.request(budget_usd="0.5"))
    assert budget_of(open_run(run)).remaining_usd == Decimal("0.5")
    assert open_folder(installation.request(budget_usd="0.75")) == run
    context = open_run(run)
    assert context.manifest.budget_usd == Decimal("0.75")
    assert budget_of(context).remaining_usd == Decimal("0.75")
    open_folder(installation.request())  # without a word about it the budget stays
    assert open_run(run).manifest.budget_usd == Decimal("0.75")


def test_a_run_that_its_budget_stopped_goes_on_with_a_larger_one(install: Install) -> None:
    with ScriptedProvider(default="drop") as provider:  # time and again the worst case, as nobody knows the cost
        installation = install(provider.base_url, n_items=4)
        run = open_folder(installation.request(budget_usd="0.002", policy="fixed:small"))
        for task in (retrieve, route):
            task.fn(run, 0, "find" if task is retrieve else "answer")
        with pytest.raises(BudgetExhaustedError):
            complete.fn(run, 0, "answer")
        assert not RunFolder(Path(run)).results(0, "answer").exists()
        served = provider.n_requests
        assert 0 < served < 12
        provider.default = "ok:weeds"
        open_folder(installation.request(budget_usd="1", policy="fixed:small"))
        complete.fn(run, 0, "answer")
        assert provider.n_requests > served
        assert count_attempts(installation) == provider.n_requests
    remaining = budget_of(open_run(run)).remaining_usd
    assert remaining is not None
    assert remaining < Decimal(1) - Decimal("0.001")  # what was spent before counts


def count_attempts(installation: Installation) -> int:
    """The provider's attempts in the ledger."""
    run = installation.home.runs / "run-1"
    close_run.fn(str(run), {})
    land(installation.home)
    ((count,),) = query(installation.home, "SELECT count(*) FROM attempts WHERE provider = 'openai'").rows
    assert isinstance(count, int)
    return count


def test_a_budget_below_the_cheapest_plan_is_refused_before_anything_is_written(install: Install) -> None:
    installation = install()
    with pytest.raises(BadInputError, match="below the cheapest plan") as raised:
        open_folder(installation.request(budget_usd="0.000001"))
    assert raised.value.field == "budget_usd"
    assert list(installation.home.runs.iterdir()) == []


def test_a_budget_cannot_be_kept_where_no_price_is_known(install: Install) -> None:
    installation = install()
    text = installation.catalogue.read_text()
    installation.catalogue.write_text(
        text.replace("{input: 1, output: 2}", "unknown").replace("{input: 10, output: 30}", "unknown")
    )
    with pytest.raises(BadInputError, match="budget"):
        open_folder(installation.request(budget_usd="5"))
    assert open_folder(installation.request())  # without a budget it may run


def test_a_key_that_is_not_set_is_named_where_no_model_is_left(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = install()
    monkeypatch.delenv(KEY_VARIABLE)
    with pytest.raises(BadInputError, match=f"{KEY_VARIABLE} is not set"):
        open_folder(installation.request())


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"job": "/etc/passwd"}, "outside the allowed folders"),
        ({"input": "/etc/passwd"}, "outside the allowed folders"),
        ({"input": "http://example.com/a.jsonl"}, "URL"),
        ({"run_id": "../up"}, "run_id"),
        ({"policy": "fixed:huge"}, "huge"),
    ],
)
def test_a_request_that_cannot_be_served_is_refused_before_anything_is_written(
    install: Install, fields: dict[str, object], problem: str
) -> None:
    installation = install()
    with pytest.raises(BadInputError, match=problem):
        open_folder(installation.request(**fields))
    assert list(installation.home.runs.iterdir()) == []


def test_a_manifest_that_is_damaged_is_bad_input(install: Install) -> None:
    installation = install()
    folder = RunFolder(Path(open_folder(installation.request())))
    folder.manifest.write_text('{"run_id": ')
    with pytest.raises(BadInputError, match="damaged"):
        load_manifest(folder)


def test_a_sampled_run_has_the_sample_alone(install: Install) -> None:
    installation = install(n_items=20)
    manifest = load_manifest(RunFolder(Path(open_folder(installation.request(sample=3)))))
    assert (manifest.n_items, manifest.n_chunks) == (3, 1)


SKIPPING = JOB.replace("task_type: generate", "task_type: generate\n    on_error: skip\n    fallbacks: 0")
SUBSTITUTING = JOB.replace(
    "task_type: generate",
    "task_type: generate\n    on_error: fallback_text\n    fallback_text: weeds\n    fallbacks: 0",
)


def outputs_of(installation: Installation) -> list[dict[str, object]]:
    closed = run_whole(installation.request())
    return [json.loads(line) for line in Path(closed.outputs).read_text().splitlines()]


def test_a_skipped_step_skips_the_steps_that_need_it(install: Install) -> None:
    with ScriptedProvider(["401"], answer=lambda _: '{"quote": "q"}') as provider:
        installation = install(provider.base_url, job=SKIPPING, n_items=1)
        (row,) = outputs_of(installation)
        assert provider.n_requests == 1
    folder = RunFolder(installation.home.runs / "run-1")
    (answered,) = load_results(folder, 0, step="answer").values()
    (cited,) = load_results(folder, 0, step="cite").values()
    assert (answered.status, cited.status, cited.error) == ("skipped", "skipped", "step answer was skipped")
    assert row["status"] == "ok"


def test_a_substituted_output_is_what_the_next_step_sees(install: Install) -> None:
    with ScriptedProvider(["401"], answer=lambda _: '{"quote": "q"}') as provider:
        installation = install(provider.base_url, job=SUBSTITUTING, n_items=1)
        (row,) = outputs_of(installation)
        assert [request.prompt for request in provider.requests][1] == "Cite for weeds"
    assert row["outputs"] == {**row["outputs"], "answer": "weeds"}  # type: ignore[dict-item]


def test_a_prompt_that_cannot_be_rendered_settles_its_item_without_a_call(install: Install) -> None:
    job = JOB.replace("Question: {{ item.question }}", "Question: {{ item.question }} {{ item.extra }}")
    with ScriptedProvider(answer=lambda _: '{"quote": "q"}') as provider:
        installation = install(provider.base_url, job=job, n_items=2)
        rows = [
            {"item_id": "a", "question": "Do ducks swim?", "extra": "x"},
            {"item_id": "b", "question": "Do ducks fly?"},
        ]
        installation.batch.write_text("".join(json.dumps(row) + "\n" for row in rows))
        first, second = outputs_of(installation)
        assert provider.n_requests == 2
    assert (first["status"], second["status"]) == ("ok", "failed")
    assert "extra" in str(second["error"])


def test_a_chunk_whose_items_have_all_failed_is_routed_without_waiting(install: Install) -> None:
    with ScriptedProvider(default="401") as provider:
        installation = install(provider.base_url, n_items=2)
        run = open_folder(installation.request())
        run_chunks(run)
        assert open_items(open_run(run), 0, step="cite") == ([], [])
        assert load_routes(RunFolder(Path(run)).routes(0, "cite")).routed == ()


@pytest.mark.parametrize(("store_text", "kept"), [("full", "weeds"), ("hash", "sha256:"), ("none", None)])
def test_the_ledger_keeps_of_texts_what_the_settings_say(
    install: Install, store_text: str, kept: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POINTSMAN_STORE_TEXT", store_text)
    with ScriptedProvider(answer=lambda _: '{"quote": "weeds"}') as provider:
        installation = install(provider.base_url, n_items=1)
        run_whole(installation.request())
    land(installation.home)
    rows = query(installation.home, "SELECT prompt_text, response_text FROM attempts WHERE provider = 'openai'").rows
    assert len(rows) == 2
    for text in (text for row in rows for text in row):
        assert text is None if kept is None else kept in str(text)


@pytest.mark.parametrize("changed", [{"policy": "fixed:small"}, {"seed": 7}])
def test_a_run_of_the_same_name_under_another_policy_or_seed_is_refused(
    install: Install, changed: dict[str, object]
) -> None:
    installation = install()
    open_folder(installation.request())
    with pytest.raises(BadInputError, match=f"another {next(iter(changed))}"):
        open_folder(installation.request(**changed))


def test_a_call_that_only_money_stands_in_the_way_of_stops_its_chunk_and_is_not_given_up(install: Install) -> None:
    with ScriptedProvider(default="ok:weeds") as provider:
        installation = install(provider.base_url, n_items=2)
        run = open_folder(installation.request(budget_usd="0.002", policy="fixed:small"))
        retrieve.fn(run, 0, "find")
        budget_of(open_run(run)).reserve(Decimal("0.002"))
        budget_of(open_run(run)).settle(Decimal("0.002"), Decimal("0.002"))
        with pytest.raises(BudgetExhaustedError, match="calls of step answer can't be afforded"):
            route.fn(run, 0, "answer")
        open_folder(installation.request(budget_usd="1", policy="fixed:small"))
        route.fn(run, 0, "answer")
        complete.fn(run, 0, "answer")
        assert provider.n_requests == 2


def test_a_resumed_run_goes_on_from_what_it_pinned_though_job_and_batch_are_gone(install: Install) -> None:
    with ScriptedProvider(default="ok:weeds") as provider:
        installation = install(provider.base_url, n_items=2)
        run = open_folder(installation.request(policy="fixed:small"))
        request = load_request(RunFolder(Path(run))).model_copy(update={"run_id": "run-1", "resume": True})
        (installation.folder / "job.yaml").unlink()
        (installation.folder / "batch.jsonl").unlink()
        assert open_folder(request) == run
        retrieve.fn(run, 0, "find")
        route.fn(run, 0, "answer")
        complete.fn(run, 0, "answer")
        assert provider.n_requests == 2


def test_a_run_that_never_was_can_t_be_resumed(install: Install) -> None:
    with pytest.raises(BadInputError, match="there is no such run"):
        open_folder(install().request(resume=True))
