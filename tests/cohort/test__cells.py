"""Tumour cells: equal to scanpy, each cell left out is counted, memory that does not grow."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from targetfinder.cohort import _cell_quality, _cells
from targetfinder.cohort._cell_groups import aggregate
from targetfinder.cohort._cells import Bits, tumour_cells
from targetfinder.errors import InputError
from targetfinder.sources.readers import _h5ad

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what scanpy's own imports warn of
    import anndata
    import scanpy

RULE = "cell_type == plasma cell"
COUNTS = _cell_quality.REASONS[2]
COLUMNS = {"patient": "patient", "state": "state"}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_h5ad, "BLOCK", 3000)


def kept(made: Any) -> Any:
    """The cells that the limits of quality leave, by scanpy's metrics and a loop over patients and kinds."""
    made = made.copy()
    made.var["mt"], made.var["ig"] = made.var["symbol"].str.startswith("MT-"), made.var["symbol"].str.startswith("IGH")
    made.X = made.X.astype(np.float64)
    scanpy.pp.calculate_qc_metrics(made, qc_vars=["mt", "ig"], inplace=True, percent_top=None)
    tumour = made.obs["cell_type"] == "plasma cell"
    keep = pd.Series(True, made.obs_names)
    for _, cells in made.obs.groupby([made.obs["patient"], tumour], observed=True):
        for name, mads in (("log1p_total_counts", 5), ("log1p_n_genes_by_counts", 5)):
            distance = (cells[name] - cells[name].median()).abs()
            keep[cells.index[distance > mads * distance.median()]] = False
        share = cells["pct_counts_mt"]
        mad = (share - share.median()).abs().median()
        keep[cells.index[(share > share.median() + 3 * mad) & (share > 8)]] = False
    made.obs["malignant"] = tumour
    return made[keep.to_numpy()].copy()


def test_sums_means_and_detection_equal_those_of_scanpy(made: Any, streamed: Any) -> None:
    found, expected = streamed(made, **COLUMNS), kept(made)
    assert 0 < made.n_obs - expected.n_obs < 30
    tumour = expected[expected.obs["malignant"]].copy()
    for by in (["patient"], ["patient", "state"]):
        ours = aggregate(found, by)
        theirs = scanpy.get.aggregate(tumour, by=by, func=["sum", "count_nonzero"])
        order = theirs.obs.sort_values(by).index
        sums = pd.DataFrame(theirs.layers["sum"], theirs.obs_names)
        number = tumour.obs.groupby(by, observed=True).size()
        assert ours.n_cells.tolist() == number.tolist()
        np.testing.assert_allclose(ours.cpm, (sums.T / sums.sum(axis=1) * 1e6).T.loc[order])
        detected = pd.DataFrame(theirs.layers["count_nonzero"], theirs.obs_names).loc[order]
        np.testing.assert_allclose(ours.detection, detected.to_numpy() / number.to_numpy()[:, None])
        scaled = tumour.copy()
        scanpy.pp.normalize_total(scaled, target_sum=1e4)
        mean = scanpy.get.aggregate(scaled, by=by, func="mean")
        np.testing.assert_allclose(ours.mean, pd.DataFrame(mean.layers["mean"], mean.obs_names).loc[order])


def test_other_cells_are_added_up_by_patient(made: Any, streamed: Any) -> None:
    found, expected = streamed(made, **COLUMNS), kept(made)
    others = expected[~expected.obs["malignant"]]
    sums = pd.DataFrame(others.X.toarray()).groupby(others.obs["patient"].to_numpy()).sum()
    ours = aggregate(found, malignant=False)
    np.testing.assert_allclose(ours.cpm, (sums.T / sums.sum(axis=1) * 1e6).T)
    assert found.groups.loc[~found.groups["malignant"], "state"].isna().all()


def test_quality_equals_that_of_scanpy_and_all_that_fail_are_counted(made: Any, streamed: Any) -> None:
    found = streamed(made, **COLUMNS)
    made.var["mt"], made.var["ig"] = made.var["symbol"].str.startswith("MT-"), made.var["symbol"].str.startswith("IGH")
    metrics, _ = scanpy.pp.calculate_qc_metrics(made, qc_vars=["mt", "ig"], percent_top=None)
    names = ["n_genes_by_counts", "total_counts", "pct_counts_mt", "pct_counts_ig"]
    tumour = (made.obs["cell_type"] == "plasma cell").rename("malignant")
    expected = metrics.groupby([made.obs["patient"].astype(str), tumour])[names].median()
    ours = found.quality.set_index(["patient", "malignant"]).sort_index()
    np.testing.assert_allclose(ours[names], expected.sort_index(), rtol=1e-6)
    failed = ours[list(_cell_quality.REASONS)].sum()
    assert found.left_out == {name: number for name, number in failed.items() if number}
    assert ours["n_kept"].sum() == kept(made).n_obs == found.groups["n_cells"].sum()


