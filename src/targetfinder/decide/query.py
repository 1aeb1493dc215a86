"""Query: one patient held against the cohorts and the normal tissues of its indication, with the caveats of n = 1.

Targets that the patient expresses come first, then those that it does not, then those that were not measured in it;
each group keeps the priority order of the indication. There is no weight and no score of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.indications import read_indication
from targetfinder.settings import read_scoring
from targetfinder.stats import share_below_from_quartiles
from targetfinder.store import read_table, write_table, write_tsv

#: Criteria of `EVIDENCE` that a patient is held against; the median is in `TARGETS`.
OUTER = ("tumour_q1", "tumour_q3")
CRITERIA = (*OUTER, "tumour_percentile", "binding_window", "normal_tpm")
#: What a sample is that is no tumour of a patient.
MODELS = {"cell_line": "a cell line, no tumour", "pdx": "a xenograft, no tumour of a patient"}
_SHOWN = ("symbol", "priority_rank", "binding_tissue", "safety_tier", "safety_reasons")


def run(indication: Path, results: Path, cohorts: Path, scoring: Path, out: Path) -> None:
    """Write patients.parquet and patients.tsv of one indication into `out`; nothing if it has no query.

    Parameters
    ----------
    results
        Folder with targets.parquet and evidence.parquet.
    cohorts
        Output of `cohort check`.
    """
    chosen = [("indication", "==", read_indication(indication).id)]
    queries = read_table(cohorts / "queries.parquet", tables.QUERY, filters=chosen)
    if queries.empty:
        return
    found = patients(
        read_table(results / "targets.parquet", tables.TARGETS),
        read_table(results / "evidence.parquet", tables.EVIDENCE, filters=[("criterion", "in", list(CRITERIA))]),
        queries,
        read_table(cohorts / "cohorts.parquet", tables.COHORTS),
        read_scoring(scoring).presence.level,
    )
    write_table(found, tables.PATIENTS, out / "patients.parquet")
    write_tsv(found, out / "patients.tsv")


@dataclass(frozen=True)
class _Tumours:
    """What a patient is held against.

    Attributes
    ----------
    genes
        The universe by gene id, best priority first: columns of `TARGETS`, `OUTER` quartiles, and `normal`, the upper
        tail of the binding tissue (TPM*). Amounts are missing for rank_only cohorts.
    names, n
        The cohorts, and their patients.
    """

    genes: pd.DataFrame
    names: str
    n: int

    @classmethod
    def of(cls, targets: pd.DataFrame, evidence: pd.DataFrame) -> _Tumours:
        genes = targets.sort_values("priority_rank").set_index("gene_id")
        outer = evidence[evidence["criterion"].isin(OUTER)].pivot(index="gene_id", columns="criterion", values="value")
        place = ["gene_id", "context", "source"]
        binding = evidence.loc[evidence["criterion"] == "binding_window", place]
        normals = evidence.loc[evidence["criterion"] == "normal_tpm", [*place, "value"]]
        normal = binding.merge(normals, on=place, validate="1:1").set_index("gene_id")["value"]
        first = evidence[evidence["criterion"] == "tumour_percentile"].iloc[0]
        genes = genes.join(outer.reindex(columns=list(OUTER))).assign(normal=normal)
        return cls(genes, str(first["context"]), int(first["n"]))


def patients(
    targets: pd.DataFrame, evidence: pd.DataFrame, queries: pd.DataFrame, cohorts: pd.DataFrame, level: float
) -> pd.DataFrame:
    """Return `PATIENTS`, sorted by sample and patient_rank; empty if there is no query.

    A gene is expressed if it reaches `level`; where the indication, the query or the cohort that the query was read
    with is rank_only, if it reaches the median gene (`units.MEDIAN_GENE`). The window is that of `evidence`, with the
    patient in the place of the tumour median: the binding tissue is the same, since the tumour takes no part in its
    choice. An unmeasured gene is neither expressed nor not, and comes last.

    Parameters
    ----------
    targets, evidence
        `TARGETS` and `EVIDENCE` (at least its `CRITERIA`) of one indication.
    queries
        Rows of `QUERY` of that indication.
    cohorts
        `COHORTS`; one that a query was read with is missing if it holds queries only.
    level
        Presence level in TPM*.
    """
    if queries.empty:
        return tables.PATIENTS.empty()
    tumours, scale = _Tumours.of(targets, evidence), queries["cohort"].map(cohorts.set_index("cohort")["scale"])
    known = queries.assign(value_tpm=queries["value_tpm"].mask(scale == "rank_only"), judged=scale.notna())
    parts = [_one(asked, tumours, level) for _, asked in known.groupby(["sample", "cohort"])]
    return pd.concat(parts, ignore_index=True)[tables.PATIENTS.names]


def _one(asked: pd.DataFrame, tumours: _Tumours, level: float) -> pd.DataFrame:
    """Rank one sample: rows of `QUERY`, and whether the cohort that it was read with was `judged`."""
    genes, about = tumours.genes, asked.iloc[0]
    own = asked.set_index("gene_id").reindex(genes.index)
    value = own["value_tpm"]
    linear = bool(genes["tumour_median"].notna().any() and value.notna().any())
    compared, least = (value, level) if linear else (own["percentile"], units.MEDIAN_GENE)
    group = np.select([compared >= least, compared.notna()], [0, 1], 2)
    frame = genes[list(_SHOWN)].assign(
        **{name: about[name] for name in ("sample", "patient", "cohort", "source", "release")},
        value_tpm=value,
        percentile=own["percentile"],
        expressed=np.array(["yes", "no", None], dtype=object)[group],
        cohort_median=genes["tumour_median"],
        **_place(value, tumours),
        window_log2=units.log2p1(value) - units.log2p1(genes["normal"]),
        caveat=_caveats(value, compared.notna(), tumours, [*_of_sample(about, linear), *_outside(value, genes, level)]),
    )
    ranked = frame.iloc[np.argsort(group, kind="stable")].reset_index()
    return ranked.assign(patient_rank=np.arange(1, len(ranked) + 1))


def _place(value: pd.Series, tumours: _Tumours) -> dict[str, units.Floats]:
    """Return the place of a patient among the tumours, gene by gene; NaN for rank_only cohorts."""
    q1, median, q3 = (tumours.genes[f"tumour_{name}"].to_numpy(dtype=float) for name in ("q1", "median", "q3"))
    found = share_below_from_quartiles(value.to_numpy(dtype=float), q1, median, q3, tumours.n)
    names = ("cohort_share_below", "cohort_share_below_lo", "cohort_share_below_hi")
    return dict(zip(names, found, strict=True))


def _of_sample(about: pd.Series, linear: bool) -> list[str]:
    """Return what must be known of all genes of a sample."""
    told = ["n = 1: one sample, no replicate"]
    told += [MODELS[about["material"]]] if about["material"] in MODELS else []
    told += [] if about["judged"] else ["not judged against the atlases"]
    return told if linear else [*told, "compared by rank, no amounts"]


def _outside(value: pd.Series, genes: pd.DataFrame, level: float) -> list[str]:
    """Return how far a sample is like the cohort: of a patient of it, about half of all genes lie in the middle half.

    Genes that half of the cohort lacks say nothing: below the level, quartiles lie too close together.
    """
    looked = value.notna() & (genes["tumour_median"] >= level)
    outside = (value < genes["tumour_q1"]) | (value > genes["tumour_q3"])
    share = outside[looked].mean()
    return (
        [f"{share:.0%} of its targets outside of the middle half of the cohort, 50% is usual"] if looked.any() else []
    )


def _caveats(value: pd.Series, measured: pd.Series, tumours: _Tumours, shared: list[str]) -> pd.Series:
    """Return what must be known: `shared` by all genes, then of each gene."""
    genes = tumours.genes
    text = pd.Series("; ".join(shared), genes.index)
    for where, told in (
        (~measured, "not measured in this patient: neither present nor absent"),
        (genes["detection"] == "unmeasured", f"not measured in {tumours.names}"),
        (genes["detection"] == "below_detection", f"below detection in {tumours.names}"),
        (value < genes["tumour_q1"], "in the lowest quarter of the cohort"),
        (value > genes["tumour_q3"], "in the highest quarter of the cohort"),
        (value.notna() & genes["tumour_q3"].notna(), f"share below estimated from quartiles of {tumours.names}"),
    ):
        text = text.mask(where, text + "; " + told)
    return text
