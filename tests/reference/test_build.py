"""`reference build`: one bundle from verified sources; what nobody curated is judged as vital."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.demo.simulate import CELLS, TISSUES, simulate
from targetfinder.errors import InputError
from targetfinder.reference.build import build
from targetfinder.reference.fetch import fetch
from targetfinder.store import read_table

SIMULATED = (140, 3)  # genes and seed: the smallest simulation


@dataclass(frozen=True)
class Bench:
    """A references folder to spoil, and the bundle that comes of it."""

    folder: Path

    @property
    def references(self) -> Path:
        return self.folder / "references"

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        """Change the text of a file of the references folder."""
        path = self.references / file
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before
        path.write_text(after, encoding="utf-8")

    def put(self, member: str, change: Callable[[bytes], bytes]) -> None:
        """Change (or add) a member of the data archive, and pin the new archive."""
        path = self.references / "simulated.zip"
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        members[member] = change(members.get(member, b""))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.edit("sources.toml", lambda text: re.sub(r'sha256 = "\w+"', f'sha256 = "{digest}"', text))

    def change(self, member: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Change a CSV of the data archive as a frame of text."""

        def changed(data: bytes) -> bytes:
            frame = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
            return change(frame).to_csv(index=False).encode()

        self.put(member, changed)

    def build(self) -> Bench:
        list(fetch(self.references, self.folder / "store"))
        build(self.references, self.folder / "store", self.bundle)
        return self

    def refusal(self) -> InputError:
        with pytest.raises(InputError) as caught:
            self.build()
        assert not self.bundle.exists()
        return caught.value

    def table(self, table: tables.Table) -> pd.DataFrame:
        return read_table(self.bundle / f"{table.name}.parquet", table)

    def genes(self) -> pd.DataFrame:
        return self.table(tables.GENES).set_index("gene_id")

    def bytes(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.bundle.iterdir()}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Bench:
    """A bundle that is built once and must not be changed."""
    bench = Bench(tmp_path_factory.mktemp("pristine"))
    genes, seed = SIMULATED
    simulate(bench.references, repository / "references" / "safety.toml", seed, genes)
    return bench.build()


@pytest.fixture
def bench(pristine: Bench, tmp_path: Path) -> Bench:
    """A copy of the references to spoil."""
    shutil.copytree(pristine.references, tmp_path / "references")
    return Bench(tmp_path)


# ---------------------------------------------------------------- curated tables


def without_line(pattern: str) -> Callable[[str], str]:
    return lambda text: "".join(line for line in text.splitlines(True) if not re.search(pattern, line))


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("atlas", "labels"), [("sim_tissue", ["colon", "liver"]), ("sim_cell", ["Hepatocytes", "NK-cells"])]
)
def test_labels_that_nobody_curated_are_judged_as_vital_and_told(bench: Bench, atlas: str, labels: list[str]) -> None:
    bench.edit("labels.tsv", without_line(f"\t({'|'.join(labels)})\t"))
    bench.build()
    contexts = bench.table(tables.CONTEXTS).set_index("label").loc[labels]
    assert (contexts["source"] == atlas).all()
    assert (contexts["criticality"] == "vital").all()
    assert (contexts["context"] == labels).all()
    told = json.loads((bench.bundle / "manifest.json").read_text())["uncurated_labels"]
    assert told == [{"source": atlas, "label": label} for label in labels]


OWN = """extends = "simulated"

[[normal]]
file = "kidneys.tsv"
unit = "TPM"
options = { gene_id = "gene" }
labels = { K1 = "liver", K2 = "liver", K3 = "colon" }
"""


def test_a_users_own_normals_are_a_few_lines_of_toml(pristine: Bench, bench: Bench) -> None:
    genes = pristine.table(tables.GENES).query("protein_coding")["gene_id"].tolist()
    rows = [f"{gene}\t{5 * at}\t{at}\t{2 * at}\n" for at, gene in enumerate(genes[:-1])]
    (bench.folder / "kidneys.tsv").write_text("gene\tK1\tK2\tK3\n" + "".join(rows))
    (bench.folder / "mine.toml").write_text(OWN)
    own = str(bench.folder / "mine.toml")
    list(fetch(bench.references, bench.folder / "store", chosen=own))
    build(bench.references, bench.folder / "store", bench.bundle, own)
    bulk = bench.table(tables.NORMAL_BULK)
    mine = bulk[bulk["source"] == "kidneys"].pivot(index="gene_id", columns="context", values="value")
    assert mine["liver"].tolist() == [5.0 * at for at in range(len(genes) - 1)]  # the higher of K1 and K2
    assert mine["colon"].tolist() == [2.0 * at for at in range(len(genes) - 1)]
    assert genes[-1] not in mine.index  # not measured is no zero
    assert bulk[bulk["source"] != "kidneys"].reset_index(drop=True).equals(pristine.table(tables.NORMAL_BULK))
    manifest = json.loads((bench.bundle / "manifest.json").read_text())
    assert manifest["name"] == "mine"
    digest = hashlib.sha256((bench.folder / "kidneys.tsv").read_bytes()).hexdigest()
    assert {source["id"]: source["sha256"] for source in manifest["sources"]}["kidneys"] == digest


