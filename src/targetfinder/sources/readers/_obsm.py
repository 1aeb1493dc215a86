"""Values beside the matrix of an h5ad, such as those of antibodies: names and parts of an entry of obsm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from targetfinder.units import Floats

#: Rows of an array that are read at a time.
ROWS = 1 << 15
NAMES = ("{}_names", "{}_columns", "{}_features", "protein_names", "antibody_names")
REMEDY = "write obsm['{0}'] as a DataFrame with the antibodies as columns, or their names to uns['{0}_names']"


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def names_of(file: Any, key: str) -> list[str] | None:
    """Return the names of an entry of obsm: columns of a table, or a list in uns for an array; None if it has none."""
    stored = file[f"obsm/{key}"]
    if "column-order" in stored.attrs:
        return [_text(name) for name in stored.attrs["column-order"]]
    width = stored.shape[1] if getattr(stored, "ndim", 0) == 2 else -1
    uns = file.get("uns", {})
    for name in (pattern.format(key) for pattern in NAMES):
        if name in uns and getattr(uns[name], "shape", None) == (width,):
            return [_text(one) for one in uns[name][:]]
    return None


def parts(stored: Any, names: list[str]) -> Iterator[tuple[int, slice, Floats]]:
    """Yield first row, columns and values of some columns of a table, or of some rows of an array."""
    if "column-order" in stored.attrs:
        for number, name in enumerate(names):
            yield 0, slice(number, number + 1), stored[name][:].astype(float)[:, None]
    else:
        for first in range(0, stored.shape[0], ROWS):
            yield first, slice(0, len(names)), stored[first : first + ROWS].astype(float)