def test_every_format_comes_to_the_same(made: Any, streamed: Any, way: str, tmp_path: Path) -> None:
    bits = Bits(tmp_path / "bits.npy", np.arange(made.n_vars)[::-1].copy(), made.n_vars)
    options = {} if "10x" in way else COLUMNS
    found = streamed(made, "all" if "10x" in way else RULE, way, bits, **options)
    expected = streamed(made, "all" if "10x" in way else RULE, "CSR", **options)
    for name in ("sums", "scaled", "detected"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)
    written = np.load(bits.path)[::-1]
    assert written.shape == (made.n_vars, found.layout.width)
    words = written.copy().view(np.uint64)
    for number in range(len(found.patients)):
        share = np.bitwise_count(words[:, found.layout.words(number)]).sum(axis=1) / found.layout.sizes[number]
        np.testing.assert_allclose(aggregate(found).detection.iloc[number], share)


def test_values_that_are_logarithms_come_to_the_same_mean_and_detection(made: Any, streamed: Any) -> None:
    counts = aggregate(streamed(made, **COLUMNS))
    made.X = made.X.multiply(1e4 / made.X.sum(axis=1)).tocsr().log1p()
    found = streamed(made, **COLUMNS)
    assert not {COUNTS} & set(found.left_out)
    pd.testing.assert_frame_equal(aggregate(found).detection, counts.detection, atol=0.05)
    pd.testing.assert_frame_equal(aggregate(found).mean, counts.mean, rtol=0.2, atol=20)


def test_cells_without_patient_or_label_are_left_out_and_counted_once(made: Any, streamed: Any) -> None:
    for name, cells in (("patient", slice(0, 3)), ("cell_type", slice(2, 7)), ("state", slice(7, 9))):
        made.obs.iloc[cells, made.obs.columns.get_loc(name)] = None
    counts = made.X.toarray()
    counts[9] = 0
    made.X = sparse.csr_matrix(counts)
    found = streamed(made, **COLUMNS)
    told = {"no patient": 3, "no label in a column of the rule": 4, "no counts": 1}
    assert told.items() <= found.left_out.items()
    assert sum(found.left_out.values()) + found.groups["n_cells"].sum() == made.n_obs
    assert aggregate(found).n_cells.sum() == aggregate(found, ["patient", "state"]).n_cells.sum()


def test_without_a_column_the_whole_file_is_one_patient_named_by_the_sheet(made: Any, streamed: Any) -> None:
    found = streamed(made, "all", sample="MM 1")
    assert aggregate(found).n_cells.index.tolist() == found.patients.tolist() == ["MM 1"]
    assert found.left_out.keys() <= set(_cell_quality.REASONS)


@pytest.mark.parametrize(
    ("rule", "options", "problem"),
    [
        ("celltype == plasma cell", {}, "did you mean cell_type"),
        ("cell_type == plasma cells", {}, "did you mean plasma cell"),
        (RULE, {"patient": "Patient"}, "did you mean patient"),
        (RULE, {"state": "phase"}, "cells have no column 'phase'"),
        (RULE, {"patient": "barcode"}, "patients and states of"),
        (RULE, {"cell_type": "kind"}, "cells have no column 'kind'"),
        ("cell_type == T cell and cell_type == B cell", {}, "no malignant cell is left by the rule"),
    ],
)
def test_what_the_sheet_says_and_the_file_has_not_is_told_with_its_path(
    made: Any, streamed: Any, monkeypatch: pytest.MonkeyPatch, rule: str, options: dict[str, str], problem: str
) -> None:
    monkeypatch.setattr(_cells, "MOST", 100)
    made.obs["barcode"] = made.obs_names
    with pytest.raises(InputError, match=problem) as caught:
        streamed(made, rule, **options)
    assert str(caught.value.file).endswith("CSR")


