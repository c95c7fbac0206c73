"""Paths from users' files, kept inside the folders that are allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from policies.errors import BadInputError

NOTHING_USABLE = "is neither a file nor a folder"
SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")


def resolve_inside(path: str, roots: Sequence[Path], *, base: Path | None = None) -> Path:
    """The real path of an existing regular file or folder, relative to `base` (default: the current folder).

    Raises `BadInputError` without a place for: nothing but blanks, a URL, NUL, bytes that are no UTF-8, a path whose
    real place (symbolic links followed, `..` applied) is outside all `roots`, one that does not exist, and devices,
    pipes and sockets.
    """
    if not path.strip():
        raise BadInputError("must not be empty", value=path)
    if is_broken(path):
        raise BadInputError("is not UTF-8", value=path)
    if "\x00" in path:
        raise BadInputError("the path contains a NUL byte", value=path)
    if SCHEME.match(path):
        raise BadInputError("must be a path, not a URL", value=path)
    try:
        # not strict: whether something exists outside the roots is nobody's business
        real = ((base or Path()) / path).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links: RuntimeError before Python 3.13
        raise BadInputError(NOTHING_USABLE, value=path) from error
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        allowed = ", ".join(str(root) for root in roots) or "none"
        raise BadInputError(f"lies outside the allowed folders ({allowed})", value=path)
    return check_kind(real, path)


def is_broken(text: str) -> bool:
    """Whether a text holds bytes that are no UTF-8, as Python keeps them in the arguments of a command."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def check_kind(real: Path, path: str) -> Path:
    """`real` if it is a file or a folder; `path` is how the user wrote it."""
    try:
        if real.is_file() or real.is_dir():
            return real
        problem = NOTHING_USABLE if real.exists() or real.is_symlink() else "does not exist"
    except OSError as error:  # a name that is too long
        raise BadInputError(f"can't be looked at: {error.strerror}", value=path) from error
    raise BadInputError(problem, value=path)
