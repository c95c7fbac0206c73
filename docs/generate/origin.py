"""What a demo's answers hang on besides the code: the Python whose docstrings are asked about, and the processor.

The embedded models and encoders run other kernels on other instruction sets, whose last digits differ; where two
passages are about as good, that is enough to answer otherwise.
"""

from __future__ import annotations

import platform
import re
from pathlib import Path

CPU_FILE = Path("/proc/cpuinfo")
# What kernels of matrix products are chosen by.
INSTRUCTION_SETS = re.compile(r"\b(?:avx\w*|amx_\w+|fma|f16c|asimd\w*|sve\w*|i8mm|bf16)\b")


def origin() -> str:
    """This Python and this processor, such as `Python 3.11 on x86_64 with avx avx2 f16c fma`."""
    version = ".".join(platform.python_version_tuple()[:2])
    sets = " ".join(sorted(set(INSTRUCTION_SETS.findall(cpu_flags()))))
    return f"Python {version} on {platform.machine()}{f' with {sets}' if sets else ''}"


def cpu_flags() -> str:
    """The features of the first processor, as Linux tells them; nothing elsewhere."""
    if not CPU_FILE.exists():
        return ""
    lines = CPU_FILE.read_text("utf-8", errors="replace").splitlines()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
