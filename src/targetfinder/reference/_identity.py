"""The identity audit: what was renamed, merged, ambiguous or lost on the way from each source to the genes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from targetfinder import tables
from targetfinder.genes import PROTEIN, Identity
from targetfinder.identity import NO_ID
from targetfinder.sources.readers import Expression
from targetfinder.sources.readers._common import bad
from targetfinder.sources.registry import Registry, SourceTable

#: What names the genes is not measured against itself.
NAMING = ("gene_names", "gene_space", "symbol_synonyms", "id_aliases")
#: Kinds of data about proteins: each entry that is lost there was one of a protein-coding gene.
OF_PROTEINS = ("surface_votes", "precedent", "proteins", "locations", "normal_protein")
FOREIGN = r"ENS(?!G\d|GR\d)[A-Z]+\d"
NOT_CODING = "protein-coding by HGNC, not by the gene space"


def entries_of(parsed: Any, identity: Identity) -> pd.DataFrame:
    """Return gene_id, symbol and entry (how the source spells it), one row for each row of a parsed source.

    A row without an Ensembl id has the gene of its UniProt accession, or the accession itself, if that is not the
    protein of exactly one gene: then `Identity.explain` goes by the symbol, or says why there is no gene.
    Data that is neither expression, nor rows of genes, nor proteins has no entries.
    """
    rows = _keys(parsed)
    key = rows["gene_id"].where(rows["gene_id"].notna(), rows["accession"])
    both = key + " (" + rows["symbol"] + ")"
    entry = both.where(both.notna(), key.where(key.notna(), rows["symbol"])).fillna("(empty)")
    gene_id = rows["gene_id"]
    if rows["accession"].notna().any():
        encoding = identity.accessions(rows["accession"])
        gene_id = gene_id.where(gene_id.notna(), encoding.where(encoding.notna(), rows["accession"]))
    return pd.DataFrame({"gene_id": gene_id, "symbol": rows["symbol"], "entry": entry}, dtype=object)


def _keys(parsed: Any) -> pd.DataFrame:
    """Return gene_id, symbol and accession of a parsed source, in its index, without its `attrs`."""
    if isinstance(parsed, Expression):
        spelt, given = (one.to_numpy(dtype=object) for one in (parsed.value.index, parsed.symbols))
        is_id = np.array([one[:3] == "ENS" or one.lstrip()[:3].upper() == "ENS" for one in map(str, spelt)], dtype=bool)
        rows = pd.DataFrame({"gene_id": spelt, "symbol": given, "accession": None}, dtype=object)
        rows["symbol"] = rows["symbol"].where(rows["symbol"].notna() | is_id, rows["gene_id"])
        return rows.assign(gene_id=rows["gene_id"].where(is_id))
    entries = getattr(parsed, "entries", parsed)
    frame = pd.DataFrame(entries if isinstance(entries, pd.DataFrame) else None)  # without attrs: pandas copies them
    columns = {"gene_id": "gene_id", "symbol": "symbol" if "symbol" in frame else "gene", "accession": "accession"}
    found = {own: frame[name].to_numpy(dtype=object) if name in frame else None for own, name in columns.items()}
    return pd.DataFrame(found, frame.index, dtype=object)


def audit(registry: Registry, parsed: dict[str, Any], identity: Identity, genes: pd.DataFrame) -> pd.DataFrame:
    """Return `IDENTITY` for all sources; `attrs["counts"]` counts the entries of each source by outcome.

    There `protein_coding` counts the entries that lead to protein-coding genes, and `protein_coding_lost` those that
    should: lost or ambiguous in a source about proteins, or called protein-coding by HGNC alone.
    """
    parts, counts = [pd.DataFrame(columns=tables.IDENTITY.names, dtype=object)], []
    for table in registry.table:
        if table.provides not in NAMING and table.id in parsed:
            found = outcomes(table, parsed[table.id], identity, genes)
            parts.append(found[found["outcome"] != "unchanged"])
            counts.append(count(table, found, genes))
    frame = pd.concat(parts, ignore_index=True)[tables.IDENTITY.names].sort_values(list(tables.IDENTITY.key))
    frame.attrs["counts"] = counts
    return frame


def outcomes(table: SourceTable, parsed: Any, identity: Identity, genes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `IDENTITY` of one source and its unchanged entries, each entry once.

    Raises
    ------
    InputError
        If an id is that of another species.
    """
    rows = entries_of(parsed, identity).drop_duplicates("entry").reset_index(drop=True)
    found = pd.concat([rows["entry"], identity.explain(rows["gene_id"], rows["symbol"])], axis=1)
    nobody = found["outcome"].isin(["lost", "ambiguous"])
    foreign = found.loc[nobody].loc[lambda rows: rows["gene_id"].str.match(FOREIGN, na=False), "entry"]
    if len(foreign):
        remedy = "use human data, or give each gene the id of its human orthologue first"
        raise bad(table, f"not a human gene: {foreign.iloc[0]}", "gene id", remedy)
    found["gene_id"] = found["gene_id"].mask(nobody)
    claimed = genes.loc[(genes["locus_type"] == PROTEIN) & ~genes["protein_coding"], "gene_id"]
    demoted = found["gene_id"].isin(claimed)
    found.loc[demoted, ["outcome", "reason"]] = ["not coding", NOT_CODING]
    same = found[found["gene_id"].isin(found.loc[found["outcome"] == "renamed", "gene_id"])]
    renamed = (same["outcome"] == "renamed").sort_values(kind="stable")
    first = same.loc[renamed.index].drop_duplicates("gene_id").set_index("gene_id")["entry"]
    merged = same.index[(same["outcome"] == "renamed") & (same["gene_id"].map(first) != same["entry"])]
    found.loc[merged, "reason"] = [
        f"{reason}; same gene as {first[gene]}"
        for reason, gene in zip(found.loc[merged, "reason"], found.loc[merged, "gene_id"], strict=True)
    ]
    found.loc[merged, "outcome"] = "merged"
    return found.assign(source=table.id, release=table.release)


def count(table: SourceTable, found: pd.DataFrame, genes: pd.DataFrame) -> dict[str, Any]:
    """Return the number of entries of one source by outcome, and how many protein-coding ones were lost."""
    number = found["outcome"].value_counts()
    coding = found["gene_id"].isin(genes.loc[genes["protein_coding"], "gene_id"])
    gone = found["outcome"] == "not coding"
    if table.provides in OF_PROTEINS or table.options.get("protein_coding"):
        other_locus = found["reason"].str.startswith(NO_ID, na=False) & ~found["reason"].str.endswith(PROTEIN, na=False)
        gone |= found["outcome"].isin(["lost", "ambiguous"]) & ~other_locus
    return {
        "source": table.id,
        "entries": len(found),
        **{outcome: int(number.get(outcome, 0)) for outcome in tables.OUTCOMES},
        "protein_coding": int(coding.sum()),
        "protein_coding_lost": int(gone.sum()),
    }
