"""Gates of three genes, by exact branch and bound among the genes of the best pairs of a split.

A triple is held against the best pair in it, so that a third gene must earn its place. What three genes reach is
bounded by what their pairs do: AND ≤ the least of them; OR ≤ a + b + c - ab - ac - bc + the least of ab, ac and bc.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from targetfinder.decide import _gate_rules as rules
from targetfinder.decide._gate_normals import Normals, worst_vital
from targetfinder.decide._gate_rules import Gate, Halves
from targetfinder.decide._gate_search import Found, best
from targetfinder.decide._gate_tumour import Counted
from targetfinder.units import Floats

Triple = tuple[int, int, int]


class Exact:
    """Coverage of each patient and worst vital hit of each donor of any gate, counted once."""

    def __init__(self, tumour: Counted, normals: Normals) -> None:
        self.tumour, self.normals = tumour, normals
        self._known: dict[Gate, tuple[Floats, Floats]] = {}

    def __call__(self, gate: Gate) -> tuple[Floats, Floats]:
        """Return coverage (patient) and worst vital hit (donor)."""
        if gate not in self._known:
            hits = worst_vital(self.normals.hits(gate), self.normals)
            self._known[gate] = self.tumour.coverage(gate), hits
        return self._known[gate]


@dataclass(frozen=True)
class Triples:
    """Search of one split among some genes; `split` is its number, `names` the id of each gene."""

    exact: Exact
    halves: Halves
    split: int
    genes: list[int]
    names: npt.NDArray[np.object_]
    tiers: npt.NDArray[np.int64]
    kept: int = rules.KEPT

    def search(self, operator: str, *, bounded: bool = True) -> Found:
        """Return the best triples of AND or OR; `bounded` False tries every one, to the same end."""
        found: Found = []
        for a, b in combinations(self.genes, 2):
            if bounded and operator == "AND" and self._reach[a, b] < max(rules.LEAST_COVERAGE, self._worst(found)):
                continue  # no third gene can mend it
            for c in self.genes[self.genes.index(b) + 1 :]:
                triple = (a, b, c)
                if bounded and self._most(operator, triple) < max(rules.LEAST_COVERAGE, self._worst(found)):
                    continue
                scored = self._scored(operator, triple)
                if scored is not None:
                    found = best([*found, scored], self.names, self.kept)
        return found

    def _worst(self, found: Found) -> float:
        return found[-1][0] if len(found) == self.kept else -np.inf

    def value(self, gate: Gate) -> tuple[float, float]:
        """Return coverage and worst vital hit of a gate in those that choose."""
        if gate not in self._values:
            coverage, hits = self.exact(gate)
            patients, donors = self.halves.patients[self.split], self.halves.donors[self.split]
            self._values[gate] = round(float(coverage[patients].mean()), rules.DIGITS), float(hits[donors].max())
        return self._values[gate]

    @cached_property
    def _values(self) -> dict[Gate, tuple[float, float]]:
        """What was asked before."""
        return {}

    @cached_property
    def _alone(self) -> dict[int, float]:
        return {gene: self.value(Gate("AND", (gene,)))[0] for gene in self.genes}

    @cached_property
    def _reach(self) -> dict[tuple[int, ...], float]:
        """Coverage of AND of each pair."""
        pairs = combinations(self.genes, 2)
        return {pair: self.value(Gate("AND", self._sorted(pair)))[0] for pair in pairs}

    def _most(self, operator: str, triple: Triple) -> float:
        pairs = list(combinations(triple, 2))
        both = [self._reach[pair] for pair in pairs]
        if operator == "AND":
            return min(both)
        return sum(self._alone[gene] for gene in triple) - sum(both) + min(both)

    def _scored(self, operator: str, triple: Triple) -> tuple[float, Gate, tuple[int, ...]] | None:
        """Return score, gate and part, or None if the triple does not qualify."""
        gate = self._gate(operator, triple)
        reach, hit = self.value(gate)
        if reach < rules.LEAST_COVERAGE or not np.isfinite(hit):
            return None
        part = held_against(operator, gate.genes, self.value)
        coverage, worst = self.value(part)
        floor, needed = rules.FLOOR[self.exact.normals.basis], rules.NEEDED[self.exact.normals.basis]
        if operator == "AND":
            less = hit + floor <= rules.LEFT * (worst + floor) and worst >= needed
            fits = coverage - reach <= rules.MOST_LOSS and less
        else:
            added = next(gene for gene in triple if gene not in part.genes)
            tier = max(self.tiers[list(part.genes)])
            fits = reach - coverage >= rules.LEAST_RISE and self.tiers[added] <= tier
        return (round(reach - hit / self.exact.normals.level, rules.DIGITS), gate, part.genes) if fits else None

    def _gate(self, operator: str, triple: Triple) -> Gate:
        return Gate(operator, self._sorted(triple))

    def _sorted(self, genes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(genes, key=lambda gene: self.names[gene]))


def held_against(operator: str, genes: tuple[int, ...], value: Callable[[Gate], tuple[float, float]]) -> Gate:
    """Return the part that a gate is held against: the activator of NOT, the safer of AND, the wider of OR.

    Parts are genes of a pair and pairs of a triple. Ties go to the wider, then to the safer part.
    """
    if operator == "NOT":
        return Gate("AND", genes[:1])
    parts = [
        Gate(operator, part) if len(part) > 1 else Gate("AND", part) for part in combinations(genes, len(genes) - 1)
    ]

    def order(part: Gate) -> tuple[float, float]:
        coverage, hit = value(part)
        return (hit, -coverage) if operator == "AND" else (-coverage, hit)

    return min(parts, key=order)
