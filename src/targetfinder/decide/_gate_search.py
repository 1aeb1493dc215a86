"""Search of all pairs for gates that those who choose would take, split by split.

Pairs are tried exhaustively; a block of them is passed over only where the coverage of its genes alone proves that no
pair of it can qualify.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from targetfinder.bits import BLOCK, blocks_of
from targetfinder.decide import _gate_rules as rules
from targetfinder.decide._gate_normals import Normals
from targetfinder.decide._gate_rules import Gate, Mask
from targetfinder.decide._gate_tumour import Tumour
from targetfinder.units import Floats

#: What a search works with: score, gate and the genes of the part that it is held against.
Found = list[tuple[float, Gate, tuple[int, ...]]]
#: The same with the number of its split.
OfSplits = list[tuple[int, tuple[float, Gate, tuple[int, ...]]]]


def best(found: Found, genes: npt.NDArray[np.object_], kept: int) -> Found:
    """Return the highest scores, at most `ALIKE` held against one part; ties by gene ids: their order never matters."""
    ordered = sorted(found, key=lambda one: (-one[0], one[1].operator, [genes[g] for g in one[1].genes]))
    alike: Counter[tuple[int, ...]] = Counter()
    chosen: Found = []
    for one in ordered:
        alike[one[2]] += 1
        if alike[one[2]] <= rules.ALIKE and len(chosen) < kept:
            chosen.append(one)
    return chosen


@dataclass(frozen=True)
class Search:
    """What a search of pairs works on.

    `tiers` is the safety tier of each gene as a number, higher is worse; `donors` who chooses (split × donor); `kept`
    how many gates each operator keeps in each split; `operators` those that are tried.
    """

    tumour: Tumour
    normals: Normals
    tiers: npt.NDArray[np.int64]
    donors: Mask
    kept: int = rules.KEPT
    operators: tuple[str, ...] = ("AND", "OR", "NOT")

    def pairs(self) -> list[Found]:
        """Return the best pairs of each split: up to `kept` of each operator."""
        splits = self.tumour.alone.shape[1]
        found: dict[tuple[int, str], Found] = {(s, o): [] for s in range(splits) for o in self.operators}
        names = self.tumour.genes.to_numpy(dtype=object)
        chosen = [place for place in blocks_of(len(names)) if self._may_qualify(*place)]
        for part in self.tumour.blocks(self._of_block, chosen):
            for split, one in part:
                found[split, one[1].operator].append(one)
        return [[one for o in self.operators for one in best(found[s, o], names, self.kept)] for s in range(splits)]

    @cached_property
    def alone(self) -> dict[str, Floats]:
        """The worst vital hit of each gene alone in the donors that choose (gene × split), by operator."""
        return {operator: self._choosing(self.normals.alone(operator)) for operator in self.operators}

    def _choosing(self, hits: Floats) -> Floats:
        """Return the worst of the donors that choose, in each split (last axis)."""
        if hits.shape[-1] == 1:
            return np.broadcast_to(hits, (*hits.shape[:-1], len(self.donors)))
        return np.stack([hits[..., chosen].max(axis=-1) for chosen in self.donors], axis=-1)

    def _may_qualify(self, i: int, j: int) -> bool:
        """Say whether a pair of the block may reach `LEAST_COVERAGE`: OR is at most the sum, AND and NOT one gene."""
        a, b = (self.tumour.alone[k : k + BLOCK].max() for k in (i, j))
        together = min(a, b) if self.operators == ("AND",) else max(a, b)
        return bool((a + b if "OR" in self.operators else together) >= rules.LEAST_COVERAGE)

    def _of_block(self, i: int, j: int, least: Floats, most: Floats) -> OfSplits:
        a, b = (self.tumour.alone[k : k + BLOCK] for k in (i, j))
        once = np.triu(np.ones(least.shape[:2], dtype=bool), 1) if i == j else np.ones(least.shape[:2], dtype=bool)
        found: OfSplits = []
        if "AND" in self.operators:
            found += self._qualified("AND", i, j, least, once)
        if "OR" in self.operators:
            found += self._qualified("OR", i, j, a[:, None] + b[None] - most, once)
        if "NOT" in self.operators:
            other = ~np.eye(len(a), dtype=bool) if i == j else once
            found += self._qualified("NOT", i, j, a[:, None] - most, other)
            if i != j:
                found += self._qualified("NOT", j, i, (b[None] - most).transpose(1, 0, 2), once.T)
        return found

    def _qualified(self, operator: str, i: int, j: int, reach: Floats, wanted: Mask) -> OfSplits:
        ok = wanted[:, :, None] & (reach >= rules.LEAST_COVERAGE)
        if not ok.any():
            return []
        ok &= self._reaches(operator, i, j, reach)
        if not ok.any():
            return []
        hit = self._choosing(self.normals.pairs(operator, i, j))[:, :, : reach.shape[2]]
        ok &= np.isfinite(hit) & self._safer(operator, i, j, hit)
        score = np.round(reach - hit / self.normals.level, rules.DIGITS)
        return [one for split in range(reach.shape[2]) for one in self._top(operator, i, j, split, ok, score)]

    def _first(self, operator: str, i: int, j: int, splits: int) -> Mask:
        """Say of which pairs the first gene is the part to hold against: activator, safer of AND, or wider of OR."""
        a, b = self.tumour.alone[i : i + BLOCK, None], self.tumour.alone[None, j : j + BLOCK]
        names = self.places[i : i + BLOCK, None, None] < self.places[None, j : j + BLOCK, None]
        wider = (a > b) | ((a == b) & names)
        if operator == "AND":
            alone = self.alone["AND"]
            hit_a, hit_b = alone[i : i + BLOCK, None, :splits], alone[None, j : j + BLOCK, :splits]
            return np.asarray((hit_a < hit_b) | ((hit_a == hit_b) & wider))
        return np.asarray(wider | (operator == "NOT"))

    @cached_property
    def places(self) -> npt.NDArray[np.int64]:
        """Place of each gene in the order of ids."""
        return np.argsort(np.argsort(self.tumour.genes.to_numpy(dtype=str)))

    def _reaches(self, operator: str, i: int, j: int, reach: Floats) -> Mask:
        """Say which pairs keep the coverage of the part that they are held against, or of OR raise it enough."""
        a, b = self.tumour.alone[i : i + BLOCK, None], self.tumour.alone[None, j : j + BLOCK]
        part = np.where(self._first(operator, i, j, reach.shape[2]), a, b)
        if operator == "NOT":
            return (part - reach <= rules.MOST_LOSS) & self.normals.measured[j : j + BLOCK][None, :, None]
        if operator == "OR":
            tier, other = self.tiers[i : i + BLOCK, None, None], self.tiers[None, j : j + BLOCK, None]
            no_higher = np.where(a > b, other <= tier, np.where(a < b, tier <= other, tier == other))
            return (reach - part >= rules.LEAST_RISE) & no_higher
        return part - reach <= rules.MOST_LOSS

    def _safer(self, operator: str, i: int, j: int, hit: Floats) -> Mask:
        """Say which pairs leave at most `LEFT` of the worst hit of a part that needs a gate."""
        if operator == "OR":
            return np.ones(hit.shape, dtype=bool)
        alone, basis = self.alone[operator], self.normals.basis
        part = alone[i : i + BLOCK, None, : hit.shape[2]]
        if operator == "AND":
            part = np.minimum(part, alone[None, j : j + BLOCK, : hit.shape[2]])
        less = hit + rules.FLOOR[basis] <= rules.LEFT * (part + rules.FLOOR[basis])
        return np.isfinite(part) & (part >= rules.NEEDED[basis]) & less

    def _top(self, operator: str, i: int, j: int, split: int, ok: Mask, score: Floats) -> OfSplits:
        """Return the best pairs of a block in a split: all that `best` could take."""
        row, column = np.nonzero(ok[:, :, split])
        if not len(row):
            return []
        scores = score[row, column, split]
        first = np.broadcast_to(self._first(operator, i, j, score.shape[2]), score.shape)[row, column, split]
        part, other = np.where(first, i + row, j + column), np.where(first, j + column, i + row)
        order = np.lexsort((self.places[other], -scores, part))
        new = np.append(True, part[order][1:] != part[order][:-1])
        rank = np.arange(len(order)) - np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
        few = order[rank < rules.ALIKE]
        return [
            (split, (float(scores[k]), self._gate(operator, i + int(row[k]), j + int(column[k])), (int(part[k]),)))
            for k in few
        ]

    def _gate(self, operator: str, a: int, b: int) -> Gate:
        names = self.tumour.genes
        return Gate(operator, (a, b) if operator == "NOT" or names[a] < names[b] else (b, a))
