"""Cohorts that may be compared with an atlas and cohorts that may not, simulated from profiles of tissues.

`GOOD` and `BAD` name them; a case takes a `Material` and returns a `Cohort`. A sample is the profile of a tissue with
noise of each gene between patients, sequenced to a depth: reads are drawn in proportion to abundance × length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.cohort._compatibility import Cohort
from targetfinder.cohort._composition import HISTONE, UNTAILED

#: Entries of an annotation with all biotypes that no table of genes lists.
NOVEL = [f"ENSG7{i:010d}" for i in range(25_000)]


@dataclass
class Material:
    """Genes (`GENES`), rows of one atlas (`NORMAL_BULK`), and profiles of coding genes × tissues to make samples of."""

    genes: pd.DataFrame
    rows: pd.DataFrame
    profiles: pd.DataFrame
    seed: int = 1
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def samples(
        self, tissue: int, n: int = 4, *, total: bool = False, receptors: float = 0.005, depth: float = 3e7
    ) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
        """Return TPM and counts of n samples, all biotypes, and lengths."""
        profile = self._library(self.profiles.iloc[:, tissue % self.profiles.shape[1]].fillna(0), total, receptors)
        size, rng = len(profile), self.rng
        between = rng.normal(0, rng.uniform(0.2, 1.0, (size, 1)), (size, n))
        lengths = pd.Series(np.exp2(np.random.default_rng(0).normal(11, 1, size)), profile.index).clip(200, 2e4).round()
        molecules = profile.to_numpy()[:, None] * np.exp2(between) * lengths.to_numpy()[:, None]
        reads = rng.poisson(molecules / molecules.sum(axis=0) * depth).astype(float)
        counts = pd.DataFrame(reads, profile.index, [f"P{i}" for i in range(n)])
        return per_million(counts.div(lengths, axis=0)), counts, lengths

    def _library(self, coding: pd.Series, total: bool, receptors: float) -> pd.Series:
        """Add RNA that atlases do not list: untailed, of immune receptors, other non-coding; more in total RNA."""
        genes, rng = self.genes.drop_duplicates("gene_id").set_index("gene_id"), self.rng
        others = genes[~genes.index.isin(coding.index) & ~genes["protein_coding"]]
        untailed = others["symbol"].str.match(UNTAILED)
        immune = others["locus_type"].fillna("").str.contains("immunoglobulin|T cell receptor")
        parts = {0.3 if total else 0.003: others.index[untailed], receptors: others.index[immune]}
        parts[0.2 if total else 0.04] = others.index[~untailed & ~immune].append(pd.Index(NOVEL))
        if total:
            histones = genes.reindex(coding.index)["symbol"].fillna("").str.match(HISTONE).to_numpy(dtype=bool)
            coding = coding.where(~histones, coding + 0.06 * coding.sum() / histones.sum())
        rest = coding / coding.sum() * (1 - sum(parts))
        drawn = [pd.Series(rng.lognormal(0, 3, len(ids)), ids) for ids in parts.values()]
        return pd.concat([rest, *(d / d.sum() * share for d, share in zip(drawn, parts, strict=True) if len(d))])

    def tpm(self, tissue: int, n: int = 4, **options: Any) -> pd.DataFrame:
        """Return TPM of n samples, all biotypes."""
        return self.samples(tissue, n, **options)[0]

    def coding(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return the protein-coding genes of `values`."""
        return values[values.index.isin(self.genes.loc[self.genes["protein_coding"], "gene_id"])]


#: Symbol, locus type and number of genes that `invented` makes of it; the first two rows count in TPM*.
INVENTED = [
    ("GENE{}", "gene with protein product", 15_800),
    ("H2BC{}", "gene with protein product", 40),
    ("MT-ND{}", "gene with protein product", 13),
    ("IGHV{}", "immunoglobulin gene", 60),
    ("RNU{}", "RNA, small nuclear", 30),
    ("LINC{}", "RNA, long non-coding", 200),
]


