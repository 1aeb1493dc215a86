"""A bundle from the data packages and a mirror of real files: further atlases, stained tissue, proteome, topology.

The mirror is a plain folder with the files under their names; shared_data.toml names them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.decide._reasons import worst_tier
from targetfinder.evidence import safety, surface
from targetfinder.evidence.off_target import off_target
from targetfinder.reference.build import build
from targetfinder.reference.fetch import fetch
from targetfinder.reference.verify import verify
from targetfinder.settings import read_rules, read_scoring, read_voters
from targetfinder.sources.registry import read_registry
from targetfinder.store import read_table

ROOT = Path(__file__).resolve().parent.parent.parent
OWN = str(Path(__file__).with_name("shared_data.toml"))


@dataclass(frozen=True)
class Built:
    """A bundle, its store and its manifest."""

    store: Path
    bundle: Path
    manifest: dict[str, Any]

    def table(self, table: tables.Table) -> pd.DataFrame:
        return read_table(self.bundle / f"{table.name}.parquet", table)


@pytest.fixture(scope="module")
def built(real_store: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("mirrored")
    mirror, store = folder / "mirror", folder / "store"
    mirror.mkdir()
    for file in (*shared_data.glob("*/*"), *real_store.glob("*.whl")):
        (mirror / file.name).symlink_to(file)
    list(fetch(ROOT / "references", store, chosen=OWN, mirror=str(mirror)))
    build(ROOT / "references", store, folder / "bundle", OWN)
    return Built(store, folder / "bundle", json.loads((folder / "bundle" / "manifest.json").read_text()))


def test_the_mirror_gives_every_source_and_all_are_verified(built: Built) -> None:
    registry = read_registry(ROOT / "references" / "sources.toml", OWN)
    assert len(list(verify(ROOT / "references", built.store, OWN))) == len(registry.source)
    assert {source["id"] for source in built.manifest["sources"]} == {source.id for source in registry.source}
    assert all(len(source["sha256"]) == 64 and source["size"] > 0 for source in built.manifest["sources"])


def test_every_label_of_the_atlases_is_curated(built: Built) -> None:
    assert built.manifest["uncurated_labels"] == []


def test_stained_cells_have_levels_and_what_was_not_stained_has_no_row(built: Built) -> None:
    symbols = built.table(tables.GENES).set_index("gene_id")["symbol"]
    protein = built.table(tables.NORMAL_PROTEIN)
    stained = protein[protein["source"] == "hpa_ihc"].assign(symbol=lambda frame: frame["gene_id"].map(symbols))
    cd19 = stained[(stained["symbol"] == "CD19") & (stained["level"] == "High")]
    assert {"lymph node", "spleen"} <= set(cd19["context"])
    assert not set(stained["symbol"]) & {"TNFRSF17", "FCRL5", "ITGB7", "ROR1", "EPHA2", "XG"}
    weighed = protein[protein["source"] == "proteome"]
    assert (weighed["cell_type"] == "whole tissue").all()
    assert weighed["value"].isna().any()
    assert not (weighed["value"] == 0).any()


def test_antibodies_on_healthy_cells_are_a_table_of_their_own_and_no_stain(built: Built) -> None:
    symbols = built.table(tables.GENES).set_index("gene_id")["symbol"]
    found = built.table(tables.NORMAL_ANTIBODY)
    found = found.assign(symbol=found["gene_id"].map(symbols)).set_index(["symbol", "context"])["positive"]
    assert (found[[("CD5", "T cells"), ("CD7", "T cells"), ("CD7", "NK cells"), ("NCAM1", "NK cells")]] > 0.7).all()
    assert (found[[("CD38", "T cells"), ("NCAM1", "T cells"), ("CD5", "NK cells")]] < 0.5).all()
    assert "marrow_antibodies" not in set(built.table(tables.NORMAL_PROTEIN)["source"])
    assert "marrow_antibodies" not in set(built.table(tables.CONTEXTS)["source"])
    excluded = built.table(tables.EXCLUDED)
    assert {"TCRab", "HLA.ABC"} <= set(excluded.loc[excluded["source"] == "marrow_antibodies", "entry"])


def test_bulk_atlases_stand_side_by_side_under_one_name_for_a_tissue(built: Built) -> None:
    bulk = built.table(tables.NORMAL_BULK)
    assert set(bulk["source"]) == {"hpa_tissue", "gtex", "hpa_consensus", "fantom"}
    assert bulk.loc[bulk["context"] == "liver", "source"].nunique() == 4


def test_predicted_topology_says_that_it_is_a_prediction_and_makes_no_candidate(built: Built) -> None:
    genes, topology = built.table(tables.GENES).set_index("symbol"), built.table(tables.TOPOLOGY)
    bcma = topology[topology["gene_id"] == genes.loc["TNFRSF17", "gene_id"]].iloc[0]
    assert (bcma["ecd_length"], bcma["passes"], bcma["evidence"]) == (53, 1, "prediction")
    assert len(topology) > 15_000
    assert built.table(tables.TOPOLOGY_SEGMENTS)["unplaced"].eq("no gene models").all()


def test_what_did_not_reach_the_bundle_is_listed_by_source(built: Built) -> None:
    excluded = built.table(tables.EXCLUDED)
    assert {"hpa_ihc", "proteome", "cspa", "phobius"} <= set(excluded["source"])
    assert excluded.loc[excluded["source"] == "hpa_ihc", "reason"].str.contains("no tissue").any()


def test_with_more_voters_proteins_of_organelles_are_not_confirmed(built: Built) -> None:
    genes, votes = built.table(tables.GENES).query("universe"), built.table(tables.SURFACE_VOTES)
    assert {"CSPA", "HPA"} <= set(votes["voter"])
    voters = read_voters(ROOT / "references" / "surface.toml")
    scoring = read_scoring(ROOT / "conf" / "scoring.toml").surface
    tiers = surface.grades(votes, pd.Index(genes["gene_id"]), voters, scoring)["tier"]
    by_symbol = tiers.set_axis(genes["symbol"])
    assert {by_symbol[one] for one in ("EGFR", "CD4", "INSR", "ITGA5", "TFRC")} == {"confirmed"}
    assert not {by_symbol.get(one) for one in ("LMAN2", "QSOX2", "CALR", "HSPA5", "P4HB")} & {"confirmed"}


def test_what_is_clear_has_no_trusted_stain_in_vital_cells_of_a_tissue(built: Built) -> None:
    genes, votes = built.table(tables.GENES).query("universe"), built.table(tables.SURFACE_VOTES)
    voters, scoring = read_voters(ROOT / "references" / "surface.toml"), read_scoring(ROOT / "conf" / "scoring.toml")
    tiers = surface.grades(votes, pd.Index(genes["gene_id"].astype(str)), voters, scoring.surface)["tier"]
    protein, contexts = built.table(tables.NORMAL_PROTEIN), built.table(tables.CONTEXTS)
    parts = [built.table(table).drop(columns="value") for table in (tables.NORMAL_BULK, tables.NORMAL_CELL)]
    rules = read_rules(ROOT / "references" / "safety.toml")
    found = safety.findings(
        genes[["gene_id", "symbol"]].astype(str),
        None,
        pd.concat(parts, ignore_index=True),
        off_target(genes, built.table(tables.NORMAL_CELL), tables.NORMAL_CELL_DONORS.empty(), contexts, rules.lowest),
        contexts,
        rules=rules,
        beyond=safety.Beyond(protein, tiers, built.table(tables.LIABILITIES)),
    )
    worst = worst_tier(found.astype({"gene_id": str}), "tier").reindex(tiers.index).fillna("clear")
    trusted = protein[
        protein["level"].isin(["Medium", "High"]) & protein["reliability"].isin(["Enhanced", "Supported"])
    ]
    trusted = trusted[trusted["gene_id"].map(tiers).isin(["confirmed", "likely"])].astype(str)
    place = trusted["context"] + ": " + trusted["cell_type"]
    vital = contexts[(contexts["source"] == "hpa_ihc") & (contexts["criticality"] == "vital") & contexts["parenchyma"]]
    stained = set(trusted.loc[place.isin(vital["context"]), "gene_id"])
    assert len(stained) > 200
    assert "clear" not in set(worst[list(stained)])
    sentences = found.loc[found["rule"] == "gate_needed: stain High", "said"]
    assert sentences.str.fullmatch(r"IHC High, HPA v22, (Enhanced|Supported)(, confirmed by .+)?").all()


def test_rna_and_protein_that_contradict_each_other_are_listed_and_gprc5d_of_purkinje_cells_is(built: Built) -> None:
    found = built.table(tables.CONFLICTS)
    print(found.groupby(["kind", "trusted"])["gene_id"].agg(["size", "nunique"]))
    model = found[(found["symbol"] == "GPRC5D") & (found["tissue"] == "cerebellum")].set_index("cell_type")
    assert model.loc["Purkinje cells", ["kind", "level", "reliability"]].tolist() == [
        "stain without RNA",
        "High",
        "Approved",
    ]
    assert model.loc["Purkinje cells", "rna"] < 1
    loud = found[found["kind"] == "stain without RNA"]
    assert set(loud["level"]) == {"Medium", "High"}
    assert loud["rna"].max() < 1
    silent = found[found["kind"] == "RNA without stain"]
    assert silent["rna"].min() >= 20
    assert min(loud["gene_id"].nunique(), silent["gene_id"].nunique()) > 100
    # every row as the atlases have it, by a query of its own
    protein, bulk = built.table(tables.NORMAL_PROTEIN), built.table(tables.NORMAL_BULK)
    for row in found.sample(40, random_state=1).itertuples(index=False):
        stains = protein[(protein["gene_id"] == row.gene_id) & (protein["context"] == row.tissue)].query(
            "unit == 'stain'"
        )
        rna = bulk[(bulk["gene_id"] == row.gene_id) & (bulk["context"] == row.tissue)]["upper"].max()
        assert rna == row.rna
        seen = (
            set(stains["level"])
            if row.kind == "RNA without stain"
            else set(stains.query("cell_type == @row.cell_type")["level"])
        )
        assert {row.level} == seen & set(tables.STAIN_LEVELS)
    assert set(found["source"]) == {"hpa_ihc"}
    assert found[["release", "rna_release"]].notna().all(axis=None)
