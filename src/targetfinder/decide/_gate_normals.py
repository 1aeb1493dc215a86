"""How hard gates hit normal cells: by clusters of an atlas, or by the single cells of donors.

Of clusters only the mean of each gene is known. AND then hits no harder than the lower mean, OR as hard as the higher.
A blocker blocks a cluster whose mean of it reaches the level of caution and that of the activating gene, else not at
all; a tissue is a mixture of cells, in which a blocker blocks nothing. Of single cells, the share that a gate hits is
counted.
A gene that was not measured hits everything as activator and blocks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from targetfinder.bits import BLOCK, Bits, Words, common
from targetfinder.decide._gate_rules import Gate, Mask
from targetfinder.units import Floats


class Normals(Protocol):
    """What the search and the judge ask of normal cells.

    Attributes
    ----------
    basis, unit
        cells or clusters, and the unit of a hit.
    level
        Hit that counts as much as all of the tumour.
    groups
        One row a group: context, criticality, donor (None in an atlas without), counts (False if it is tolerated).
    measured
        Whether a gene was measured wherever it matters, so that it can block.
    donors
        Names of the donors; one None of an atlas without.
    """

    @property
    def basis(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def level(self) -> float: ...
    @property
    def groups(self) -> pd.DataFrame: ...
    @property
    def measured(self) -> Mask: ...
    @property
    def donors(self) -> list[str | None]: ...

    def alone(self, operator: str) -> Floats:
        """Return the worst vital hit of each gene alone (gene × donor), where this operator is judged."""

    def pairs(self, operator: str, i: int, j: int) -> Floats:
        """Return the worst vital hits of the pairs of a block: genes from i, genes from j, donors."""

    def hits(self, gate: Gate) -> Floats:
        """Return the hit of each group; NaN where this operator is not judged."""


def worst_vital(hits: Floats, normals: Normals) -> Floats:
    """Return the worst vital hit in each donor; 0 in a donor without vital cells."""
    vital = (normals.groups["criticality"] == "vital").to_numpy() & ~np.isnan(hits)
    donor = normals.groups["donor"].to_numpy()
    return np.array([hits[vital & _of(donor, name)].max(initial=0.0) for name in normals.donors])


def _of(donors: np.ndarray, name: str | None) -> Mask:
    return np.asarray([name is None or donor == name for donor in donors])


@dataclass(frozen=True)
class Clusters:
    """Means of genes in clusters of cells and in tissues.

    `values` are gene × group (TPM*; infinite where unmeasured); `groups` has the column `mixture` too.
    """

    values: Floats
    groups: pd.DataFrame
    level: float
    basis: str = "clusters"
    unit: str = "TPM*"
    donors: list[str | None] = field(default_factory=lambda: [None])

    @cached_property
    def _vital(self) -> Mask:
        return (self.groups["criticality"] == "vital").to_numpy(dtype=bool)

    @cached_property
    def _single(self) -> Mask:
        return ~self.groups["mixture"].to_numpy(dtype=bool)

    @cached_property
    def measured(self) -> Mask:
        """See `Normals`."""
        judged: Mask = self._vital & self._single
        return np.asarray(np.isfinite(self.values[:, judged]).all(axis=1))

    def alone(self, operator: str) -> Floats:
        """See `Normals`."""
        judged = self._vital & self._single if operator == "NOT" else self._vital
        found: Floats = self.values[:, judged].max(axis=1, initial=0.0)
        return found[:, None]

    def pairs(self, operator: str, i: int, j: int) -> Floats:
        """See `Normals`."""
        judged = self._vital & self._single if operator == "NOT" else self._vital
        a, b = self.values[i : i + BLOCK, judged], self.values[j : j + BLOCK, judged]
        found = np.zeros((len(a), len(b)))
        for k in range(a.shape[1]):
            np.maximum(found, self._joined(operator, a[:, None, k], b[None, :, k]), out=found)
        return found[:, :, None]

    def beyond(self, contexts: set[str]) -> Clusters:
        """Return the vital clusters of other contexts than these; tissues hold cells of all kinds and are left out."""
        chosen = self._vital & self._single & ~self.groups["context"].isin(contexts).to_numpy()
        return replace(self, values=self.values[:, chosen], groups=self.groups[chosen].reset_index(drop=True))

    def _joined(self, operator: str, a: Floats, b: Floats) -> Floats:
        if operator == "AND":
            return np.minimum(a, b)
        if operator == "OR":
            return np.maximum(a, b)
        return np.where(b >= np.maximum(a, self.level), 0.0, a)

    def hits(self, gate: Gate) -> Floats:
        """See `Normals`."""
        found = self.values[gate.genes[0]]
        for gene in gate.genes[1:]:
            found = self._joined(gate.operator, found, self.values[gene])
        return np.where(self._single, found, np.nan) if gate.operator == "NOT" else found


@dataclass(frozen=True)
class Donors:
    """Single cells of donors, bit by bit; groups are sorted by donor.

    `bits` has the genes in the order of the tumour; of a gene that is not `measured` all bits are set.
    """

    bits: Bits
    measured: Mask
    basis: str = "cells"
    unit: str = "share of cells"
    level: float = 1.0

    @property
    def groups(self) -> pd.DataFrame:
        """See `Normals`."""
        return self.bits.groups

    @property
    def donors(self) -> list[str | None]:
        """See `Normals`."""
        return list(self._vital.groups["donor"].unique())

    @cached_property
    def _vital(self) -> Bits:
        return self.bits.of_groups((self.bits.groups["criticality"] == "vital").to_numpy())

    def alone(self, operator: str) -> Floats:
        """See `Normals`."""
        vital = self._vital
        return _by_donor(vital.counts() / vital.sizes, vital.groups)

    def pairs(self, operator: str, i: int, j: int) -> Floats:
        """See `Normals`."""
        vital = self._vital
        both = common(vital, i, j)
        a, b = (vital.counts(vital.words[k : k + BLOCK][: len(vital.genes) - k]) for k in (i, j))
        counts = {"AND": both, "OR": a[:, None] + b[None] - both, "NOT": a[:, None] - both}[operator]
        return _by_donor(counts / vital.sizes, vital.groups)

    def hits(self, gate: Gate) -> Floats:
        """See `Normals`."""
        found: Floats = self.bits.counts(joined(self.bits, gate)[None])[0] / self.bits.sizes
        return found


def _by_donor(shares: Floats, groups: pd.DataFrame) -> Floats:
    """Return the highest share of the groups of each donor (last axis)."""
    donor = groups["donor"].to_numpy()
    first = np.flatnonzero(np.append(True, donor[1:] != donor[:-1]))
    found: Floats = np.maximum.reduceat(shares, first, axis=-1)
    return found


def joined(bits: Bits, gate: Gate) -> Words:
    """Return the words of a gate: bits of the cells that it reaches."""
    rows = bits.words[list(gate.genes)]
    found: Words = (np.bitwise_or if gate.operator == "OR" else np.bitwise_and).reduce(
        np.concatenate([rows[:-1], ~rows[-1:]]) if gate.operator == "NOT" else rows, axis=0
    )
    return found
