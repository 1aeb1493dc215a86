"""What a criterion of efficacy is: a name, a formula in words, a source, and a pure function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from targetfinder import units
from targetfinder.settings import Scoring
from targetfinder.units import Floats

#: Evidence by the name of its criterion: arrays of one shape, (genes,) or (replicates, genes). NaN is unmeasured.
Parts = Mapping[str, Floats]


@dataclass(frozen=True)
class Criterion:
    """One criterion of efficacy. It scores from 0, the worst, to 1; a higher score is always better.

    Attributes
    ----------
    name
        As in `TARGETS` and in [weights] of conf/scoring.toml.
    title
        What the report calls it.
    formula
        The formula as a sentence; `{level:g}`, `{log2_at_one:g}` and `{log2_range:g}` are numbers of conf/scoring.toml.
    direction
        What makes the score rise.
    citation
        Where the idea comes from: a DOI or PMID, or `reasoned`.
    needs
        Evidence that it reads, of linear cohorts and of rank_only ones.
    score
        From evidence, settings and `linear` to scores; NaN where some of the evidence is unmeasured.
    """

    name: str
    title: str
    formula: str
    direction: str
    citation: str
    needs: Mapping[str, tuple[str, ...]]
    score: Callable[[Parts, Scoring, bool], Floats]

    def sentence(self, scoring: Scoring) -> str:
        """Return the formula with the numbers that were used."""
        return self.formula.format(
            level=scoring.presence.level,
            log2_at_one=scoring.presence.log2_at_one,
            log2_range=scoring.window.log2_range,
        )


def needs(*both: str, linear: tuple[str, ...] = (), rank_only: tuple[str, ...] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return what a criterion reads of each scale."""
    return {"linear": (*both, *linear), "rank_only": (*both, *rank_only)}


def above(parts: Parts, reference: str, scoring: Scoring, linear: bool) -> Floats:
    """Return how far the tumour stands above a reference, 0 to 1: one half where they are equal.

    The window is log2((tumour median + 1) / (reference + 1)) in TPM*, spread from -range to +range log2 units; for
    rank_only cohorts it is the difference of percentiles, from -1 to 1. It is multiplied by how far the tumour
    reaches the level of presence (the median gene), since what is not there is specific to nothing.

    Parameters
    ----------
    reference
        Name of the part that holds log2(TPM* + 1), or a percentile for rank_only cohorts.
    """
    if not linear:
        return _spread(parts["tumour_percentile"], parts[reference], 1.0, units.MEDIAN_GENE)
    tumour = units.log2p1(parts["tumour_median"])
    return _spread(tumour, parts[reference], scoring.window.log2_range, np.log2(scoring.presence.level + 1.0))


def above_by_rank(parts: Parts, reference: str) -> Floats:
    """Return `above` by percentile, whatever the scale of the cohort."""
    return _spread(parts["tumour_percentile"], parts[reference], 1.0, units.MEDIAN_GENE)


def _spread(tumour: Floats, reference: Floats, reach: float, level: float) -> Floats:
    credit = np.clip(((tumour - reference) / reach + 1.0) / 2.0, 0.0, 1.0)
    return credit * np.clip(tumour / level, 0.0, 1.0)
