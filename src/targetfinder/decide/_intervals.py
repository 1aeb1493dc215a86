"""Intervals of ranks: the whole order drawn again and again from what the evidence leaves open.

Each replicate draws other patients, other normal values and other weights, and every so often leaves one source out. A
gene's safety tier is no draw: its penalty is the same in all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from targetfinder import units
from targetfinder.decide.criteria import REGISTRY, parts_of, scores, shares
from targetfinder.settings import Scoring
from targetfinder.stats import NORMAL_IQR
from targetfinder.units import Floats

#: Standard errors of median and lower quartile of n normal values, in units of their scale over √n, and their
#: correlation: √(p(1 - p)) / φ(Φ⁻¹(p)), and √(p(1 - r) / (r(1 - p))) with p = 1/4, r = 1/2. So are quantiles of many
#: values distributed.
MEDIAN_ERROR, QUARTILE_ERROR, CORRELATION = 1.2533141, 1.3626342, 0.5773503
#: Half the width of a 90 % interval of the standard normal distribution.
Z90 = 1.6448536
#: Parts that a normal value is in, and the criterion that holds the error of each.
NORMALS = ("normal_limit", "normal_profile", "rank_limit")
#: Parts that a cohort or an atlas takes with it when it is left out.
TAKEN = ("tumour_q1", "tumour_median", "tumour_percentile", "prevalence", *NORMALS)
#: Replicates that are drawn at once; bounds memory.
BLOCK = 50
TOPS = (20, 50)


@dataclass(frozen=True)
class Known:
    """What is known of the genes of one indication, in the order of gene id; arrays of (genes,).

    Attributes
    ----------
    parts
        Evidence that the criteria read (`criteria.parts_of`), and prevalence_lo and _hi.
    spread
        Standard deviation of log2(TPM* + 1) between patients, over the square root of their number; 0 where unknown.
    error
        Standard deviation of each of `NORMALS`; 0 where unknown.
    without
        For each source, what the parts are without it.
    linear
        Whether amounts are known.
    """

    parts: Mapping[str, Floats]
    spread: Floats
    error: Mapping[str, Floats]
    without: Mapping[str, Mapping[str, Floats]]
    linear: bool

    @classmethod
    def of(cls, evidence: pd.DataFrame, genes: pd.Index) -> Known:
        """Read `EVIDENCE` of one indication; `genes` are sorted gene ids."""
        parts = parts_of(evidence, genes)
        wide = _wide(evidence, genes, ["prevalence_lo", "prevalence_hi", "tumour_q3", *(f"{n}_sd" for n in NORMALS)])
        patients = evidence.loc[evidence["criterion"] == "tumour_percentile", "n"]
        n = max(float(patients.max()) if len(patients) else 1.0, 1.0)
        upper, lower = (units.log2p1(frame) for frame in (wide["tumour_q3"], parts["tumour_q1"]))
        spread = np.nan_to_num((upper - lower) / NORMAL_IQR / np.sqrt(n))
        arrays = {str(name): frame[name].to_numpy(dtype=float) for frame in (parts, wide) for name in frame}
        error = {name: np.nan_to_num(arrays[f"{name}_sd"]) for name in NORMALS}
        linear = bool(np.isfinite(arrays["tumour_median"]).any())
        return cls(arrays, spread, error, _without(evidence, genes, arrays), linear)


def _wide(evidence: pd.DataFrame, genes: pd.Index, names: list[str]) -> pd.DataFrame:
    rows = evidence[evidence["criterion"].isin(names)]
    wide = rows.pivot(index="gene_id", columns="criterion", values="value")
    return wide.reindex(index=genes, columns=names).astype(float)


def _without(evidence: pd.DataFrame, genes: pd.Index, parts: Mapping[str, Floats]) -> dict[str, dict[str, Floats]]:
    """Return what each part is without each source that `<part>_without` names.

    A cohort or an atlas takes its values with it: a gene that no other measured is unmeasured. A voter on the surface
    has a record only where its silence changes something.
    """
    rows = evidence[evidence["criterion"].isin([f"{name}_without" for name in (*TAKEN, "surface")])]
    rows = rows.astype({"context": str, "criterion": str})
    left: dict[str, dict[str, Floats]] = {}
    for (source, criterion), part in rows.groupby(["context", "criterion"]):
        name = str(criterion).removesuffix("_without")
        value = part.set_index("gene_id")["value"].reindex(genes).to_numpy(dtype=float)
        kept = value if name in TAKEN else np.where(np.isnan(value), parts[name], value)
        left.setdefault(str(source), {})[name] = kept
    return dict(sorted(left.items()))


def concentration(weights: Floats, jitter: float) -> float:
    """Return the concentration of a Dirichlet distribution around `weights` (adding up to 1).

    A weight w then has a coefficient of variation of √((1 - w) / (w (concentration + 1))), the mean of which over the
    weights above zero is `jitter`.
    """
    used = weights[weights > 0]
    return float((np.mean(np.sqrt((1.0 - used) / used)) / jitter) ** 2 - 1.0)


def intervals(evidence: pd.DataFrame, penalty: pd.Series, scoring: Scoring) -> pd.DataFrame:
    """Return rank_median, rank_lo, rank_hi, p_top20 and p_top50 of each gene, by gene id.

    Everything is ordered by priority with missing criteria at 0, their worst. The lower end of the interval alone lets
    them be anything: it is that of ranks with each missing criterion drawn evenly over its whole range, so that what is
    missing widens the interval and helps nothing else.

    Parameters
    ----------
    evidence
        `EVIDENCE` of one indication.
    penalty
        What safety and mode take from efficacy, by gene id; none is missing.
    """
    genes = penalty.index.sort_values()
    known, numbers = Known.of(evidence, genes), scoring.intervals
    weights = shares(scores(parts_of(evidence, genes), scoring), scoring.weights.model_dump())
    cost, replicates = penalty.reindex(genes).to_numpy(dtype=float), numbers.replicates
    worst = np.empty((replicates, len(genes)), dtype=np.int32)
    open_ranks = np.empty_like(worst)
    for rows, drawn in _blocks(known, weights, scoring):
        worst[rows], open_ranks[rows] = _ranks(drawn, cost)
    low, _ = _middle(open_ranks)
    lowest, high = _middle(worst)
    told = {f"p_top{top}": (worst <= top).mean(axis=0) for top in TOPS}
    median = np.quantile(worst, 0.5, axis=0, method="inverted_cdf")
    frame = {"rank_median": median, "rank_lo": np.minimum(low, lowest), "rank_hi": high}
    return pd.DataFrame(frame, index=genes).astype("Int64").assign(**told)


def _middle(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the middle 90 % of the draws of each gene."""
    ordered = np.sort(ranks.T.copy(), axis=1)
    count = ordered.shape[1]
    return ordered[:, int(np.floor(0.05 * (count - 1)))], ordered[:, int(np.ceil(0.95 * (count - 1)))]


