"""What the panel of one gene shows beyond its row, packed for the page: findings, windows, votes, gaps, liabilities."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from targetfinder.report import _liabilities
from targetfinder.report._payload import rounded
from targetfinder.report._words import TIER_SHORT
from targetfinder.tables import SAFETY_TIERS

FINDINGS: Final = 8
WINDOWS: Final = 10
_FINDING: Final = [
    *("context", "modality", "criticality", "unit", "n_donors", "source", "release", "rule"),
    *("tier", "tier_before_waiver", "waiver", "said", "attribution", "attribution_basis"),
]
_WINDOW: Final = ["context", "criticality", "source", "release", "tolerated"]
_PROTEIN: Final = ["context", "unit"]
_VOTE: Final = ["context", "source", "release"]


def detail(
    targets: pd.DataFrame,
    safety: pd.DataFrame,
    evidence: pd.DataFrame,
    contexts: pd.DataFrame,
    liabilities: pd.DataFrame,
    feasibility: pd.DataFrame,
) -> dict[str, Any]:
    """Pack what the panel of one gene shows beyond its row.

    Parameters
    ----------
    targets
        TARGETS rows, best rank first; position is the gene's number in everything below.
    safety
        SAFETY rows; the worst `FINDINGS` of each gene are kept.
    evidence
        EVIDENCE rows with criterion `normal_tpm` or `normal_percentile`, `surface_vote`, `tumour_protein`, and
        `tolerated`.
    contexts
        CONTEXTS rows, for the criticality of tissues.
    liabilities, feasibility
        LIABILITIES and FEASIBILITY rows.

    Returns
    -------
    dict
        `findings`, `windows`, `proteins`: for each gene a flat list kind, value, kind, value, ...; `votes`, `gaps`,
        `liabilities`, `binder`: for each gene the numbers of statements; `*_kinds`: what a number stands for;
        `more`: findings left out; `ranks`: whether tissues are compared by percentile.
    """
    position = pd.Series(np.arange(len(targets)), index=targets["gene_id"])
    seen = safety["value"].notna()
    found: dict[str, Any] = {}
    kept, found["more"] = _worst(safety[seen], position)
    found["findings"], found["finding_kinds"] = _pack(kept, _FINDING, len(targets))
    tissues, ranks = _tissues(targets, evidence, contexts)
    found["windows"], found["window_kinds"] = _pack(_highest(tissues, targets, position), _WINDOW, len(targets))
    known = evidence[evidence["value"].notna()]
    proteins = known[known["criterion"] == "tumour_protein"].sort_values("context")
    proteins = proteins.assign(at=proteins["gene_id"].map(position)).dropna(subset=["at"])
    found["proteins"], found["protein_kinds"] = _pack(proteins, _PROTEIN, len(targets))
    votes = known[known["criterion"] == "surface_vote"]
    gaps = pd.concat([_unmeasured_findings(safety[~seen]), _unmeasured_tissues(tissues)], ignore_index=True)
    for name, kinds, rows, columns in (
        ("votes", "vote_kinds", votes, _VOTE),
        ("gaps", "gap_kinds", gaps, ["text"]),
        ("liabilities", "liability_kinds", _liabilities.liabilities(liabilities), _liabilities.LIABILITY),
        ("binder", "binder_kinds", _liabilities.binder(feasibility), _liabilities.BINDER),
    ):
        own = rows.assign(at=rows["gene_id"].map(position)).dropna(subset=["at"])
        found[name], found[kinds] = _pack(own, columns, len(targets), value=False)
    return {**found, "ranks": ranks}


def _pack(
    rows: pd.DataFrame, kind: list[str], genes: int, *, value: bool = True
) -> tuple[list[list[Any]], list[list[Any]]]:
    """Return for each gene (column `at`) its rows as numbers of kinds, and the kinds in sorted order."""
    missing, plain = rows[kind].isna().to_numpy(), rows[kind].to_numpy(dtype=object, copy=True)
    plain[missing] = None
    named = [tuple(row) for row in plain.tolist()]
    kinds = sorted(set(named), key=lambda row: [(v is not None, str(v)) for v in row])
    number = {row: at for at, row in enumerate(kinds)}
    packed: list[list[Any]] = [[] for _ in range(genes)]
    values = rounded(rows["value"], None) if value else [None] * len(rows)
    for at, row, amount in zip(rows["at"].astype(int), named, values, strict=True):
        packed[at] += [number[row], amount] if value else [number[row]]
    return packed, [list(row) for row in kinds]


def _worst(safety: pd.DataFrame, position: pd.Series) -> tuple[pd.DataFrame, list[int]]:
    """Return the worst findings of each gene, worst first, and how many of each gene are left out."""
    order = {tier: at for at, tier in enumerate(SAFETY_TIERS)}
    rows = safety.assign(
        at=safety["gene_id"].map(position),
        now=safety["tier"].map(order),
        before=safety["tier_before_waiver"].map(order),
    ).dropna(subset=["at"])
    by = ["at", "now", "before", "value", "context", "source", "rule"]
    rows = rows.sort_values(by, ascending=[True, False, False, False, True, True, True], kind="stable")
    nth = rows.groupby("at").cumcount()
    count = rows["at"].astype(int).value_counts().reindex(range(len(position)), fill_value=0)
    return rows[nth < FINDINGS], (count - FINDINGS).clip(lower=0).astype(int).tolist()


def _tissues(targets: pd.DataFrame, evidence: pd.DataFrame, contexts: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return one row for each gene, tissue and atlas, and whether the values are percentiles."""
    ranks = bool(targets["tumour_median"].isna().all())
    rows = evidence[evidence["criterion"] == ("normal_percentile" if ranks else "normal_tpm")]
    known = contexts.drop_duplicates("context").set_index("context")["criticality"]
    waived = evidence[evidence["criterion"] == "tolerated"].astype({"gene_id": str, "context": str})
    reasons = waived.drop_duplicates(["gene_id", "context"]).set_index(["gene_id", "context"])["unit"].astype(object)
    places = pd.MultiIndex.from_arrays([rows["gene_id"].astype(str), rows["context"].astype(str)])
    return rows.assign(criticality=rows["context"].map(known), tolerated=reasons.reindex(places).to_numpy()), ranks


