"""Immunoglobulin that is not the cell's own: planted, by patient, and missing with a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from targetfinder.cohort._ambient import B_LINEAGE, NO_CELLS, NO_GENES, NO_OTHERS

MAKES = (
    "B cell,B cells,b-cell,B.cells,B_cell,Bcell,memory B,naive B cells,pre-B,Pre B cell,pro-B cell,PreB,B,B lymphocyte,"
    "Plasma Cells,plasma cell,plasmablast,Plasmacyte,malignant_plasma_cell,myeloma,B-lineage,follicular lymphoma,"
    "germinal center,immature B,B_memory,CD20+ B,B-ALL"
)
MAKES_NONE = (
    "T cell,CD8 T,NK,NKT cells,monocyte,plasmacytoid dendritic cell,pDC,DC,HSC,fibroblast,basophil,erythroblast,"
    "megakaryocyte,CD8 Tem,BM stroma,macrophage,mast,cDC1,Tumour"
)


@pytest.mark.parametrize("name", MAKES.split(","))
def test_kinds_of_cells_that_make_it(name: str) -> None:
    assert B_LINEAGE.search(name)


@pytest.mark.parametrize("name", MAKES_NONE.split(","))
def test_kinds_of_cells_that_make_none(name: str) -> None:
    assert not B_LINEAGE.search(name)


def test_the_median_share_of_cells_that_make_none_is_ambient(made: Any, streamed: Any) -> None:
    counts = made.X.toarray()
    tumour = (made.obs["cell_type"] == "plasma cell").to_numpy()
    none = made.obs["cell_type"].isin(["T cell", "monocyte"]).to_numpy()
    second = (made.obs["patient"] == "P2").to_numpy()
    counts[none, 3:7] = 0
    counts[none & second, 3] = counts[none & second].sum(axis=1)  # half of all counts
    made.X = sparse.csr_matrix(counts)
    found = streamed(made, patient="patient").ambient
    assert found["ambient_ig"].tolist() == [0, 0.5]
    assert found["n_ambient"].tolist() == pytest.approx([(none & ~second).sum(), (none & second).sum()], abs=2)
    assert found["reason"].isna().all()
    own = counts[tumour & second]
    assert found.loc["P2", "ig_malignant"] == pytest.approx(own[:, 3:7].sum() / own.sum(), abs=0.01)


@pytest.mark.parametrize(
    ("rule", "drop", "options", "reason"),
    [
        ("all", [], {}, NO_OTHERS),
        ("all", ["T cell"], {"cell_type": "cell_type"}, NO_OTHERS),
        ("cell_type == plasma cell", ["T cell", "monocyte"], {}, NO_CELLS),
        ("state == cycling", [], {"cell_type": "state"}, None),
    ],
)
def test_without_such_cells_it_is_missing_with_a_reason(
    made: Any, streamed: Any, rule: str, drop: list[str], options: dict[str, str], reason: str | None
) -> None:
    made = made[~made.obs["cell_type"].isin(drop)].copy()
    found = streamed(made, rule, **options).ambient.iloc[0]
    assert (found["reason"], bool(np.isnan(found["ambient_ig"]))) == (reason, reason is not None)


def test_a_file_without_such_genes_says_nothing(made: Any, opened_cells: Any) -> None:
    from targetfinder.cohort._cells import tumour_cells

    none = np.zeros(made.n_vars, dtype=bool)
    with opened_cells(made) as cells:
        found = tumour_cells(cells, "cell_type == plasma cell", none, none)
    assert found.ambient["reason"].tolist() == [NO_GENES]
    assert found.ambient[["ig_malignant", "ig_other", "ambient_ig"]].isna().all(axis=None)
    assert found.quality["pct_counts_mt"].isna().all()
