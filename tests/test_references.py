"""The shipped curated tables: every label of the atlases is named, and what is said of a context holds together."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pandas as pd
import pytest

from targetfinder.reference._curated import curated_contexts

#: Source id to how many labels a release has.
LABELS = {
    "hpa_tissue": 50,
    "gtex": 31,
    "gtex_v8": 112,
    "hpa_tissue_official": 63,
    "fantom": 60,
    "evodevo": 18,
    "proteome": 31,
    "hpa_cell": 81,
    "hpa_cell_official": 234,
    "hpa_blood_cell": 39,
    "hpa_ihc": 290,
}


@pytest.fixture(scope="module")
def contexts(repository: Path) -> pd.DataFrame:
    return curated_contexts(repository / "references")


def table(repository: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(repository / "references" / name, sep="\t", dtype=str, keep_default_na=False)


def labels(contexts: pd.DataFrame, source: str) -> set[str]:
    return set(contexts.loc[contexts["source"] == source, "label"])


def test_every_atlas_has_its_labels(contexts: pd.DataFrame) -> None:
    assert contexts["source"].value_counts().to_dict() == LABELS


def test_every_tissue_and_cell_type_is_named_by_a_label(repository: Path) -> None:
    given, stained = table(repository, "labels.tsv"), table(repository, "stained_cells.tsv")
    cells = given["modality"] == "rna_cell"
    assert set(table(repository, "tissues.tsv")["tissue"]) == set(given[~cells]["context"]) | set(stained["tissue"])
    own = {"Activated NK cells"}  # no shipped atlas has them; one of a user may
    named = set(given[cells]["context"]) | set(stained["cell_type"])
    assert set(table(repository, "cell_types.tsv")["cell_type"]) == named | own


@pytest.mark.parametrize(("name", "ontology"), [("tissues.tsv", "uberon"), ("cell_types.tsv", "cl")])
def test_reasons_are_sentences_with_a_reference_and_ontology_ids_name_one_thing(
    repository: Path, name: str, ontology: str
) -> None:
    rows = table(repository, name)
    assert rows["reason"].str.fullmatch(r"[A-Z].{15,}\.").all()
    assert rows["reference"].str.fullmatch(r"unverified|PMID:\d+|DOI:10\.\d+/\S+|NCT\d{8}").all()
    ids = rows[ontology][rows[ontology] != ""]
    assert ids.str.fullmatch(ontology.upper() + r":\d{7}").all()
    assert ids.is_unique
    assert len(ids) > len(rows) / 3


def test_sex_goes_with_organs_of_reproduction(repository: Path) -> None:
    tissues = table(repository, "tissues.tsv")
    assert set(tissues["sex"]) == {"any", "female", "male"}
    assert set(tissues.loc[tissues["sex"] != "any", "organ_system"]) == {"reproductive"}


def test_nerve_heart_lung_liver_and_kidney_are_vital_in_every_atlas(contexts: pd.DataFrame) -> None:
    whole = contexts[contexts["source"] != "hpa_ihc"]
    systems = ["nervous", "cardiovascular", "endothelial", "neuronal"]
    names = ["lung", "liver", "kidney", "bone marrow", "heart muscle", "Hepatocytes", "Cardiomyocytes"]
    vital = whole[whole["system"].isin(systems) | whole["context"].isin(names)]
    assert len(vital) > 150
    assert set(vital["criticality"]) == {"vital"}


def test_what_is_cultured_never_stands_for_a_tissue(contexts: pd.DataFrame) -> None:
    cultured = contexts[contexts["label"].str.contains("Cells - |Cells_|K-562|Bone Marrow")]
    assert set(cultured["system"]) == {"none (cell line)"}
    assert len(cultured) == 7


@pytest.mark.parametrize(
    ("label", "context", "criticality"),
    [
        ("Adipocytes", "Capillary endothelial cells", "vital"),
        ("granulocytes", "Mast cells", "regenerable"),
        ("Paneth cells", "BEST4-positive absorptive cells", "important"),
        ("Undifferentiated cells", "Intestinal crypt base cells", "vital"),
        ("dendritic cells", "Plasmacytoid dendritic cells", "regenerable"),
        ("Secretory cells", "Fallopian tube secretory cells", "dispensable"),
    ],
)
def test_labels_of_hpa_v23_follow_the_profile_of_their_cells(
    contexts: pd.DataFrame, label: str, context: str, criticality: str
) -> None:
    for source in ("hpa_cell", "hpa_cell_official"):
        row = contexts[(contexts["source"] == source) & (contexts["label"] == label)].iloc[0]
        assert (row["context"], row["criticality"]) == (context, criticality)


def test_the_same_word_of_v25_means_the_cell_it_names(contexts: pd.DataFrame) -> None:
    official = contexts[contexts["source"] == "hpa_cell_official"].set_index("label")["context"]
    assert official[["adipocytes", "paneth cells", "schwann cells", "hematopoietic stem cells"]].tolist() == [
        "Adipocytes",
        "Paneth cells",
        "Schwann cells",
        "Haematopoietic stem cells",
    ]


def test_every_atlas_of_cells_has_t_and_nk_cells_under_the_names_that_fratricide_is_read_from(
    contexts: pd.DataFrame,
) -> None:
    for source in ("hpa_cell", "hpa_cell_official", "hpa_blood_cell"):
        assert {"T cells", "NK cells", "B cells"} <= set(contexts.loc[contexts["source"] == source, "context"])


def test_immune_cells_are_guests_in_organs_that_are_not_lymphoid(contexts: pd.DataFrame, repository: Path) -> None:
    stained = contexts[contexts["source"] == "hpa_ihc"].assign(
        tissue=lambda rows: rows["context"].str.split(": ").str[0]
    )
    systems = table(repository, "tissues.tsv").set_index("tissue")["organ_system"]
    outside = stained[(stained["system"] == "immune") & (stained["tissue"].map(systems) != "lymphoid")]
    outside = outside[outside["tissue"] != "placenta"]
    assert len(outside) > 5
    assert not outside["parenchyma"].any()
    assert not stained.loc[
        stained["context"].str.endswith(("Macrophages", "Lymphocytes", "matrix")), "parenchyma"
    ].any()
    assert stained.loc[stained["criticality"] == "vital", "parenchyma"].all()


def test_labels_of_stained_cells_are_in_lower_case_without_outer_spaces(contexts: pd.DataFrame) -> None:
    assert all(label == label.strip().lower() for label in labels(contexts, "hpa_ihc"))


# ---------------------------------------------------------------- labels of real files


def header(path: Path, skip: int = 0) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for _ in range(skip):
            next(handle)
        return next(csv.reader(handle, delimiter="\t"))[2:]


@pytest.mark.parametrize(
    ("file", "source", "skip"),
    [
        ("rna_bulk/hpa_v21.1_rna_tissue_consensus_nTPM.tsv.gz", "hpa_tissue_official", 0),
        ("rna_bulk/hpa_v20_rna_tissue_hpa_TPM.tsv.gz", "hpa_tissue_official", 0),
        ("rna_bulk/hpa_v21.1_gtex_nTPM.tsv.gz", "hpa_tissue_official", 0),
        ("rna_bulk/hpa_v21.1_fantom5_normTPM.tsv.gz", "fantom", 0),
        ("protein/E-PROT-29-query-results.tsv.gz", "proteome", 4),
    ],
)
def test_every_tissue_of_a_real_file_is_curated(
    shared_data: Path, contexts: pd.DataFrame, file: str, source: str, skip: int
) -> None:
    assert set(header(shared_data / file, skip)) <= labels(contexts, source)


def test_every_stained_cell_of_a_real_file_is_curated(shared_data: Path, contexts: pd.DataFrame) -> None:
    path = shared_data / "protein" / "hpa_v22_normal_tissue_ihc.tsv.gz"
    cells = pd.read_csv(path, sep="\t", usecols=["tissue", "cell_type"], dtype="category", keep_default_na=False)
    pairs = cells.drop_duplicates()[lambda rows: rows["tissue"] != "N/A"].astype(str)
    assert len(pairs) == 265
    assert set((pairs["tissue"] + ": " + pairs["cell_type"]).str.lower()) <= labels(contexts, "hpa_ihc")
