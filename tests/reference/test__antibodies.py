"""Antibodies of a bundle: one gene each or told, labels of one name joined."""

from __future__ import annotations

import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.names import CURRENT, Names
from targetfinder.reference._antibodies import NO_GENE, normal_antibody
from targetfinder.sources.readers.antibodies import Antibodies
from targetfinder.sources.registry import Registry, SourceTable

SYMBOLS = {"CD5": "ENSG1", "NCAM1": "ENSG2", "MKI67": "ENSG3"}
CURATED = pd.DataFrame({"modality": "rna_cell", "context": ["T cells", "NK cells"]})


def made(labels: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what becomes of three antibodies on 30 CD4 and 10 CD8 cells."""
    identity = Identity(names=Names({CURRENT: SYMBOLS.items()}), symbols=SYMBOLS)
    rows = pd.DataFrame(
        [
            (antibody, named, label, n, share, 2.0 * share)
            for antibody, named in (("CD5", None), ("CD56", "NCAM1"), ("clone X", None), ("MKI67", None))
            for label, n, share in (("CD4", 30, 0.2), ("CD8", 10, 0.6))
        ],
        columns=["antibody", "named", "label", "n_cells", "positive", "mean"],
    ).assign(unit="normalised value", background="CD4")
    entry = SourceTable(
        id="cite", source="s", parser="cell_antibodies", provides="normal_antibody", release="1", citation="none",
        options={"values": "counts"}, labels=labels,
    )  # fmt: skip
    source = {"id": "s", "title": "s", "release": "1", "kind": "file", "file": "s", "licence": "s", "citation": "s"}
    registry = Registry.model_validate({"name": "r", "description": "", "source": [source], "table": [entry]})
    parsed = {"cite": Antibodies(rows, {"rare": "fewer than 20 cells"})}
    return normal_antibody(registry, parsed, identity, pd.Series(["ENSG1", "ENSG2"]), CURATED)


def test_labels_of_one_name_are_joined_by_their_cells() -> None:
    found, lost = made({"CD4": "T cells", "CD8": "T cells"})
    tables.NORMAL_ANTIBODY.check(found)
    assert found["antibody"].tolist() == ["CD5", "CD56"]
    assert found["gene_id"].tolist() == ["ENSG1", "ENSG2"]
    assert found["n_cells"].tolist() == [40, 40]
    assert found["positive"].tolist() == pytest.approx([0.3, 0.3])
    assert found["mean"].tolist() == pytest.approx([0.6, 0.6])
    assert dict(zip(lost["entry"], lost["reason"], strict=True)) == {
        **{"clone X": NO_GENE, "MKI67": NO_GENE, "rare": "fewer than 20 cells"}
    }


def test_a_label_without_a_name_keeps_its_own() -> None:
    assert set(made({})[0]["context"]) == {"CD4", "CD8"}


def test_a_name_that_no_cell_type_has_is_refused() -> None:
    with pytest.raises(InputError, match="T cell"):
        made({"CD4": "T cell"})
