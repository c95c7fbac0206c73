"""Outputs of the demo: recorded once by `python -m docs.build --demo`, shown in the README as they were."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from docs.generate.origin import origin
from docs.generate.shell import run_pointsman

# What is recorded after the demo, in its warehouse: file name to command. `{call}` is a call of the answer step.
AFTER: Mapping[str, str] = {
    "query.txt": "pointsman query 'SELECT task_type, model, calls, mean_quality, mean_cost_usd, is_on_frontier"
    " FROM frontier ORDER BY task_type, model'",
    "explain.txt": "pointsman explain {call}",
}
ONE_CALL = (
    "pointsman query --json \"SELECT call_id FROM calls JOIN runs USING (run_id) WHERE step = 'answer'"
    ' ORDER BY runs.started_at, item_id LIMIT 1"'
)
NOT_RECORDED = "Not recorded yet: `python -m docs.build --demo` runs the demo and keeps its output.\n"
NAMES = ("demo.txt", *AFTER)


def record_demo(folder: Path) -> None:
    """Run the demo and what follows it in a home of their own, and keep what they print; takes minutes."""
    with tempfile.TemporaryDirectory(prefix="pointsman-docs-") as temporary:
        home = Path(temporary) / "home"
        outputs = {"demo.txt": heading() + run_pointsman("pointsman demo", home=home)}
        call = run_pointsman(ONE_CALL, home=home).split('"call_id": "')[1].split('"')[0]
        for name, template in AFTER.items():
            command = template.format(call=call)
            outputs[name] = f"$ {command}\n{run_pointsman(command, home=home)}"
    for name, output in outputs.items():
        (folder / name).write_text(output, encoding="utf-8")


def heading() -> str:
    """The first line of the record: where it was made, as far as answers hang on it."""
    return f"{origin()}; times are those of the machine that recorded this.\n\n"


def recorded(folder: Path, name: str) -> str:
    """What was recorded under a name, or a line that says that nothing was."""
    path = folder / name
    return path.read_text("utf-8") if path.exists() else NOT_RECORDED


def missing_records(folder: Path) -> list[str]:
    """The names that nothing is recorded under yet."""
    return [name for name in NAMES if not (folder / name).exists()]
