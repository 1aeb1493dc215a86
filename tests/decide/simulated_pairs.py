"""Pairs of bulk RNA with known truth: tumour and normal cells mixed, reads drawn, some antigens lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from targetfinder.decide._pairs import Flags
from targetfinder.units import Floats

#: What happens between the two samples besides the loss.
SETTINGS: dict[str, dict[str, Any]] = {
    "alike": {},
    "purity 90 % to 30 %": {"purity": (0.9, 0.3)},
    "purity 30 % to 90 %": {"purity": (0.3, 0.9)},
    "purity 90 % to 15 %": {"purity": (0.9, 0.15)},
    "depth 20 M to 1 M": {"depth": (2e7, 1e6)},
    "depth 20 M to 0.2 M": {"depth": (2e7, 2e5)},
    "both": {"purity": (0.9, 0.4), "depth": (2e7, 1e6)},
}


@dataclass(frozen=True)
class Drawn:
    """Amounts before and after (TPM-like), which antigens tumour cells alone carry, and which were lost."""

    before: Floats
    after: Floats
    specific: Flags
    lost: Flags


def drawn(
    seed: int,
    purity: tuple[float, float] = (0.8, 0.8),
    depth: tuple[float, float] = (2e7, 2e7),
    factor: float = 16.0,
    genes: int = 3000,
) -> Drawn:
    """Draw a pair: 150 antigens of tumour cells alone, of which 5 fall by `factor`, and 5 of the others."""
    rng = np.random.default_rng(seed)
    tumour, normal = rng.lognormal(np.log(5), 2, (2, genes))
    specific = np.arange(genes) < 150
    tumour[specific] = rng.lognormal(np.log(60), 1, 150)
    normal[specific] = tumour[specific] * rng.uniform(0, 0.03, 150)
    later = tumour * rng.lognormal(0, 0.3, genes)
    lost = np.zeros(genes, dtype=bool)
    lost[rng.choice(150, 5, replace=False)] = True
    lost[rng.choice(np.flatnonzero((tumour > 20) & ~specific), 5)] = True
    later[lost] /= factor
    length = rng.lognormal(0, 0.7, genes)

    def observed(cells: Floats, pure: float, reads: float) -> Floats:
        mixed = pure * cells + (1 - pure) * normal
        counts = rng.poisson(mixed * length / (4 * mixed.sum()) * reads)
        return np.asarray(counts / length / reads * 4 * mixed.sum())

    before, after = (observed(*one) for one in zip((tumour, later), purity, depth, strict=True))
    return Drawn(before, after, specific, lost)
