"""One cohort of a samplesheet in the common shape, from files that are made here with known values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import anndata
import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.cohort.read import read
from targetfinder.errors import InputError
from targetfinder.store import read_table

if TYPE_CHECKING:
    from tests.conftest import Run

SCHEMA = Path(__file__).parent.parent.parent / "pipeline" / "assets" / "schema_input.json"
LEVEL = 10.0
HEADER = "sample,indication,cohort,modality,file,format,unit,patient,malignant,mapping,role,override,material"


@pytest.fixture(scope="module")
def tpm(simulated: Run) -> pd.DataFrame:
    """TPM of six samples over the simulated genes: lognormal, a sum of one million."""
    genes = simulated.of_bundle(tables.GENES)["gene_id"]
    drawn = np.random.default_rng(5).lognormal(0, 2.5, (len(genes), 6))
    return pd.DataFrame(drawn / drawn.sum(axis=0) * 1e6, genes, [f"s{n}" for n in range(6)])


def run(simulated: Run, folder: Path, *rows: str, cohort: str = "own", problems: Path | None = None) -> Path:
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join([HEADER, *rows]) + "\n")
    out = folder / "out" / cohort
    read(sheet, SCHEMA, cohort, simulated.bundle, simulated.references, simulated.store, LEVEL, out, None, problems)
    return out


def row(sample: str = "*", **cells: str) -> str:
    given = {"sample": sample, "indication": "planted", "cohort": "own", "modality": "rna_bulk"}
    given |= {"file": "tpm.tsv", "format": "matrix", "unit": "TPM", **cells}
    return ",".join(f'"{given.get(name, "")}"' for name in HEADER.split(","))


def cohort(out: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Return the cohort by gene id and its row of `COHORTS`."""
    frame = read_table(out / f"{out.name}.parquet", tables.COHORT).set_index("gene_id")
    return frame, read_table(out / "about.parquet", tables.COHORTS).iloc[0]


def test_bulk_is_counted_in_patients_and_kept_as_given(simulated: Run, tpm: pd.DataFrame, tmp_path: Path) -> None:
    tpm.to_csv(tmp_path / "tpm.tsv", sep="\t")
    out = run(simulated, tmp_path, row())
    frame, about = cohort(out)
    assert (about["n"], about["n_samples"], about["scale"], about["indication"]) == (6, 6, "linear", "planted")
    assert (about["source"], about["modality"], about["lost"]) == ("sheet.csv", "rna_bulk", 0)
    np.testing.assert_allclose(frame["median"], tpm.reindex(frame.index).median(axis=1))
    keeps = simulated.of_bundle(tables.GENES).set_index("gene_id")["normaliser"]
    scaled = tpm * (1e6 / tpm[keeps.reindex(tpm.index)].sum())
    np.testing.assert_allclose(frame["q3_tpm"], scaled.reindex(frame.index).quantile(0.75, axis=1))
    np.testing.assert_allclose(frame["prevalence"], (scaled.reindex(frame.index) >= LEVEL).mean(axis=1))
    assert (frame["prevalence_basis"] == "counted").all()
    kept = anndata.read_h5ad(out / "own.h5ad")
    np.testing.assert_allclose(kept[:, tpm.index].X.T, tpm, rtol=1e-6)
    assert json.loads(kept.uns["targetfinder"])["samplesheet_rows"][0]["sample"] == "*"
    assert len(read_table(out / "queries.parquet", tables.QUERY)) == 0
    assert share_of_positive(out).equals(frame["prevalence"].reindex(share_of_positive(out).index))


def share_of_positive(out: Path) -> pd.Series:
    """Return the share of positive patients by gene of the universe, which the prevalence of the cohort must equal."""
    each = read_table(out / "individuals.parquet", tables.INDIVIDUALS)
    found = each["positive"].map({"yes": 1.0, "no": 0.0}).groupby(each["gene_id"]).mean()
    return found.rename("prevalence")


