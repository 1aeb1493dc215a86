"""Planted cells through the reader of h5ad, the bundle and the rules: a rare vital cell type is found; RNA that other
cells spilt, and one donor that is like no other, move nothing.
"""  # fmt: skip

from __future__ import annotations

import json
import shutil
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Run
from tests.simulated_cells import RARE, Cells, Planted, draw, write

from targetfinder import tables
from targetfinder.errors import InputError
from targetfinder.reference.build import build
from targetfinder.reference.fetch import fetch
from targetfinder.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what scanpy's own imports warn of
    import anndata
    import scanpy

OWN = """extends = "simulated"

[[normal]]
file = "heart.h5ad"
unit = "CP10k"
provides = "normal_cell"
parser = "cell_atlas"
options = {options}
"""
COUNTS = '{ values = "counts" }'
LEVEL = 150.0
PLACE = f"heart muscle: {RARE}"


@pytest.fixture(scope="module")
def gene_ids(truth: pd.DataFrame) -> list[str]:
    return truth.loc[truth["role"] != "unmeasured", "gene_id"].tolist()


@pytest.fixture(scope="module")
def planted(truth: pd.DataFrame, gene_ids: list[str]) -> Planted:
    """Genes that are absent from bulk tissue and from the atlas of clusters."""
    good = [gene_ids.index(gene) for gene in truth.index[truth["role"] == "good"]]
    return Planted(rare=dict.fromkeys(good[:3], LEVEL), spilt=good[3:6], single=good[6:9])


@pytest.fixture(scope="module")
def cells(gene_ids: list[str], planted: Planted) -> Cells:
    return draw(1, len(gene_ids), donors=5, cells=4000, planted=planted)


