"""The error tree: one root, and subclasses that carry what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence


class PointsmanError(Exception):
    """The root of every error that Pointsman raises on purpose; the command exits 1."""

    exit_code = 1

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change every text that the error carries, in place: for masking secrets in it."""
        self.args = tuple(change(one) if isinstance(one, str) else one for one in self.args)


class BadInputError(PointsmanError):
    """Input or configuration that can't be used: one line that names file, line, field and value; the command exits 2.

    `value` is shown by `repr`, cut at 80 characters; leave it out where showing it would leak a secret. `others` are
    what else is wrong with the same files; the line only counts them.
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
        others: Sequence[BadInputError] = (),
    ) -> None:
        self.problem = problem
        self.file = None if file is None else str(file)
        self.line = line
        self.field = field
        self.others = tuple(others)
        self.value = None if value is self._ABSENT else value
        self._has_value = value is not self._ABSENT
        self._shown = repr(self.value)
        super().__init__(self._sentence())

    def at(self, *, field: str) -> BadInputError:
        """The same problem with a place, where it has none: for those who know which field it was read from."""
        if self.file is not None or self.field is not None:
            return self
        return BadInputError(self.problem, field=field, value=self._given)

    def every(self) -> tuple[BadInputError, ...]:
        """This problem by itself, then the others."""
        alone = BadInputError(self.problem, file=self.file, line=self.line, field=self.field, value=self._given)
        return (alone, *(one for other in self.others for one in other.every()))

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change the value before it is cut, so that no half of a secret is left; then the rest."""
        self.problem = change(self.problem)
        self.file = None if self.file is None else change(self.file)
        self.field = None if self.field is None else change(self.field)
        if (shown := change(self._shown)) != self._shown:
            self.value = self._shown = shown
        for other in self.others:
            other.rewrite(change)
        self.args = (change(self._sentence()),)

    @property
    def _given(self) -> object:
        return self.value if self._has_value else self._ABSENT

    def _sentence(self) -> str:
        where = self.file or ""
        if self.line is not None:
            where += f":{self.line}"
        parts = [part for part in (where, self.field) if part]
        sentence = ": ".join([*parts, self.problem])
        if self.others:
            sentence += f"; {len(self.others)} more"
        if self._has_value:
            shown = self._shown if len(self._shown) <= 80 else self._shown[:79] + "…"
            sentence += f" (got {shown})"
        return " ".join(sentence.split())


def refuse(problems: Iterable[BadInputError]) -> None:
    """Raise the first of some problems, with the others; nothing where there are none."""
    found = [one for problem in problems for one in problem.every()]
    if found:
        first, *others = found
        raise BadInputError(
            first.problem, file=first.file, line=first.line, field=first.field, value=first._given, others=others
        )


class WorkFailedError(PointsmanError):
    """The input was good, but the work could not be done (budget, provider, disk); the command exits 1."""
