"""How the tests are shared out among the workers of pytest-xdist: a file is one worker's, and so are all flows.

A worker that runs flows starts a Prefect server, some 15 seconds of one core; two would be idle most of the time.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
FLOWS = "flows"
# What takes longest comes first, so that no worker is left alone with it at the end; the quick ones fill the gaps.
FOLDERS = ("tests/flows/", "tests/warehouse/", "tests/tasks/", "tests/docs/", "tests/faults/", "tests/policies/")


class FileScheduling(LoadScopeScheduling):
    """Hands out whole files, in the order in which they were collected, and the files with flows as if they were one.

    Give `--no-loadscope-reorder` with it: by default the file with most tests is first, which is the quickest of all.
    """

    @override
    def _split_scope(self, nodeid: str) -> str:
        file = file_of(nodeid)
        return FLOWS if has_flows(file) else file


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """Items as they are to be run: flows first, each file's tests together and in their own order."""
    return sorted(items, key=lambda item: (not has_flows(file_of(item.nodeid)), folder_of(item.nodeid)))


def file_of(nodeid: str) -> str:
    """The file of a test, relative to the root."""
    return nodeid.partition("::")[0]


def folder_of(nodeid: str) -> int:
    """The place of a test's folder; that of one that is not listed is after all others."""
    return next((i for i, folder in enumerate(FOLDERS) if nodeid.startswith(folder)), len(FOLDERS))


@cache
def has_flows(file: str) -> bool:
    """Whether a file has tests with a Prefect server: its text tells, for who shares out has collected nothing."""
    path = ROOT / file
    return path.is_file() and "pytest.mark.prefect" in path.read_text("utf-8")
