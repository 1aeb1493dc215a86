"""What gates reach in the tumour: counted in cells or patients, or bounded by what marginals allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from targetfinder.bits import BLOCK, Bits, Counts, over_blocks
from targetfinder.decide._gate_normals import joined
from targetfinder.decide._gate_rules import DIGITS, Gate, Mask
from targetfinder.units import Floats

Result = TypeVar("Result")
#: Takes a block (first genes) and the least and most coverage of AND of its pairs: rows, columns, splits.
Reduce = Callable[[int, int, Floats, Floats], Result]


class Tumour(Protocol):
    """What the search asks of a tumour; genes are sorted by coverage, widest first, then by id."""

    @property
    def genes(self) -> pd.Index: ...

    @property
    def alone(self) -> Floats:
        """Coverage of each gene in those that choose (gene × split)."""

    def blocks(self, reduce: Reduce[Result], chosen: list[tuple[int, int]]) -> Iterator[Result]:
        """Yield what `reduce` makes of each chosen block."""


@dataclass(frozen=True)
class Counted:
    """Cells, or patients, counted one by one: least and most are the same."""

    bits: Bits
    choosing: Mask

    @property
    def genes(self) -> pd.Index:
        """See `Tumour`."""
        return self.bits.genes

    @property
    def _weights(self) -> Floats:
        found: Floats = (self.choosing / self.choosing.sum(axis=1, keepdims=True)).T / self.bits.sizes[:, None]
        return found

    @cached_property
    def alone(self) -> Floats:
        """See `Tumour`."""
        return np.round(self.bits.counts() @ self._weights, DIGITS)

    def blocks(self, reduce: Reduce[Result], chosen: list[tuple[int, int]]) -> Iterator[Result]:
        """See `Tumour`."""
        weights = self._weights

        def of(i: int, j: int, counts: Counts) -> Result:
            both = np.round(counts @ weights, DIGITS)
            return reduce(i, j, both, both)

        yield from over_blocks(self.bits, of, chosen)

    def coverage(self, gate: Gate) -> Floats:
        """Return the share of each patient's cells that a gate reaches."""
        found: Floats = self.bits.counts(joined(self.bits, gate)[None])[0] / self.bits.sizes
        return found


@dataclass(frozen=True)
class Bounded:
    """Shares of patients that have each gene: max(0, a + b - 1) ≤ AND ≤ min(a, b) (Fréchet)."""

    genes: pd.Index
    share: Floats

    @cached_property
    def alone(self) -> Floats:
        """See `Tumour`."""
        return np.round(self.share, DIGITS)[:, None]

    def blocks(self, reduce: Reduce[Result], chosen: list[tuple[int, int]]) -> Iterator[Result]:
        """See `Tumour`."""
        for i, j in chosen:
            a, b = self.alone[i : i + BLOCK, None], self.alone[None, j : j + BLOCK]
            yield reduce(i, j, np.maximum(0.0, a + b - 1.0), np.minimum(a, b))

    def coverage(self, gate: Gate) -> tuple[float, float]:
        """Return the least and the most that a gate may reach."""
        shares = self.share[list(gate.genes)]
        if gate.operator == "AND":
            most = float(shares.min())
            return min(most, max(0.0, float(shares.sum()) - len(shares) + 1)), most
        if gate.operator == "OR":
            return float(shares.max()), min(1.0, float(shares.sum()))
        most = float(min(shares[0], 1 - shares[1]))
        return min(most, max(0.0, float(shares[0] - shares[1]))), most
