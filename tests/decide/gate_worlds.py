"""Tumours and normal cells with planted gates, and without any: what each gene's share is is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.bits import pack
from targetfinder.decide import _gate_rules as rules
from targetfinder.decide._gate_inputs import Cohort
from targetfinder.decide._gate_normals import Donors
from targetfinder.decide.gates import gates, ordered

CONTEXTS = ("hepatocytes", "neurons", "myocytes", "spermatocytes")
CRITICALITY = ("vital", "vital", "vital", "dispensable")


@dataclass(frozen=True)
class World:
    """Cells of patients and of donors (gene × cell, with the number of each cell's group)."""

    genes: pd.Index
    tumour: np.ndarray
    patient: np.ndarray
    normal: np.ndarray
    group: np.ndarray
    donors: int

    def cohort(self) -> Cohort:
        names = pd.DataFrame({"patient": [f"P{n:02d}" for n in range(self.patient.max() + 1)]})
        bits = pack(self.tumour, self.genes, self.patient, names)
        symbols = pd.Series(self.genes.str.lower(), self.genes)
        return Cohort("made", "cells", len(names), symbols, 0, "made", "1", bits=bits)

    def normals(self, genes: pd.Index) -> Donors:
        groups = pd.DataFrame(
            [
                {"donor": f"D{d:02d}", "context": name, "criticality": kind, "counts": True}
                for d in range(self.donors)
                for name, kind in zip(CONTEXTS, CRITICALITY, strict=True)
            ]
        )
        bits = pack(self.normal, self.genes, self.group, groups).of_genes(genes)
        return Donors(bits, np.ones(len(genes), dtype=bool))

    def shuffled(self, seed: int) -> World:
        """Return the same cells and genes in another order."""
        rng = np.random.default_rng(seed)
        genes, cells = rng.permutation(len(self.genes)), rng.permutation(len(self.patient))
        normal = rng.permutation(len(self.group))
        return World(
            self.genes[genes],
            self.tumour[genes][:, cells],
            self.patient[cells],
            self.normal[genes][:, normal],
            self.group[normal],
            self.donors,
        )

    def found(self, power: float = 1.0) -> pd.DataFrame:
        cohort = self.cohort()
        genes = ordered(cohort)
        return gates(cohort, self.normals(genes), np.zeros(len(genes), dtype=np.int64), lambda gene, context: power)


def shares(rng: np.random.Generator, mean: Any, n: int, concentration: float) -> np.ndarray:
    """Return shares of n patients, or donors, around a mean."""
    return rng.beta(mean * concentration, (1 - mean) * concentration, n)


class _Maker:
    def __init__(self, seed: int, patients: int, donors: int, cells: int = 200, normal_cells: int = 80) -> None:
        self.rng = np.random.default_rng(seed)
        self.patients, self.donors = patients, donors
        self.patient = np.repeat(np.arange(patients), cells)
        self.group = np.repeat(np.arange(donors * len(CONTEXTS)), normal_cells)
        self.context = self.group % len(CONTEXTS)
        self.names: list[str] = []
        self.tumour: list[np.ndarray] = []
        self.normal: list[np.ndarray] = []
        self.latent = self.rng.random(len(self.patient)), self.rng.random(len(self.group))

    def add(self, name: str, in_tumour: Any, in_normal: dict[int, float], *, nested: bool = False) -> None:
        """Add a gene: its share in each patient, and in the vital contexts (0.01 elsewhere), donors alike."""
        normal = np.full(len(CONTEXTS), 0.01)
        for context, share in in_normal.items():
            normal[context] = share
        by_donor = np.array([shares(self.rng, share, self.donors, 80) for share in normal]).T.ravel()
        one, two = self.latent if nested else (self.rng.random(n.shape) for n in self.latent)
        self.names.append(name)
        self.tumour.append(one < np.asarray(in_tumour)[self.patient])
        self.normal.append(two < by_donor[self.group])

    def wide(self, mean: float, concentration: float = 150) -> np.ndarray:
        return shares(self.rng, mean, self.patients, concentration)

    def world(self) -> World:
        names = pd.Index(self.names)
        return World(names, np.array(self.tumour), self.patient, np.array(self.normal), self.group, self.donors)


#: All gates that hold in `planted`: A, B and C endanger one cell type each; D stands on that of C and on no tumour.
TRUTH = {"A AND B", "A AND C", "B AND C", "C AND NOT D"}


def planted(seed: int, background: int = 40, patients: int = 24, donors: int = 12, cells: int = 200) -> World:
    """AND gates of A, B and C, and C AND NOT D; E fits only the patients that choose in the first split."""
    maker = _Maker(seed, patients, donors, cells)
    maker.add("A", maker.wide(0.97), {0: 0.5})
    maker.add("B", maker.wide(0.97), {1: 0.5})
    maker.add("C", maker.wide(0.97), {2: 0.6})
    maker.add("D", maker.wide(0.01), {2: 0.97})
    first = rules.halves(patients, rules.LEAST_PATIENTS, 1)[0]
    maker.add("E", np.where(first, 0.99, 0.5), {})
    for n in range(background):
        in_normal = {k: float(maker.rng.uniform(0.01, 0.4)) for k in range(len(CONTEXTS))}
        maker.add(f"X{n:02d}", maker.wide(float(maker.rng.uniform(0.02, 0.15))), in_normal)
    return maker.world()


def decoy(seed: int, patients: int = 24, donors: int = 12) -> World:
    """A AND E spares every normal cell; only patients that choose in the first split keep the tumour by it."""
    maker = _Maker(seed, patients, donors)
    maker.add("A", maker.wide(0.97), {0: 0.5})
    first = rules.halves(patients, rules.LEAST_PATIENTS, 1)[0]
    maker.add("E", np.where(first, 0.99, 0.5), {1: 0.7})
    for n in range(10):
        maker.add(f"X{n:02d}", maker.wide(0.2), {k: 0.2 for k in range(3)})
    return maker.world()


def three(seed: int, patients: int = 24, donors: int = 12) -> World:
    """A, B and C hit one cell type in common two by two, and none all three; P, Q and R share out the tumour."""
    maker = _Maker(seed, patients, donors)
    for name, contexts in (("A", (0, 1)), ("B", (0, 2)), ("C", (1, 2))):
        maker.add(name, maker.wide(0.98), dict.fromkeys(contexts, 0.9))
    for name in ("P", "Q", "R"):
        maker.add(name, maker.wide(0.4), {})
    for n in range(4):
        maker.add(f"X{n}", maker.wide(0.1), {})
    return maker.world()


def null(seed: int, genes: int = 30, patients: int = 24, donors: int = 12) -> World:
    """No gate holds: genes stand on the same cells, patient by patient more or less; blockers block the tumour too.

    AND leaves nearly the whole hit, OR raises coverage by less than `LEAST_RISE` (the higher of two shares that vary by
    0.06 is 0.03 above the mean), NOT loses more than `MOST_LOSS`.
    """
    maker = _Maker(seed, patients, donors)
    for n in range(genes):
        maker.add(f"W{n:02d}", maker.wide(0.88, 30), dict.fromkeys(range(3), 0.5), nested=True)
    for n in range(genes // 3):
        maker.add(f"N{n:02d}", maker.wide(0.125, 30), dict.fromkeys(range(3), 0.97))
    return maker.world()


def costly(seed: int, genes: int = 30, patients: int = 24, donors: int = 12) -> World:
    """AND of any two spares normal cells but loses 0.106 of the tumour: it must not hold (OR does)."""
    maker = _Maker(seed, patients, donors)
    for n in range(genes):
        maker.add(f"W{n:02d}", maker.wide(0.88, 30), {n % 3: 0.5})
    return maker.world()