def invented(seed: int = 1) -> Material:
    """Make a material of invented genes and eight tissues, which share most of their expression."""
    rng = np.random.default_rng(seed)
    names = [(form.format(i + 1), locus, form) for form, locus, size in INVENTED for i in range(size)]
    genes = pd.DataFrame(names, columns=["symbol", "locus_type", "form"])
    genes.insert(0, "gene_id", [f"ENSG{i:011d}" for i in range(len(genes))])
    genes["protein_coding"] = genes["locus_type"] == "gene with protein product"
    genes["normaliser"] = genes["protein_coding"] & (genes["form"] != "MT-ND{}")
    coding = genes[genes["protein_coding"]]
    common = rng.lognormal(0, 2.5, (len(coding), 1)) * np.where(coding["form"] == "H2BC{}", 0.05, 1.0)[:, None]
    values = per_million(
        pd.DataFrame(
            common * rng.lognormal(0, rng.uniform(0.1, 1.5, (len(coding), 1)), (len(coding), 8)),
            pd.Index(coding["gene_id"]),
            pd.Index([f"tissue {i}" for i in range(8)], name="context"),
        )
    )
    rows = values.stack().rename("value").reset_index().assign(source="invented")
    return Material(genes.drop(columns="form"), rows, values, seed)


def per_million(values: pd.DataFrame) -> pd.DataFrame:
    return values / values.sum() * 1e6


def fpkm(counts: pd.DataFrame, lengths: pd.Series) -> pd.DataFrame:
    return per_million(counts).div(lengths / 1e3, axis=0)


def log2(values: pd.DataFrame) -> pd.DataFrame:
    return np.log2(values + 1)


def cohort(values: pd.DataFrame, unit: str | None = "TPM", **claims: Any) -> Cohort:
    return Cohort("C", values, unit, **claims)


def given_counts(m: Material) -> Cohort:
    tpm, counts, _ = m.samples(19)
    return cohort(counts, "counts", tpm=tpm)


def medians(m: Material) -> Cohort:
    middle = m.tpm(20, 9).median(axis=1).to_frame("median")
    return cohort(middle[middle["median"] > 0], medians=True)


def with_gaps(m: Material) -> Cohort:
    values = m.tpm(13)
    return cohort(values.mask(m.rng.random(values.shape) < 0.005))


GOOD: dict[str, Callable[[Material], Cohort]] = {
    "TPM": lambda m: cohort(m.tpm(0), library="poly_a"),
    "TPM, one patient": lambda m: cohort(m.tpm(1, 1)),
    "TPM, 40 patients": lambda m: cohort(m.tpm(2, 40)),
    "TPM, no unit claimed": lambda m: cohort(m.tpm(3), None),
    "TPM, coding genes only": lambda m: cohort(m.coding(m.tpm(4))),
    "TPM, two decimals": lambda m: cohort(m.tpm(5).round(2)),
    "TPM, a fifth of the genes not in the annotation": lambda m: cohort(
        per_million(m.tpm(6).sample(frac=0.8, random_state=1))
    ),
    "TPM, genes below 0.5 left out": lambda m: cohort(m.tpm(7)[lambda v: v.max(axis=1) > 0.5]),
    "TPM, shallow": lambda m: cohort(m.tpm(8, depth=4e6)),
    "TPM, 60 % immunoglobulin": lambda m: cohort(m.tpm(9, receptors=0.6), library="poly_a"),
    "TPM, two tissues mixed": lambda m: cohort(m.tpm(10) * 0.6 + m.tpm(11) * 0.4),
    "TPM, 3 % of the entries lost": lambda m: cohort(m.tpm(12), lost=NOVEL[:1500], entries=50_000),
    "TPM, a few missing values": with_gaps,
    "FPKM": lambda m: cohort(fpkm(*m.samples(14)[1:]), "FPKM"),
    "FPKM, coding genes only": lambda m: cohort(m.coding(fpkm(*m.samples(15)[1:])), "FPKM"),
    "log2(TPM+1)": lambda m: cohort(log2(m.tpm(16)), "log2(TPM+1)"),
    "log2(TPM+1), coding genes only": lambda m: cohort(log2(m.coding(m.tpm(17))), "log2(TPM+1)"),
    "log2(FPKM+1)": lambda m: cohort(log2(fpkm(*m.samples(18)[1:])), "log2(FPKM+1)"),
    "counts with lengths": given_counts,
    "medians above zero": medians,
}


