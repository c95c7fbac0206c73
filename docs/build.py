"""Writes the generated documentation, or says what of it is out of date.

python -m docs.build                    write the references and the README's blocks
python -m docs.build --check            exit 1 and name each file that is out of date; writes nothing
python -m docs.build --demo             run the demo, keep its output in docs/, then write as above; takes minutes
python -m docs.build --check-demo FILE  exit 1 where a demo's output in FILE differs from the recorded one
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from docs.generate.blocks import BlockError, fill_blocks
from docs.generate.commands import describe_commands
from docs.generate.comparing import compare_outputs
from docs.generate.jobs import describe_jobs
from docs.generate.markdown import fence
from docs.generate.policies import describe_policies
from docs.generate.recorded import missing_records, record_demo, recorded
from docs.generate.settings import describe_settings
from docs.generate.shell import ROOT, CommandFailedError, run_pointsman
from docs.generate.warehouse import describe_warehouse
from flows.cli import app
from policies.types import BUILT_IN_TASK_TYPES
from warehouse.query import list_queries
from warehouse.schema_reference import list_relations
from warehouse.validation import load_suites

DOCS, README = ROOT / "docs", ROOT / "README.md"
PAGES: Mapping[str, Callable[[], str]] = {
    "warehouse.md": lambda: describe_warehouse(list_relations(), list_queries(), load_suites()),
    "commands.md": lambda: describe_commands(app),
    "jobs.md": lambda: describe_jobs(BUILT_IN_TASK_TYPES),
    "policies.md": lambda: describe_policies(BUILT_IN_TASK_TYPES),
}
# Commands whose output depends on nothing but this repository: they run in an empty home, with the weights pulled.
COMMANDS: Mapping[str, str] = {
    "route": "pointsman route --task-type generate --text 'What is the default start of enumerate?'",
    "models": "pointsman models list",
    "check": "pointsman check flows/jobs/stdlib_qa.yaml docs/examples/tickets.yaml",
    "plan": "pointsman plan docs/examples/tickets.yaml --input docs/examples/tickets.jsonl",
}
EXAMPLES: Mapping[str, tuple[str, str]] = {"job": ("tickets.yaml", "yaml"), "batch": ("tickets.jsonl", "json")}
RECORDS: Mapping[str, str] = {"demo": "demo.txt", "query": "query.txt", "explain": "explain.txt"}


def generate_files() -> Mapping[Path, str]:
    """Every generated file with the text that it should have."""
    pages = {DOCS / name: make() for name, make in PAGES.items()}
    return {**pages, README: fill_blocks(README.read_text("utf-8"), readme_blocks())}


def readme_blocks() -> Mapping[str, str]:
    """The README's blocks: commands run now, outputs of the recorded demo, the settings."""
    with tempfile.TemporaryDirectory(prefix="pointsman-docs-") as temporary:
        home = Path(temporary) / "home"
        ran = {name: shown(command, run_pointsman(command, home=home)) for name, command in COMMANDS.items()}
    kept = {name: fence(recorded(DOCS, file)) for name, file in RECORDS.items()}
    examples = {
        name: fence((DOCS / "examples" / file).read_text("utf-8"), language=language)
        for name, (file, language) in EXAMPLES.items()
    }
    return {**ran, **kept, **examples, "settings": describe_settings()}


def shown(command: str, output: str) -> str:
    """A command and what it printed."""
    return fence(f"$ {command}\n{output}")


def stale_files() -> list[str]:
    """The generated files whose text is not what it should be."""
    return [
        str(path.relative_to(ROOT))
        for path, text in generate_files().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def write_files() -> None:
    """Write the generated files that are not as they should be."""
    for path, text in generate_files().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


def check() -> list[str]:
    """What is out of date, one line each."""
    stale = [f"{name} is out of date: run 'make readme'" for name in stale_files()]
    missing = [f"docs/{name} is not recorded yet: run 'python -m docs.build --demo'" for name in missing_records(DOCS)]
    return stale + missing


def check_demo(file: Path) -> list[str]:
    """How a fresh demo's output differs from the recorded one."""
    return compare_outputs(recorded(DOCS, "demo.txt"), file.read_text("utf-8"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.build", description="Generates the documentation.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="name what is out of date, and write nothing")
    mode.add_argument("--demo", action="store_true", help="run the demo and keep its output first")
    mode.add_argument("--check-demo", type=Path, metavar="FILE", help="compare a demo's output with the recorded one")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.check or chosen.check_demo is not None:
            problems = check() if chosen.check else check_demo(chosen.check_demo)
            print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
            return 1 if problems else 0
        if chosen.demo:
            record_demo(DOCS)
        write_files()
    except (BlockError, CommandFailedError, OSError) as error:
        print(f"docs.build: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
