"""Safety on the real data packages: what is clear everywhere, what never is, and that clear genes have nothing high."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.decide._reasons import reasons_of, worst_tier
from targetfinder.evidence import safety
from targetfinder.evidence._records import read_disease, scale_of, tumour, universe
from targetfinder.settings import Rules
from targetfinder.store import read_table

if TYPE_CHECKING:
    from tests.conftest import Run

CLEAR = ("CD19", "TNFRSF17")
NEVER_CLEAR = ("ERBB2", "EGFR", "CA9", "CEACAM5", "TACSTD2", "EPCAM")


@pytest.fixture(scope="module")
def normal(real: Run) -> pd.DataFrame:
    parts = [real.of_bundle(table) for table in (tables.NORMAL_BULK, tables.NORMAL_CELL)]
    return pd.concat(parts, ignore_index=True).drop(columns="value")


@pytest.fixture(scope="module")
def carriers(real: Run) -> pd.DataFrame:
    """The table that `evidence off_target` left beside the evidence of the indications."""
    return read_table(real.folder / "evidence" / "off_target.parquet", tables.OFF_TARGET)


@pytest.fixture(scope="module")
def beyond(real: Run) -> safety.Beyond:
    surface = real.of_indication(tables.EVIDENCE, "ewing_sarcoma").query("criterion == 'surface'")
    return safety.Beyond(
        real.of_bundle(tables.NORMAL_PROTEIN),
        surface.set_index("gene_id")["context"],
        real.of_bundle(tables.LIABILITIES),
    )


def test_in_every_indication_cd19_and_bcma_are_clear_and_antigens_of_vital_epithelium_are_not(
    real: Run, normal: pd.DataFrame, carriers: pd.DataFrame, beyond: safety.Beyond, rules: Rules, repository: Path
) -> None:
    genes = universe(real.bundle)
    genes = genes[genes["symbol"].isin([*CLEAR, *NEVER_CLEAR])].reset_index(drop=True)
    chosen = normal[normal["gene_id"].isin(genes["gene_id"])]
    files = sorted((repository / "references" / "indications").glob("*.toml"))
    assert len(files) == 28
    for file in files:
        disease = read_disease(file, real.bundle)
        linear = scale_of(disease, real.cohorts) == "linear"
        found = safety.findings(
            genes,
            tumour(disease, real.cohorts, genes)["median_tpm"] if linear else None,
            chosen,
            carriers[carriers["gene_id"].isin(genes["gene_id"])],
            real.of_bundle(tables.CONTEXTS),
            rules=rules,
            waivers={kind: disease.waivers(name) for kind, name in safety.KINDS},
            beyond=beyond,
        )
        tier = worst_tier(found.astype({"gene_id": str}), "tier").reindex(genes["gene_id"]).fillna("clear")
        tier.index = pd.Index(genes["symbol"])
        assert set(tier[list(CLEAR)]) == {"clear"}, file.stem
        assert "clear" not in set(tier[list(NEVER_CLEAR)]), file.stem


def test_what_is_clear_reaches_50_in_no_vital_tissue_or_cell_type_whatever_the_tumour(
    real: Run, normal: pd.DataFrame, carriers: pd.DataFrame, beyond: safety.Beyond, rules: Rules
) -> None:
    # Without a tumour every tier is the lowest that it can be, and no indication tolerates what is vital.
    genes, contexts = universe(real.bundle), real.of_bundle(tables.CONTEXTS)
    found = safety.findings(genes, None, normal, carriers, contexts, rules=rules, waivers={}, beyond=beyond)
    tier = worst_tier(found.astype({"gene_id": str}), "tier").reindex(genes["gene_id"]).fillna("clear")
    clear = tier.index[tier == "clear"]
    vital = normal.merge(contexts[["source", "context", "criticality"]]).query("criticality == 'vital'")
    assert len(clear) > 500
    assert vital.loc[vital["gene_id"].isin(clear), "upper"].max() < 50


@pytest.mark.parametrize("indication", ["ewing_sarcoma", "multiple_myeloma"])
def test_no_more_than_half_of_the_universe_is_gated_or_vetoed(real: Run, indication: str) -> None:
    share = real.of_indication(tables.TARGETS, indication)["safety_tier"].value_counts(normalize=True)
    print(indication, {tier: f"{share.get(tier, 0.0):.1%}" for tier in tables.SAFETY_TIERS})
    assert share.get("gate_needed", 0.0) + share.get("veto", 0.0) <= 0.5


def test_documented_harm_is_a_sourced_reason(real: Run) -> None:
    found = real.of_indication(tables.SAFETY, "ewing_sarcoma").astype({"gene_id": str})
    reasons = reasons_of(found)
    ids = real.of_bundle(tables.GENES).set_index("symbol")["gene_id"]
    for symbol, source in {
        "ERBB2": "PMID:20179677",
        "CA9": "PMID:23423337",
        "CEACAM5": "PMID:21157437",
        "TNFRSF17": "tolerated: ",
    }.items():
        assert source in reasons[ids[symbol]], symbol
    harm = found[found["modality"] == "clinical"]
    assert (harm["source"] == "liabilities.tsv").all()
    assert harm.loc[harm["gene_id"] == ids["TNFRSF17"], ["tier_before_waiver", "tier"]].to_numpy().tolist() == [
        ["veto", "clear"]
    ]