@pytest.fixture(scope="module")
def built(simulated: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Return a function that builds a bundle with an atlas of cells beside the simulated ones."""

    def built(cells: Cells, gene_ids: list[str], options: str = COUNTS) -> Run:
        folder = tmp_path_factory.mktemp("cells")
        write(cells, gene_ids, folder / "heart.h5ad")
        (folder / "mine.toml").write_text(OWN.replace("{options}", options))
        own = str(folder / "mine.toml")
        list(fetch(simulated.references, folder / "store", chosen=own))
        run = Run(references=simulated.references, store=folder / "store", folder=folder)
        build(run.references, run.store, run.bundle, own)
        shutil.copytree(simulated.cohorts, run.cohorts)
        return run

    return built


@pytest.fixture(scope="module")
def judged(built: Callable[..., Run], cells: Cells, gene_ids: list[str]) -> Run:
    run = built(cells, gene_ids)
    run.rank("planted")
    return run


@pytest.fixture(scope="module")
def safety(judged: Run) -> pd.DataFrame:
    found = judged.of_indication(tables.SAFETY, "planted")
    return found[(found["source"] == "heart") & found["value"].notna()]


@pytest.fixture(scope="module")
def targets(judged: Run) -> pd.DataFrame:
    return judged.of_indication(tables.TARGETS, "planted").set_index("gene_id")


def test_a_rare_vital_cell_type_is_found_where_bulk_shows_nothing(
    judged: Run, safety: pd.DataFrame, targets: pd.DataFrame, gene_ids: list[str], planted: Planted
) -> None:
    genes = [gene_ids[at] for at in planted.rare]
    bulk = judged.of_bundle(tables.NORMAL_BULK)
    assert bulk.loc[bulk["gene_id"].isin(genes), "upper"].max() < 5
    rows = safety[safety["gene_id"].isin(genes)]
    assert rows["context"].tolist() == [PLACE] * 3
    assert rows["tier"].tolist() == ["caution"] * 3
    assert rows["n_donors"].tolist() == [5] * 3
    found = targets.loc[genes]
    assert (found["worst_cell"] == PLACE).all()
    assert (found["safety_tier"] == "caution").all()
    assert (found["worst_cell_cells"] == 5 * 40).all()
    inside = found["worst_cell_mean_lo"].le(LEVEL) & found["worst_cell_mean_hi"].ge(LEVEL)
    assert inside.sum() >= 2  # of three intervals of 90 %
    assert found["worst_cell_detected"].between(0.2, 0.6).all()  # 150 TPM are 0.45 counts in 3,000
    assert found["safety_reasons"].str.startswith(f"heart muscle, {RARE[0].lower()}{RARE[1:]}: ").all()


def test_ambient_rna_moves_no_tier_and_is_told(
    safety: pd.DataFrame, targets: pd.DataFrame, gene_ids: list[str], planted: Planted
) -> None:
    genes = [gene_ids[at] for at in planted.spilt]
    rows = safety[safety["gene_id"].isin(genes)]
    others = rows[rows["context"] != "heart muscle: B cells"]
    assert set(rows["tier"]) == {"clear"}
    assert (targets.loc[genes, "safety_tier"] == "clear").all()
    assert (others.loc[others["context"] == PLACE, "value"] > 50).all()  # it would have crossed the rule
    assert set(others["rule"]) == {"note: at least 20, explained by ambient RNA"}
    assert set(others["context"]) == {PLACE, "heart muscle: T cells", "heart muscle: NK cells"}


def test_one_donor_like_no_other_moves_no_tier_and_is_told(
    safety: pd.DataFrame, targets: pd.DataFrame, gene_ids: list[str], planted: Planted
) -> None:
    genes = [gene_ids[at] for at in planted.single]
    rows = safety[safety["gene_id"].isin(genes)]
    assert set(rows["rule"]) == {"note: at least 20, in one of 5 donors"}
    assert set(rows["context"]) == {PLACE}
    assert (rows["value"] > 300).all()
    assert (targets.loc[genes, "safety_tier"] == "clear").all()


def test_the_bundle_equals_scanpy_and_pandas(judged: Run, cells: Cells, gene_ids: list[str]) -> None:
    made = anndata.read_h5ad(judged.folder / "heart.h5ad")
    made.X = made.X.astype(np.float64)
    scanpy.pp.normalize_total(made, target_sum=1e4)
    by = ["cell_type", "donor_id"]
    groups = scanpy.get.aggregate(made, by=by, func=["mean", "count_nonzero"])
    labels = pd.MultiIndex.from_frame(groups.obs[by].astype(str))
    genes = judged.of_bundle(tables.GENES).set_index("gene_id")
    mean = pd.DataFrame(groups.layers["mean"], labels, gene_ids)
    tpm = mean.div(mean.loc[:, genes.loc[gene_ids, "normaliser"].to_numpy()].sum(axis=1), axis=0) * 1e6
    counted = made.obs.astype(str).groupby(by).size()
    share = pd.DataFrame(groups.layers["count_nonzero"], labels, gene_ids).div(counted, axis=0)
    found = judged.of_bundle(tables.NORMAL_CELL_DONORS).assign(donor_id=lambda frame: frame["donor"])
    universe = genes.index[genes["universe"]].intersection(gene_ids)
    assert len(found) == len(universe) * len(counted)
    for name, expected in (("mean", tpm), ("detected", share)):
        wide = found.pivot(index=["context", "donor_id"], columns="gene_id", values=name)
        np.testing.assert_allclose(wide.to_numpy(), expected.loc[wide.index, wide.columns].to_numpy(), rtol=1e-6)
    cells_of = found.groupby(["context", "donor_id"])["n_cells"].first()
    assert cells_of.tolist() == counted.loc[cells_of.index].tolist()
    soup = mean.mul(counted, axis=0).groupby(level="donor_id").sum()
    factor = (tpm / mean).median(axis=1)
    part = found.pivot(index=["context", "donor_id"], columns="gene_id", values="ambient").div(factor, axis=0)
    for donor, expected in soup.div(counted.groupby("donor_id").sum(), axis=0).iterrows():
        ratio = part.xs(donor, level="donor_id") / expected[part.columns]
        assert ratio.max().max() == pytest.approx(ratio.min().min(), rel=1e-6)  # one share of the soup for all genes


def test_the_share_of_soup_is_read_from_genes_that_cell_types_lack(judged: Run, cells: Cells) -> None:
    found = judged.of_bundle(tables.NORMAL_CELL_DONORS)
    shares = found.groupby("donor")["soup"].first()
    np.testing.assert_allclose(shares, cells.soup, rtol=0.3)  # droplets differ: their mean is 1.08 times the median


def test_known_cell_types_of_a_known_tissue_take_their_class_and_others_are_vital_and_listed(
    built: Callable[..., Run], cells: Cells, gene_ids: list[str]
) -> None:
    obs = cells.obs.copy()
    obs.loc[obs["cell_type"] == "B cells", "tissue"] = "liver"
    obs.loc[obs["cell_type"] == "NK cells", "tissue"] = "left lobe"
    run = built(Cells(cells.counts, obs, cells.truth, cells.soup), gene_ids)
    contexts = run.of_bundle(tables.CONTEXTS).query("source == 'heart'").set_index("context")
    assert contexts["criticality"].to_dict() == {
        "Cardiomyocytes": "vital",
        "T cells": "important",
        "B cells": "dispensable",
        "left lobe | NK cells": "vital",
    }
    told = json.loads((run.bundle / "manifest.json").read_text())["uncurated_labels"]
    assert told == [{"source": "heart", "label": "left lobe | NK cells"}]
    assert run.of_bundle(tables.NORMAL_CELL_DONORS)["ambient"].isna().mean() > 0.5  # one cell type alone tells no soup


@pytest.mark.parametrize(
    ("options", "one", "entry", "tier"),
    [
        ('{ values = "counts", donor = false }', False, "20000 cells without donor", "caution"),
        (COUNTS, True, "20000 cells of donor D1", "clear"),
    ],
)
def test_an_atlas_without_a_second_donor_is_told_and_moves_no_more_than_it_may(
    built: Callable[..., Run],
    cells: Cells,
    gene_ids: list[str],
    planted: Planted,
    options: str,
    one: bool,
    entry: str,
    tier: str,
) -> None:
    obs = cells.obs.assign(donor_id="D1") if one else cells.obs.drop(columns="donor_id")
    run = built(Cells(cells.counts, obs, cells.truth, cells.soup), gene_ids, options)
    excluded = run.of_bundle(tables.EXCLUDED)
    assert entry in excluded.loc[excluded["source"] == "heart", "entry"].tolist()
    run.rank("planted")
    genes = [gene_ids[at] for at in planted.rare]
    targets = run.of_indication(tables.TARGETS, "planted").set_index("gene_id").loc[genes]
    assert (targets["safety_tier"] == tier).all()
    assert targets["worst_cell_mean_lo"].isna().all()
    assert set(targets["worst_cell_no_interval"]) == {"one donor" if one else "no donors"}
    rows = read_table(run.folder / "evidence" / "off_target.parquet", tables.OFF_TARGET).query("source == 'heart'")
    assert set(rows["n_donors"].dropna()) == ({1} if one else set())


@pytest.mark.parametrize(
    ("options", "change", "problem"),
    [
        ('{ values = "counts", donor = "patient" }', {}, "obs/patient: missing column"),
        (COUNTS, {"donor_id": ""}, "20000 cells: no donor"),
        ('{ values = "counts", where = { tissue = "kidney" } }', {}, "20000 cells: tissue is not kidney"),
    ],
)
def test_an_atlas_without_what_the_options_say_is_refused(
    built: Callable[..., Run], cells: Cells, gene_ids: list[str], options: str, change: dict[str, str], problem: str
) -> None:
    with pytest.raises(InputError) as caught:
        built(Cells(cells.counts, cells.obs.assign(**change), cells.truth, cells.soup), gene_ids, options)
    assert problem in str(caught.value)
    assert "options." in str(caught.value.remedy)


def test_an_atlas_of_no_cells_is_refused(built: Callable[..., Run], cells: Cells, gene_ids: list[str]) -> None:
    with pytest.raises(InputError, match="no group of 20 cells"):
        built(Cells(cells.counts[:0], cells.obs[:0], cells.truth, cells.soup), gene_ids)