def _highest(tissues: pd.DataFrame, targets: pd.DataFrame, position: pd.Series) -> pd.DataFrame:
    """Return the highest tissues of each gene (the lowest windows), always with the binding tissue."""
    rows = tissues.dropna(subset=["value"]).assign(at=tissues["gene_id"].map(position)).dropna(subset=["at"])
    rows = rows.sort_values(["at", "value", "context", "source"], ascending=[True, False, True, True], kind="stable")
    rows = rows.drop_duplicates(["at", "context"])
    binding = rows["at"].astype(int).map(pd.Series(targets["binding_tissue"].to_numpy())) == rows["context"]
    first = rows.assign(spare=~binding).sort_values(["at", "spare"], kind="stable")
    kept = first.index[first.groupby("at").cumcount() < WINDOWS]
    return rows[rows.index.isin(kept)]


def _unmeasured_findings(rows: pd.DataFrame) -> pd.DataFrame:
    """Return gene_id, text: the contexts whose absence is itself a finding, by gene and tier."""
    if rows.empty:
        return pd.DataFrame({"gene_id": [], "text": []})
    keys = ["gene_id", "modality", "criticality", "tier"]
    named = rows.sort_values("context").groupby(keys, sort=True)["context"].agg(["nunique", ", ".join]).reset_index()
    kind = named["modality"].map({"rna_bulk": "tissues", "rna_cell": "cell types"}).fillna("contexts")
    tier = named["tier"].map(TIER_SHORT)
    count = named["nunique"].astype(str)
    text = tier + ": not measured in " + count + " " + named["criticality"] + " " + kind + ": " + named["join"]
    return pd.DataFrame({"gene_id": named["gene_id"], "text": text})


def _unmeasured_tissues(tissues: pd.DataFrame) -> pd.DataFrame:
    """Return gene_id, text: in how many tissues of an atlas a gene has no value, by gene and atlas."""
    if tissues.empty:
        return pd.DataFrame({"gene_id": [], "text": []})
    keys = ["gene_id", "source", "release"]
    count = tissues.assign(gone=tissues["value"].isna()).groupby(keys, sort=True)["gone"].agg(["sum", "size"])
    count = count[count["sum"] > 0].reset_index()
    atlas = count["release"] + " (" + count["source"] + ")"
    text = atlas + ": no value in " + count["sum"].astype(str) + " of " + count["size"].astype(str) + " tissues"
    return pd.DataFrame({"gene_id": count["gene_id"], "text": text})
