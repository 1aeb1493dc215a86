"""Own tumours in one samplesheet: real files of bulk RNA, single cells, antibodies and panels beside shipped cohorts.

Everything here skips with a reason where the files or the data packages are absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anndata
import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.cohort.check import check
from targetfinder.cohort.read import read
from targetfinder.known_genes import read_known_genes
from targetfinder.samplesheet import cohorts, read_samplesheet
from targetfinder.settings import read_scoring
from targetfinder.sources.registry import read_registry
from targetfinder.store import read_table

if TYPE_CHECKING:
    from tests.conftest import Run

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "pipeline" / "assets" / "schema_input.json"
EWING_LINES = ("ACH-000039", "ACH-000041", "ACH-000052", "ACH-000087", "ACH-000210", "ACH-000391", "ACH-000424")
LABELS = "cellLine|CCLE_Name|lineage|lineage_subtype|disease|disease_subtype"
#: Antibodies of the panel and the genes that they bind.
ANTIBODIES = {
    "c.Kit": "KIT",
    "Caveolin.1": "CAV1",
    "IGFBP2": "IGFBP2",
    "EGFR": "EGFR",
    "HER2": "ERBB2",
    "TFRC": "TFRC",
    "CD31": "PECAM1",
    "Akt": "AKT1;AKT2;AKT3",
}
CELLS = "bm_citeseq_triana2021_healthy_250cells_462genes_197proteins.h5ad"
LOG_SCALE = {"LAML_APL", "LAML_ELN_Adv", "LAML_ELN_Fav", "LAML_ELN_Int"}


@dataclass(frozen=True)
class Joined:
    """Where `cohort read` and `cohort check` left their files."""

    read: Path
    checked: Path

    def about(self) -> pd.DataFrame:
        """Return `COHORTS` by cohort."""
        return read_table(self.checked / "cohorts.parquet", tables.COHORTS).set_index("cohort")

    def verdicts(self) -> pd.DataFrame:
        """Return `COMPATIBILITY`."""
        return read_table(self.checked / "compatibility.parquet", tables.COMPATIBILITY)

    def cohort(self, name: str) -> pd.DataFrame:
        """Return one cohort by gene id."""
        return read_table(self.checked / f"{name}.parquet", tables.COHORT).set_index("gene_id")

    def by_symbol(self, name: str) -> pd.DataFrame:
        """Return one cohort by symbol."""
        return self.cohort(name).reset_index().set_index("symbol")


def samplesheet(data: Path, folder: Path) -> Path:
    """Write the sheet of all real files, and the table of antibodies."""
    antibodies = folder / "antibodies.csv"
    antibodies.write_text("antibody,genes\n" + "".join(f"{name},{gene}\n" for name, gene in ANTIBODIES.items()))
    bulk = {"modality": "rna_bulk", "format": "matrix", "library": "poly_a", "mapping": "symbol=symbol"}
    ewing = bulk | {"indication": "ewing_sarcoma", "unit": "TPM", "material": "cell_line"}
    ewing["file"] = f"{data}/cohorts/ewing_SRP015989_recount2_tpm.tsv.gz"
    myeloma = bulk | {"indication": "multiple_myeloma", "material": "sorted", "selected_by": "SDC1"}
    of_ten = {unit: f"{data}/cohorts/mm_commpass_10patients_{unit.lower()}.tsv.gz" for unit in ("TPM", "FPKM")}
    panel = {"indication": "ewing_sarcoma", "modality": "protein", "format": "panel", "material": "cell_line"}
    panel |= {"file": f"{data}/cohorts/ccle_rppa_898lines_214antibodies.tsv.gz", "genes": str(antibodies)}
    marrow = {"indication": "multiple_myeloma", "file": f"{data}/rna_cell/{CELLS}", "format": "h5ad"}
    marrow |= {"malignant": "ct == Plasma cells"}  # healthy ones, in the place of a tumour
    rows = [
        *(ewing | {"cohort": "lines", "sample": run, "column": f"{run}_shCTR"} for run in ("SRR579382", "SRR579383")),
        ewing | {"cohort": "lines", "sample": "SRR579384", "column": "SRR579384_shCTR", "role": "query"},
        *(myeloma | {"cohort": f"ten_{unit}", "sample": "*", "unit": unit, "file": of_ten[unit]} for unit in of_ten),
        {"cohort": "mm16", "sample": "MM16", "indication": "multiple_myeloma", "modality": "rna_cell"}
        | {"file": f"{data}/cohorts/mm16_23cells.h5ad", "format": "h5ad"}
        | {"malignant": "cell_type == malignant_plasma_cell", "mapping": "patient=patient"},
        marrow
        | {"cohort": "marrow", "sample": "*", "modality": "protein", "mapping": "proteins=protein;patient=Batch"},
        marrow
        | {"cohort": "marrow_rna", "sample": "*", "modality": "rna_cell"}
        | {"mapping": "layer=layers/counts;patient=Batch;state=condensed_cell_type"},
        *(
            panel | {"cohort": "rppa", "sample": line, "mapping": f"samples=depmapID;skip={LABELS}"}
            for line in EWING_LINES
        ),
    ]
    pd.DataFrame(rows).to_csv(folder / "samplesheet.csv", index=False)
    return folder / "samplesheet.csv"


@pytest.fixture(scope="module")
def joined(shared_data: Path, real_shipped: Run, tmp_path_factory: pytest.TempPathFactory) -> Joined:
    """Read every cohort of the sheet, and join them with the shipped ones."""
    folder = tmp_path_factory.mktemp("own")
    sheet = samplesheet(shared_data, folder)
    level = read_scoring(ROOT / "conf" / "scoring.toml").presence.level
    bundle, references, store = real_shipped.bundle, real_shipped.references, real_shipped.store
    known = read_known_genes(read_registry(references / "sources.toml"), store)
    own = [folder / "read" / name for name in cohorts(read_samplesheet(sheet, SCHEMA))]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("targetfinder.cohort.read.read_known_genes", lambda *_: known)  # the same for all
        for out in own:
            read(sheet, SCHEMA, out.name, bundle, references, store, level, out)
    check(real_shipped.shipped, own, [], bundle, folder / "checked")
    return Joined(folder / "read", folder / "checked")


# ---------------------------------------------------------------- all in one sheet


def test_own_cohorts_of_every_modality_stand_beside_the_shipped_ones(joined: Joined) -> None:
    about = joined.about()
    own = about[about["indication"].notna()]
    assert len(about) - len(own) == 41
    assert {name: tuple(row) for name, row in own[["modality", "scale", "n", "n_samples"]].iterrows()} == {
        "lines": ("rna_bulk", "linear", 2, 2),
        "marrow": ("protein", "rank_only", 2, 2),
        "marrow_rna": ("rna_cell", "rank_only", 2, 25),
        "mm16": ("rna_cell", "rank_only", 1, 22),
        "rppa": ("protein", "rank_only", 7, 7),
        "ten_FPKM": ("rna_bulk", "linear", 10, 10),
        "ten_TPM": ("rna_bulk", "linear", 10, 10),
    }


def test_no_real_cohort_is_refused_and_those_on_a_log_scale_are_told_by_their_numbers(joined: Joined) -> None:
    verdicts = joined.verdicts()
    assert "refuse" not in set(verdicts["verdict"])
    assert len(verdicts) == 2 * len(joined.about())
    bulk = verdicts[verdicts["cohort"].isin(["lines", "ten_FPKM", "ten_TPM"])]
    assert set(bulk["verdict"]) == {"ok"}
    assert (bulk["library_seen"] == "poly_a").all()
    flattened = verdicts[verdicts["reasons"].fillna("").str.contains("flattened")]
    assert set(flattened["cohort"]) == LOG_SCALE
    assert set(flattened["verdict"]) == {"rank_only"}


def test_what_is_no_bulk_rna_is_never_an_amount_of_it(joined: Joined) -> None:
    for name in ("marrow", "marrow_rna", "mm16", "rppa"):
        assert joined.cohort(name)[["q1_tpm", "median_tpm", "q3_tpm"]].isna().all(axis=None)


# ---------------------------------------------------------------- bulk


def test_ewing_controls_carry_ewing_genes_and_one_of_them_is_a_query(joined: Joined) -> None:
    lines = joined.by_symbol("lines")
    given = {"CD99": 1036, "STEAP1": 232, "NR0B1": 108, "IL1RAP": 77, "LINGO1": 75}
    assert lines.loc[list(given), "median"].round().to_dict() == given
    assert (lines.loc[list(given), "prevalence"] == 1).all()
    assert lines.loc["TNFRSF17", "prevalence"] == 0
    asked = read_table(joined.checked / "queries.parquet", tables.QUERY).set_index("symbol")
    assert set(asked["sample"]) == {"SRR579384"}
    assert asked.loc["STEAP1", "value_tpm"] == pytest.approx(lines.loc["STEAP1", "median_tpm"], rel=0.2)


def test_fpkm_and_tpm_of_the_same_patients_are_the_same(joined: Joined) -> None:
    tpm, fpkm = joined.cohort("ten_TPM"), joined.cohort("ten_FPKM")
    for name in ("q1_tpm", "median_tpm", "q3_tpm"):
        np.testing.assert_allclose(tpm[name], fpkm[name], atol=2e-3)  # the files give four decimals
    np.testing.assert_array_equal(tpm["prevalence"], fpkm["prevalence"])


def test_windows_of_ten_patients_are_those_of_764_known_by_quartiles_only(joined: Joined, real_shipped: Run) -> None:
    genes, normal = real_shipped.of_bundle(tables.GENES), real_shipped.of_bundle(tables.NORMAL_BULK)
    universe = genes.loc[genes["universe"], "gene_id"]
    ten, many = (np.log2(joined.cohort(name)["median_tpm"].reindex(universe) + 1) for name in ("ten_TPM", "MM"))
    wide = normal.pivot(index="gene_id", columns=["source", "context"], values="upper_tpm")
    tails = np.log2(wide.reindex(universe) + 1)
    classes = real_shipped.of_bundle(tables.CONTEXTS).set_index(["source", "context"])["criticality"]
    worst = tails.loc[:, classes[tails.columns] == "vital"].max(axis=1)
    agreed = {
        "medians": ten.corr(many, method="spearman"),
        "windows over the worst vital tissue": (ten - worst).corr(many - worst, method="spearman"),
        "windows over any tissue": min((ten - tail).corr(many - tail, method="spearman") for _, tail in tails.items()),
    }
    print(agreed)
    assert min(agreed.values()) >= 0.9


# ---------------------------------------------------------------- cells


def test_myeloma_cells_carry_the_antigens_that_were_counted_in_the_file(
    joined: Joined, real_shipped: Run, shared_data: Path
) -> None:
    data = anndata.read_h5ad(shared_data / "cohorts" / "mm16_23cells.h5ad")
    shares = pd.Series(np.asarray((data.X > 0).mean(axis=0)).ravel(), data.var["symbol"])
    found = joined.by_symbol("mm16")
    antigens = ["TNFRSF17", "SDC1", "SLAMF7", "CD38", "FCRL5", "GPRC5D", "ITGB7", "CD19"]
    assert found.loc[antigens, "cells_positive"].tolist() == pytest.approx(shares[antigens].tolist(), abs=1 / 22)
    assert (found.loc[antigens, "prevalence"] == [1, 1, 1, 1, 1, 1, 1, 0]).all()
    assert found["cells_positive_lo"].isna().all()  # one patient
    bits = np.load(joined.read / "mm16" / "mm16_23cells.h5ad.bits.npy")
    genes = real_shipped.of_bundle(tables.GENES).query("universe")["gene_id"].sort_values().tolist()
    assert np.bitwise_count(bits[genes.index(found.loc["SDC1", "gene_id"])]).sum() == 22


def test_plasma_cells_of_marrow_show_their_proteins_and_their_immunoglobulin(joined: Joined) -> None:
    proteins = joined.by_symbol("marrow")["median"].dropna().sort_values()
    assert {"CD38", "ITGB7", "CD27", "CD19"} == set(proteins.index[-4:])
    assert "TNFRSF17" not in proteins  # no antibody: unmeasured, not absent
    assert joined.by_symbol("marrow").loc["TNFRSF17", "detection"] == "unmeasured"
    assert joined.about().loc["marrow_rna", "immunoglobulin_share"] == pytest.approx(0.48, abs=0.01)


# ---------------------------------------------------------------- panel


def test_a_panel_of_898_lines_tells_what_seven_ewing_lines_have_more_of(joined: Joined) -> None:
    found = joined.by_symbol("rppa")
    measured = found[found["detection"] == "measured"]
    assert set(measured.index) == {gene for gene in ANTIBODIES.values() if ";" not in gene}
    assert {"CAV1", "KIT"} == set(measured.index[measured["prevalence"] == 1])
    assert measured.loc["CAV1", "median"] > 3
    assert (measured["median_lo"] < measured["median"]).all()
    lost = read_table(joined.read / "rppa" / "lost.parquet", tables.EXCLUDED).set_index("entry")["reason"]
    assert lost["Akt"].startswith("ambiguous group")
    assert len(lost) == 214 - len(measured)
