"""Whether a cohort of RNA may be compared with an atlas of normal tissues: a verdict, with the numbers behind it.

`ok`: ratios and ranks. `rank_only`: percentiles within a sample only, which survive a change of scale. `refuse`: the
file is not what the samplesheet says, or not even the order of its genes can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from targetfinder import units
from targetfinder.cohort._profile import RATIO_UNITS, Atlas, Cohort, Profile

__all__ = ["VERDICTS", "Atlas", "Cohort", "Profile", "verdict"]

VERDICTS = ("ok", "rank_only", "refuse")
#: Entries without a gene: another release or all biotypes cost 1 to 5 %, another species or kind of name nearly all.
MAX_LOST = 0.3
#: Coding genes of the atlas that ratios need. If missing genes take their RNA with them, TPM* of the rest is too high
#: by log2(1/share): half a doubling at 0.7, as much as separates two atlases of one tissue.
MIN_OVERLAP = 0.7
#: Those that ranks need. A percentile among the given genes can be off by the share of the missing: 0.6 of 1.
MIN_OVERLAP_OF_RANKS = 0.4
#: Log2, from the median of the tissues or from the closest one. Tissues of one atlas have a standard deviation of 0.5
#: (GTEx, HPA), blood and pancreas up to 2, as each expresses something else besides; three standard deviations off
#: either way, windows off 2.8-fold, are no matter of tissue.
MAX_SHIFT = 1.5
#: Log2. One tissue in two atlases: 0.4 to 0.5. At 1 half of the stable genes are off more than twofold.
MAX_SPREAD = 1.0
#: The least alike tissues of an atlas have 0.59 (GTEx) and 0.60 (HPA); values a row off from their labels have 0.
MIN_SPEARMAN = 0.5

Finding = tuple[str, str]


def verdict(profile: Profile, atlas: Atlas) -> dict[str, Any]:
    """Return the verdict on one cohort and one atlas, its reasons and every figure behind it.

    Parameters
    ----------
    profile
        `Profile.of(Cohort(...), genes)`, made once a cohort.
    atlas
        `Atlas.of(rows, genes)`, made once an atlas.

    Returns
    -------
    dict
        cohort, atlas, verdict (of `VERDICTS`), reasons (sentences joined by `; `, gravest first, or None) and the
        figures: samples, unit_claimed, unit_recognised, library_claimed, library_seen, atlas_library, lost_share,
        gene_overlap, stable_genes (number), shift and shift_closest (log2, from the median of the tissues and from the
        closest one), spread (log2, median absolute deviation around shift), spearman, closest_tissue, genes_detected,
        `<class>_share` and `<class>_expected` (highest tissue of the atlas), purity, duplicates.
    """
    cohort = profile.cohort
    compared = _compared(profile, atlas)
    found = sorted(_findings(profile, atlas, compared), key=lambda one: -VERDICTS.index(one[0]))
    return {
        "cohort": cohort.name,
        "atlas": atlas.source,
        "verdict": found[0][0] if found else "ok",
        "reasons": "; ".join(reason for _, reason in found) or None,
        "samples": cohort.values.shape[1],
        "unit_claimed": cohort.unit,
        "unit_recognised": ", ".join(profile.recognised.units) or None,
        "library_claimed": cohort.library,
        "library_seen": profile.library,
        "atlas_library": atlas.library,
        "lost_share": profile.lost_share,
        **compared,
        "genes_detected": profile.detected,
        **{f"{name}_share": profile.shares.get(name, np.nan) for name in atlas.shares},
        **{f"{name}_expected": atlas.shares[name].max() for name in atlas.shares},
        "purity": cohort.purity,
        "duplicates": ", ".join(" = ".join(pair) for pair in profile.duplicates) or None,
    }


def _compared(profile: Profile, atlas: Atlas) -> dict[str, Any]:
    """Return the figures of cohort against atlas: overlap, shift and spread of stable genes, closest tissue."""
    typical = profile.typical.dropna()
    shared = atlas.log.index.intersection(typical.index)
    figures: dict[str, Any] = {
        "gene_overlap": len(shared) / len(atlas.log),
        "stable_genes": 0,
        "shift": np.nan,
        "shift_closest": np.nan,
        "spread": np.nan,
        "spearman": np.nan,
        "closest_tissue": None,
    }
    if figures["gene_overlap"] < MIN_OVERLAP_OF_RANKS:
        return figures
    alike = atlas.spearman(typical[shared])
    if np.isfinite(alike).any():
        closest = int(np.nanargmax(alike))
        figures |= {"spearman": float(alike[closest]), "closest_tissue": str(atlas.log.columns[closest])}
    stable = atlas.stable.intersection(shared)
    if profile.linear and len(stable) and figures["closest_tissue"]:
        above = units.log2p1(typical[stable]) - atlas.log.loc[stable].median(axis=1)
        shift = float(above.median())
        beside = units.log2p1(typical[stable]) - atlas.log.loc[stable, figures["closest_tissue"]]
        figures |= {"stable_genes": len(stable), "shift": shift, "spread": float((above - shift).abs().median())}
        figures["shift_closest"] = float(beside.median())
    return figures


def _findings(profile: Profile, atlas: Atlas, compared: dict[str, Any]) -> Iterator[Finding]:
    """Yield what stands against the comparison: the verdict that it forces, and a sentence with its numbers."""
    yield from _of_labels(profile, compared)
    yield from _of_unit(profile)
    yield from _of_samples(profile)
    yield from _of_library(profile, atlas)
    overlap, spread = compared["gene_overlap"], compared["spread"]
    shifts = compared["shift"], compared["shift_closest"]
    if MIN_OVERLAP_OF_RANKS <= overlap < MIN_OVERLAP:
        yield "rank_only", f"{overlap:.0%} of the atlas's genes are given, below {MIN_OVERLAP:.0%}"
    if min(map(abs, shifts)) > MAX_SHIFT:
        far = f"{shifts[0]:+.2f} log2 from the tissues and {shifts[1]:+.2f} from {compared['closest_tissue']}"
        yield "rank_only", f"stable genes are {far}, more than {MAX_SHIFT}"
    if spread > MAX_SPREAD:
        yield "rank_only", f"stable genes spread by {spread:.2f} log2 around their shift, more than {MAX_SPREAD}"


def _of_labels(profile: Profile, compared: dict[str, Any]) -> Iterator[Finding]:
    """Whether the rows are the genes that they say."""
    if profile.lost_share > MAX_LOST:
        yield "refuse", profile.lost_reason
    elif compared["gene_overlap"] < MIN_OVERLAP_OF_RANKS:
        share = f"{compared['gene_overlap']:.0%} of the atlas's genes are given, below {MIN_OVERLAP_OF_RANKS:.0%}"
        yield "refuse", f"{share}: neither TPM* nor ranks can be made of the rest"
    if compared["spearman"] < MIN_SPEARMAN:
        closest = f"the closest tissue ({compared['closest_tissue']}) correlates by {compared['spearman']:.2f}"
        yield "refuse", f"{closest}, below {MIN_SPEARMAN}: the values are not the abundance of the genes in their rows"


def _of_unit(profile: Profile) -> Iterator[Finding]:
    """Whether the values are in the unit of the samplesheet, and whether it allows ratios."""
    unit = profile.cohort.unit
    if profile.contradiction and (profile.recognised.claimable or not profile.recognised.flattened):
        yield "refuse", f"{profile.contradiction}: correct the unit of the samplesheet, or give linear TPM"
    elif profile.contradiction:
        yield "rank_only", f"{profile.contradiction}; they are flattened as by a logarithm, only their order holds"
    elif not profile.linear:
        told = unit or ", ".join(profile.recognised.claimable)
        lengths = " without lengths of genes" if told == "counts" else ""
        yield "rank_only", f"no TPM* can be made of {told}{lengths}, only of {', '.join(RATIO_UNITS)}"


def _of_samples(profile: Profile) -> Iterator[Finding]:
    """Whether the samples are independent and still have their own distribution."""
    if profile.duplicates:
        told = ", ".join(" and ".join(pair) for pair in profile.duplicates[:3])
        more = len(profile.duplicates) - 3
        yield "refuse", f"samples are the same: {told}{f', and {more} more pairs' if more > 0 else ''}"
    if profile.same_quantiles:
        yield "rank_only", "all samples have the same quantiles: they were made equal (quantile normalisation)"


def _of_library(profile: Profile, atlas: Atlas) -> Iterator[Finding]:
    """Whether cohort and atlas hold the same kinds of RNA (Zhao et al. 2020, RNA 26:903: else do not compare TPM)."""
    claimed, seen = profile.cohort.library, profile.library
    if seen == "total" and claimed == "poly_a":
        yield "rank_only", f"poly_a is claimed, but {profile.library_reason}"
    made = seen if claimed == "unknown" or seen == "total" else claimed
    if "unknown" not in (made, atlas.library) and made != atlas.library:
        yield "rank_only", f"{made} library against a {atlas.library} atlas ({profile.library_reason})"
