"""The evidence for the questions that ask for a name: the named object is run, and seen to do what is asked for."""

from __future__ import annotations

import argparse
import asyncio
import base64
import collections
import csv
import dataclasses
import decimal
import enum
import hashlib
import io
import ipaddress
import itertools
import math
import os
import pathlib
import threading
import unittest
import warnings
import weakref
import zipfile
from typing import Any

from tests.flows.stdlib_qa_evidence import fails, named


def orders_fully(decorator: Any) -> bool:
    def compare(left: Any, right: Any) -> bool:
        return bool(left.x < right.x)

    point = dataclasses.make_dataclass("Point", ["x"], namespace={"__lt__": compare})
    return bool(fails(TypeError, lambda: point(2) >= point(1)) and decorator(point)(2) >= point(1))


def dispatches_by_first_type(decorator: Any) -> bool:
    generic = decorator(lambda _value, _other: "default")
    generic.register(int)(lambda _value, _other: "int")
    return bool((generic("a", 1), generic(1, "a")) == ("default", "int"))


def inserts_before_equals(insert: Any) -> bool:
    numbers: list[float] = [0, 1.0, 2]
    insert(numbers, 1)
    return numbers == [0, 1, 1, 2] and [type(number) for number in numbers[1:3]] == [int, float]


def sends_warnings_to_logging(capture: Any) -> bool:
    with warnings.catch_warnings(), unittest.TestCase().assertLogs("py.warnings") as logs:
        warnings.simplefilter("always")
        capture(False)  # a library that switched it on before would make the next line do nothing
        capture(True)
        try:
            warnings.warn("seen", stacklevel=1)
        finally:
            capture(False)
    return "seen" in logs.output[0]


def shows_defaults(formatter: Any) -> bool:
    parser = argparse.ArgumentParser(formatter_class=formatter)
    parser.add_argument("--size", default=5, help="the size")
    return "(default: 5)" in parser.format_help()


def holds_threads_until_all_are_there(barrier_class: Any) -> bool:
    barrier, passed = barrier_class(2), []
    thread = threading.Thread(target=lambda: passed.append(barrier.wait(10)))
    thread.start()
    waited = not passed
    barrier.wait(10)
    thread.join(10)
    return waited and len(passed) == 1


def runs_in_another_thread(start: Any) -> bool:
    async def ask() -> bool:
        return bool(await start(threading.get_ident) != threading.get_ident())

    return asyncio.run(ask())


def does_nothing_but_pass_its_value_on(manager: Any) -> bool:
    with manager(7) as value:
        return bool(value == 7)


def finds_closure(read: Any) -> bool:
    outer = 3
    found = read(lambda: (outer, len, math))
    return found.nonlocals == {"outer": 3} and "len" in found.builtins and found.globals == {"math": math}


def finds_broken_member(check: Any) -> bool:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("good.txt", "fine")
        archive.writestr("bad.txt", "payload")
    broken = io.BytesIO(file.getvalue().replace(b"payload", b"paYload"))
    with zipfile.ZipFile(broken) as archive:
        return bool(check(archive) == "bad.txt")


def forgets_dead_values(mapping_class: Any) -> bool:
    value = type("Value", (), {})()
    mapping = mapping_class(key=value)
    held, seen = len(mapping), weakref.ref(value)
    del value
    return held == 1 and seen() is None and len(mapping) == 0


def compares_as_multisets(check: Any) -> bool:
    case = unittest.TestCase()
    return check(case, [1, 2, 2], [2, 1, 2]) is None and fails(AssertionError, check, case, [1, 1, 2], [1, 2, 2])


