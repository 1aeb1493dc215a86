"""A line of decimal numbers as float64: compiled, without the GIL, and equal to Python's `float` of each text."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from targetfinder.units import Floats

Counts = npt.NDArray[np.int64]

#: The integers and the powers of ten that a float64 holds exactly; more digits might not fit into 64 bits.
EXACT, TOO_MANY = 1 << 53, 19
POWERS = np.array([float(f"1e{power}") for power in range(23)])
TAB, PLUS, MINUS, POINT, ZERO, NINE = (ord(sign) for sign in "\t+-.09")
SMALL_A, SMALL_E, SMALL_N, TO_SMALL = ord("a"), ord("e"), ord("n"), 32

NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
INFINITE = re.compile(rb"[+-]?inf(inity)?", re.IGNORECASE)


class BadCell(ValueError):
    """A cell that is no expression: in which column, what is wrong, and its text."""

    def __init__(self, column: int, problem: str, cell: bytes) -> None:
        super().__init__(problem)
        self.column, self.problem, self.cell = column, problem, cell


def parse_line(text: bytes, start: int, end: int, place: Counts, values: Floats) -> bool:
    """Parse the cells between tabs in `text[start:end]`; the number of cell i goes to `values[place[i]]`.

    Empty cells, NA and NaN in any case are missing (NaN). `text[end]` must exist and end the line. Return whether
    there are as many cells as places.

    Raises
    ------
    BadCell
        If a cell is negative, infinite or no number.
    """
    parse, codes = _compiled(), np.frombuffer(text, np.uint8)
    column, at = parse(codes, start, end, place, values, 0)
    while column < len(place) and at <= end:
        tab = text.find(b"\t", at, end)
        close = tab if tab >= 0 else end
        values[place[column]] = _number(text[at:close], column)
        column, at = parse(codes, close + 1, end, place, values, column + 1)
    return column == len(place) and at > end


def _number(cell: bytes, column: int) -> float:
    value = float(cell) if NUMBER.fullmatch(cell) else np.nan
    if 0 <= value < np.inf:
        return abs(value)  # no negative zero
    infinite = INFINITE.fullmatch(cell) or np.isinf(value)
    raise BadCell(column, "infinite" if infinite else "negative" if value < 0 else "not a number", cell)


@functools.cache
def _compiled() -> Callable[..., tuple[int, int]]:
    """Return `_cells` compiled, from the cache of numba if it has one that can be written to."""
    from numba import njit

    try:
        return cast("Callable[..., tuple[int, int]]", njit(nogil=True, cache=True)(_cells))
    except RuntimeError:
        return cast("Callable[..., tuple[int, int]]", njit(nogil=True)(_cells))


def _cells(codes: Any, at: int, end: int, place: Any, values: Any, column: int) -> tuple[int, int]:
    """Parse cells from byte `at` on into `values`; return column and byte of the first that is not understood.

    Understood are missing values (nothing, NA, NaN) and unsigned decimals up to 2⁵³ × 10^±22, of which digits and
    power are exact as float64, so that their product or quotient is rounded once and correctly (Clinger 1990,
    doi:10.1145/93542.93557). `codes[end]` must be no part of a cell.
    """
    while column < len(place) and 0 <= at <= end:  # the zero shows numba that no index counts from behind
        begin, code = at, codes[at]
        digits = number = power = 0
        if code == ZERO and codes[at + 1] == TAB:  # most values: a short way
            at, digits = at + 1, 1
        elif code | TO_SMALL == SMALL_N and codes[at + 1] | TO_SMALL == SMALL_A:
            at += 3 if codes[at + 2] | TO_SMALL == SMALL_N else 2
        else:
            while ZERO <= code <= NINE:
                number = number * 10 + (code - ZERO)
                at += 1
                code = codes[at]
            digits = at - begin
            if code == POINT:
                at += 1
                code = codes[at]
                while ZERO <= code <= NINE:
                    number = number * 10 + (code - ZERO)
                    at += 1
                    code = codes[at]
                power = begin + digits + 1 - at
                digits = at - begin - 1 or TOO_MANY  # a lonely point
            if digits and code | TO_SMALL == SMALL_E:
                sign = codes[at + 1]
                at += 2 if sign in (MINUS, PLUS) else 1
                first, exponent = at, 0
                while ZERO <= codes[at] <= NINE and at < first + 4:
                    exponent = exponent * 10 + (codes[at] - ZERO)
                    at += 1
                power += -exponent if sign == MINUS else exponent
                digits = digits if at > first else TOO_MANY  # an e without a power
        if (at < end and codes[at] != TAB) or digits >= TOO_MANY or number > EXACT or abs(power) >= len(POWERS):
            return column, begin
        if digits == 0:
            values[place[column]] = np.nan
        else:
            values[place[column]] = number / POWERS[-power] if power < 0 else number * POWERS[power]
        column += 1
        at += 1
    return column, at
