"""The curated tables: a label has one name, a name one class, and a wrong line is refused by its number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from targetfinder.errors import InputError
from targetfinder.reference._curated import by_context, curated_contexts

FILES = {
    "tissues.tsv": "tissue\torgan_system\tcriticality\treason\treference\n"
    "liver\tdigestive\tvital\tIt is needed.\tPMID:1\n"
    "skin\tcover\tregenerable\tIt heals.\tunverified\n",
    "cell_types.tsv": "cell_type\tgroup\tcriticality\treason\treference\n"
    "Hepatocytes\tepithelial\tvital\tThey are the liver.\tunverified\n"
    "T cells\timmune\timportant\tInfections follow.\tunverified\n",
    "labels.tsv": "modality\tsource\tlabel\tcontext\tnote\n"
    "rna_bulk\tatlas\tLiver 1\tliver\tLeft lobe.\n"
    "rna_bulk\tatlas\tLiver 2\tliver\t\n"
    "rna_bulk\tother\tliver\tliver\t\n"
    "protein\tproteome\tSKIN\tskin\t\n"
    "rna_cell\tcells\tT-cell\tT cells\t\n",
    "stained_cells.tsv": "source\tlabel\ttissue\tcell_type\tparenchyma\n"
    "stains\tliver 1: hepatocytes\tliver\tHepatocytes\tyes\n"
    "stains\tliver 1: lymphocytes\tliver\tT cells\tno\n",
}


@pytest.fixture
def references(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_label_has_the_class_of_its_name_and_stained_cells_that_of_the_cell(references: Path) -> None:
    found = curated_contexts(references)
    columns = ["modality", "label", "context", "system", "criticality", "reason", "parenchyma"]
    assert found[columns].to_numpy().tolist() == [
        ["rna_bulk", "Liver 1", "liver", "digestive", "vital", "It is needed.", True],
        ["rna_bulk", "Liver 2", "liver", "digestive", "vital", "It is needed.", True],
        ["rna_bulk", "liver", "liver", "digestive", "vital", "It is needed.", True],
        ["rna_cell", "T-cell", "T cells", "immune", "important", "Infections follow.", False],
        ["protein", "SKIN", "skin", "cover", "regenerable", "It heals.", True],
        ["protein", "liver 1: hepatocytes", "liver: Hepatocytes", "epithelial", "vital", "They are the liver.", True],
        ["protein", "liver 1: lymphocytes", "liver: T cells", "immune", "important", "Infections follow.", False],
    ]


def test_labels_of_one_source_and_name_become_one_context_with_their_notes(references: Path) -> None:
    found = by_context(curated_contexts(references)).set_index(["source", "context"])
    assert found.loc[("atlas", "liver"), ["label", "reason"]].tolist() == [
        "Liver 1 | Liver 2",
        "It is needed. Left lobe.",
    ]
    assert found.loc[("other", "liver"), ["label", "reason"]].tolist() == ["liver", "It is needed."]
    assert not found.loc[[place for place in found.index if place[1].endswith("T cells")], "parenchyma"].any()
    assert found.loc[("atlas", "liver"), "parenchyma"]
    assert found.index.is_unique


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "problem", "remedy"),
    [
        ("tissues.tsv", "\tvital", "\t", "criticality", "empty cell in line 2", "fill it in"),
        ("tissues.tsv", "regenerable", "regen", "criticality", "'regen' in line 3", "vital, important, regenerable"),
        ("tissues.tsv", "vital", "Vital", "criticality", "'Vital' in line 2", "vital, important, regenerable"),
        ("tissues.tsv", "criticality", "class", "criticality", "missing column", "add it"),
        ("tissues.tsv", "PMID:1", "", "reference", "empty cell in line 2", "fill it in"),
        ("tissues.tsv", "skin", "liver", "tissue", "occurs twice: 'liver' in line 3", "each tissue one line"),
        ("labels.tsv", "Liver 2", "Liver 1", "label", "occurs twice: 'Liver 1' in line 3", "each source and label"),
        ("labels.tsv", "T-cell\tT cells", "T-cell\tT-cells", "context", "'T-cells' in line 6", "Hepatocytes, T cells"),
        ("labels.tsv", "protein", "proteome", "modality", "'proteome' in line 5", "rna_bulk, rna_cell, protein"),
        ("stained_cells.tsv", "\tno", "\tmaybe", "parenchyma", "'maybe' in line 3", "yes, no"),
        ("stained_cells.tsv", "\tHepatocytes", "\tskin", "cell_type", "'skin' in line 2", "T cells"),
    ],
)
def test_a_wrong_line_is_refused_by_file_column_and_number(
    references: Path, file: str, old: str, new: str, field: str, problem: str, remedy: str
) -> None:
    path = references / file
    assert old in FILES[file]
    path.write_text(FILES[file].replace(old, new, 1), encoding="utf-8")
    error = refusal(references)
    assert (error.file, error.field) == (path, field)
    assert problem in error.problem
    assert remedy in error.remedy


def test_a_name_that_is_nearly_known_is_suggested_where_there_are_many(references: Path) -> None:
    with (references / "tissues.tsv").open("a", encoding="utf-8") as handle:
        handle.writelines(f"tissue {i}\tx\tvital\tx\tx\n" for i in range(10))
    path = references / "labels.tsv"
    path.write_text(FILES["labels.tsv"].replace("Liver 2\tliver", "Liver 2\tlivver"), encoding="utf-8")
    assert refusal(references).remedy == "did you mean 'liver'?"


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"\x89PNG\xff\xfe\x00")],
    ids=["missing", "empty", "binary"],
)
def test_a_table_that_cannot_be_read_is_refused_by_file(
    references: Path, file: str, spoil: Callable[[Path], object]
) -> None:
    spoil(references / file)
    assert refusal(references).file == references / file


def refusal(references: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        curated_contexts(references)
    return caught.value
