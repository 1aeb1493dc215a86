"""Rows of a file to genes: each row once, or told as lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from targetfinder.cohort._mapping import by_gene, excluded, to_genes
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.names import Names

A, B = "ENSG00000000001", "ENSG00000000002"
IDENTITY = Identity(
    moved={"ENSG00000000009": (A, "replaced")}, known=frozenset({A, B}), symbols={"AAA": A, "BBB": B}, names=Names()
)
HERE = Path("mine.tsv")


def test_ids_of_any_version_lead_to_their_gene_and_the_rest_is_lost_with_a_reason() -> None:
    entries = pd.Index([f"{A}.7", "ENSG00000000009", B, "ENSG00000012345"])
    found = to_genes(entries, None, IDENTITY, HERE)
    assert found.genes.tolist()[:3] == [A, A, B]
    assert pd.isna(found.genes.iloc[3])
    assert found.lost.to_numpy().tolist() == [["ENSG00000012345", "unknown id"]]


def test_a_few_controls_beside_ids_are_lost_but_a_mixture_is_refused() -> None:
    ids = [f"ENSG{number:011d}" for number in range(100)]
    assert len(to_genes(pd.Index([*ids, "ERCC-00002"]), None, IDENTITY, HERE).lost) == 98
    with pytest.raises(InputError, match=r"9% of the rows are named in another way.*AAA") as caught:
        to_genes(pd.Index([*ids, *["AAA"] * 10]), None, IDENTITY, HERE)
    assert caught.value.file == "mine.tsv"


def test_amounts_of_one_gene_add_up_and_other_values_do_not() -> None:
    values = pd.DataFrame({"s": [1.0, 2.0, np.nan, 5.0]}, index=list("wxyz"))
    genes = pd.Series([A, A, B, None], index=list("wxyz"))
    assert by_gene(values, genes, additive=True)["s"].tolist()[0] == 3
    assert np.isnan(by_gene(values, genes, additive=True).loc[B, "s"])
    assert by_gene(values, genes, additive=False).loc[A, "s"] == 1


def test_lost_rows_are_a_table_of_exclusions() -> None:
    found = excluded(pd.DataFrame({"entry": ["z", "a"], "reason": "unknown id"}), "sheet.csv", "0123")
    assert found.to_numpy().tolist() == [
        ["sheet.csv", "0123", "a", "unknown id"],
        ["sheet.csv", "0123", "z", "unknown id"],
    ]
