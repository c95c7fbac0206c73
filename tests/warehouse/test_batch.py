"""Reading a batch: what is an item, and how each thing that is not is refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policies.errors import BadInputError
from warehouse.batch import read_items


def refusal(path: Path) -> str:
    with pytest.raises(BadInputError) as caught:
        read_items(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def write_parquet(path: Path, sql: str) -> None:
    with duckdb.connect() as connection:
        connection.sql(sql).write_parquet(str(path))


GOOD = b'{"item_id": "a", "text": "x"}\n'
BAD_BATCHES = {
    "an empty file": ("b.jsonl", b"", "b.jsonl: holds no items"),
    "only blank lines": ("b.jsonl", b"\n \n", "b.jsonl: holds no items"),
    "a duplicate id": ("b.jsonl", GOOD + b"\n" + GOOD, "b.jsonl:3: item_id: stands twice: on line 1 and on line 3"),
    "a number that equals a text id": (
        "b.jsonl",
        b'{"item_id": "1"}\n{"item_id": 1}',
        "b.jsonl:2: item_id: stands twice",
    ),
    "a missing id": ("b.jsonl", GOOD + b'{"text": "x"}\n', "b.jsonl:2: item_id: is required"),
    "a null id": ("b.jsonl", b'{"item_id": null}', "b.jsonl:1: item_id: must be text or a whole number (got None)"),
    "a boolean id": ("b.jsonl", b'{"item_id": true}', "b.jsonl:1: item_id: must be text or a whole number (got True)"),
    "a fractional id": ("b.jsonl", b'{"item_id": 1.5}', "b.jsonl:1: item_id: must be text or a whole number"),
    "an empty id": ("b.jsonl", b'{"item_id": ""}', "b.jsonl:1: item_id: must be printable text"),
    "a blank id": ("b.jsonl", b'{"item_id": "  "}', "b.jsonl:1: item_id: must be printable text"),
    "an id with a line break": ("b.jsonl", b'{"item_id": "a\\nb"}', "b.jsonl:1: item_id: must be printable text"),
    "an endless id": ("b.jsonl", b'{"item_id": "%b"}' % (b"a" * 201), "b.jsonl:1: item_id: is longer than 200"),
    "a raw NUL byte": ("b.jsonl", GOOD + b'{"item_id": "b\x00"}', "b.jsonl:2: contains a NUL byte"),
    "an escaped NUL": ("b.jsonl", b'{"item_id": "a", "t": ["\\u0000"]}', "b.jsonl:1: t: contains a NUL byte"),
    "a NUL in a key": ("b.jsonl", b'{"item_id": "a", "t\\u0000": 1}', "b.jsonl:1: t\\0: contains a NUL byte"),
    "half a surrogate pair": (
        "b.jsonl",
        b'{"item_id": "a", "t": "\\ud800"}',
        "b.jsonl:1: t: contains half a surrogate",
    ),
    "not JSON": ("b.jsonl", GOOD + b"{item_id: 1}\n", "b.jsonl:2: is not JSON"),
    "a cut line": ("b.jsonl", GOOD + b'{"item_id": "b', "b.jsonl:2: is not JSON"),
    "two objects on one line": ("b.jsonl", b'{"item_id": "a"} {"item_id": "b"}', "b.jsonl:1: is not JSON: Extra data"),
    "a list instead of an object": ("b.jsonl", b'["a"]', "b.jsonl:1: must be a JSON object (got ['a'])"),
    "a repeated key": (
        "b.jsonl",
        b'{"item_id": "a", "item_id": "b"}',
        "b.jsonl:1: is not usable JSON: key 'item_id' stands",
    ),
    "NaN": ("b.jsonl", b'{"item_id": "a", "x": NaN}', "b.jsonl:1: is not usable JSON: NaN"),
    "an infinite number": (
        "b.jsonl",
        b'{"item_id": "a", "x": 1e999}',
        "b.jsonl:1: is not usable JSON: 1e999 is too large",
    ),
    "51 levels": (
        "b.jsonl",
        b'{"item_id": "a", "x": %b1%b}' % (b"[" * 60, b"]" * 60),
        "b.jsonl:1: x: is nested deeper than 50",
    ),
    "100,000 levels": ("b.jsonl", b'{"item_id": "a", "x": %b}' % (b"[" * 100_000), "b.jsonl:1: is n"),
    "not UTF-8": ("b.jsonl", GOOD + b'{"item_id": "\xff"}', "b.jsonl:2: is not UTF-8 at byte 14"),
    "UTF-16": ("b.jsonl", '{"item_id": "a"}'.encode("utf-16"), "b.jsonl:1: contains a NUL byte"),
    "an unknown format": ("b.xlsx", b"PK", "b.xlsx: is of an unknown format; it must end in one of .jsonl"),
    "no ending": ("batch", GOOD, "batch: is of an unknown format"),
    "a CSV without rows": ("b.csv", b"item_id,text\n", "b.csv: holds no items"),
    "an empty CSV": ("b.csv", b"", "b.csv: holds no items"),
    "a CSV without the id": ("b.csv", b"id,text\n1,x\n", "b.csv:2: item_id: is required"),
    "a CSV column twice": ("b.csv", b"item_id,text,text\n1,x,y\n", "b.csv:1: text: column stands twice"),
    "a CSV column without a name": ("b.csv", b"item_id,\n1,x\n", "b.csv:1: a column has no name"),
    "a long CSV row": ("b.csv", b"item_id,text\n1,x\n2,y,z\n", "b.csv:3: has 3 cells under 2 columns"),
    "a short CSV row": ("b.csv", b"item_id,text\n1\n", "b.csv:2: has 1 cells under 2 columns"),
    "an open CSV quote": ("b.csv", b'item_id,text\n1,"x\n2,y\n', "b.csv:3: is not valid CSV"),
    "a duplicate after a quoted line break": (
        "b.csv",
        b'item_id,text\n1,"x\ny"\n1,z\n',
        "b.csv:4: item_id: stands twice: on line 3 and on line 4",
    ),
    "a NUL in CSV": ("b.csv", b"item_id\n\x00\n", "b.csv:2: contains a NUL byte"),
    "an open CSV quote that hides the rest": (
        "b.csv",
        b'item_id,text\n1,x\n2,"y\n3,z\n4,w\n',
        "b.csv:5: is not valid CSV: unexpected end of data",
    ),
    "a CSV row with one comma too many": ("b.csv", b"item_id,text\n1,x,\n", "b.csv:2: has 3 cells under 2 columns"),
    "CSV that is not UTF-8": ("b.csv", b'item_id,text\n1,"x\ny"\n2,\xff\n', "b.csv:4: is not UTF-8 at byte 3"),
    "CSV columns of one name to DuckDB": (
        "b.csv",
        b"item_id,question,QUESTION\n1,x,y\n",
        "b.csv:1: QUESTION: is the same column as 'question' to DuckDB",
    ),
    "a duplicate after bare returns": (
        "b.csv",
        b"item_id,text\r1,x\r1,y\r",
        "b.csv:3: item_id: stands twice: on line 2 and on line 3",
    ),
    "fields of one name to DuckDB": (
        "b.jsonl",
        GOOD + b'{"item_id": "b", "question": 1, "Question": 2}',
        "b.jsonl:2: Question: is the same field as 'question' to DuckDB",
    ),
    "an integer of 65 bits": (
        "b.jsonl",
        GOOD + b'{"item_id": "b", "n": {"m": [18446744073709551616]}}',
        "b.jsonl:2: n: must be a 64-bit integer (got 18446744073709551616)",
    ),
    "a negative integer of 65 bits": (
        "b.jsonl",
        b'{"item_id": "b", "n": -9223372036854775809}',
        "b.jsonl:1: n: must be a 64-bit integer (got -9223372036854775809)",
    ),
    "an integer of 5,000 digits": ("b.jsonl", b'{"item_id": "b", "n": %b}' % (b"9" * 5000), "b.jsonl:1: is not usable"),
    "Parquet that is none": (
        "b.parquet",
        b"PAR1",
        "b.parquet: is not readable Parquet: Invalid Input Error: File",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD_BATCHES.values(), ids=BAD_BATCHES.keys())
def test_a_bad_batch_is_refused_in_one_line_that_names_file_line_and_field(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    assert refusal(written(tmp_path, name, content)).startswith(f"{tmp_path}/{message}")


def test_a_missing_file_a_folder_and_an_impossible_path_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.jsonl").endswith("none.jsonl: there is no such file")
    assert refusal(tmp_path).endswith("is not a file")
    assert "not a usable path" in refusal(Path("a\x00b.jsonl")) or "no such file" in refusal(Path("a\x00b.jsonl"))
    assert refusal(tmp_path / ("x" * 300 + ".jsonl"))


def test_parquet_with_a_duplicate_id_names_both_rows(tmp_path: Path) -> None:
    path = tmp_path / "b.parquet"
    write_parquet(path, "SELECT 'a' AS item_id, i FROM range(3) AS t(i)")
    assert refusal(path).endswith("b.parquet:2: item_id: stands twice: on line 1 and on line 2 (got 'a')")


def test_what_duckdb_says_of_parquet_is_told_without_our_sql(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "b.parquet", b"PAR1")).endswith("too small to be a Parquet file")


@pytest.mark.parametrize(("one", "other"), [("question", "QUESTION"), ("q", "q"), ("item_id", "Item_Id")])
def test_parquet_columns_of_one_name_to_duckdb_are_refused(tmp_path: Path, one: str, other: str) -> None:
    pq.write_table(pa.table([["a"], ["x"], ["y"]], names=["key", one, other]), tmp_path / "b.parquet")
    assert refusal(tmp_path / "b.parquet").endswith(
        f"b.parquet: {other}: is the same column as {one!r} to DuckDB; rename one"
    )


def test_parquet_structs_with_members_of_one_name_are_refused_and_members_of_different_structs_are_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "b.parquet"
    nested = [{"list": [{"x": 1}], "X": 2, "s": {"x": 3}}]
    pq.write_table(pa.table({"item_id": ["a"], "s": nested, "x": [4]}), path)
    assert read_items(path)[0].fields == {"item_id": "a", "s": nested[0], "x": 4}
    pq.write_table(pa.table({"item_id": ["a"], "s": [{"list": [{"x": 1, "X": 2}]}]}), path)
    assert "s.list.list.element.X: is the same column as 's.list.list.element.x'" in refusal(path)


@pytest.mark.parametrize("name", ["b[1].parquet", "b*.parquet", "b?.parquet", "b[1].jsonl", "b*.jsonl", "b'.jsonl"])
def test_a_name_that_looks_like_a_pattern_is_the_name_of_one_file(tmp_path: Path, name: str) -> None:
    for number, path in enumerate([tmp_path / f"b1{Path(name).suffix}", tmp_path / name]):
        if name.endswith("parquet"):
            write_parquet(path, f"SELECT '{number}' AS item_id")
        else:
            path.write_text(f'{{"item_id": "{number}"}}\n')
    assert [item.item_id for item in read_items(tmp_path / name)] == ["1"]


def test_items_keep_their_order_and_their_values(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "b.jsonl",
        b'\xef\xbb\xbf{"item_id": "b", "n": 1, "f": 1.5, "list": [null, true, {"k": "\xe2\x98\x83"}]}\r\n\n'
        b'{"item_id": 7}',
    )
    items = read_items(path)
    assert [item.item_id for item in items] == ["b", "7"]
    assert items[0].fields == {"item_id": "b", "n": 1, "f": 1.5, "list": [None, True, {"k": "☃"}]}


def test_csv_values_stay_the_text_that_they_are(tmp_path: Path) -> None:
    items = read_items(written(tmp_path, "b.CSV", b'item_id,text,n\r\n007,"a ""q"", b",1.50\r\n8,,\r\n'))
    assert [item.item_id for item in items] == ["007", "8"]
    assert items[0].fields == {"item_id": "007", "text": 'a "q", b', "n": "1.50"}
    assert items[1].fields == {"item_id": "8", "text": "", "n": ""}


def test_parquet_rows_come_in_order_with_nested_values(tmp_path: Path) -> None:
    path = tmp_path / "b.parquet"
    write_parquet(
        path,
        "SELECT i AS item_id, [i, NULL] AS list, {'k': 'v'} AS struct, DATE '2026-11-25' AS day, "
        "1.5::DECIMAL(9,2) AS d FROM range(5000) AS t(i)",
    )
    items = read_items(path)
    assert [item.item_id for item in items] == [str(n) for n in range(5000)]
    assert items[7].fields == {"item_id": 7, "list": [7, None], "struct": {"k": "v"}, "day": "2026-11-25", "d": 1.5}


def test_another_field_can_hold_the_id(tmp_path: Path) -> None:
    assert read_items(written(tmp_path, "b.jsonl", b'{"id": "x"}'), id_field="id")[0].item_id == "x"


def test_the_largest_integers_and_the_deepest_values_are_read(tmp_path: Path) -> None:
    deep = '{"item_id": "a", "x": ' + "[" * 48 + "]" * 48 + ', "n": [18446744073709551615, -9223372036854775808]}'
    fields = read_items(written(tmp_path, "b.jsonl", deep.encode()))[0].fields
    assert fields["n"] == [2**64 - 1, -(2**63)]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [True, False])
def test_csv_lines_end_in_a_line_feed_a_return_or_both(tmp_path: Path, ending: bytes, last: bool) -> None:
    lines = [b"item_id,text", b'a,"x""', b'y"', b"", b"b,"]
    path = written(tmp_path, "b.csv", b"\xef\xbb\xbf" + ending.join(lines) + ending * last)
    assert [(item.line, item.fields["text"]) for item in read_items(path)] == [(3, f'x"{ending.decode()}y'), (5, "")]
