"""Proteins of CITE-seq: the mean over malignant cells as it is given, by name of the antibody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from targetfinder.cohort._antibodies import antibodies
from targetfinder.cohort._cells import tumour_cells
from targetfinder.cohort.formats.cells import FORMATS
from targetfinder.errors import InputError
from targetfinder.sources.readers import _obsm

NAMES = ["CD38", "BCMA", "Mouse-IgG1"]


@pytest.fixture
def read(opened_cells: Any, kinds: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that writes cells and reads their antibodies, and which cells count."""
    monkeypatch.setattr(_obsm, "ROWS", 64)

    def read(made: Any, how: str = "CSR", **options: str) -> Any:
        with opened_cells(made, how, **({"proteins": "protein"} | options)) as cells:
            rule = "all" if "10x" in how else "cell_type == plasma cell"
            found = tumour_cells(cells, rule, *kinds)
            return antibodies(cells, found), found.layout.bit >= 0

    return read


def values(made: Any, scale: str = "counts") -> pd.DataFrame:
    counts = np.random.default_rng(0).poisson(50.0, (made.n_obs, 3)).astype(float)
    made_of = {"counts": counts, "log": np.log1p(counts), "centred": np.log1p(counts) - 4, "normalised": counts * 1.7}
    return pd.DataFrame(made_of[scale], made.obs_names, NAMES)


@pytest.mark.parametrize("array", [True, False])
@pytest.mark.parametrize(
    ("scale", "unit"),
    [
        ("counts", "intensity"),
        ("log", "log2 intensity"),
        ("centred", "log2 intensity"),
        ("normalised", "intensity"),
    ],
)
def test_means_are_of_malignant_cells_of_each_patient(made: Any, read: Any, array: bool, scale: str, unit: str) -> None:
    given = values(made, scale)
    given.iloc[5:9, 1] = np.nan
    made.obsm["protein"] = given.to_numpy() if array else given
    made.uns["protein_names"] = np.array(NAMES)
    found, counted = read(made, patient="patient")
    expected = given[counted].groupby(made.obs["patient"][counted].astype(str)).mean().T
    pd.testing.assert_frame_equal(found.values, expected, check_names=False)
    assert found.unit == unit


def no_names(made: Any) -> None:
    made.obsm["protein"] = values(made).to_numpy()


def infinite(made: Any) -> None:
    made.obsm["protein"] = values(made).replace(values(made).iloc[:, 0].max(), np.inf)


def doubled(made: Any) -> None:
    made.obsm["protein"] = values(made).to_numpy()
    made.uns["protein_names"] = np.array(["CD38", "BCMA", "CD38"])


def other_key(made: Any) -> None:
    made.obsm["proteins"] = values(made)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (no_names, "have no names"),
        (infinite, "infinite value"),
        (doubled, "antibody occurs twice"),
        (other_key, "did you mean proteins"),
        (lambda made: None, "no proteins 'protein'"),
    ],
)
def test_antibodies_that_cannot_be_read_are_refused(made: Any, read: Any, spoil: Any, problem: str) -> None:
    spoil(made)
    with pytest.raises(InputError, match=problem):
        read(made)


def test_a_file_of_10x_has_no_proteins_of_this_kind(made: Any, read: Any) -> None:
    with pytest.raises(InputError, match="no proteins"):
        read(made, "10x_h5")


def test_real_plasma_cells_have_most_cd38(shared_data: Path) -> None:
    path = shared_data / "rna_cell" / "bm_citeseq_triana2021_healthy_250cells_462genes_197proteins.h5ad"
    highest = {}
    for rule in ("ct == Plasma cells", "ct not in [Plasma cells]"):
        with FORMATS["h5ad"](path, {"layer": "layers/counts", "proteins": "protein", "sample": "donor"}) as cells:
            none = np.zeros(462, dtype=bool)
            found = antibodies(cells, tumour_cells(cells, rule, none, none))
        assert found.values.shape == (197, 1)
        assert found.unit == "log2 intensity"
        highest[rule] = found.values["donor"]
    plasma, others = highest.values()
    assert {"CD38-AB", "ITGB7-AB", "CD27-AB"} <= set((plasma - others).nlargest(10).index)
