"""Whether malignant cells carry a gene: by cells, sorted cells and lines; and what bulk alone cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.evidence._origin import origin
from targetfinder.evidence._records import stack
from targetfinder.indications import Indication
from targetfinder.store import write_table

GENES = pd.DataFrame({"gene_id": ["A", "B", "C", "D"], "symbol": ["AAA", "BBB", "CCC", "DDD"]})
#: Median in TPM* of the compared cohorts: D was not measured.
VALUES = pd.DataFrame(
    {"median_tpm": [50.0, 50.0, 1.0, np.nan], "percentile": [0.9, 0.8, 0.2, np.nan]}, GENES["gene_id"]
)
MINE = Indication.model_validate({"id": "mine", "name": "x", "group": "x", "lineage": "x", "cohorts": ["bulk"]})


def about(cohort: str, **cells: Any) -> dict[str, Any]:
    empty = {column.name: None if column.dtype == tables.TEXT else np.nan for column in tables.COHORTS.columns}
    counts = {"n": 3, "n_samples": 3, "measured": 4, "below_detection": 0, "unmeasured": 0}
    own = {"modality": "rna_bulk", "indication": "mine", "unit": "TPM", "material": "tumour", "scale": "linear"}
    return empty | counts | own | {"cohort": cohort, "study": "s", "source": "sheet", "release": "1"} | cells


def cohort(**columns: Any) -> pd.DataFrame:
    empty = {column.name: None if column.dtype == tables.TEXT else np.nan for column in tables.COHORT.columns}
    frame = GENES.assign(**{name: value for name, value in empty.items() if name not in GENES})
    frame = frame.assign(cohort="x", n=3, coverage=1.0, detection="measured", source="sheet", release="1")
    return frame.assign(**columns)


def written(folder: Path, cohorts: list[tuple[dict[str, Any], pd.DataFrame]]) -> pd.DataFrame:
    """Write cohorts and return the records of their origin, indexed by gene and criterion."""
    for row, frame in cohorts:
        write_table(frame, tables.COHORT, folder / f"{row['cohort']}.parquet")
    write_table(pd.DataFrame([row for row, _ in cohorts]), tables.COHORTS, folder / "cohorts.parquet")
    found = stack(origin(MINE, folder, GENES, VALUES, level=10.0))
    return tables.EVIDENCE.check(found).set_index(["gene_id", "criterion"]).sort_index()


BULK = (
    about("bulk", indication=None),
    cohort(median_tpm=[50.0, 50.0, 1.0, np.nan], percentile=[0.9, 0.8, 0.2, np.nan]),
)


def test_bulk_alone_leaves_stroma_possible_where_the_gene_is_present(tmp_path: Path) -> None:
    found = written(tmp_path, [BULK])
    assert found.xs("stroma_possible", level=1)["value"].tolist()[:2] == [1, 1]
    assert found.xs("stroma_possible", level=1)["value"].isna().tolist() == [False, False, True, True]
    assert "tumour_intrinsic" not in found.index.get_level_values(1)


@pytest.mark.parametrize(
    ("row", "frame"),
    [
        (
            about("c", modality="rna_cell", unit="CPM", scale="rank_only"),
            cohort(cells_positive=[0.1, 0.09, 0.5, np.nan]),
        ),
        (
            about("c", material="sorted"),
            cohort(median_tpm=[10.0, 9.0, 99.0, np.nan], percentile=[0.9, 0.2, 0.3, np.nan]),
        ),
        (about("c", material="pdx", scale="rank_only"), cohort(percentile=[0.5, 0.4, 0.6, np.nan])),
    ],
)
def test_cells_sorted_cells_and_models_tell_what_malignant_cells_carry(
    tmp_path: Path, row: dict[str, Any], frame: pd.DataFrame
) -> None:
    found = written(tmp_path, [BULK, (row, frame)])
    told = found.xs("tumour_intrinsic", level=1)["value"]
    assert told.tolist()[:3] == [1, 0, 1]
    assert np.isnan(told["D"])
    assert found.xs("stroma_possible", level=1)["value"].tolist()[:2] == [0, 1]


def test_markers_of_sorting_and_proteins_are_told(tmp_path: Path) -> None:
    protein = cohort(median=[25.0, 20.0, np.nan, np.nan], percentile=[1.0, 0.5, np.nan, np.nan], prevalence=0.5)
    row = about("p", modality="protein", unit="log2 intensity", scale="rank_only", selected_by="BBB|CCC")
    found = written(tmp_path, [BULK, (row, protein)])
    assert found.xs("selection_marker", level=1).index.tolist() == ["B", "C"]
    row_of_a = found.xs("tumour_protein", level=1).loc["A", ["value", "unit", "context"]]
    assert row_of_a.tolist() == [25, "log2 intensity", "p"]
    assert found.xs("tumour_protein_percentile", level=1)["value"].notna().tolist() == [True, True, False, False]
    assert found.xs("stroma_possible", level=1)["value"].tolist()[:2] == [1, 1]


def test_a_relapse_says_nothing_of_the_tumour_at_selection(tmp_path: Path) -> None:
    late = about("late", material="sorted", timepoint="relapse", selected_by="AAA")
    found = written(tmp_path, [BULK, (late, cohort(median_tpm=99.0, percentile=0.9))])
    assert {"tumour_intrinsic", "selection_marker"}.isdisjoint(found.index.get_level_values(1))
