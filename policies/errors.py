"""The error tree: one root, and subclasses that carry what was wrong."""

from __future__ import annotations


class PointsmanError(Exception):
    """The root of every error that Pointsman raises on purpose; the command exits 1."""

    exit_code = 1


class BadInputError(PointsmanError):
    """Input or configuration that can't be used: one line that names file, line, field and value; the command exits 2.

    `value` is shown by `repr`, cut at 80 characters; leave it out where showing it would leak a secret.
    """

    exit_code = 2
    _ABSENT = object()

    def __init__(
        self,
        problem: str,
        *,
        file: object = None,
        line: int | None = None,
        field: str | None = None,
        value: object = _ABSENT,
    ) -> None:
        self.problem = problem
        self.file = None if file is None else str(file)
        self.line = line
        self.field = field
        self.value = None if value is self._ABSENT else value
        self._has_value = value is not self._ABSENT
        super().__init__(self._sentence())

    def at(self, *, field: str) -> BadInputError:
        """The same problem with a place, where it has none: for those who know which field it was read from."""
        if self.file is not None or self.field is not None:
            return self
        value = self.value if self._has_value else self._ABSENT
        return BadInputError(self.problem, field=field, value=value)

    def _sentence(self) -> str:
        where = self.file or ""
        if self.line is not None:
            where += f":{self.line}"
        parts = [part for part in (where, self.field) if part]
        sentence = ": ".join([*parts, self.problem])
        if self._has_value:
            shown = repr(self.value)
            sentence += f" (got {shown if len(shown) <= 80 else shown[:79] + '…'})"
        return " ".join(sentence.split())


class WorkFailedError(PointsmanError):
    """The input was good, but the work could not be done (budget, provider, disk); the command exits 1."""
