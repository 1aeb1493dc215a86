"""What a cohort and an atlas are in numbers, each on its own, before the two are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from targetfinder import units
from targetfinder.cohort import _composition, _patients, _scale
from targetfinder.cohort._ranks import SortedColumns

#: Units that are proportional to TPM within a sample once a logarithm is undone, so that TPM* can be made of them.
RATIO_UNITS = ("TPM", "FPKM", "log2(TPM+1)", "log2(FPKM+1)")
#: Technical replicates reach 0.999 of log2 values; more is the same sample twice.
SAME_SAMPLE = 0.9999
#: Samples that were made to have one distribution have equal quantiles; those of other samples differ by percents.
SAME_QUANTILES = 1e-3
#: Stable genes are expressed in every tissue, and the least variable: so Eisenberg & Levanon 2013, Trends Genet 29:569,
#: find 3,800 housekeeping genes. These many lie well inside and are enough for a median; above this level (TPM*) the 1
#: in log2(x + 1) takes less than a quarter off a doubling.
STABLE_GENES, MIN_EXPRESSED = 500, 5.0


@dataclass(frozen=True)
class Cohort:
    """Samples of one cohort as a file gives them, and what the samplesheet claims of them.

    Attributes
    ----------
    name
        Cohort id.
    values
        Gene ids × samples, all genes of the file; entries without a gene may be among them under their own name.
    unit
        One of `_matrix.UNITS`, or None if nothing is claimed.
    library
        poly_a, total, three_prime, capture or unknown.
    purity
        Typical share of tumour cells; None if not claimed.
    lost, entries
        Entries of the file that led to no gene, and how many entries it has; None if `values` has all of them.
    tpm
        The same samples in TPM where `values` cannot give it: counts divided by the lengths of genes.
    medians
        The one column holds medians over patients: no sums of samples, no duplicates.
    """

    name: str
    values: pd.DataFrame
    unit: str | None = None
    library: str = "unknown"
    purity: float | None = None
    lost: Sequence[str] = ()
    entries: int | None = None
    tpm: pd.DataFrame | None = None
    medians: bool = False


@dataclass(frozen=True)
class Profile:
    """What is seen of a cohort, whatever it is compared with.

    Attributes
    ----------
    recognised, contradiction
        See `_scale`.
    typical
        Median over samples of each coding gene, in `RENORMALISED` if `linear`, else as given.
    linear
        Whether the claim and the numbers allow TPM*.
    shares
        Median over samples of each share of `_composition.shares`; empty unless linear.
    library, library_reason
        See `_composition.library_of`.
    lost_share, lost_reason
        Share of entries without a gene, and what they look like.
    duplicates
        Pairs of samples that are one.
    same_quantiles
        Whether all samples have one distribution.
    detected
        Coding genes above zero in the typical sample; None unless linear.
    """

    cohort: Cohort
    recognised: _scale.Recognised
    contradiction: str | None
    typical: pd.Series
    linear: bool
    shares: pd.Series
    library: str
    library_reason: str
    lost_share: float
    lost_reason: str
    duplicates: tuple[tuple[str, str], ...]
    same_quantiles: bool
    detected: int | None

    @classmethod
    def of(cls, cohort: Cohort, genes: pd.DataFrame, known: pd.DataFrame | None = None) -> Profile:
        """Look at a cohort; `genes` is `GENES`, and `known` is `_composition.classes` of it, if at hand."""
        recognised = _scale.recognise(cohort.values, medians=cohort.medians)
        contradiction = _scale.contradiction(cohort.unit, recognised)
        unit = cohort.unit or next((one for one in recognised.claimable if one in RATIO_UNITS), None)
        linear = contradiction is None and (cohort.tpm is not None or unit in RATIO_UNITS)
        given = cohort.values if cohort.tpm is None else cohort.tpm
        amounts = _scale.undo(given, unit) if cohort.tpm is None and linear else given
        coding = amounts.index.isin(genes.loc[genes["protein_coding"], "gene_id"]) & ~amounts.index.duplicated()
        known = _composition.classes(genes) if linear and known is None else known
        shares = pd.Series(dtype=float) if known is None or not linear else _composition.shares(amounts, known).median()
        library, why = _composition.library_of(shares) if linear else ("unknown", "the values are not linear")
        lost_share, lost_reason = _lost(cohort, genes)
        duplicates = () if cohort.medians else _duplicates(amounts[coding])
        return cls(
            cohort=cohort,
            recognised=recognised,
            contradiction=contradiction,
            typical=(renormalised(amounts[coding], genes) if linear else amounts[coding]).median(axis=1),
            linear=linear,
            shares=shares,
            library=library,
            library_reason=why,
            lost_share=lost_share,
            lost_reason=lost_reason,
            duplicates=duplicates,
            same_quantiles=_same_quantiles(given.drop(columns=[pair[1] for pair in duplicates])),
            detected=int((amounts[coding] > 0).sum().median()) if linear else None,
        )


@dataclass(frozen=True)
class Atlas:
    """An atlas of normal tissues.

    Attributes
    ----------
    log
        log2(TPM* + 1), genes × tissues.
    stable
        Its stable genes.
    shares
        `_composition.shares`, one row a tissue.
    library, library_reason
        See `_composition.library_of`.
    """

    source: str
    log: pd.DataFrame
    stable: pd.Index
    shares: pd.DataFrame
    library: str
    library_reason: str
    _sorted: SortedColumns = field(repr=False, compare=False)
    _ranks: dict[bytes, units.Floats] = field(default_factory=dict, repr=False, compare=False)

    def spearman(self, values: pd.Series) -> units.Floats:
        """Return the rank correlation of values, by gene id, with each tissue; genes of the atlas only.

        Ranks of the tissues over one choice of genes are kept: cohorts of one study share it.
        """
        chosen = self.log.index.isin(values.index)
        if chosen.tobytes() not in self._ranks:
            self._ranks[chosen.tobytes()] = _centred(self._sorted.ranks(chosen))
        own = _centred(np.asarray(values.reindex(self.log.index[chosen]).rank(), dtype=np.float64))
        found: units.Floats = (own.T @ self._ranks[chosen.tobytes()])[0]
        return found

    @classmethod
    def of(cls, rows: pd.DataFrame, genes: pd.DataFrame) -> Atlas:
        """Make it from the rows of one source of `NORMAL_BULK` (gene_id, context, value, source) and `GENES`."""
        values = rows.pivot(index="gene_id", columns="context", values="value")
        log = _log(renormalised(values, genes))
        expressed = log[log.min(axis=1) >= np.log2(MIN_EXPRESSED + 1)]
        against_tissue = expressed - expressed.sub(expressed.median(axis=1), axis=0).median()
        stable = against_tissue.std(axis=1, ddof=0).nsmallest(STABLE_GENES).index
        shares = _composition.shares(values, _composition.classes(genes))
        library = _composition.library_of(shares.median())
        in_order = SortedColumns.of(log.to_numpy(dtype=float))
        return cls(str(rows["source"].iloc[0]), log, stable, shares, *library, _sorted=in_order)


def _centred(ranks: units.Floats) -> units.Floats:
    """Return columns with mean 0 and length 1, so that their products are correlations; NaN if all values are one.

    A missing value is 0, the mean: it adds nothing to a product.
    """
    columns = ranks.reshape(len(ranks), -1)
    centred = np.nan_to_num(columns - np.nanmean(columns, axis=0))
    length = np.sqrt((centred**2).sum(axis=0))
    return np.asarray(centred / np.where(length > 0, length, np.nan))


def renormalised(values: pd.DataFrame, genes: pd.DataFrame) -> pd.DataFrame:
    """Return the genes (rows) that TPM* keeps, in TPM*; a column without any expression is missing."""
    kept = values[values.index.isin(genes.loc[genes["normaliser"], "gene_id"])]
    expressed = kept.columns[kept.sum() > 0]
    return _patients.renormalised(kept[expressed], genes).reindex(columns=kept.columns)


def _log(values: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(units.log2p1(values.to_numpy(dtype=float)), values.index, values.columns)


def _lost(cohort: Cohort, genes: pd.DataFrame) -> tuple[float, str]:
    """Return the share of entries that lead to no gene, and what they are."""
    index = cohort.values.index.astype(str)
    lost = list(cohort.lost) if cohort.entries is not None else index[~index.str.match(r"ENSG\d")].tolist()
    entries = cohort.entries or len(index)
    if not lost:
        return 0.0, ""
    names = {*genes["gene_id"], *genes["symbol"]}
    kinds = Counter(_kind(one, names) for one in lost)
    kind, often = kinds.most_common(1)[0]
    if sum(str(column).partition(".")[0] in names for column in cohort.values.columns) > cohort.values.shape[1] / 2:
        kind, often = "the columns are genes: rows and columns are swapped", len(lost)
    share, example = len(lost) / entries, ", ".join(lost[:3])
    what = f"; {kind}" if kind and often > len(lost) / 2 else ""
    return share, f"{share:.0%} of {entries} entries lead to no human gene, such as {example}{what}"


def _kind(entry: str, names: set[str]) -> str:
    """Say what an entry that leads to no gene looks like; empty if like nothing known."""
    if entry in names:
        return "they are symbols, not gene ids"
    if entry.startswith("ENSMUSG") or (entry[:1].isupper() and entry[1:].islower() and entry.upper() in names):
        return "they are genes of the mouse"
    return ""


def _duplicates(amounts: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Return the pairs of samples that correlate by more than `SAME_SAMPLE`; of amounts above zero, their log2."""
    given = amounts.dropna()
    given = given[(given != 0).any(axis=1)]
    if given.shape[1] < 2 or len(given) < 2:
        return ()
    values = given.to_numpy(dtype=float)
    values = units.log2p1(values) if values.min() >= 0 else values
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.argwhere(np.triu(np.corrcoef(values, rowvar=False), 1) > SAME_SAMPLE)
    names = given.columns.astype(str)
    return tuple((str(names[first]), str(names[second])) for first, second in above)


def _same_quantiles(values: pd.DataFrame) -> bool:
    """Whether all samples have the same quantiles from the median up."""
    given = values.dropna()
    if given.shape[1] < 2 or given.empty:
        return False
    quantiles = np.quantile(given.to_numpy(dtype=float), np.linspace(0.5, 0.99, 50), axis=0)
    middle = np.abs(quantiles).mean(axis=1)
    return bool((np.ptp(quantiles, axis=1) <= SAME_QUANTILES * middle).all() and middle.max() > 0)
