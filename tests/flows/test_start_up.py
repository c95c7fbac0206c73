"""The command line starts without the heavy libraries: each command brings in what it needs."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import flows.cli
heavy = {"prefect", "litellm", "great_expectations", "pandas", "matplotlib", "onnxruntime", "xllamacpp"}
heavy |= {"scipy", "sklearn"}
print(sorted(heavy & set(sys.modules)))
"""


def test_the_command_line_brings_in_no_heavy_library() -> None:
    """Prefect among them: it reads the environment as it is imported, and `main` has yet to set it."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
