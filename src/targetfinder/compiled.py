"""Loops that numba compiles: once for each machine, where its cache can be written to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast


@functools.cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function compiled, from the cache of numba if it has one that can be written to."""
    from numba import njit

    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc"}}
    try:
        return cast("Callable[..., Any]", njit(cache=True, **options)(function))
    except RuntimeError:
        return cast("Callable[..., Any]", njit(**options)(function))
