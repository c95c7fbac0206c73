"""Every job file that can't be used is refused in one line that names file, line, field and value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from policies.errors import BadInputError
from tasks.jobs.reading import read_job
from tasks.jobs.schema import Job

TABLE = yaml.safe_load((Path(__file__).parent / "bad_jobs.yaml").read_text(encoding="utf-8"))
CASES = [pytest.param(row["old"], row["new"], row["error"], id=row["case"]) for row in TABLE]

Read = Callable[[str], Job]


def test_the_unchanged_job_is_accepted(read: Read, job_text: str) -> None:
    assert [step.name for step in read(job_text).steps] == ["rewrite", "retrieve", "answer", "cite"]


@pytest.mark.parametrize(("old", "new", "error"), CASES)
def test_a_bad_job_is_refused_in_one_line(
    old: str, new: str, error: str, read: Read, job_text: str, folder: Path
) -> None:
    assert job_text.count(old) == 1

    with pytest.raises(BadInputError) as refusal:
        read(job_text.replace(old, new))

    message = str(refusal.value)
    assert message.replace(f"{folder}/", "").replace(str(folder), "ROOT") == error
    assert "\n" not in message
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize(
    ("prompt", "error"),
    [
        ("{{ " + "9" * 5000 + " }}", "steps.2.prompt.user: the template has a number that is too long"),
        ("{{ " + "[" * 60 + "]" * 60 + " }}", "steps.2.prompt.user: template line 1: is nested deeper than 40 levels"),
        (
            "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
            "steps.2.prompt.user: the template is nested deeper than 40 levels",
        ),
        ("x" * 20_001, "steps.2.prompt: must have at most 20000 characters (got '" + "x" * 78 + "…)"),
    ],
    ids=["long number", "deep list", "deep brackets", "long template"],
)
def test_a_template_of_monstrous_size_is_refused(prompt: str, error: str, read: Read, job_text: str) -> None:
    text = job_text.replace("{% for p in steps.retrieve %}{{ loop.index }} {{ p.text }}{% endfor %}", prompt)

    with pytest.raises(BadInputError) as refusal:
        read(text)

    assert str(refusal.value).endswith(f"job.yaml:19: {error}")


def test_a_missing_file_is_refused(folder: Path) -> None:
    with pytest.raises(BadInputError, match=r"none.yaml: does not exist$"):
        read_job(folder / "none.yaml", task_types=frozenset(), model_names=frozenset())


def test_a_folder_and_a_device_are_no_job_files(folder: Path) -> None:
    for path in (folder, Path("/dev/zero")):
        with pytest.raises(BadInputError, match=r": is not a file$"):
            read_job(path, task_types=frozenset(), model_names=frozenset())


def test_a_file_that_is_not_utf8_is_refused_with_the_line(folder: Path) -> None:
    (folder / "job.yaml").write_bytes(b"name: qa\ndescription: \xff\n")

    with pytest.raises(BadInputError, match=r"job.yaml:2: is not UTF-8$"):
        read_job(folder / "job.yaml", task_types=frozenset(), model_names=frozenset())


def test_a_file_beyond_the_size_limit_is_not_read(folder: Path) -> None:
    with (folder / "job.yaml").open("wb") as file:
        file.truncate(10_000_000_000)  # sparse

    with pytest.raises(BadInputError, match=r"job.yaml: is longer than 500000 characters$"):
        read_job(folder / "job.yaml", task_types=frozenset(), model_names=frozenset())


def test_a_path_with_nul_is_refused() -> None:
    with pytest.raises(BadInputError):
        read_job(Path("job\x00.yaml"), task_types=frozenset(), model_names=frozenset())


def test_an_empty_file_is_refused(read: Read) -> None:
    with pytest.raises(BadInputError, match=r"job.yaml:1: must be a mapping of keys to values$"):
        read("")
