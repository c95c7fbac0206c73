"""Images from the job file to the provider and the ledger: only models that take them get them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from policies.errors import BadInputError
from policies.rules import rules_version
from tasks.accounts import worst_case_usd
from tasks.closing import close_run
from tasks.drafting import draft_run
from tasks.models.client import Image
from tasks.models.images import MAX_BYTES
from tasks.replaying import Library, replay
from tasks.route import route
from tasks.settings import load_settings
from tests.fakes.desks import LARGE, planned_call
from tests.fakes.installations import RULES, Installation, open_folder, run_chunks, run_whole
from tests.fakes.pictures import gif, jpeg, png, webp
from tests.fakes.provider import ScriptedProvider
from warehouse.evidence import decisions_of
from warehouse.landing import land
from warehouse.query import query

Install = Callable[..., Installation]

JOB = """
name: pictures
input: {text_fields: [question]}
policy: rules
chunk_size: 50
steps:
  - name: see
    kind: llm
    task_type: generate
    prompt:
      user: "{{ item.question }}"
      images: [item.photo, "{{ item.more | default('') }}"]
    max_output_tokens: 30
    attempts: 1
    timeout_s: 20
"""
TAKES_IMAGES = "price: {input: 10, output: 30}\n    skills: ['modality:image']"
KINDS = (("text", None), ("photo", "data:image/png;base64," + base64.b64encode(png()).decode()))
ADDRESS = "https://example.org/a.png?signature=secret"


@pytest.fixture
def pictures(install: Install) -> Callable[..., Installation]:
    """An installation whose large model takes images, with items that have what is given."""

    def write(base_url: str, **photos: object) -> Installation:
        installation = install(base_url, job=JOB)
        text = installation.catalogue.read_text().replace("price: {input: 10, output: 30}", TAKES_IMAGES)
        installation.catalogue.write_text(text)
        rows = [{"item_id": name, "question": f"What is {name}?", "photo": photo} for name, photo in photos.items()]
        installation.batch.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return installation

    return write


def data_uri(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def parts_sent(provider: ScriptedProvider) -> dict[str, object]:
    """What was sent for each question, and the model that it went to."""
    sent = {}
    for request in provider.requests:
        content = request.body["messages"][-1]["content"]  # type: ignore[index]  # JSON
        question = content if isinstance(content, str) else content[0]["text"]
        addresses = None if isinstance(content, str) else [part["image_url"]["url"] for part in content[1:]]
        sent[question.removeprefix("What is ").removesuffix("?")] = (request.model, addresses)
    return sent


def test_images_of_every_source_and_format_reach_a_model_that_takes_them_and_only_it(pictures, tmp_path: Path) -> None:
    formats = {"image/png": png(), "image/jpeg": jpeg(), "image/gif": gif(), "image/webp": webp()}
    for media_type, data in formats.items():
        (tmp_path / f"{media_type.removeprefix('image/')}.txt").write_bytes(data)  # the name says nothing
    with ScriptedProvider() as provider:
        installation = pictures(
            provider.base_url,
            **{kind.removeprefix("image/"): f"{kind.removeprefix('image/')}.txt" for kind in formats},
            several=[str(tmp_path / "png.txt"), ADDRESS],
            inline=data_uri(gif(), "image/jpeg"),
            blank="",
            null=None,
        )
        closed = run_whole(installation.request())
        sent = parts_sent(provider)
    assert (closed.n_items, closed.n_failed) == (8, 0)
    expected = {kind.removeprefix("image/"): ("large", [data_uri(data, kind)]) for kind, data in formats.items()}
    assert sent == expected | {
        "several": ("large", [data_uri(png()), ADDRESS]),
        "inline": ("large", [data_uri(gif(), "image/gif")]),
        "blank": ("small", None),
        "null": ("small", None),
    }
    land(installation.home)
    attempts = query(installation.home, "SELECT item_id, model, prompt_text, prompt_hash FROM attempts").rows
    texts = {str(item): str(text) for item, _, text, _ in attempts}
    sha256 = hashlib.sha256(png()).hexdigest()
    assert texts["png"] == f"What is png?\n[image image/png, {len(png())} bytes, sha256 {sha256}]"
    assert texts["blank"] == "What is blank?"
    assert "https://example.org/a.png, sha256 of the address" in texts["several"]
    assert all("base64" not in text and "secret" not in text for text in texts.values())
    needs = query(installation.home, "SELECT item_id FROM decisions WHERE features::VARCHAR LIKE '%modality:image%'")
    assert {item for (item,) in needs.rows} == {str(item) for item, model, *_ in attempts if model == "large"}


def test_the_hash_of_a_prompt_tells_images_apart(pictures, tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b", "c")):
        (tmp_path / name).write_bytes(png(4 + number // 2, 4))
    with ScriptedProvider() as provider:
        installation = pictures(provider.base_url, x="a", y="b", z="c")
        rows = [json.loads(line) | {"question": "Same?"} for line in installation.batch.read_text().splitlines()]
        installation.batch.write_text("".join(json.dumps(row) + "\n" for row in rows))
        run_whole(installation.request())
    land(installation.home)
    hashes = [h for (h,) in query(installation.home, "SELECT prompt_hash FROM attempts ORDER BY item_id").rows]
    assert hashes[0] == hashes[1] != hashes[2]


def test_an_image_that_cant_be_sent_fails_its_item_in_one_line_and_no_other(pictures, tmp_path: Path) -> None:
    files = {"empty": b"", "text": b"no image", "cut": png()[:12], "huge": png() + b"\0" * MAX_BYTES, "good": png()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    bad = {
        "empty": ("empty", "is empty"),
        "text": ("text", "is no PNG, JPEG, WebP or GIF"),
        "cut": ("cut", "is damaged: its size can't be read"),
        "huge": ("huge", f"has more than the {MAX_BYTES} bytes that an image may have"),
        "folder": ("pond", "is a folder"),
        "gone": ("gone", "does not exist"),
        "outside": ("../../outside.png", "lies outside the allowed folders"),
        "plain": ("http://example.org/a.png", "must be a path, an https address or a data URI"),
        "file": ("file:///etc/passwd", "must be a path, an https address or a data URI"),
        "login": ("https://me:pw@example.org/a.png", "must be an https address without user and password"),
        "base": ("data:image/png;base64,@@@", "is no valid base64"),
        "coded": ("data:image/svg+xml,<svg/>", "must be a data URI with base64"),
        "number": (7, "item.photo must be a text, or a list of texts, that say where images are"),
        "many": (["good"] * 21, "the prompt has 21 images; it may have 20"),
    }
    with ScriptedProvider() as provider:
        installation = pictures(provider.base_url, good="good", **{name: source for name, (source, _) in bad.items()})
        closed = run_whole(installation.request())
        sent = parts_sent(provider)
    assert sent.keys() == {"good"}
    assert (closed.n_items, closed.n_failed) == (len(bad) + 1, len(bad))
    rows = [json.loads(line) for line in Path(closed.outputs).read_text().splitlines()]
    errors = {row["item_id"]: row["error"] for row in rows if row["error"]}
    assert {name: problem in errors[name] for name, (_, problem) in bad.items()} == dict.fromkeys(bad, True)
    assert all(len(error) < 400 and "\n" not in error for error in errors.values())


def test_an_image_that_changed_under_way_is_not_sent_and_says_so(pictures, tmp_path: Path) -> None:
    for name in ("same", "other", "lost"):
        (tmp_path / name).write_bytes(png())
    with ScriptedProvider() as provider:
        installation = pictures(provider.base_url, same="same", other="other", lost="lost")
        run = open_folder(installation.request())
        route.fn(run, 0, "see")
        (tmp_path / "other").write_bytes(png(9, 9))
        (tmp_path / "lost").unlink()
        run_chunks(run)
        closed = close_run.fn(run, {})
        sent = parts_sent(provider)
    assert sent.keys() == {"same"}
    rows = [json.loads(line) for line in Path(closed.outputs).read_text().splitlines()]
    errors = {row["item_id"]: row["error"] for row in rows}
    assert "the image other has changed since its call was prepared" in errors["other"]
    assert "the image lost can't be read any more: No such file or directory" in errors["lost"]


def test_an_edit_of_the_rules_during_a_run_never_sends_an_image_to_a_model_that_takes_none(pictures) -> None:
    edits = ["default: {use: {model: large}}\n", "default: {use: {model: small}}\n", RULES]
    with ScriptedProvider(default="echo") as provider:
        installation = pictures(provider.base_url, **{f"{kind}{n}": source for n in range(3) for kind, source in KINDS})
        installation.job.write_text(installation.job.read_text().replace("chunk_size: 50", "chunk_size: 2"))
        run = open_folder(installation.request())
        for chunk, rules in enumerate(edits):
            (installation.folder / "rules.yaml").write_text(rules)
            run_chunks(run, chunks=[chunk])
        closed = close_run.fn(run, {})
        sent = parts_sent(provider)
    photo = [data_uri(png())]
    assert sent == {
        "text0": ("large", None),
        "photo0": ("large", photo),
        "text1": ("small", None),
        "text2": ("small", None),
        "photo2": ("large", photo),
    }
    rows = [json.loads(line) for line in Path(closed.outputs).read_text().splitlines()]
    ((failed, error),) = [(row["item_id"], row["error"]) for row in rows if row["error"]]
    assert failed == "photo1"
    assert "no model may serve: small: lacks modality:image" in error
    land(installation.home)
    calls = query(installation.home, "SELECT DISTINCT call_id FROM decisions").rows
    facts = [fact for (call,) in calls for fact in decisions_of(installation.home, str(call))]
    library = Library(installation.home)
    assert [replay(fact, library).verdict for fact in facts] == ["same"] * 6
    assert {fact.decision.rules_version for fact in facts} == {rules_version(rules) for rules in edits}


def test_a_plan_counts_images_and_says_what_no_model_may_serve(pictures) -> None:
    large = data_uri(png() + b"\0" * 1_000_000)  # no text of a prompt
    installation = pictures("http://127.0.0.1:9/v1", one=large, two=["a", "b"], none=None)
    plan = draft_run(installation.request(), load_settings(), run_id="r").plan
    assert {share.model: share.n_requests for share in plan.steps["see"].shares} == {"small": 1, "large": 2}
    installation.catalogue.write_text(installation.catalogue.read_text().replace("'modality:image'", "code"))
    plan = draft_run(installation.request(), load_settings(), run_id="r").plan
    ((refusal, n_refused),) = plan.steps["see"].refused
    assert (refusal, n_refused) == ("no model may serve: small: lacks modality:image; large: lacks modality:image", 2)


def test_an_image_is_set_aside_as_the_most_that_its_model_bills_for_one() -> None:
    call, model = planned_call(), replace(LARGE, image_tokens=50_000)
    user = replace(call.messages[-1], images=(Image("a", "00", 258, "image/png", 9),) * 2)
    more = worst_case_usd(model, replace(call, messages=(*call.messages[:-1], user)))
    rate = max(rate for rate in (model.price.input, model.price.cached) if rate is not None)
    plain = worst_case_usd(model, call)
    assert None not in (more, plain)
    assert more - plain >= 2 * 50_000 * rate / 1_000_000


def test_a_misspelt_skill_stops_a_run_before_it_begins(install: Install) -> None:
    installation = install(job=JOB + "    prefers: [hippa]\n", n_items=1)
    with pytest.raises(
        BadInputError, match=r"steps\.0\.prefers\.0: is no known skill; hipaa is meant\? \(got 'hippa'\)"
    ):
        draft_run(installation.request(), load_settings(), run_id="r")