def test_a_users_label_must_name_a_curated_tissue(bench: Bench) -> None:
    (bench.folder / "kidneys.tsv").write_text("gene\tK1\nENSG1\t1\n")
    (bench.folder / "mine.toml").write_text(OWN.replace('K1 = "liver", K2 = "liver", K3 = "colon"', 'K1 = "livre"'))
    own = str(bench.folder / "mine.toml")
    list(fetch(bench.references, bench.folder / "store", chosen=own))
    with pytest.raises(InputError, match="not a known word: 'livre' in line 2"):
        build(bench.references, bench.folder / "store", bench.bundle, own)


def test_a_wrong_curated_table_stops_the_build(bench: Bench) -> None:
    bench.edit("tissues.tsv", replaced("simulated\timportant", "simulated\timportnat"))
    assert "'importnat' in line 5" in bench.refusal().problem


def test_labels_that_share_a_tissue_become_one_context_with_the_higher_value_of_each_gene(
    pristine: Bench, bench: Bench
) -> None:
    bench.edit("labels.tsv", replaced("skin\tskin", "skin\tliver"))
    bench.build()
    before, after = (wide(b, tables.NORMAL_BULK, "upper_tpm") for b in (pristine, bench))
    assert list(after.columns) == [tissue for tissue in before.columns if tissue != "skin"]
    np.testing.assert_allclose(after["liver"], before[["liver", "skin"]].max(axis=1))
    contexts = bench.table(tables.CONTEXTS).set_index("context")
    assert (contexts.loc["liver", "label"], contexts.loc["liver", "criticality"]) == ("liver | skin", "vital")


def test_contexts_hold_every_curated_label_with_its_class(pristine: Bench) -> None:
    contexts = pristine.table(tables.CONTEXTS)
    found = contexts.set_index("label")[["context", "criticality"]].apply(tuple, axis=1).to_dict()
    assert found == TISSUES | CELLS
    assert contexts.groupby("modality")["source"].unique().map(list).to_dict() == {
        "rna_bulk": ["sim_tissue"],
        "rna_cell": ["sim_cell"],
    }


# ---------------------------------------------------------------- determinism, and building over an older bundle


def test_building_twice_gives_identical_bytes(pristine: Bench, bench: Bench) -> None:
    built = bench.build().bytes()
    assert built == pristine.bytes()
    assert set(built) == {f"{table.name}.parquet" for table in BUNDLED} | {"manifest.json"}


BUNDLED = (
    tables.GENES,
    tables.SURFACE_VOTES,
    tables.PRECEDENT,
    tables.NORMAL_BULK,
    tables.NORMAL_CELL,
    tables.NORMAL_CELL_DONORS,
    tables.NORMAL_CELL_BITS,
    tables.NORMAL_PROTEIN,
    tables.NORMAL_ANTIBODY,
    tables.CONFLICTS,
    tables.LOCATIONS,
    tables.TOPOLOGY,
    tables.TOPOLOGY_SEGMENTS,
    tables.DEPENDENCY,
    tables.CONTEXTS,
    tables.TISSUE_CELLS,
    tables.LIABILITIES,
    tables.FEASIBILITY,
    tables.BLIND_SPOTS,
    tables.EFFECTORS,
    tables.NK_VIEW,
    tables.EXCLUDED,
    tables.IDENTITY,
)


def test_the_order_of_rows_in_the_sources_does_not_matter(pristine: Bench, bench: Bench) -> None:
    for member in ("tissue.csv", "cell.csv", "surface.csv"):
        bench.change(member, lambda frame: frame.iloc[::-1])
    bench.build()
    for table in BUNDLED:
        pd.testing.assert_frame_equal(bench.table(table), pristine.table(table))