def one_in_log(m: Material) -> Cohort:
    values = m.tpm(3)
    values["P2"] = log2(values["P2"])
    return cohort(values)


def duplicated(m: Material, digits: int) -> Cohort:
    values = m.tpm(4)
    return cohort(values.assign(P9=values["P1"].round(digits)))


def row_off(m: Material) -> Cohort:
    values = m.tpm(5)
    return cohort(values.set_axis(np.roll(values.index, 1)))


def shuffled(m: Material) -> Cohort:
    values = m.tpm(6)
    return cohort(values.set_axis(m.rng.permutation(values.index)))


def mouse(m: Material) -> Cohort:
    values = m.coding(m.tpm(7))
    ids = [f"ENSMUSG{i:011d}" for i in range(len(values))]
    return cohort(values.set_axis(ids), lost=ids, entries=len(ids))


def mouse_symbols(m: Material) -> Cohort:
    values = m.coding(m.tpm(7))
    names = m.genes.drop_duplicates("gene_id").set_index("gene_id")["symbol"].reindex(values.index).str.capitalize()
    return cohort(values.set_axis(names))


def symbols(m: Material) -> Cohort:
    values = m.coding(m.tpm(8))
    return cohort(values.set_axis(m.genes.drop_duplicates("gene_id").set_index("gene_id")["symbol"][values.index]))


def z_by_gene(m: Material) -> pd.DataFrame:
    values = log2(m.coding(m.tpm(9, 12)))
    return values.sub(values.mean(axis=1), axis=0).div(values.std(axis=1).replace(0, 1), axis=0)


def z_by_sample(m: Material) -> pd.DataFrame:
    values = log2(m.coding(m.tpm(10)))
    return (values - values.mean()) / values.std()


def microarray(m: Material) -> pd.DataFrame:
    """Return log2 intensities: abundance above a background, saturated."""
    abundance = m.coding(m.tpm(11))
    return np.log2((abundance * 8 + m.rng.lognormal(4.5, 0.3, abundance.shape)).clip(upper=6e4))


def quantile_normalised(m: Material) -> Cohort:
    values = m.tpm(12)
    target = np.sort(values.to_numpy(), axis=0).mean(axis=1)
    order = values.to_numpy().argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return cohort(pd.DataFrame(target[order], values.index, values.columns))


