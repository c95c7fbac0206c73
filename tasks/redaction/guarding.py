"""Keeping secrets out of what a process logs, warns of and prints when it fails, whoever's code does so."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
import warnings
from functools import cache
from types import TracebackType
from typing import TextIO

from tasks.redaction.vault import learn_environment, redact

PRIVATE_UMASK = 0o077


@cache
def guard_process() -> None:
    """From now on, in this process: every log record, warning and traceback is redacted, and new files are private."""
    os.umask(PRIVATE_UMASK)
    learn_environment()
    guard_logs()
    guard_warnings()
    guard_tracebacks()


def guard_logs() -> None:
    """Redact log records as they are made, before any handler of any logger sees them."""
    make = logging.getLogRecordFactory()

    def make_clean(*args: object, **kwargs: object) -> logging.LogRecord:
        record = make(*args, **kwargs)
        clean_record(record)
        return record

    logging.setLogRecordFactory(make_clean)


def clean_record(record: logging.LogRecord) -> None:
    """Redact a record in place. Its arguments stay apart where that is enough: some formatters look at them."""
    if isinstance(record.args, tuple):
        record.args = tuple(clean_argument(argument) for argument in record.args)
    message = text_of(record)
    if (clean := redact(message)) != message:
        record.msg, record.args = clean, ()
    if record.exc_info and record.exc_info[0] is not None:
        trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if (clean := redact(trace)) != trace:
            record.exc_info, record.exc_text = None, clean
    if record.stack_info:
        record.stack_info = redact(record.stack_info)


def clean_argument(argument: object) -> object:
    """An argument of a log message; anything but a text is redacted with the message that it ends in."""
    return redact(argument) if isinstance(argument, str) else argument


def text_of(record: logging.LogRecord) -> str:
    """The message; where it does not fit its arguments, what logging would print of both in its complaint."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, LookupError, AttributeError):
        return f"{record.msg} {record.args}"


def guard_warnings() -> None:
    """Redact warnings as they are shown: those of pydantic, for one, repeat values."""
    show = warnings.showwarning

    def show_clean(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = str(message)
        clean = redact(text)
        show(message if clean == text else clean, category, filename, lineno, file, line)

    warnings.showwarning = show_clean


def guard_tracebacks() -> None:
    """Redact the tracebacks of errors that nobody catches, in this thread, in others and in destructors."""
    last, of_threads, of_destructors = sys.excepthook, threading.excepthook, sys.unraisablehook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not print_clean(error):
            last(kind, error, trace)

    def show_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or not print_clean(args.exc_value):
            of_threads(args)

    def show_in_destructor(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is None or not print_clean(args.exc_value):
            of_destructors(args)

    sys.excepthook, threading.excepthook, sys.unraisablehook = show, show_in_thread, show_in_destructor


def print_clean(error: BaseException) -> bool:
    """Print an error's traceback redacted, if it has secrets in it; whether it had."""
    trace = "".join(traceback.format_exception(error))
    clean = redact(trace)
    if clean != trace:
        print(clean, file=sys.stderr, end="")
    return clean != trace