def test_the_same_input_gives_the_same_bytes(simulated: Run, tpm: pd.DataFrame, tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        tpm.to_csv(tmp_path / name / "tpm.tsv", sep="\t")
        out = run(simulated, tmp_path / name, row())
        found.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert found[0].keys() == found[1].keys()
    assert [name for name in found[0] if found[0][name] != found[1][name] and not name.endswith(".h5ad")] == []


def test_samples_of_one_patient_count_once_and_a_query_not_at_all(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path
) -> None:
    tpm.to_csv(tmp_path / "tpm.tsv", sep="\t")
    rows = [row("s0", patient="p"), row("s1", patient="p"), row("s2"), row("s3", role="query", patient="asked")]
    out = run(simulated, tmp_path, *rows)
    frame, about = cohort(out)
    assert (about["n"], about["n_samples"]) == (2, 3)
    np.testing.assert_allclose(frame["median"], (tpm[["s0", "s1"]].median(axis=1) + tpm["s2"]).reindex(frame.index) / 2)
    query = read_table(out / "queries.parquet", tables.QUERY)
    assert set(query["patient"]) == {"asked"}
    assert len(query) == len(frame)
    assert query["value_tpm"].notna().all()
    assert query[["indication", "cohort", "material"]].drop_duplicates().to_numpy().tolist() == [
        ["planted", "own", "tumour"]
    ]


@pytest.mark.parametrize(("override", "amounts"), [("", False), ("these are linear, we looked", True)])
def test_a_lone_query_whose_numbers_contradict_its_unit_has_no_amounts_unless_a_person_answers_for_it(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path, override: str, amounts: bool
) -> None:
    np.log2(tpm + 1).to_csv(tmp_path / "tpm.tsv", sep="\t")
    out = run(simulated, tmp_path, row("s3", role="query", override=override, material="cell_line"))
    assert not (out / "about.parquet").exists()
    query = read_table(out / "queries.parquet", tables.QUERY)
    assert set(query["material"]) == {"cell_line"}
    assert query["value_tpm"].notna().all() == amounts
    assert query["percentile"].notna().all()


def test_a_gene_that_is_not_in_the_file_is_unmeasured_and_rows_of_no_gene_are_listed(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path
) -> None:
    gone = tpm.index[:3]
    other = tpm.rename(index={tpm.index[5]: "ENSG77777777777"}).drop(gone)
    other.to_csv(tmp_path / "tpm.tsv", sep="\t")
    out = run(simulated, tmp_path, row())
    frame, about = cohort(out)
    assert about["lost"] == 1
    assert read_table(out / "lost.parquet", tables.EXCLUDED)["entry"].tolist() == ["ENSG77777777777"]
    missing = frame.loc[frame.index.intersection([*gone, tpm.index[5]])]
    assert (missing["detection"] == "unmeasured").all()
    assert missing[["median", "median_tpm", "percentile", "prevalence"]].isna().all(axis=None)
    assert (missing["coverage"] == 0).all()


@pytest.mark.parametrize(("unit", "scale"), [("TPM", "linear"), ("FPKM", "linear"), ("log2(TPM+1)", "linear")])
def test_units_of_amounts_lead_to_the_same_tpm(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path, unit: str, scale: str
) -> None:
    given = {"TPM": tpm, "FPKM": tpm / 3.7, "log2(TPM+1)": np.log2(tpm + 1)}[unit]
    given.to_csv(tmp_path / "tpm.tsv", sep="\t")
    frame, about = cohort(run(simulated, tmp_path, row(unit=unit)))
    keeps = simulated.of_bundle(tables.GENES).set_index("gene_id")["normaliser"]
    scaled = tpm * (1e6 / tpm[keeps.reindex(tpm.index)].sum())
    assert about["scale"] == scale
    np.testing.assert_allclose(frame["median_tpm"], scaled.reindex(frame.index).median(axis=1), rtol=1e-6)


def test_logarithms_that_are_claimed_to_be_tpm_are_ranks_only(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path
) -> None:
    np.log2(tpm + 1).to_csv(tmp_path / "tpm.tsv", sep="\t")
    frame, about = cohort(run(simulated, tmp_path, row()))
    assert about["scale"] == "rank_only"
    assert "TPM is claimed" in about["reasons"]
    assert frame["median_tpm"].isna().all()
    assert frame["percentile"].notna().all()


def test_a_table_of_quartiles_is_a_cohort_whose_prevalence_is_estimated(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path
) -> None:
    quartiles = tpm.quantile([0.25, 0.5, 0.75], axis=1).T.set_axis(["low", "median", "high"], axis=1)
    quartiles.to_csv(tmp_path / "tpm.tsv", sep="\t")
    cells = {"format": "quantiles", "mapping": "q1=low;q3=high;n=6"}
    frame, about = cohort(run(simulated, tmp_path, row(**cells)))
    assert (about["n"], about["scale"]) == (6, "linear")
    assert (frame["prevalence_basis"] == "estimated").all()
    np.testing.assert_allclose(frame["median"], quartiles["median"].reindex(frame.index))
    keeps = simulated.of_bundle(tables.GENES).set_index("gene_id")["normaliser"].reindex(tpm.index)
    factor = 1e6 / quartiles.mean(axis=1)[keeps].sum()
    np.testing.assert_allclose(frame["q3_tpm"], quartiles["high"].reindex(frame.index) * factor)
    for wrong, told in (
        ("q1=low;q3=high", "number of patients"),
        ("n=6", "missing column of quartiles"),
        ("q1=high;q3=low;n=6", "not in order"),
    ):
        with pytest.raises(InputError, match=told):
            run(simulated, tmp_path, row(format="quantiles", mapping=wrong))


def cells_file(path: Path, genes: pd.Index, n: int = 40) -> pd.DataFrame:
    """Write counts of cells of two patients; the first gene is in all malignant cells, the second in none."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(rng.gamma(0.5, 2.0, len(genes)), (n, len(genes))).astype(np.float32)
    obs = pd.DataFrame({"donor": ["p1", "p2"] * (n // 2), "kind": ["tumour"] * (n // 2) + ["T cell"] * (n // 2)})
    tumour = (obs["kind"] == "tumour").to_numpy()
    counts[tumour, 0], counts[tumour, 1] = 5, 0
    obs.index = [f"c{number}" for number in range(n)]
    anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=genes)).write_h5ad(path)
    return pd.DataFrame(counts, columns=genes).assign(donor=obs["donor"].to_numpy(), tumour=tumour)


def test_cells_become_shares_of_malignant_cells_by_patient(simulated: Run, tpm: pd.DataFrame, tmp_path: Path) -> None:
    genes = tpm.index
    truth = cells_file(tmp_path / "cells.h5ad", genes)
    cells = {"modality": "rna_cell", "file": "cells.h5ad", "format": "h5ad", "unit": "", "mapping": "patient=donor"}
    out = run(simulated, tmp_path, row("all_of_it", malignant="kind == tumour", **cells))
    frame, about = cohort(out)
    assert (about["n"], about["unit"], about["scale"]) == (2, "CPM", "rank_only")
    assert about["n_samples"] <= 20
    first, second = genes[0], genes[1]
    assert (frame.loc[first, "cells_positive"], frame.loc[second, "cells_positive"]) == (1, 0)
    assert (frame.loc[first, "prevalence"], frame.loc[second, "prevalence"]) == (1, 0)
    if about["n_samples"] == 20:
        sums = truth[truth["tumour"]].groupby("donor")[list(genes)].sum()
        cpm = sums.div(sums.sum(axis=1), axis=0) * 1e6
        np.testing.assert_allclose(frame["median"], cpm.median().reindex(frame.index), rtol=1e-6)
    kept = anndata.read_h5ad(out / "cells.h5ad.cells.h5ad")
    assert kept.n_obs == about["n_samples"]
    bits = np.unpackbits(np.load(out / "cells.h5ad.bits.npy"), axis=1).astype(bool)
    counts = truth.set_axis([f"c{number}" for number in range(len(truth))]).loc[kept.obs_names]
    assert (kept.obs["patient"].astype(str) == counts["donor"]).all()
    np.testing.assert_array_equal(bits[:, kept.obs["bit"]].T, counts[kept.var_names] > 0)
    assert set(anndata.read_h5ad(out / "own.h5ad").obs["malignant"]) == {True, False}
    each = read_table(out / "individuals.parquet", tables.INDIVIDUALS)
    mean = each.groupby("gene_id")["cells_positive"].mean()
    np.testing.assert_allclose(mean, frame["cells_positive"].reindex(mean.index))
    np.testing.assert_allclose(share_of_positive(out), frame["prevalence"].reindex(mean.index))


def test_proteins_are_read_beside_rna_and_missing_is_not_filled(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path
) -> None:
    genes = simulated.of_bundle(tables.GENES)
    symbols = genes.loc[genes["protein_coding"], "symbol"].head(200)
    rng = np.random.default_rng(3)
    values = pd.DataFrame(
        rng.normal(25, 3, (200, 1)) + rng.normal(0, 0.5, (200, 8)), symbols, [f"s{n}" for n in range(8)]
    )
    values = values.mask(values < 22)
    values.to_csv(tmp_path / "protein.tsv", sep="\t", index_label="gene")
    own = {"modality": "protein", "file": "protein.tsv", "format": "protein_matrix", "unit": "log2 intensity"}
    frame, about = cohort(run(simulated, tmp_path, row(**own)))
    assert (about["modality"], about["n"], about["scale"]) == ("protein", 8, "rank_only")
    seen = frame[frame["detection"] == "measured"]
    assert 170 <= len(seen) <= 195
    known = seen.dropna(subset=["median_lo"])
    assert (known["median_lo"] <= known["median"]).all()
    assert (frame.loc[frame["detection"] == "unmeasured", "median"].isna()).all()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"sample": "nobody"}, "no sample 'nobody'"),
        ({"format": "salmon_genes"}, "tpm.tsv"),
        ({"format": "gct"}, "tpm.tsv"),
        ({"mapping": "gene=none"}, "none"),
        ({"unit": "FPKM", "format": "gct"}, "tpm.tsv"),
    ],
)
def test_what_cannot_be_read_names_the_file_and_leaves_nothing(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path, cells: dict[str, str], told: str
) -> None:
    tpm.to_csv(tmp_path / "tpm.tsv", sep="\t")
    with pytest.raises(InputError, match=told) as caught:
        run(simulated, tmp_path, row(**cells))
    assert "tpm.tsv" in str(caught.value)
    assert not (tmp_path / "out" / "own").exists()


def test_all_files_of_a_cohort_are_told_at_once_and_problems_can_be_written_for_the_check(
    simulated: Run, tpm: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "one.tsv").write_text("")
    (tmp_path / "two.tsv").write_text("gene\ts9\nENSG00000000001\tmany\n")
    rows = [row("s8", file="one.tsv"), row("s9", file="two.tsv")]
    run(simulated, tmp_path, *rows, problems=tmp_path / "problems.txt")
    told = (tmp_path / "problems.txt").read_text()
    assert told.startswith("cohort own: ")
    assert "one.tsv" in told
    assert "two.tsv" in told
    with pytest.raises(InputError, match=r"one\.tsv.*two\.tsv"):
        run(simulated, tmp_path, *rows)
