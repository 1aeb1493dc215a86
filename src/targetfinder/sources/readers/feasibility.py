"""What bears on making and testing a binder: orthologues in test animals and the closest human paralogue."""

from __future__ import annotations

from typing import IO

import pandas as pd

from targetfinder.sources.readers._checks import by_line, human, refuse
from targetfinder.sources.readers._common import bad, text
from targetfinder.sources.registry import SourceTable

#: The name that Ensembl gives each animal; its "Macaque" is the rhesus monkey.
SPECIES = {"mouse": "Mouse", "cynomolgus": "Crab-eating macaque"}
_ANIMALS = [f"{animal}_{what}" for animal in SPECIES for what in ("orthologue", "identity")]
COLUMNS = ["gene_id", "symbol", *_ANIMALS, "paralogue", "paralogue_identity"]
_HOMOLOGY = {"ortholog_one2one": "one2one", "ortholog_one2many": "other", "ortholog_many2many": "other"}
_FLAG = {"1": "one2one", "0": "other"}
_FEATURES = {
    "gene_symbol": "symbol",
    "mouse_has_one2one": "mouse_orthologue",
    "mouse_ortholog_pct_id": "mouse_identity",
    "cyno_has_one2one": "cynomolgus_orthologue",
    "cyno_ortholog_pct_id": "cynomolgus_identity",
    "top_paralog_symbol": "paralogue",
    "top_paralog_ecd_pct": "paralogue_identity",
}


def topology_features(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a tab-separated table of proteins by symbol: flags of 1:1 orthologues, identities, closest paralogue.

    A protein may have several lines. Where they disagree the value is unknown, not the first of them.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row for each symbol, identities as shares; gene_id is missing.

    Raises
    ------
    InputError
        If a column or symbol is missing, a flag is not 0 or 1, an identity is no percentage, or the symbols are
        not human.
    """
    frame = by_line(text(handle, table, list(_FEATURES), "\t"))
    refuse(frame["gene_symbol"].isna(), frame["gene_symbol"], table, "empty cell")
    human(frame[["gene_symbol"]].set_axis(["symbol"], axis=1), table)
    found = frame[["gene_symbol", "top_paralog_symbol"]].copy()
    for animal in ("mouse", "cyno"):
        found[f"{animal}_has_one2one"] = _known(frame[f"{animal}_has_one2one"], _FLAG, table)
    for name in ("mouse_ortholog_pct_id", "cyno_ortholog_pct_id", "top_paralog_ecd_pct"):
        found[name] = _share(frame[name], table)
    groups = found.rename(columns=_FEATURES).groupby("symbol", sort=False)
    agreed = groups.first().mask(groups.nunique() > 1)
    return agreed.reset_index().assign(gene_id=None)[COLUMNS]


def orthologues(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read an Ensembl BioMart export (TSV) of human genes with their homologues in mouse, cynomolgus or both.

    A gene has a line for each pair of homologues. Without a homologue its cells are empty: no orthologue one to
    one, "other". The identity is the share of residues of a 1:1 orthologue that are those of the human protein.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row for each gene; what concerns an animal that is not in the export is missing.

    Raises
    ------
    InputError
        If the export holds neither animal, an id is not human, a type of homology is not known, an identity is no
        percentage, or a gene has two different 1:1 orthologues in one animal.
    """
    frame = by_line(text(handle, table, ["Gene stable ID"], "\t"))
    gene_id = frame["Gene stable ID"]
    human(gene_id.rename("gene_id").to_frame(), table)
    refuse(~gene_id.str.fullmatch(r"ENSG\d{11}(\.\d+)?").eq(True), gene_id, table, "not a human gene id")
    animals = {animal: name for animal, name in SPECIES.items() if f"{name} homology type" in frame}
    if not animals:
        raise bad(table, "missing column", " or ".join(f"{name} homology type" for name in SPECIES.values()))
    found = pd.concat([_homologues(frame, animal, name, table) for animal, name in animals.items()], axis=1)
    return found.rename_axis("gene_id").reset_index().reindex(columns=COLUMNS)


def _homologues(frame: pd.DataFrame, animal: str, name: str, table: SourceTable) -> pd.DataFrame:
    """Return orthologue and identity of one animal, indexed by gene id."""
    columns = [f"{name} gene stable ID", f"{name} homology type", f"%id. target {name} gene identical to query gene"]
    missing = [column for column in columns if column not in frame]
    if missing:
        raise bad(table, "missing column", ", ".join(missing))
    other, homology, percent = columns
    one = frame[_known(frame[homology], _HOMOLOGY, table) == "one2one"]
    one = one.assign(share=_share(frame[percent], table)).drop_duplicates(["Gene stable ID", other])
    refuse(one.duplicated("Gene stable ID"), one[other], table, "a second one-to-one orthologue of the same gene")
    genes = pd.Index(frame["Gene stable ID"].unique())
    shares = one.set_index("Gene stable ID")["share"].reindex(genes)
    kind = pd.Series("other", genes).mask(genes.isin(one["Gene stable ID"]), "one2one")
    return pd.DataFrame({f"{animal}_orthologue": kind, f"{animal}_identity": shares})


def _known(values: pd.Series, words: dict[str, str], table: SourceTable) -> pd.Series:
    """Translate the words of a file; empty cells stay missing, any other word is refused."""
    refuse(values.notna() & ~values.isin(list(words)), values, table, f"none of {', '.join(words)}")
    return values.map(words)


def _share(values: pd.Series, table: SourceTable) -> pd.Series:
    percent = pd.to_numeric(values, errors="coerce")
    refuse(values.notna() & ~percent.between(0, 100), values, table, "not a percentage")
    return percent / 100