def variable(m: Material) -> Cohort:
    values = m.coding(m.tpm(13))
    return cohort(values.loc[log2(values).std(axis=1).nlargest(len(values) // 10).index])


def rescaled_log(m: Material) -> Cohort:
    return cohort(per_million(log2(m.tpm(14)) - 0.01))


#: Case → what it is made by, verdicts that are right, and what the reasons must say.
BAD: dict[str, tuple[Callable[[Material], Cohort], tuple[str, ...], str]] = {
    "log2(TPM+1) as TPM": (lambda m: cohort(log2(m.tpm(0))), ("refuse",), "fit log2(TPM+1)"),
    "log2(TPM+1) as TPM, coding": (lambda m: cohort(log2(m.coding(m.tpm(0)))), ("refuse",), "fit log2(TPM+1)"),
    "ln(TPM+1) as log2(TPM+1)": (lambda m: cohort(np.log1p(m.tpm(1)), "log2(TPM+1)"), ("rank_only",), "fit ln(TPM+1)"),
    "log10(TPM+1) as log2(TPM+1)": (
        lambda m: cohort(np.log10(m.tpm(1) + 1), "log2(TPM+1)"),
        ("rank_only",),
        "fit log10(TPM+1)",
    ),
    "log10(TPM+1) as TPM, coding": (
        lambda m: cohort(np.log10(m.coding(m.tpm(1)) + 1)),
        ("rank_only", "refuse"),
        "the highest value is",
    ),
    "TPM as log2(TPM+1)": (lambda m: cohort(m.tpm(2), "log2(TPM+1)"), ("refuse",), "fit TPM"),
    "log2 of log2": (lambda m: cohort(log2(log2(m.tpm(2))), "log2(TPM+1)"), ("rank_only", "refuse"), "after 2^x - 1"),
    "one sample in log2": (one_in_log, ("refuse",), "in P2"),
    "counts as TPM": (lambda m: cohort(m.samples(3)[1]), ("refuse",), "fit counts"),
    "CPM as TPM": (lambda m: cohort(per_million(m.samples(4)[1])), ("refuse",), "fit CPM"),
    "counts without lengths": (lambda m: cohort(m.samples(5)[1], "counts"), ("rank_only",), "without lengths"),
    "FPKM as TPM": (lambda m: cohort(fpkm(*m.samples(6)[1:])), ("refuse",), "fit FPKM"),
    "TPM rescaled by TMM": (
        lambda m: cohort(m.tpm(7) * np.array([0.8, 0.9, 1.1, 1.2])),
        ("refuse",),
        "the values sum to",
    ),
    "TPM times 1000": (lambda m: cohort(m.tpm(8) * 1e3), ("refuse",), "the values sum to"),
    "logs rescaled to a million": (rescaled_log, ("rank_only",), "flattened"),
    "total RNA": (lambda m: cohort(m.tpm(9, total=True)), ("rank_only",), "total library against a poly_a atlas"),
    "total RNA as poly-A": (
        lambda m: cohort(m.tpm(10, total=True), library="poly_a"),
        ("rank_only",),
        "poly_a is claimed",
    ),
    "total RNA, coding genes only": (
        lambda m: cohort(m.coding(m.tpm(11, total=True))),
        ("rank_only",),
        "histones without poly-A tail",
    ),
    "3' library": (lambda m: cohort(m.tpm(12), library="three_prime"), ("rank_only",), "three_prime library"),
    "mouse ids": (mouse, ("refuse",), "genes of the mouse"),
    "mouse symbols": (mouse_symbols, ("refuse",), "genes of the mouse"),
    "symbols as ids": (symbols, ("refuse",), "symbols, not gene ids"),
    "rows and columns swapped": (
        lambda m: cohort(m.coding(m.tpm(13)).iloc[:2000].T),
        ("refuse",),
        "rows and columns are swapped",
    ),
    "values one row off": (row_off, ("refuse",), "not the abundance of the genes in their rows"),
    "ids in another order": (shuffled, ("refuse",), "not the abundance of the genes in their rows"),
    "z-scores by gene": (lambda m: cohort(z_by_gene(m), "z-score"), ("refuse",), "not the abundance of the genes"),
    "z-scores by sample": (lambda m: cohort(z_by_sample(m), "z-score"), ("rank_only",), "made of z-score"),
    "z-scores as log2(TPM+1)": (lambda m: cohort(z_by_sample(m), "log2(TPM+1)"), ("refuse",), "fit z-score"),
    "microarray": (lambda m: cohort(microarray(m), "log2 intensity"), ("rank_only",), "made of log2 intensity"),
    "microarray as log2(TPM+1)": (lambda m: cohort(microarray(m), "log2(TPM+1)"), ("refuse",), "fit log2 intensity"),
    "quantile-normalised": (quantile_normalised, ("rank_only",), "same quantiles"),
    "half of the genes gone": (
        lambda m: cohort(m.tpm(14).sample(frac=0.5, random_state=1)),
        ("rank_only",),
        "genes are given, below 70%",
    ),
    "a quarter of the genes left": (
        lambda m: cohort(m.tpm(15).sample(frac=0.25, random_state=1)),
        ("refuse",),
        "genes are given, below 40%",
    ),
    "most variable genes only": (variable, ("refuse",), "genes are given, below 40%"),
    "a sample twice": (lambda m: duplicated(m, 9), ("refuse",), "are the same: P1 and P9"),
    "a sample twice, rounded": (lambda m: duplicated(m, 2), ("refuse",), "are the same: P1 and P9"),
    "a third of the entries of another species": (
        lambda m: replace(cohort(m.tpm(16)), lost=[f"ENSMUSG{i:011d}" for i in range(40_000)], entries=120_000),
        ("refuse",),
        "genes of the mouse",
    ),
}
