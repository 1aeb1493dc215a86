"""What a gate must do to be worth a name: constants by reasoning, none fitted to any list of targets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from targetfinder.cohorts import POSITIVE_CELLS

Mask = npt.NDArray[np.bool_]

#: Tumour coverage that an AND or NOT gate may lose against the part that it makes safer.
MOST_LOSS = 0.10
#: Rise of tumour coverage that an OR gate must bring: ambient RNA, counts in a few per cent of cells, brings less.
LEAST_RISE = 0.05
#: A gate is one product: it must reach at least half of the tumour.
LEAST_COVERAGE = 0.5
#: What is left of the worst normal hit must be at most this share of that of the safer part.
LEFT = 0.5
#: A part needs a gate only if its worst vital hit is this high: in clusters the level of a note of the safety rules, in
#: single cells the share from which they carry a gene.
NEEDED = {"clusters": 20.0, "cells": POSITIVE_CELLS}
#: Surface tiers of genes that may be part of a gate: what no CAR can see is no part.
SURFACE = ("confirmed", "likely", "possible")
#: Added to a hit before shares and ratios of hits are formed: one unit of TPM*, or 1 % of cells, is nothing.
FLOOR = {"clusters": 1.0, "cells": 0.01}
#: Chance to see a blocker that is there, which absence in the tumour must rest on.
LEAST_POWER = 0.8
#: Least standard deviation of a share over patients or donors: that of sampling some 500 of their cells.
LEAST_SPREAD = 0.02
#: Patients below which nothing can be held out, and donors below which none is.
LEAST_PATIENTS, LEAST_DONORS = 3, 4
#: Ways to part patients, each half choosing once and judging once; gates that each operator keeps in each.
SPLITS, KEPT = 20, 10
#: Of one operator in one split, gates that may be held against the same part: variants of one idea are few.
ALIKE = 3
#: Genes among which triples are searched: those of the kept pairs, then the widest in those that choose.
CANDIDATES = 24
#: False discovery rate at which a gate holds; gates that the table holds of one cohort and basis.
FDR, LISTED = 0.05, 100
#: Digits of a coverage: sums in another order differ beyond.
DIGITS = 9


class Gate(NamedTuple):
    """An operator and the rows of its genes; of NOT the last one blocks."""

    operator: str
    genes: tuple[int, ...]


class Halves(NamedTuple):
    """Who chooses gates in each split (split × patient, split × donor); all others judge them."""

    patients: Mask
    donors: Mask


def halves(n: int, least: int, seed: int) -> Mask:
    """Return splits of n into two halves, each of which chooses once; with fewer than `least` everybody chooses.

    Returns
    -------
    split × n
        True for those that choose.
    """
    if n < least:
        return np.ones((SPLITS, n), dtype=bool)
    rng = np.random.default_rng(seed)
    found = np.zeros((SPLITS, n), dtype=bool)
    for k in range(0, SPLITS, 2):
        found[k, rng.permutation(n)[: n // 2]] = True
        found[k + 1] = ~found[k]
    return found