NAMES = {
    "name-001": named("textwrap.dedent", lambda f: f("  a\n   b\n") == "a\n b\n", "common leading whitespace"),
    "name-002": named("textwrap.shorten", lambda f: f("Hello  world and more", 15) == "Hello [...]", "truncate"),
    "name-003": named("shutil.disk_usage", lambda f: f(".")._fields == ("total", "used", "free"), "usage statistics"),
    "name-004": named("itertools.pairwise", lambda f: list(f("abc")) == [("a", "b"), ("b", "c")], "overlapping pairs"),
    "name-005": named("functools.total_ordering", orders_fully, "fills in missing ordering methods"),
    "name-006": named("functools.singledispatch", dispatches_by_first_type, "type of its first argument"),
    "name-007": named(
        "collections.Counter.most_common",
        lambda f: f(collections.Counter("abbccc")) == [("c", 3), ("b", 2), ("a", 1)],
        "from the most common to the least",
    ),
    "name-008": named(
        "heapq.merge",
        lambda f: list(itertools.islice(f(itertools.count(0, 2), itertools.count(1, 2)), 4)) == [0, 1, 2, 3],
        "does not pull the data into memory",
    ),
    "name-009": named("bisect.insort_left", inserts_before_equals, "to the left of the leftmost x"),
    "name-010": named("statistics.harmonic_mean", lambda f: f([40, 60]) == 48, "averaging ratios or rates"),
    "name-011": named(
        "pathlib.PurePath.as_uri",
        lambda f: f(pathlib.PurePosixPath("/a b")) == "file:///a%20b",
        "Return the path as a",
        "URI",
    ),
    "name-012": named("os.path.expandvars", lambda f: f("${PATH}") == os.environ["PATH"], "$var and ${var}"),
    "name-013": named("re.subn", lambda f: f("a", "b", "aca") == ("bcb", 2), "number of substitutions"),
    "name-014": named("string.capwords", lambda f: f(" the  quick fox ") == "The Quick Fox", "capitalize each word"),
    "name-015": named(
        "difflib.get_close_matches", lambda f: f("appel", ["pear", "apple"]) == ["apple"], '"good enough" matches'
    ),
    "name-016": named("logging.captureWarnings", sends_warnings_to_logging, "redirect all warnings to the logging"),
    "name-017": named("argparse.ArgumentDefaultsHelpFormatter", shows_defaults, "adds default values to argument help"),
    "name-018": named(
        "urllib.parse.urljoin",
        lambda f: f("https://x.org/a/b.html", "../img.png") == "https://x.org/img.png",
        "a base URL and a possibly relative URL",
    ),
    "name-019": named("threading.Barrier", holds_threads_until_all_are_there, "a fixed number of threads"),
    "name-020": named("asyncio.to_thread", runs_in_another_thread, "in a separate thread"),
    "name-021": named("contextlib.nullcontext", does_nothing_but_pass_its_value_on, "no additional processing"),
    "name-022": named(
        "dataclasses.asdict",
        lambda f: (p := dataclasses.make_dataclass("P", ["x"])) and f(p(p(1))) == {"x": {"x": 1}},
        "applies recursively",
    ),
    "name-023": named(
        "enum.unique",
        lambda f: fails(ValueError, f, enum.Enum("Same", {"A": 1, "B": 1})) and f(enum.Enum("Other", ["A", "B"])),
        "ensuring unique member values",
    ),
    "name-024": named("inspect.getclosurevars", finds_closure, "current nonlocal, global and builtin references"),
    "name-025": named(
        "ast.literal_eval",
        lambda f: f("[1, {'a': None}]") == [1, {"a": None}] and fails(ValueError, f, "print(1)"),
        "only consist of the following Python literal structures",
    ),
    "name-026": named("zipfile.ZipFile.testzip", finds_broken_member, "check the CRC"),
    "name-027": named(
        "hashlib.file_digest",
        lambda f: f(io.BytesIO(b"x"), "sha256").digest() == hashlib.sha256(b"x").digest(),
        "contents of a file-like object",
    ),
    "name-028": named("struct.calcsize", lambda f: f("<IH") == 6, "size in bytes"),
    "name-029": named(
        "decimal.Decimal.quantize",
        lambda f: str(f(decimal.Decimal("2.71828"), decimal.Decimal("0.01"))) == "2.72",
        "having the exponent of the second operand",
    ),
    "name-030": named("weakref.WeakValueDictionary", forgets_dead_values, "no strong reference to the value"),
    "name-031": named(
        "ipaddress.collapse_addresses",
        lambda f: list(f(ipaddress.ip_network("10.0.0.0/24").subnets())) == [ipaddress.ip_network("10.0.0.0/24")],
        "Collapse a list of IP objects",
    ),
    "name-032": named("calendar.leapdays", lambda f: f(2000, 2021) == 6, "number of leap years in range"),
    "name-033": named("unittest.TestCase.assertCountEqual", compares_as_multisets, "without regard to order"),
    "name-034": named(
        "csv.Sniffer.sniff",
        lambda f: f(csv.Sniffer(), "a;b\n1;2\n3;4\n").delimiter == ";",
        "a dialect (or None) corresponding to the sample",
    ),
    "name-035": named("shlex.join", lambda f: f(["echo", "a b"]) == "echo 'a b'", "shell-escaped string"),
    "name-036": named(
        "secrets.token_urlsafe",
        lambda f: f(18) != (token := f(18)) and len(base64.urlsafe_b64decode(token)) == 18,
        "random URL-safe text string, in Base64",
    ),
}