@dataclass(frozen=True)
class _Drawn:
    """Efficacy of replicates × genes: with missing criteria at 0, and what they might add."""

    efficacy: Floats
    more: Floats


def _blocks(known: Known, weights: pd.Series, scoring: Scoring) -> Iterator[tuple[slice, _Drawn]]:
    """Draw the replicates in blocks; each block leaves out one source, or none, in turn."""
    used = weights[weights > 0]
    around = used.to_numpy() * concentration(used.to_numpy(), scoring.intervals.weight_jitter)
    left_out: list[str | None] = [None, *known.without]
    for number, start in enumerate(range(0, scoring.intervals.replicates, BLOCK)):
        rows = slice(start, min(start + BLOCK, scoring.intervals.replicates))
        rng = np.random.default_rng([scoring.intervals.seed, number])
        parts = _draw(known, left_out[number % len(left_out)], rows.stop - rows.start, rng, scoring)
        jittered = rng.dirichlet(around, rows.stop - rows.start)
        yield rows, _combined(parts, dict(zip(used.index, jittered.T, strict=True)), known, rng, scoring)


def _draw(
    known: Known, left_out: str | None, count: int, rng: np.random.Generator, scoring: Scoring
) -> dict[str, Floats]:
    """Return the parts as `count` replicates × genes: patients, and normal values, drawn anew."""
    parts = dict(known.parts) | dict(known.without.get(left_out, {}) if left_out else {})
    patients, lower, normal = rng.standard_normal((3, count, len(known.spread)))
    if known.linear:
        lower = CORRELATION * patients + np.sqrt(1.0 - CORRELATION**2) * lower
        for name, z, scale in (("tumour_median", patients, MEDIAN_ERROR), ("tumour_q1", lower, QUARTILE_ERROR)):
            parts[name] = np.maximum(np.exp2(units.log2p1(parts[name]) + z * (scale * known.spread)) - 1.0, 0.0)
    else:
        error = scoring.intervals.atlas_percentile.tissue
        parts["tumour_percentile"] = np.clip(parts["tumour_percentile"] + error * patients, 0.0, 1.0)
    parts["prevalence"] = _prevalence(parts, patients)
    for name in NORMALS:
        parts[name] = parts[name] + normal * known.error[name]
    return {name: np.broadcast_to(value, patients.shape) for name, value in parts.items()}


def _prevalence(parts: Mapping[str, Floats], z: Floats) -> Floats:
    """Return prevalence moved within its interval, along with the median of the same patients."""
    value = parts["prevalence"]
    up, down = parts["prevalence_hi"] - value, value - parts["prevalence_lo"]
    moved: Floats = np.clip(value + z / Z90 * np.where(z > 0, up, down), 0.0, 1.0)
    return moved


def _combined(
    parts: Mapping[str, Floats],
    weights: Mapping[str, Floats],
    known: Known,
    rng: np.random.Generator,
    scoring: Scoring,
) -> _Drawn:
    """Return the weighted mean of the criteria, each replicate with its own weights."""
    shape = next(iter(parts.values())).shape
    efficacy, more = np.zeros(shape), np.zeros(shape)
    for criterion in REGISTRY:
        if criterion.name in weights:
            weight = weights[criterion.name][:, None]
            score = criterion.score(parts, scoring, known.linear)
            missing = np.isnan(score)
            efficacy += weight * np.where(missing, 0.0, score)
            lost = missing.any(axis=0)
            anything = rng.random((shape[0], int(lost.sum())))
            more[:, lost] += weight * np.where(missing[:, lost], anything, 0.0)
    return _Drawn(efficacy, more)


def _ranks(drawn: _Drawn, cost: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Return ranks of replicates × genes: all at their worst, and each gene alone with what it might add."""
    priority = drawn.efficacy - cost
    order = np.argsort(-priority, axis=1)
    worst = np.empty_like(order)
    np.put_along_axis(worst, order, np.arange(1, order.shape[1] + 1)[None, :], axis=1)
    open_ranks = worst.copy()
    lost = np.flatnonzero((drawn.more > 0).any(axis=0))
    for row in range(len(priority)):
        rising = -priority[row, order[row]]
        above = np.searchsorted(rising, -(priority[row, lost] + drawn.more[row, lost]), side="left")
        open_ranks[row, lost] = np.minimum(above + 1, worst[row, lost])
    return worst, open_ranks