def test_a_file_of_10x_has_no_columns(made: Any, streamed: Any) -> None:
    with pytest.raises(InputError, match="annotate them in an h5ad"):
        streamed(made, RULE, "10x_h5")


def test_malignant_cells_that_all_fail_are_told_with_their_number(made: Any, streamed: Any) -> None:
    counts = made.X.toarray()
    tumour = (made.obs["cell_type"] == "monocyte").to_numpy()
    counts[tumour] = 0
    made.X = sparse.csr_matrix(counts)
    with pytest.raises(InputError, match=f"no malignant cell is left.* {tumour.sum()} cells: no counts"):
        streamed(made, "cell_type == monocyte")


def test_a_gene_twice_in_a_cell_is_refused(made: Any, streamed: Any) -> None:
    matrix = made.X
    doubled = sparse.csr_matrix((matrix.data, matrix.indices.copy(), matrix.indptr), matrix.shape)
    doubled.indices[1] = doubled.indices[0]
    made.X = doubled
    with pytest.raises(InputError, match="twice in cell BARCODE0-1"):
        streamed(made)


def test_a_real_patient_keeps_the_detection_that_is_known_of_it(shared_data: Path) -> None:
    from targetfinder.cohort.formats.cells import FORMATS

    with FORMATS["h5ad"](shared_data / "cohorts" / "mm16_23cells.h5ad", {"patient": "patient"}) as cells:
        mitochondrial = cells.symbols.str.startswith("MT-", na=False).to_numpy(dtype=bool)
        found = tumour_cells(cells, "cell_type == malignant_plasma_cell", mitochondrial, np.zeros_like(mitochondrial))
        shares = aggregate(found).detection.loc["MM16"].groupby(cells.symbols).max()
    assert found.left_out == {COUNTS: 1}
    assert (shares[["TNFRSF17", "SDC1"]] == 1).all()
    assert (shares["FCRL5"], shares["CD19"]) == (17 / 22, 1 / 22)


PEAK = """
import sys
from pathlib import Path
import numpy as np
from targetfinder.cohort._cells import Bits, tumour_cells
from targetfinder.cohort.formats.cells import FORMATS
from targetfinder import detection
from targetfinder.sources.readers import _h5ad
_h5ad.BLOCK, detection.CELLS = 1 << 19, 1 << 11  # so that few cells fill all buffers
for path in map(Path, sys.argv[1:]):
    with FORMATS["h5ad"](path, {"patient": "patient"}) as cells:
        none = np.zeros(cells.rows.shape[1], bool)
        tumour_cells(cells, "kind == a", none, none, Bits(path.with_suffix(".npy"), np.arange(none.size), none.size))
    print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def write_many(path: Path, cells: int, genes: int = 2000, per_cell: int = 500) -> None:
    """Write cells of three patients, two of three malignant."""
    rng = np.random.default_rng(1)
    labels = {"patient": np.arange(cells) * 3 // cells, "kind": np.where(np.arange(cells) % 3, "a", "b")}
    obs = pd.DataFrame(labels, index=np.arange(cells).astype(str)).astype("category")
    anndata.AnnData(obs=obs, var=pd.DataFrame(index=[f"ENSG{n:011d}" for n in range(genes)])).write_h5ad(path)
    some = np.sort(rng.permuted(np.tile(np.arange(genes, dtype=np.int32), (1000, 1)), axis=1)[:, :per_cell])
    with h5py.File(path, "a") as file:
        group = file.create_group("X")
        group.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": (cells, genes)})
        group["indptr"] = np.arange(cells + 1) * per_cell
        group["indices"] = np.tile(some, (cells // 1000, 1)).ravel()
        group["data"] = rng.integers(1, 9, cells * per_cell, dtype=np.int32).astype(np.float32)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_memory_does_not_grow_with_the_cells_but_by_their_labels(tmp_path: Path, repository: Path) -> None:
    paths = [tmp_path / f"{cells}.h5ad" for cells in (5_000, 50_000)]
    for path in paths:
        write_many(path, int(path.stem))
    call = [sys.executable, "-W", "ignore", "-c", PEAK, *map(str, paths)]
    environment = os.environ | {"PYTHONPATH": str(repository / "src")}
    run = subprocess.run(call, capture_output=True, check=True, text=True, env=environment)
    few, many = map(int, run.stdout.split())
    entries, labels = 45_000 * 500 * 8 >> 10, 45_000 * 300 >> 10  # kB
    assert many - few < labels + entries / 10
