"""The evidence for the questions that ask for a value, a yes or no, a comparison, or something that is not there."""

from __future__ import annotations

import asyncio
import collections
import configparser
import datetime
import hashlib
import heapq
import html
import io
import itertools
import json
import logging
import math
import os
import pathlib
import queue
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
import uuid
import zipfile

from tests.flows.stdlib_qa_evidence import (
    Evidence,
    absent_if,
    default,
    fails,
    find_default,
    mentions,
    read_passage,
    resolve,
    takes,
    third_party,
    yes_if,
)

dice = random.Random(7)


def places_compared() -> int:
    """The decimal places to which 6 units of the next place still make a difference."""
    compare = unittest.TestCase().assertAlmostEqual
    return next(n for n in range(15) if not fails(AssertionError, compare, 0, 6 * 10 ** -(n + 2)))


def lowest_level_expected() -> str:
    def log(level: int) -> None:
        with unittest.TestCase().assertLogs():
            logging.getLogger().log(level, "seen")

    levels = (logging.DEBUG, logging.INFO, logging.WARNING)
    return logging.getLevelName(next(level for level in levels if not fails(AssertionError, log, level)))


def copies_onto_existing_folder() -> bool:
    with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as target:
        return not fails(FileExistsError, shutil.copytree, source, target)


def finds_link_without_target() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        link = pathlib.Path(folder, "link")
        link.symlink_to("gone")
        return os.path.lexists(link) and not link.exists()


def finds_hidden_names() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, ".hidden").touch()
        return resolve("glob.glob")("*", root_dir=folder) != []


def wait_too_briefly(how: str) -> bool:
    """Whether waiting for a slow task raises TimeoutError once the time is up."""

    async def wait() -> None:
        task = asyncio.ensure_future(asyncio.sleep(60))
        try:
            await (asyncio.wait([task], timeout=0.001) if how == "wait" else asyncio.wait_for(task, 0.001))
        finally:
            task.cancel()

    return fails(TimeoutError, lambda: asyncio.run(wait()))


def keeps_comments() -> bool:
    parser, written = configparser.ConfigParser(), io.StringIO()
    parser.read_string("# remark\n[a]\nx = 1\n")
    parser.write(written)
    return "remark" in written.getvalue()


def acquires_twice() -> bool:
    lock = threading.RLock()
    return lock.acquire(blocking=False) and lock.acquire(blocking=False)


def holds_many(size: int) -> bool:
    unbounded: queue.Queue[int] = queue.Queue(maxsize=size)
    return not fails(queue.Full, lambda: [unbounded.put_nowait(n) for n in range(10_000)]) and not unbounded.full()


def modifies_its_list() -> bool:
    numbers = list(range(50))
    random.sample(numbers, 50)
    return numbers != list(range(50))


def may_go_below_zero() -> bool:
    counts = collections.Counter(a=1)
    counts.subtract(a=3)
    return counts["a"] < 0


def remover() -> str:
    """The one of the two temporary folders that is gone at the end by itself."""
    left = tempfile.mkdtemp()
    with tempfile.TemporaryDirectory() as removed:
        pass
    survived = pathlib.Path(left).exists()
    pathlib.Path(left).rmdir()
    return "tempfile.TemporaryDirectory" if survived and not pathlib.Path(removed).exists() else "unexpected"


def raiser() -> str:
    """The one of the two calls that raises on a non-zero exit."""
    command = [sys.executable, "-I", "-S", "-c", "raise SystemExit(3)"]
    raised = fails(subprocess.CalledProcessError, subprocess.check_call, command)
    return "subprocess.check_call" if raised and resolve("subprocess.call")(command) == 3 else "unexpected"


def greater_returner() -> str:
    """The one of the two heap calls that returns 5 although 1 was passed in."""
    returned = {f.__name__: f([5], 1) for f in (heapq.heappushpop, heapq.heapreplace)}
    return "heapq." + next(name for name, value in returned.items() if value == 5)


