"""Overlap of intervals: the only module that knows pyranges, whose next major release has another interface."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Rows = np.ndarray[Any, np.dtype[np.int64]]


def overlaps(left: pd.DataFrame, right: pd.DataFrame) -> tuple[Rows, Rows]:
    """Return the row numbers of all pairs of intervals that share a position, sorted.

    Parameters
    ----------
    left, right
        Frames with `line` (what the interval lies on: a strand of a chromosome, a transcript, an isoform), `start`
        and `end`, 0-based and half-open. Lines are laid end to end on one axis, since pyranges takes a step of
        Python for each chromosome, and there may be 40,000 of them.
    """
    import pyranges  # type: ignore[import-untyped]

    if left.empty or right.empty:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    lines = pd.factorize(pd.concat([left["line"].astype(object), right["line"].astype(object)]))[0].astype(np.int64)
    width = int(max(left["end"].max(), right["end"].max())) + 1

    def ranges(frame: pd.DataFrame, offset: Rows, name: str) -> Any:
        place = {"Start": frame["start"].to_numpy(np.int64) + offset, "End": frame["end"].to_numpy(np.int64) + offset}
        return pyranges.PyRanges(pd.DataFrame({"Chromosome": "axis", **place, name: np.arange(len(frame))}), int64=True)

    offsets = lines * width
    joined = ranges(left, offsets[: len(left)], "left").join(ranges(right, offsets[len(left) :], "right")).df
    pairs = joined.reindex(columns=["left", "right"]).astype(np.int64).sort_values(["left", "right"])
    return pairs["left"].to_numpy(), pairs["right"].to_numpy()


def shared(left: pd.DataFrame, right: pd.DataFrame) -> tuple[Rows, Rows, Rows, Rows]:
    """Return the pairs of `overlaps`, and start and end of what the two of each pair share."""
    rows, others = overlaps(left, right)
    start = np.maximum(left["start"].to_numpy(np.int64)[rows], right["start"].to_numpy(np.int64)[others])
    end = np.minimum(left["end"].to_numpy(np.int64)[rows], right["end"].to_numpy(np.int64)[others])
    return rows, others, start, end
