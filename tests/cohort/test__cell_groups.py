"""Groups of cells as tables: what is added up is what was there, and genes are classed by the table of genes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from targetfinder.cohort._cell_groups import aggregate, kinds_of_genes


def test_states_of_a_patient_add_up_to_the_patient(made: Any, streamed: Any) -> None:
    found = streamed(made, patient="patient", state="state")
    by_patient, by_state = aggregate(found), aggregate(found, ["patient", "state"])
    for name in ("mean", "detection"):
        weighted = getattr(by_state, name).mul(by_state.n_cells, axis=0).groupby(level="patient").sum()
        expected = weighted.div(by_patient.n_cells, axis=0)
        pd.testing.assert_frame_equal(getattr(by_patient, name), expected, check_names=False)
    np.testing.assert_allclose(by_patient.cpm.sum(axis=1), 1e6)
    assert by_state.cpm.columns.tolist() == made.var_names.tolist()


def test_a_patient_without_malignant_cells_is_not_among_them(made: Any, streamed: Any) -> None:
    made = made[(made.obs["patient"] == "P1") | (made.obs["cell_type"] == "T cell")].copy()
    found = streamed(made, patient="patient")
    assert aggregate(found).n_cells.index.tolist() == ["P1"]
    assert aggregate(found, malignant=False).n_cells.index.tolist() == ["P1", "P2"]
    assert found.layout.sizes.tolist() == [aggregate(found).n_cells["P1"], 0]


def test_kinds_of_genes_are_those_of_the_table_of_genes() -> None:
    genes = pd.DataFrame(
        {
            "gene_id": ["E1", "E2", "E3", "E4", "E5"],
            "symbol": ["MT-CO1", "IGHG1", "IGHGP", "MTOR", None],
            "locus_type": [None, "immunoglobulin gene", "immunoglobulin pseudogene", "gene with protein product", None],
        }
    )
    mitochondrial, immunoglobulin = kinds_of_genes(pd.Series(["E4", "E3", None, "E1", "E2", "E9"]), genes)
    assert np.flatnonzero(mitochondrial).tolist() == [3]
    assert np.flatnonzero(immunoglobulin).tolist() == [1, 4]
