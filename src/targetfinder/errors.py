"""The one exception that means: the input is wrong, and here is what to do about it."""

from __future__ import annotations

from pathlib import Path


class InputError(Exception):
    """Bad input, described so that a user can mend it without reading code.

    Parameters
    ----------
    problem
        What is wrong, in one sentence.
    remedy
        What the user can do about it.
    file
        The file at fault, if there is one.
    field
        The column, key, parameter or row at fault, if there is one.
    """

    def __init__(self, problem: str, *, remedy: str, file: str | Path | None = None, field: str | None = None) -> None:
        self.problem, self.remedy, self.file, self.field = problem, remedy, file, field
        place = ": ".join(str(part) for part in (file, field) if part is not None)
        super().__init__(f"{place}: {problem} ({remedy})" if place else f"{problem} ({remedy})")
