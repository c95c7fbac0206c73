"""The generators on small inputs."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
from pydantic import BaseModel, Field

from docs.generate.blocks import BlockError, fill_blocks
from docs.generate.commands import describe_commands
from docs.generate.fields import describe_model, fields_table
from docs.generate.markdown import code, fence, page, table
from docs.generate.policies import MODELS
from docs.generate.recorded import NAMES, NOT_RECORDED, missing_records, recorded
from docs.generate.shell import clean
from docs.generate.warehouse import condition_of, describe_warehouse
from warehouse.schema_reference import Column, Relation


class Engine(BaseModel):
    """What moves it."""

    power_kw: float = Field(gt=0, le=500, description="Its power.")


class Car(BaseModel):
    """A car.

    On four
    wheels.
    """

    name: str = Field(min_length=1, max_length=20, description="What a | driver calls it.")
    kind: Literal["small", "large"] = Field("small", description="Its size.")
    engines: tuple[Engine, ...] = Field((), max_length=1, description="What moves it.")
    price: Decimal | None = Field(None, gt=0, description="In USD.")
    owner: str | None = Field(None, alias="held_by", description="Whose it is.")
    tags: dict[str, int] = Field(default_factory=dict, description="Counts by name.")


def row_of(text: str, key: str) -> list[str]:
    """The cells of a key's row."""
    lines = [line.replace(r"\|", "¦") for line in text.splitlines()]
    (line,) = [line for line in lines if line.startswith(f"| `{key}` ")]
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ("name", ["text", "required", "What a ¦ driver calls it. (at most 20 characters)"]),
        ("kind", ["`small`, `large`", "`small`", "Its size."]),
        ("engines", ["list of [Its engine](#its-engine)", "empty", "What moves it. (at most 1 entry)"]),
        ("price", ["decimal number", "", "In USD. (more than 0)"]),
        ("held_by", ["text", "", "Whose it is."]),
        ("tags", ["mapping of names to whole number", "empty", "Counts by name."]),
    ],
)
def test_a_field_is_told_with_type_default_limits_and_meaning(key: str, cells: list[str]) -> None:
    assert row_of(fields_table(Car, names={"Engine": "Its engine"}), key)[1:] == cells


def test_a_model_is_told_with_its_docstring() -> None:
    text = describe_model(Car, heading="Cars", names={})
    assert text.startswith("## Cars\n\nA car.\n\nOn four wheels.\n\n| key |")


def test_fields_that_stand_elsewhere_are_left_out() -> None:
    text = fields_table(Car, names={}, without=["kind"])
    assert "`kind`" not in text
    assert "`name`" in text


def test_every_field_of_the_policy_files_is_explained() -> None:
    for model in MODELS:
        for line in fields_table(model, names={}).splitlines()[2:]:
            assert not line.endswith("|  |"), line


def drive(
    car: Annotated[str, typer.Argument(help="The car.", metavar="CAR")],
    to: Annotated[str, typer.Option("--to", "-t", help="Where.")],
    speed: Annotated[int, typer.Option(min=1, max=200, help="How fast.")] = 50,
    over: Annotated[list[str] | None, typer.Option(help="By which way.")] = None,
    gear: Annotated[Literal["low", "high"], typer.Option(help="Which gear.")] = "low",
    is_quiet: Annotated[bool, typer.Option("--quiet", help="Without a word.")] = False,
) -> None:
    """Drive somewhere."""


def test_commands_are_told_with_arguments_options_and_subcommands() -> None:
    app, fleet = typer.Typer(), typer.Typer()
    app.command("drive")(drive)
    fleet.command("list")(lambda: None)
    app.add_typer(fleet, name="fleet")
    text = describe_commands(app)
    assert "## pointsman drive\n\nDrive somewhere." in text
    assert "pointsman drive CAR --to TEXT [OPTIONS]" in text
    assert "## pointsman fleet list" in text
    assert row_of(text, "CAR")[1:] == ["The car.", "required"]
    assert row_of(text, "--to, -t TEXT")[1:] == ["Where.", "required"]
    assert row_of(text, "--speed NUMBER")[1:] == ["How fast. (at least 1; at most 200)", "`50`"]
    assert row_of(text, "--over TEXT")[1:] == ["By which way. (may be repeated)", ""]
    assert row_of(text, "--gear low¦high")[1:] == ["Which gear.", "`low`"]
    assert row_of(text, "--quiet")[1:] == ["Without a word.", ""]


