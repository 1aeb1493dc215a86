"""`targetfinder.indications`: a disease is one file, and a wrong file is refused by name and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from targetfinder.errors import InputError
from targetfinder.indications import NEVER_TOLERATED, Tolerated, check_tolerated, find_indication, read_indication
from targetfinder.reference._curated import classes_of

GOOD = """id = "my_tumour"
name = "My tumour"
group = "sarcoma"
lineage = "unknown"
cohorts = ["EWS"]

[[tolerated]]
kind = "cell_type"
name = "Plasma cells"
genes = ["TNFRSF17"]
reason = "It can be lost."
reference = "unverified"

[[tolerated]]
kind = "cell_type"
name = "B cells"
reason = "They come back."
reference = "PMID:1"

[[context]]
statement = "A fact."
reference = "unverified"
"""


def written(folder: Path, text: str = GOOD, name: str = "my_tumour.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, old: str, new: str) -> InputError:
    assert old in GOOD
    path = written(folder, GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_indication(path)
    assert caught.value.file == path
    return caught.value


def shipped() -> list[Path]:
    return sorted((Path(__file__).parent.parent / "references" / "indications").glob("*.toml"))


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    disease = read_indication(written(tmp_path))
    assert (disease.id, disease.name, disease.cohorts) == ("my_tumour", "My tumour", ["EWS"])
    assert disease.context[0].statement == "A fact."


def test_what_is_tolerated_may_be_for_some_genes_only(tmp_path: Path) -> None:
    disease = read_indication(written(tmp_path))
    assert [(entry.name, entry.genes) for entry in disease.tolerated] == [
        ("Plasma cells", ("TNFRSF17",)),
        ("B cells", ()),
    ]


def test_tolerated_and_context_may_be_left_out(tmp_path: Path) -> None:
    disease = read_indication(written(tmp_path, GOOD.split("[[tolerated]]")[0]))
    assert (disease.tolerated, disease.context) == ((), ())


def test_a_whole_organ_is_refused_with_what_to_write(tmp_path: Path) -> None:
    error = refusal(tmp_path, 'kind = "cell_type"', 'kind = "tissue"')
    assert error.field == "tolerated.0.kind"
    assert "other cells of it may carry the target too" in error.problem
    assert 'write kind = "cell_type"' in error.problem


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('id = "my_tumour"', 'id = "other"', "id"),
        ('id = "my_tumour"', 'id = "My Tumour"', "id"),
        ('id = "my_tumour"', "id = 7", "id"),
        ('group = "sarcoma"', 'group = "sarcoma"\ncolour = "red"', "colour"),
        ('lineage = "unknown"\n', "", "lineage"),
        ('cohorts = ["EWS"]', "cohorts = []", "cohorts"),
        ('cohorts = ["EWS"]', 'cohorts = "EWS"', "cohorts"),
        ('cohorts = ["EWS"]', "cohorts = [1]", "cohorts.0"),
        ('cohorts = ["EWS"]', 'cohorts = ["EWS", "EWS"]', "cohorts"),
        ('kind = "cell_type"', 'kind = "organ"', "tolerated.0.kind"),
        ('reason = "It can be lost."', 'reason = ""', "tolerated.0.reason"),
        ('reference = "PMID:1"', "", "tolerated.1.reference"),
        ('statement = "A fact."', 'fact = "A fact."', "context.0.statement"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(tmp_path: Path, old: str, new: str, field: str) -> None:
    assert refusal(tmp_path, old, new).field == field


def test_what_is_not_toml_is_refused_with_the_line(tmp_path: Path) -> None:
    assert "line 4" in refusal(tmp_path, 'lineage = "unknown"', "lineage = unknown").problem


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "my_tumour.toml"
    path.write_bytes(b"id = \xff\xfe")
    with pytest.raises(InputError, match="not valid TOML"):
        read_indication(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as caught:
        read_indication(tmp_path / "my_tumour.toml")
    assert caught.value.file == tmp_path / "my_tumour.toml"


def test_an_indication_is_found_by_id_and_by_path(tmp_path: Path) -> None:
    folder = tmp_path / "indications"
    folder.mkdir()
    inside, outside = written(folder, name="inside.toml"), written(tmp_path)
    assert find_indication("inside", tmp_path) == inside
    assert find_indication(str(outside), tmp_path / "nowhere") == outside


def test_an_unknown_indication_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    folder = tmp_path / "indications"
    folder.mkdir()
    for name in ("b", "a"):
        written(folder, name=f"{name}.toml")
    with pytest.raises(InputError, match="unknown indication 'c'") as caught:
        find_indication("c", tmp_path)
    assert caught.value.field == "indications"
    assert "use a, b, or the path" in caught.value.remedy


def test_the_path_of_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        find_indication(str(tmp_path / "nowhere.toml"), tmp_path)


def test_28_indications_are_shipped_and_no_cohort_serves_two() -> None:
    cohorts = [cohort for path in shipped() for cohort in read_indication(path).cohorts]
    assert len(shipped()) == 28
    assert len(set(cohorts)) == len(cohorts)


# ---------------------------------------------------------------- what may be tolerated


CLASSES = {
    "B cells": "dispensable",
    "Plasma cells": "dispensable",
    "Hepatocytes": "vital",
    "T cells": "important",
    "NK cells": "important",
    "Regulatory T cells": "important",
}


def tolerating(name: str) -> list[Tolerated]:
    return [Tolerated(kind="cell_type", name=name, reason="because", reference="unverified")]


def test_known_cells_that_are_not_vital_may_be_tolerated(tmp_path: Path) -> None:
    check_tolerated(tolerating("B cells"), CLASSES, "mine.toml")
    check_tolerated(read_indication(written(tmp_path)).tolerated, CLASSES, "mine.toml")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("B cell", "did you mean 'B cells'?"),
        ("tonsil", "no cell type is called 'tonsil'"),
        ("Hepatocytes", "'Hepatocytes' can never be tolerated"),
        ("T cells", "'T cells' can never be tolerated"),
        ("NK cells", "'NK cells' can never be tolerated"),
        ("Regulatory T cells", "'Regulatory T cells' can never be tolerated"),
    ],
)
def test_unknown_cells_vital_ones_and_t_or_nk_cells_are_never_tolerated(name: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        check_tolerated(tolerating(name), CLASSES, "mine.toml")
    assert told in str(caught.value)
    assert (caught.value.file, caught.value.field) == ("mine.toml", "tolerated")
    assert caught.value.remedy


def test_what_is_never_tolerated_is_named_as_the_curated_tables_name_it(repository: Path) -> None:
    assert set(NEVER_TOLERATED) < set(classes_of(repository / "references").index)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_a_shipped_indication_tolerates_only_cells_of_the_curated_tables_and_nothing_vital(
    path: Path, repository: Path
) -> None:
    check_tolerated(read_indication(path).tolerated, classes_of(repository / "references"), path.name)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_every_fact_of_a_shipped_indication_has_an_identifier_or_says_that_it_has_none(path: Path) -> None:
    disease = read_indication(path)
    references = [entry.reference for entry in (*disease.tolerated, *disease.context)]
    assert references
    assert all(r == "unverified" or r.startswith(("PMID:", "DOI:", "NCT")) for r in references)
    assert 1 <= len(disease.context) <= 3