def test_a_second_build_replaces_the_whole_bundle_and_leaves_nothing_beside_it(bench: Bench) -> None:
    bench.bundle.mkdir()
    for name in ("from_an_older_release.parquet", "manifest.json"):
        (bench.bundle / name).write_text("old")
    bench.build()
    assert "from_an_older_release.parquet" not in bench.bytes()
    assert {path.name for path in bench.folder.iterdir()} == {"references", "store", "bundle"}


def test_a_build_that_fails_leaves_the_older_bundle_as_it_was(bench: Bench) -> None:
    before = bench.build().bytes()
    bench.edit("tissues.tsv", replaced("simulated\timportant", "simulated\timportnat"))
    with pytest.raises(InputError):
        bench.build()
    assert bench.bytes() == before


def test_a_damaged_source_is_refused_before_anything_is_built(bench: Bench) -> None:
    list(fetch(bench.references, bench.folder / "store"))
    path = bench.folder / "store" / "simulated.zip"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match="wrong checksum"):
        build(bench.references, bench.folder / "store", bench.bundle)
    assert not bench.bundle.exists()


# ---------------------------------------------------------------- normal tissue


def wide(bench: Bench, table: tables.Table, column: str) -> pd.DataFrame:
    return bench.table(table).pivot(index="gene_id", columns="context", values=column)


@pytest.mark.parametrize("table", [tables.NORMAL_BULK, tables.NORMAL_CELL], ids=lambda table: table.name)
def test_renormalised_columns_add_up_to_one_million_over_the_normaliser_genes(
    pristine: Bench, table: tables.Table
) -> None:
    counted = pristine.genes()["normaliser"]
    sums = wide(pristine, table, "upper_tpm")[lambda frame: counted.reindex(frame.index)].sum()
    assert len(sums) == len(TISSUES if table is tables.NORMAL_BULK else CELLS)
    np.testing.assert_allclose(sums, 1e6, rtol=1e-9)


def test_values_stay_as_the_atlas_gives_them_under_the_canonical_name(pristine: Bench) -> None:
    with zipfile.ZipFile(pristine.references / "simulated.zip") as archive:
        given = pd.read_csv(io.BytesIO(archive.read("tissue.csv"))).set_index("Ensembl_Gene_ID")
    found = wide(pristine, tables.NORMAL_BULK, "value")
    for label, (context, _) in TISSUES.items():
        np.testing.assert_array_equal(found[context], given[label].reindex(found.index))


def test_percentiles_rank_the_genes_within_each_tissue(pristine: Bench) -> None:
    values, ranks = (wide(pristine, tables.NORMAL_BULK, name) for name in ("value", "percentile"))
    pd.testing.assert_frame_equal(ranks, values.rank(pct=True))