def test_the_warehouse_page_tells_tables_views_and_marts_apart() -> None:
    id_column = Column("id", "VARCHAR", False, "the thing")
    relations = [
        Relation("things", "table", "One row per thing.", ("id",), (id_column,), ("CHECK((id <> ''))",)),
        Relation("seen", "view", "One row per seen thing.", (), (id_column,), ()),
        Relation("by_day", "mart", "One row per day.", (), (Column("day", "DATE", True, "the UTC day"),), ()),
    ]
    text = describe_warehouse(relations, {"lately": "One row per thing of late."}, {})
    assert text.index("### seen") < text.index("### by_day") < text.index("### things")
    assert "Key: `id`." in text
    assert "Holds for every row: `id <> ''`." in text
    assert row_of(text, "day") == ["`day`", "`DATE`", "the UTC day"]
    assert row_of(text, "lately")[1:] == ["One row per thing of late."]


@pytest.mark.parametrize(
    ("constraint", "condition"),
    [
        ("CHECK((a >= 0))", "a >= 0"),
        ("CHECK(((a >= 0) AND (b <= 1)))", "(a >= 0) AND (b <= 1)"),
        ("CHECK((a IN ('x', 'y')))", "a IN ('x', 'y')"),
    ],
)
def test_a_condition_loses_only_the_parentheses_around_it(constraint: str, condition: str) -> None:
    assert condition_of(constraint) == condition


TEXT = "before\n<!-- generated: one -->\nold\n<!-- end -->\nafter\n"


def test_a_block_is_replaced_and_the_rest_is_kept() -> None:
    assert fill_blocks(TEXT, {"one": "new\nlines"}) == TEXT.replace("old", "new\nlines")


def test_filling_twice_changes_nothing() -> None:
    filled = fill_blocks(TEXT, {"one": r"a \1 backslash"})
    assert fill_blocks(filled, {"one": r"a \1 backslash"}) == filled


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        (TEXT, {}),
        (TEXT, {"one": "", "two": ""}),
        (TEXT.replace("<!-- end -->", ""), {"one": ""}),
        (TEXT + TEXT, {"one": ""}),
    ],
    ids=["unknown marker", "block without marker", "no end marker", "marker twice"],
)
def test_markers_and_blocks_have_to_match(text: str, blocks: dict[str, str]) -> None:
    with pytest.raises(BlockError):
        fill_blocks(text, blocks)


def test_output_is_shown_without_colours_trailing_blanks_and_machine_paths(tmp_path: Path) -> None:
    output = f"\n\n\x1b[1mTitle\x1b[0m   \n  in {tmp_path}/runs/a\n\n"
    assert clean(output, home=tmp_path) == "Title\n  in .pointsman/runs/a\n"


def test_what_is_not_recorded_yet_is_said_so(tmp_path: Path) -> None:
    assert missing_records(tmp_path) == list(NAMES)
    assert recorded(tmp_path, "demo.txt") == NOT_RECORDED
    (tmp_path / "demo.txt").write_text("Python 3.11; …\n")
    assert recorded(tmp_path, "demo.txt") == "Python 3.11; …\n"
    assert "demo.txt" not in missing_records(tmp_path)


def test_pieces_of_markdown() -> None:
    assert table(("a", "b"), [("1|2", "two\nlines")]) == "| a | b |\n| --- | --- |\n| 1\\|2 | two lines |"
    assert code("a`b") == "`` a`b ``"
    assert fence("x\n\n", language="sql") == "```sql\nx\n```"
    assert page("T", "one", "", "two").endswith("# T\n\none\n\ntwo\n")
