"""Which files of a folder become passages, and which folders are refused."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from policies.errors import BadInputError, WorkFailedError
from tasks.retrieval import folder as module
from tasks.retrieval.corpus import CorpusSpec, LeftOut, Passage
from tasks.retrieval.folder import list_files, locate_folder, read_passages

SPEC = CorpusSpec(folder="library")


def test_every_kind_of_document_gives_passages_in_the_order_of_paths(library: Path) -> None:
    passages, left_out = read_passages(list_files(library), SPEC)
    assert left_out == []
    assert passages == [
        Passage("guides/trains.md#1", "guides/trains.md > Trains", "Steam.", "guides/trains.md"),
        Passage("guides/trains.md#2", "guides/trains.md > Trains > Signals", "Red means stop.", "guides/trains.md"),
        Passage("notes.txt#1", "notes.txt", "Bees make honey.\n\nAnts carry leaves.", "notes.txt"),
        Passage("page.html#1", "page.html > Cats > Food", "Cats eat fish.", "page.html"),
        Passage("paper.pdf#1", "paper.pdf, page 1", "Volcanoes erupt lava", "paper.pdf"),
        Passage("paper.pdf#2", "paper.pdf, page 2", "Glaciers move slowly", "paper.pdf"),
    ]


def test_hidden_folders_and_other_types_are_passed_over(library: Path) -> None:
    (library / ".git").mkdir()
    (library / ".git" / "note.txt").write_text("unseen", encoding="utf-8")
    assert [file.name for file in list_files(library)] == ["guides/trains.md", "notes.txt", "page.html", "paper.pdf"]


def test_a_name_that_is_not_utf_8_can_be_written_down(library: Path) -> None:
    Path(os.fsdecode(os.fsencode(library) + b"/caf\xe9.txt")).write_text("Coffee is hot.", encoding="utf-8")
    passages, _ = read_passages(list_files(library), SPEC)
    assert Passage(r"caf\xe9.txt#1", r"caf\xe9.txt", "Coffee is hot.", r"caf\xe9.txt") in passages


def test_suffixes_count_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "READ.TXT").write_text("text", encoding="utf-8")
    assert [file.name for file in list_files(tmp_path)] == ["READ.TXT"]


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_link_that_leaves_the_folder_is_refused(library: Path, tmp_path: Path, is_folder: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret", encoding="utf-8")
    (library / "link.txt").symlink_to(outside if is_folder else outside / "secret.txt")
    with pytest.raises(BadInputError, match=r"link\.txt: is a link that leaves the corpus folder"):
        list_files(library)


def test_a_link_to_a_sibling_with_the_same_prefix_is_refused(library: Path, tmp_path: Path) -> None:
    (tmp_path / "library2").mkdir()
    (library / "link").symlink_to(tmp_path / "library2")
    with pytest.raises(BadInputError, match="leaves the corpus folder"):
        list_files(library)


def test_a_link_that_stays_inside_is_listed_once(library: Path) -> None:
    (library / "again.txt").symlink_to(library / "notes.txt")
    (library / "loop").symlink_to(library)
    assert [file.name for file in list_files(library)].count("notes.txt") == 1
    assert len(list_files(library)) == 4


def test_a_link_to_nowhere_is_refused(library: Path) -> None:
    (library / "gone.txt").symlink_to(library / "missing.txt")
    with pytest.raises(BadInputError, match=r"gone\.txt: is a link that points nowhere"):
        list_files(library)


def test_a_link_put_in_place_of_a_file_after_listing_is_not_followed(library: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    files = list_files(library)
    (library / "notes.txt").unlink()
    (library / "notes.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(BadInputError, match=r"notes\.txt: can't be read"):
        read_passages(files, SPEC)


def test_a_pipe_does_not_hang_the_reader(library: Path) -> None:
    os.mkfifo(library / "pipe.txt")
    with pytest.raises(BadInputError, match=r"pipe\.txt: is not a regular file"):
        list_files(library)


def test_a_socket_is_refused(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(library)  # socket paths are limited to about 100 characters
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.txt")
        with pytest.raises(BadInputError, match=r"s\.txt: (can't be read|is not a regular file)"):
            list_files(library)


def test_a_file_over_the_size_limit_is_refused_without_reading_it(library: Path) -> None:
    with (library / "huge.txt").open("wb") as file:
        file.truncate(module.MAX_FILE_BYTES + 1)
    with pytest.raises(BadInputError, match=r"huge\.txt: is larger than 50000000 bytes \(got 50000001\)"):
        list_files(library)


def test_an_unreadable_document_stops_by_default_and_is_reported_when_skipped(library: Path) -> None:
    (library / "bad.txt").write_bytes(b"ok\n\xff")
    with pytest.raises(BadInputError, match=r"^bad\.txt:2: is not UTF-8 text"):
        read_passages(list_files(library), SPEC)
    lenient = SPEC.model_copy(update={"on_unreadable": "skip"})
    passages, left_out = read_passages(list_files(library), lenient)
    assert len(passages) == 6
    assert left_out == [LeftOut("bad.txt", "line 2 is not UTF-8 text")]


def test_a_file_whose_bytes_can_not_be_had_is_left_out_where_that_is_asked_for(library: Path) -> None:
    os.mkfifo(library / "pipe.txt")
    with (library / "huge.txt").open("wb") as file:
        file.truncate(module.MAX_FILE_BYTES + 1)
    lenient = SPEC.model_copy(update={"on_unreadable": "skip"})
    passages, left_out = read_passages(list_files(library, on_unreadable="skip"), lenient)
    assert len(passages) == 6
    assert left_out == [
        LeftOut("huge.txt", "is larger than 50000000 bytes"),
        LeftOut("pipe.txt", "is not a regular file"),
    ]


def test_a_link_that_leaves_the_folder_is_refused_also_where_the_unreadable_is_left_out(library: Path) -> None:
    (library / "link.txt").symlink_to("/etc/passwd")
    with pytest.raises(BadInputError, match="leaves the corpus folder"):
        list_files(library, on_unreadable="skip")


PAGE_OF_SCRIPTS = "<html><head><title>App</title></head><body><script>render()</script><div></div></body></html>"


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.txt", ""), ("blank.md", "# Only a heading\n"), ("app.html", PAGE_OF_SCRIPTS), ("none.html", "")],
)
def test_a_document_without_text_is_no_error_but_is_told(library: Path, name: str, content: str) -> None:
    (library / name).write_text(content, encoding="utf-8")
    passages, left_out = read_passages(list_files(library), SPEC)
    assert len(passages) == 6
    assert left_out == [LeftOut(name, "holds no text")]


def test_a_document_that_changes_while_it_is_read_never_gets_under_the_old_hash(library: Path) -> None:
    files = list_files(library)
    (library / "notes.txt").write_text("Wasps sting.", encoding="utf-8")
    with pytest.raises(WorkFailedError, match=r"notes\.txt: changed while the corpus was being read"):
        read_passages(files, SPEC.model_copy(update={"on_unreadable": "skip"}))


def test_the_same_document_twice_gives_its_passages_twice_under_names_of_their_own(library: Path) -> None:
    (library / "copy.txt").write_bytes((library / "notes.txt").read_bytes())
    passages, _ = read_passages(list_files(library), SPEC)
    assert len({passage.passage_id for passage in passages}) == len(passages) == 7
    assert len({passage.text for passage in passages}) == 6


def test_a_folder_without_documents_is_refused_with_the_types_that_count(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"x")
    with pytest.raises(BadInputError, match=r"holds no document \(\.htm, \.html, \.markdown, \.md, \.pdf"):
        list_files(tmp_path)


@pytest.mark.parametrize(
    ("folder", "problem"),
    [
        ("missing", "is not a folder that can be read"),
        ("library/notes.txt", "is not a folder"),
        ("..", "lies outside the allowed folders"),
        ("library/../..", "lies outside the allowed folders"),
        ("/", "lies outside the allowed folders"),
        ("/etc", "lies outside the allowed folders"),
        ("escape", "lies outside the allowed folders"),
        ("x" * 300, "is not a folder that can be read"),
    ],
)
def test_a_folder_must_lie_inside_the_roots(library: Path, folder: str, problem: str) -> None:
    root = library.parent
    (root / "escape").symlink_to("/")
    with pytest.raises(BadInputError, match=problem) as caught:
        locate_folder(folder, [root])
    assert caught.value.field == "folder"
    assert caught.value.value == folder


def test_a_folder_in_any_root_is_found_by_its_absolute_path(library: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert locate_folder(str(library), [other, library.parent]) == library.resolve()


def test_long_documents_are_numbered_through_their_sections(tmp_path: Path) -> None:
    (tmp_path / "long.md").write_text("# A\n" + "word " * 100 + "\n# B\nend\n", encoding="utf-8")
    spec = CorpusSpec(folder=".", chunk_characters=200)
    passages, _ = read_passages(list_files(tmp_path), spec)
    assert [p.passage_id for p in passages] == [f"long.md#{n}" for n in range(1, len(passages) + 1)]
    assert passages[-1].title == "long.md > B"
    assert all(len(p.text) <= 200 for p in passages)