def test_a_missing_cell_stays_missing_and_a_zero_stays_zero(bench: Bench) -> None:
    def blank(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[0, "liver"], frame.loc[1, "liver"] = "", "0"
        return frame

    bench.change("tissue.csv", blank)
    rows = bench.build().table(tables.NORMAL_BULK).query("context == 'liver'").set_index("gene_id")
    measures = ["value", "upper", "upper_tpm", "percentile"]
    assert rows.loc["ENSG00000000001", measures].isna().all()
    assert rows.loc["ENSG00000000002", measures[:3]].tolist() == [0.0, 0.0, 0.0]


def test_a_tissue_in_which_nothing_is_expressed_is_refused_by_atlas_and_label(bench: Bench) -> None:
    bench.change("tissue.csv", lambda frame: frame.assign(liver="0"))
    told = str(bench.refusal())
    assert "sim_tissue" in told
    assert "liver" in told


# ---------------------------------------------------------------- an atlas of statistics, with labels to leave out


STATISTICS = """
[[table]]
id = "stats"
source = "simulated"
member = "stats.h5"
parser = "tissue_statistics"
provides = "normal_bulk"
release = "stats 6"
citation = "nobody"
unit = "TPM"
options = { value = "median", upper = "upper_quartile", mean = "mean" }
skip_labels = { "Bone Marrow" = "a leukaemia line" }
no_upper_labels = { Blood = "transformed cells" }
"""
LABELS = ["Liver", "Blood", "Bone Marrow"]


@pytest.fixture(scope="module")
def statistics(pristine: Bench, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, dict[str, pd.DataFrame]]:
    """A bundle with a second atlas, and the statistics that were put in (with versions of ids cut off)."""
    bench = Bench(tmp_path_factory.mktemp("statistics"))
    shutil.copytree(pristine.references, bench.references)
    rng = np.random.default_rng(5)
    ids = [f"ENSG{i:011d}" for i in range(1, 101)] + ["ENSG55555555555"]  # the last is no gene of HGNC or an atlas
    shape, buffer, frames = (len(ids), len(LABELS)), io.BytesIO(), {}
    with h5py.File(buffer, "w") as store:
        for name, scale in (("median", 10), ("upper_quartile", 20), ("mean", 15)):
            frames[name] = pd.DataFrame(rng.uniform(1, scale, shape), index=ids, columns=LABELS)
            store[f"{name}/axis0"] = np.array(LABELS, dtype="S")
            store[f"{name}/axis1"] = np.array([f"{gene_id}.7" for gene_id in ids], dtype="S")
            store[f"{name}/block0_values"] = frames[name].to_numpy()
    bench.put("stats.h5", lambda _: buffer.getvalue())
    bench.edit("sources.toml", lambda text: text + STATISTICS)
    lines = [f"rna_bulk\tstats\t{label}\t{label.lower()}\n" for label in LABELS]
    bench.edit("labels.tsv", lambda text: text + "".join(lines))
    bench.edit(
        "tissues.tsv",
        lambda text: text + "".join(f"{tissue}\tx\tvital\twhy\tunverified\n" for tissue in ("blood", "bone marrow")),
    )
    return bench.build(), frames


Statistics = tuple[Bench, dict[str, pd.DataFrame]]


def of_atlas(bench: Bench, column: str) -> pd.DataFrame:
    rows = bench.table(tables.NORMAL_BULK).query("source == 'stats'")
    return rows.pivot(index="gene_id", columns="context", values=column)


def test_a_skipped_label_is_in_no_row(statistics: Statistics) -> None:
    bench, _ = statistics
    assert list(of_atlas(bench, "value").columns) == ["blood", "liver"]


def test_a_label_without_an_upper_tail_uses_its_central_value(statistics: Statistics) -> None:
    bench, frames = statistics
    value, upper = of_atlas(bench, "value"), of_atlas(bench, "upper")
    np.testing.assert_array_equal(upper["blood"], value["blood"])
    np.testing.assert_array_equal(upper["liver"], frames["upper_quartile"]["Liver"].reindex(upper.index))


def test_the_factor_of_a_tissue_comes_from_its_means_and_not_from_its_tails(statistics: Statistics) -> None:
    bench, frames = statistics
    factor = of_atlas(bench, "upper_tpm") / of_atlas(bench, "upper")
    for context, label in (("liver", "Liver"), ("blood", "Blood")):
        np.testing.assert_allclose(factor[context], 1e6 / frames["mean"].iloc[:100][label].sum())


def test_a_gene_of_an_atlas_that_is_not_protein_coding_is_left_out(statistics: Statistics) -> None:
    bench, _ = statistics
    assert of_atlas(bench, "value").shape == (100, 2)
    assert "ENSG55555555555" not in of_atlas(bench, "value").index


def test_the_reasons_of_left_out_labels_are_in_the_bundle(statistics: Statistics) -> None:
    bench, _ = statistics
    excluded = bench.table(tables.EXCLUDED).set_index("entry")
    assert excluded.loc["Bone Marrow"].tolist() == ["stats", "stats 6", "a leukaemia line"]
    assert excluded.loc["Blood", "reason"] == "transformed cells"


# ---------------------------------------------------------------- genes, votes, precedent, exclusions


def test_the_universe_is_every_coding_gene_with_a_vote_of_any_source(pristine: Bench) -> None:
    truth = pd.read_csv(pristine.references / "truth.tsv", sep="\t").set_index("gene_id")
    universe = pristine.genes()["universe"]
    assert universe.to_dict() == (truth["role"] != "intracellular").to_dict()
    votes = pristine.table(tables.SURFACE_VOTES)
    assert set(votes["gene_id"]) == set(universe.index[universe])


def test_a_target_that_only_a_therapy_names_enters_the_universe_with_a_clinical_vote(bench: Bench) -> None:
    truth = pd.read_csv(bench.references / "truth.tsv", sep="\t").set_index("symbol")
    inside = "INTRACELLULAR61"
    line = f"ALIAS-{inside},x-cel,sarcoma,NCT1\n".encode()
    bench.put("therapies.csv", lambda data: data + line)
    votes = bench.build().table(tables.SURFACE_VOTES).set_index("gene_id").loc[[truth.loc[inside, "gene_id"]]]
    assert votes[["voter", "kind", "statement"]].to_numpy().tolist() == [
        ["GO", "unseen", "names this gene nowhere"],
        ["precedent", "clinical", "target of CAR-T (trial): x-cel"],
    ]
    assert bench.genes().loc[truth.loc[inside, "gene_id"], "universe"]


def test_what_only_speaks_against_the_surface_makes_no_candidate(bench: Bench) -> None:
    truth = pd.read_csv(bench.references / "truth.tsv", sep="\t").set_index("symbol")
    inside = truth.loc["INTRACELLULAR61", "gene_id"]
    term = {"GO:0005794": {"name": "Golgi apparatus", "genes": {"IDA": [inside]}}}
    bench.put("go.json", lambda data: json.dumps({**json.loads(data), **term}).encode())
    bench.edit("sources.toml", replaced("membrane_terms = []", 'membrane_terms = [], inside_terms = ["GO:0005794"]'))
    votes = bench.build().table(tables.SURFACE_VOTES).set_index("gene_id")
    assert votes.loc[inside, ["voter", "kind"]].tolist() == ["GO organelle", "against"]
    assert not bench.genes().loc[inside, "universe"]


LOCATIONS = """
[[table]]
id = "stained"
source = "simulated"
member = "locations.tsv"
parser = "hpa_location"
provides = "locations"
release = "stained 1"
citation = "nobody"
"""


def test_what_stained_cells_show_at_the_membrane_makes_a_candidate_and_elsewhere_none(bench: Bench) -> None:
    ids = pd.read_csv(bench.references / "truth.tsv", sep="\t").set_index("symbol")["gene_id"]
    head = "Gene\tGene name\tReliability\tMain location\tAdditional location\tExtracellular location\t"
    head += "Enhanced\tSupported\tApproved\tUncertain\n"
    seen = {"INTRACELLULAR61": "Plasma membrane", "INTRACELLULAR62": "Golgi apparatus", "GOOD1": "Golgi apparatus"}
    lines = [f"{ids[name]}\t{name}\tEnhanced\t{at}\t\t\t{at}\t\t\t\n" for name, at in seen.items()]
    bench.put("locations.tsv", lambda _: (head + "".join(lines)).encode())
    bench.edit("sources.toml", lambda text: text + LOCATIONS)
    votes = bench.build().table(tables.SURFACE_VOTES).query("voter == 'HPA'").set_index("gene_id")["kind"]
    found = pd.DataFrame({"kind": votes, "universe": bench.genes()["universe"]}).loc[ids[list(seen)]]
    assert found.to_numpy().tolist() == [["membrane", True], ["against", False], ["against", True]]


def test_the_synthase_of_a_glycan_is_a_candidate(bench: Bench) -> None:
    truth = pd.read_csv(bench.references / "truth.tsv", sep="\t").set_index("symbol")
    bench.edit("glycans.tsv", lambda text: text + "INTRACELLULAR61\tGD9\tIts synthase.\t\tno\tsimulated\n")
    genes = bench.build().genes()
    assert genes.loc[truth.loc["INTRACELLULAR61", "gene_id"], "universe"]


def test_an_agent_without_a_name_is_kept_or_refused_but_never_breaks_the_program(bench: Bench) -> None:
    bench.put("therapies.csv", lambda data: data + b"GOOD2,,sarcoma,NCT1\n")
    try:
        bench.build()
    except InputError as error:
        assert "therapies" in str(error)
    else:
        assert "ENSG00000000002" in set(bench.table(tables.PRECEDENT)["gene_id"])


def test_a_retired_id_votes_for_its_replacement(bench: Bench) -> None:
    gene_id = "ENSG00000000001"
    bench.change("surface.csv", lambda frame: frame.replace({"Ensembl_Gene_ID": {gene_id: "ENSG99999999999.2"}}))
    votes = bench.build().table(tables.SURFACE_VOTES).query("voter == 'CSPA'")["gene_id"]
    assert gene_id in set(votes)
    assert "ENSG99999999999" not in set(votes)


def test_exclusions_are_listed_with_their_reason_and_counted_in_the_manifest(bench: Bench) -> None:
    lines = b"ENSG88888888888,IGSIM,CSPA_validated\n,NOBODY,CSPA_validated\n,NOONE,CSPA_validated\n"
    bench.put("surface.csv", lambda data: data + lines)
    bench.put("therapies.csv", lambda data: data + b"NOBODY,y,z,NCT2\n")
    bench.build()
    rows = bench.table(tables.EXCLUDED)[["source", "entry", "reason"]].to_numpy().tolist()
    unknown = "no gene of this name"
    assert rows == [
        ["surface", "IGSIM", "unknown id"],
        ["surface", "NOBODY", unknown],
        ["surface", "NOONE", unknown],
        ["therapies", "NOBODY", unknown],
    ]
    counts = {(e["source"], e["reason"]): e["count"] for e in manifest(bench)["exclusions"]}
    assert counts == {("surface", "unknown id"): 1, ("surface", unknown): 2, ("therapies", unknown): 1}


def test_the_manifest_counts_what_became_of_the_entries_of_each_source(bench: Bench) -> None:
    bench.put("therapies.csv", lambda data: data + b"ALIAS-GOOD2,y,z,NCT2\nNOBODY,y,z,NCT2\n")
    bench.build()
    counts = {row["source"]: row for row in manifest(bench)["identity"]}
    assert set(counts) == {"immune", "mitochondrial", "sim_tissue", "sim_cell", "surface", "go", "therapies"}
    assert {name: n for name, n in counts["therapies"].items() if n} == {
        "source": "therapies",
        "entries": 3,
        "unchanged": 1,
        "renamed": 1,
        "lost": 1,
        "protein_coding": 2,
        "protein_coding_lost": 1,
    }
    listed = bench.table(tables.IDENTITY).query("source == 'therapies'").set_index("entry")["reason"].to_dict()
    assert listed == {"ALIAS-GOOD2": "alias", "NOBODY": "no gene of this name"}


@pytest.mark.parametrize("first", [True, False])
def test_of_two_rows_of_a_gene_in_an_atlas_that_of_its_own_id_counts(bench: Bench, first: bool) -> None:
    def twice(frame: pd.DataFrame) -> pd.DataFrame:
        other = frame.iloc[:1].assign(Ensembl_Gene_ID="ENSG99999999999", liver="987654")
        return pd.concat([other, frame] if first else [frame, other])

    bench.change("tissue.csv", twice)
    rows = bench.build().table(tables.NORMAL_BULK).query("gene_id == 'ENSG00000000001' and context == 'liver'")
    assert len(rows) == 1
    assert rows["value"].item() < 987654
    merged = bench.table(tables.IDENTITY).query("source == 'sim_tissue'")
    assert merged[["entry", "outcome", "gene_id"]].to_numpy().tolist() == [
        ["ENSG99999999999 (GOOD1)", "merged", "ENSG00000000001"]
    ]


def test_immune_receptor_and_mitochondrial_genes_of_the_lists_do_not_count_towards_the_million(bench: Bench) -> None:
    bench.put("immune.csv", lambda data: data + b"ENSG00000000100.3,X\n")
    bench.put("mitochondrial.csv", lambda data: data + b"ENSG00000000101,Y\n")
    genes = bench.build().genes()[["protein_coding", "normaliser"]].apply(tuple, axis=1)
    assert genes["ENSG00000000100"] == (False, False)
    assert genes["ENSG00000000101"] == (True, False)
    assert genes["ENSG00000000102"] == (True, True)
    normal = wide(bench, tables.NORMAL_BULK, "upper_tpm")
    assert "ENSG00000000101" in normal.index
    np.testing.assert_allclose(normal.drop(index="ENSG00000000101").sum(), 1e6)
    assert (normal.sum() > 1e6).all()


def manifest(bench: Bench) -> dict[str, list[dict[str, object]]]:
    return dict(json.loads((bench.bundle / "manifest.json").read_text(encoding="utf-8")))


def test_the_manifest_pins_every_table_and_source(pristine: Bench) -> None:
    told = manifest(pristine)
    for table in BUNDLED:
        data = (pristine.bundle / f"{table.name}.parquet").read_bytes()
        assert told["tables"][table.name] == {  # type: ignore[call-overload]
            "rows": len(pristine.table(table)),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    archive = (pristine.references / "simulated.zip").read_bytes()
    assert [source["sha256"] for source in told["sources"]] == [hashlib.sha256(archive).hexdigest()]
    assert len(told["source_tables"]) == 10
