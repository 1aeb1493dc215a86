"""Antibodies on healthy cells: share and mean by hand, known biology on a real file, errors that name the place."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from targetfinder.errors import InputError
from targetfinder.sources.readers import read
from targetfinder.sources.readers.antibodies import Antibodies
from targetfinder.sources.registry import SourceTable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what anndata's own imports warn of
    import anndata

REAL = "bm_citeseq_triana2021_healthy_250cells_462genes_197proteins.h5ad"
#: 40 T cells, 40 B cells, 5 others.
TYPES = ["T"] * 40 + ["B"] * 40 + ["rare"] * 5
Write = Callable[..., Path]


def table(**options: Any) -> SourceTable:
    about = {"id": "cite", "source": "cite", "provides": "normal_antibody", "release": "1", "citation": "none"}
    return SourceTable(**about, parser="cell_antibodies", options={"values": "normalised"} | options)


def values() -> pd.DataFrame:
    """Values of which 30 of 40 T cells are far above those of B cells by antibody CD5, and none by antibody all."""
    noise = np.tile([0.9, 1.0, 1.1, 1.2, 0.8], 17)
    cd5 = noise + np.where(np.arange(85) < 30, 10.0, 0.0)
    return pd.DataFrame({"CD5-AB": cd5, "all-AB": noise + 20, "IgG1-AB": noise})


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(frame: pd.DataFrame | None = None, array: bool = False, **obs: Any) -> Path:
        frame = values() if frame is None else frame
        made = anndata.AnnData(np.ones((len(frame), 2), dtype=np.float32))
        made.obs["cell_type"] = TYPES[: len(frame)]
        made.obs = made.obs.assign(**obs)
        made.obsm["protein"] = frame.to_numpy() if array else frame.set_index(made.obs_names)
        if array:
            made.uns["protein_names"] = list(frame.columns)
        path = tmp_path / "cite.h5ad"
        made.write_h5ad(path)
        return path

    return write


def share(found: Antibodies) -> dict[tuple[str, str], float]:
    return found.rows.set_index(["antibody", "label"])["positive"].to_dict()


@pytest.mark.parametrize("array", [True, False])
def test_without_controls_the_cell_type_with_least_is_the_background(write: Write, array: bool) -> None:
    found = read(table(suffix="-AB", genes={"all": "PTPRC"}), write(array=array))
    assert share(found) == {
        **{("CD5", "B"): 0.0, ("CD5", "T"): 0.75, ("all", "B"): 0.0, ("all", "T"): 0.0},
        **{("IgG1", "B"): 0.0, ("IgG1", "T"): 0.0},
    }
    row = found.rows.set_index(["antibody", "label"]).loc[("CD5", "T")]
    assert (row["n_cells"], row["background"], row["unit"]) == (40, "B", "normalised value")
    assert row["mean"] == pytest.approx(1 + 10 * 0.75)
    assert found.rows.set_index("antibody")["named"].dropna().to_dict() == {"all": "PTPRC"}
    assert found.left_out == {"rare": "fewer than 20 cells"}


def test_with_controls_an_antigen_of_all_cells_is_seen_on_all(write: Write) -> None:
    found = read(table(suffix="-AB", controls=["IgG1"]), write())
    assert share(found) == {("CD5", "B"): 0.0, ("CD5", "T"): 0.75, ("all", "B"): 1.0, ("all", "T"): 1.0}
    assert set(found.rows["background"]) == {"isotype controls"}


def test_counts_are_judged_within_the_cell_so_that_depth_is_no_signal(write: Write) -> None:
    rng = np.random.default_rng(1)
    counts = pd.DataFrame(rng.poisson(200.0, (80, 9)), columns=[f"P{number}" for number in range(9)])
    counts.iloc[:40] *= 8
    counts.iloc[:40, 0] *= 20
    found = read(table(values="counts"), write(counts.astype(float)))
    assert share(found)[("P0", "T")] == 1.0
    assert max(value for (name, _), value in share(found).items() if name != "P0") < 0.2
    assert set(found.rows["unit"]) == {"log count less median"}


def test_cells_that_are_not_wanted_or_not_measured_are_counted(write: Write) -> None:
    frame = values()
    frame.iloc[3, 1] = np.nan
    found = read(table(where={"state": "healthy"}), write(frame, state=["ill"] * 2 + ["healthy"] * 83))
    assert found.rows.loc[found.rows["label"] == "T", "n_cells"].unique().tolist() == [37]
    assert found.left_out == {
        "2 cells: state is not healthy": "cells in no group",
        "1 cells: a value is missing": "cells in no group",
        "rare": "fewer than 20 cells",
    }


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"proteins": "adt"}, "no antibodies of this name"),
        ({"cell_type": "kind"}, "missing column"),
        ({"values": "counts"}, "no whole numbers"),
        ({"controls": ["IgG9"]}, "no antibody of this name: IgG9"),
        ({"genes": {"CD9": "CD9"}}, "no antibody of this name: CD9"),
        ({"min_cells": 50}, "no background can be told"),
        ({"where": {"cell_type": "T"}}, "no background can be told"),
        ({"tissue": "blood"}, "tissue"),
    ],
)
def test_what_a_file_does_not_hold_is_told(write: Write, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read(table(**options), write())
    assert problem in str(caught.value)
    assert caught.value.remedy


def test_a_file_without_antibodies_is_told(tmp_path: Path) -> None:
    made = anndata.AnnData(np.ones((3, 2), dtype=np.float32))
    made.obs["cell_type"] = "T"
    made.write_h5ad(tmp_path / "rna.h5ad")
    with pytest.raises(InputError, match="no antibodies of this name"):
        read(table(), tmp_path / "rna.h5ad")


def test_names_and_values_of_antibodies_are_checked(write: Write) -> None:
    with pytest.raises(InputError, match="occurs twice"):
        read(table(suffix="-AB"), write(values().rename(columns={"all-AB": "CD5"})))
    with pytest.raises(InputError, match="whole numbers"):
        read(table(), write(values().round()))
    with pytest.raises(InputError, match="negative, infinite"):
        read(table(values="counts"), write(values().replace(0.9, np.inf)))


def test_real_antibodies_mark_the_cells_that_they_are_known_to_mark(shared_data: Path) -> None:
    found = read(table(cell_type="condensed_cell_type", suffix="-AB"), shared_data / "rna_cell" / REAL)
    assert len(found.rows) == 197 * 10
    assert (found.rows["n_cells"] == 25).all()
    positive = found.rows.set_index(["antibody", "label"])["positive"].unstack()
    t_cells = positive[["CD4+ T Cells", "CD8+ T Cells"]].mean(axis=1)
    assert (t_cells[["CD2", "CD3", "CD5", "CD7", "CD28"]] > 0.7).all()
    assert (positive.loc[["CD7", "CD56", "CD16"], "NK Cells"] > 0.7).all()
    assert (positive.loc[["CD3", "CD5", "CD19", "CD20"], "NK Cells"] < 0.5).all()
    assert (t_cells[["CD19", "CD20", "CD33", "CD38", "CD56", "CD276", "CD340"]] < 0.25).all()
    assert positive.loc["CD38"].idxmax() == "Plasma cells"
    assert positive.loc["CD4", "CD4+ T Cells"] > 0.9 > 0.1 > positive.loc["CD4", "CD8+ T Cells"]
