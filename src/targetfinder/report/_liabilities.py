"""What is on file about a target beside measurements: liabilities, and what bears on making a binder."""

from __future__ import annotations

from typing import Final

import pandas as pd

from targetfinder.report._html import cited
from targetfinder.tables import LIABILITY_KINDS

#: What the panel shows of one liability, and of one line about making a binder; `cites` holds (text, address).
LIABILITY: Final = ["kind", "statement", "agent", "indication", "evidence", "cites", "verified"]
BINDER: Final = ["text", "cites", "verified", "source", "release"]
_UNVERIFIED: Final = "unverified"
_ANIMALS: Final = {"mouse": "Mouse", "cynomolgus": "Cynomolgus"}
_ORTHOLOGUE: Final = {"one2one": "one orthologue, one to one", "other": "no orthologue that is one to one"}


def liabilities(table: pd.DataFrame) -> pd.DataFrame:
    """Return gene_id and the columns `LIABILITY` of LIABILITIES rows, by kind and statement."""
    rows = table.assign(
        order=table["kind"].map({kind: at for at, kind in enumerate(LIABILITY_KINDS)}),
        cites=_cites(table["reference"]),
    )
    return rows.sort_values(["gene_id", "order", "statement"], kind="stable")[["gene_id", *LIABILITY]]


def binder(table: pd.DataFrame) -> pd.DataFrame:
    """Return gene_id and the columns `BINDER` of FEASIBILITY rows: orthologues, then paralogue, then polarity."""
    rows = table.sort_values(["gene_id", "source"], kind="stable")
    rows = rows.assign(cites=_cites(rows["reference"]), verified=rows["reference"] != _UNVERIFIED)
    texts = [*(_orthologue(rows, animal) for animal in _ANIMALS), _paralogue(rows), _polarity(rows)]
    lines = pd.concat([rows.assign(text=text, order=at) for at, text in enumerate(texts)]).dropna(subset=["text"])
    return lines.sort_values(["gene_id", "order", "source"], kind="stable")[["gene_id", *BINDER]]


def _cites(references: pd.Series) -> pd.Series:
    return references.map(lambda text: None if pd.isna(text) or text == _UNVERIFIED else cited(str(text)))


def _percent(shares: pd.Series, of: str) -> pd.Series:
    """Return ', 88% of <of>' and an empty text for a missing share."""
    whole = (100 * shares.astype("float64")).round().astype("Int64").astype("string")
    return (", " + whole + f"% of {of} identical").fillna("")


def _orthologue(rows: pd.DataFrame, animal: str) -> pd.Series:
    kind, identity = rows[f"{animal}_orthologue"], rows[f"{animal}_identity"]
    said = kind.map(_ORTHOLOGUE).astype("string").fillna("the sources do not settle the orthologue")
    text = f"{_ANIMALS[animal]}: " + said + _percent(identity, "residues") + "."
    return text.where(kind.notna() | identity.notna())


def _paralogue(rows: pd.DataFrame) -> pd.Series:
    share = _percent(rows["paralogue_identity"], "its extracellular residues")
    return ("Closest paralogue: " + rows["paralogue"].astype("string") + share + ".").where(rows["paralogue"].notna())


def _polarity(rows: pd.DataFrame) -> pd.Series:
    side = rows["polarity"].astype("string").replace({"both": "apical and basolateral"})
    text = "Normal epithelium: " + side + ". " + rows["statement"].astype("string").fillna("")
    return text.str.strip().where(rows["polarity"].notna())
