"""The curated tables of what stands against a target: liabilities.tsv, and the polarity in feasibility.tsv.

Each line names a gene by its approved symbol, says one thing of it, and where that was read. `verified` is `yes` only
if the curator saw the reference say so. A gene without a line has no liability on file; it may well have one.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from targetfinder import facts, tables, tsv

LIABILITIES, FEASIBILITY, GLYCANS = "liabilities.tsv", "feasibility.tsv", "glycans.tsv"
#: What is told of a toxicity: how bad it was, where, and in which dose it was borne in spite of that.
_HARM = ("severity", "tissue", "tolerated")


def liabilities(references: Path, genes: pd.DataFrame, classes: pd.Series) -> pd.DataFrame:
    """Read liabilities.tsv as `LIABILITIES`, in the order of its key.

    Parameters
    ----------
    references
        Folder of the file.
    genes
        `gene_id`, `symbol` and `aliases` of `GENES`.
    classes
        Criticality of every tissue and cell type, by name.

    Raises
    ------
    InputError
        Naming the file, the column and the line: a symbol that is not of exactly one gene, an unknown word, an empty
        cell, a malformed reference, a verified line without one, a line that repeats an earlier one, or a toxicity
        whose severity and place are not told.
    """
    path = references / LIABILITIES
    frame = facts.read(
        path, ["symbol", "kind", "statement", "evidence", "verified", "seen"], ["agent", "indication", *_HARM]
    )
    tsv.listed(frame, "kind", tables.LIABILITY_KINDS, path)
    tsv.listed(frame, "evidence", tables.SEEN_IN, path)
    _check_harm(frame, classes, path)
    found = (
        facts.resolved(frame, genes, path)
        .replace("", None)
        .assign(verified=frame["verified"] == "yes", criticality=frame["tissue"].map(classes).astype(object))
    )
    tsv.once(found, list(tables.LIABILITIES.key), "statement", path)
    return facts.keyed(found, tables.LIABILITIES, path)


def _check_harm(frame: pd.DataFrame, classes: pd.Series, path: Path) -> None:
    harm = frame["kind"] == "toxicity"
    tsv.listed(frame[harm], "severity", tables.SEVERITY, path)
    tsv.listed(frame[harm], "tissue", classes.index, path)
    for column in _HARM:
        tsv.refuse(~harm & (frame[column] != ""), frame, column, "told of no toxicity", path, "empty the cell")
    grave = frame["severity"].isin(["fatal", "severe"])
    animals = grave & (frame["evidence"] != "humans")
    tsv.refuse(animals, frame, "severity", "not seen in humans", path, "write other")
    needless = (frame["tolerated"] != "") & ~grave
    tsv.refuse(needless, frame, "tolerated", "neither fatal nor severe", path, "empty the cell")
    bare = (frame["tolerated"] != "") & ~frame["tolerated"].str.contains(facts.REFERENCE)
    tsv.refuse(bare, frame, "tolerated", "no reference", path, "name where the effective dose was reported: PMID:…")


def polarity(references: Path, genes: pd.DataFrame) -> pd.DataFrame:
    """Read feasibility.tsv as `FEASIBILITY`: on which side of normal epithelium a protein sits, all else missing.

    Parameters and errors are those of `liabilities`; a gene has one line.
    """
    path = references / FEASIBILITY
    frame = facts.read(path, ["symbol", "polarity", "statement", "verified"], [])
    tsv.listed(frame, "polarity", tables.POLARITY, path)
    told = frame["reference"].where(frame["verified"] == "yes", "unverified")
    found = facts.resolved(frame, genes, path).assign(reference=told)
    tsv.once(found, ["gene_id"], "symbol", path)
    return facts.keyed(found.reindex(columns=[*found.columns, *_UNSAID]).astype(_UNSAID), tables.FEASIBILITY, path)


def glycans(references: Path, genes: pd.DataFrame) -> pd.DataFrame:
    """Read glycans.tsv as `SURFACE_VOTES`: the enzymes that stand for a glycan antigen, which no gene encodes.

    Parameters and errors are those of `liabilities`; the voter is the antigen, the kind is proxy.
    """
    path = references / GLYCANS
    frame = facts.read(path, ["symbol", "antigen", "statement", "verified", "seen"], [])
    found = facts.resolved(frame, genes, path).assign(voter=frame["antigen"], kind="proxy")
    found["statement"] = "proxy for " + frame["antigen"] + ", a glycan and no protein: " + frame["statement"]
    tsv.once(found, ["gene_id", "antigen"], "symbol", path)
    return facts.keyed(found, tables.SURFACE_VOTES, path)


#: What a curated line on polarity does not speak of.
_UNSAID = {
    **{f"{animal}_orthologue": "object" for animal in ("mouse", "cynomolgus")},
    **{f"{animal}_identity": "float64" for animal in ("mouse", "cynomolgus", "paralogue")},
    "paralogue": "object",
}


def feasibility(resolved: pd.DataFrame, curated: pd.DataFrame, genes: pd.DataFrame) -> pd.DataFrame:
    """Join rows of the registry's feasibility tables with those of `polarity` as `FEASIBILITY`.

    Parameters
    ----------
    resolved
        Rows of the readers with current `gene_id`, `source` and `release`. Where two names of one source lead to the
        same gene, the row under the gene's own symbol counts.
    curated
        What `polarity` returned.
    genes
        `GENES`.
    """
    if resolved.empty:
        return curated
    symbol = genes.set_index("gene_id")["symbol"]
    own = resolved["symbol"] == resolved["gene_id"].map(symbol)
    rows = resolved.assign(own=own).sort_values("own", ascending=False, kind="stable")
    rows = rows.drop_duplicates(["gene_id", "source"]).assign(polarity=None, statement=None, reference=None)
    rows["symbol"] = rows["gene_id"].map(symbol)
    found = pd.concat([rows[tables.FEASIBILITY.names], curated]) if len(curated) else rows[tables.FEASIBILITY.names]
    return found.sort_values(list(tables.FEASIBILITY.key), kind="stable", ignore_index=True)