def hashes_of_name_uuids() -> str:
    space, name = uuid.NAMESPACE_URL, "x"
    seed = space.bytes + name.encode()
    pairs = ((uuid.uuid3, "MD5"), (uuid.uuid5, "SHA-1"))
    digests = {label: hashlib.new(label.replace("-", ""), seed, usedforsecurity=False).digest() for _, label in pairs}
    # The last eight bytes hold the digest unchanged, but for the two bits of the variant.
    return " and ".join(label for make, label in pairs if make(space, name).bytes[9:] == digests[label][9:16])


def one_of(*holds: tuple[str, bool]) -> str:
    """The only name of which it holds."""
    (found,) = [name for name, true in holds if true]
    return found


def shared_default(parameter: str, *qualified: str) -> object:
    (value,) = {find_default(name, parameter) for name in qualified}
    return value


DEFAULTS = {
    "default-001": default("textwrap.wrap", "width"),
    "default-002": default("textwrap.TextWrapper", "tabsize"),
    "default-003": default("functools.lru_cache", "maxsize"),
    "default-004": default("difflib.get_close_matches", "cutoff"),
    "default-005": default("difflib.unified_diff", "n"),
    "default-006": default("fractions.Fraction.limit_denominator", "max_denominator"),
    "default-007": default("math.isclose", "rel_tol"),
    "default-008": default("pprint.pformat", "width"),
    "default-009": default("gzip.open", "compresslevel"),
    "default-010": default("timeit.timeit", "number"),
    "default-011": default("timeit.repeat", "repeat"),
    "default-012": default("concurrent.futures.wait", "return_when"),
    "default-013": default("concurrent.futures.Executor.map", "chunksize"),
    "default-014": default("tempfile.NamedTemporaryFile", "mode"),
    "default-015": Evidence(places_compared, ("(default 7)",)),
    "default-016": Evidence(lowest_level_expected, ("*level* defaults to INFO",)),
    "default-017": default("statistics.quantiles", "n"),
    "default-018": default("hashlib.scrypt", "dklen"),
    "default-019": default("base64.b32decode", "casefold"),
    "default-020": default("os.makedirs", "mode"),
    "default-021": default("asyncio.open_connection", "limit"),
    "default-022": Evidence(
        lambda: find_default("shutil.copytree", "copy_function").__name__,
        ("By default, copy2() is used",),
    ),
    "default-023": Evidence(
        lambda: {zipfile.ZIP_STORED: "ZIP_STORED"}[zipfile.ZipFile(io.BytesIO(), "w").compression],
        ("compression=ZIP_STORED",),
    ),
    "default-024": default("threading.Semaphore", "value"),
}

YES_NO = {
    "yes-no-001": yes_if(lambda: not copies_onto_existing_folder(), "If dirs_exist_ok is false (the default)"),
    "yes-no-002": yes_if(lambda: textwrap.indent("  \n", "> ") == ">   \n", "do not consist solely of whitespace"),
    "yes-no-003": yes_if(lambda: fails(Exception, math.prod, []), "When the iterable is empty, return the start value"),
    "yes-no-004": yes_if(lambda: json.dumps("é") == '"\\u00e9"', "all such characters are escaped"),
    "yes-no-005": yes_if(modifies_its_list, "leaving the original population unchanged"),
    "yes-no-006": yes_if(lambda: 6 in {dice.randint(1, 6) for _ in range(2000)}, "including both end points"),
    "yes-no-007": yes_if(finds_link_without_target, "Returns True for broken symbolic links"),
    "yes-no-008": yes_if(may_go_below_zero, "Counts can be reduced below zero"),
    "yes-no-009": yes_if(lambda: wait_too_briefly("wait"), "This does not raise TimeoutError"),
    "yes-no-010": yes_if(
        lambda: fails(OSError, configparser.ConfigParser().read, ["no-such-file.ini"]),
        "Files that cannot be opened are silently ignored",
    ),
    "yes-no-011": yes_if(keeps_comments, "comments in the original configuration file are not preserved"),
    "yes-no-012": yes_if(lambda: '"' not in html.escape('"'), "quote is true (the default), the quotation mark"),
    "yes-no-013": yes_if(
        lambda: fails(statistics.StatisticsError, statistics.mode, [1, 2]), "return the first one encountered"
    ),
    "yes-no-014": yes_if(acquires_twice, "the same thread may acquire it again without blocking"),
    "yes-no-015": yes_if(lambda: holds_many(0), "If maxsize is <= 0, the queue size is infinite"),
    "yes-no-016": yes_if(finds_hidden_names, "starting with a dot are special cases that are not matched"),
}

TWO_PASSAGES = {
    "two-001": Evidence(
        lambda: max(("textwrap.fill", "pprint.pformat"), key=lambda name: find_default(name, "width")),
        ("width=70", "width=80"),
    ),
    "two-002": Evidence(
        lambda: f"{(sunday := datetime.date(2023, 1, 1)).weekday()} and {sunday.isoweekday()}",
        ("Sunday == 6", "Sunday == 7"),
    ),
    "two-003": Evidence(
        remover, ("Caller is responsible for deleting", "Upon exiting the context, the directory and everything")
    ),
    "two-004": Evidence(raiser, ("then return the returncode attribute", "otherwise raise CalledProcessError")),
    "two-005": Evidence(greater_returner, ("pop and return the smallest", "may be larger than item")),
    "two-006": Evidence(hashes_of_name_uuids, ("the MD5 hash", "the SHA-1 hash")),
    "two-007": Evidence(
        lambda: shared_default("compresslevel", "gzip.open", "bz2.open"), ("compresslevel is 9", "compresslevel is 9")
    ),
    "two-008": Evidence(
        lambda: one_of(("asyncio.wait", wait_too_briefly("wait")), ("asyncio.wait_for", wait_too_briefly("wait_for"))),
        ("does not raise TimeoutError", "raises TimeoutError"),
    ),
    "two-009": Evidence(
        lambda: one_of(
            ("random.sample", not fails(ValueError, random.sample, [1], 2)),
            ("random.choices", dice.choices([1], k=2) == [1, 1]),
        ),
        ("unique random elements", "with replacement"),
    ),
    "two-010": Evidence(
        lambda: one_of(
            *(
                (f"math.{n}", resolve(f"math.{n}")(4, 2) == len(list(itertools.permutations("abcd", 2))))
                for n in ("comb", "perm")
            )
        ),
        ("without order", "with order"),
    ),
    "two-011": Evidence(
        lambda: one_of(
            *((f"urllib.parse.{n}", resolve(f"urllib.parse.{n}")("a b") == "a+b") for n in ("quote", "quote_plus"))
        ),
        ("'abc%20def'", "replace ' ' with '+'"),
    ),
    "two-012": Evidence(
        lambda: one_of(("re.match", re.match("a", "ab") is None), ("re.fullmatch", re.fullmatch("a", "ab") is None)),
        ("at the start of the string", "to all of the string"),
    ),
}

UNANSWERABLE = {
    "none-001": third_party("pandas"),
    "none-002": third_party("requests"),
    "none-003": third_party("numpy"),
    "none-004": absent_if(lambda: not hasattr(itertools, "flatten") and not mentions("itertools", "flatten")),
    "none-005": absent_if(lambda: not hasattr(hashlib, "bcrypt") and not mentions("hashlib", "bcrypt")),
    "none-006": absent_if(lambda: not takes("shutil.copytree", "max_workers") and not mentions("shutil", "thread")),
    "none-007": absent_if(
        lambda: not takes("urllib.request.urlopen", "retries") and not mentions("urllib.request", "retries")
    ),
    "none-008": absent_if(lambda: not mentions("statistics", r"t-test|p-value|ttest")),
    "none-009": absent_if(lambda: not mentions("math", r"matri(x|ces)|inverts")),
    "none-010": absent_if(lambda: not mentions("random", r"complexity|\bO\(")),
    "none-011": absent_if(
        lambda: (
            "a reasonable default is used" in read_passage("secrets.token_hex") and not mentions("secrets", r"\b32\b")
        )
    ),
    "none-012": absent_if(lambda: not mentions("argparse", r"exit (status|code)|(status|code) (of )?2")),
}
