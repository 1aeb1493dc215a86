"""`reference/_panels.py`: the panels say what their files say, and a wrong line is told by its number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.errors import InputError
from targetfinder.reference import _panels
from targetfinder.sources import readers
from targetfinder.sources.registry import read_registry

ROOT = Path(__file__).parent.parent.parent
GENES = pd.DataFrame(
    {
        "gene_id": ["ENSG1", "ENSG2", "ENSG3"],
        "symbol": ["TNFRSF17", "TWIN", "TWIN"],
        "aliases": ["BCMA|CD269", None, None],
    }
)
FACT = "statement\treference\tverified\tseen\n"
KNOWN = "It is there.\tPMID:20179677\tyes\tabstract\n"
PANELS: dict[str, tuple[Callable[[Path, pd.DataFrame], pd.DataFrame], tables.Table, str, str]] = {
    "blind_spots.tsv": (
        _panels.blind_spots,
        tables.BLIND_SPOTS,
        "symbol\tplace\tabsent_from\tevidence\t",
        "TNFRSF17\tbasal ganglia\t\thumans\t",
    ),
    "effectors.tsv": (
        _panels.effectors,
        tables.EFFECTORS,
        "symbol\tcell\tstate\tcarries\t",
        "TNFRSF17\tT\tactivated\tno\t",
    ),
    "nk_view.tsv": (
        _panels.nk_view,
        tables.NK_VIEW,
        "symbol\tgroup\treceptor\tdirection\t",
        "TNFRSF17\tinhibitory\tKIR\thigh against\t",
    ),
}


def panel(folder: Path, name: str, *lines: str) -> pd.DataFrame:
    read, table, header, _ = PANELS[name]
    (folder / name).write_text(header + FACT + "".join(lines), encoding="utf-8")
    return table.check(read(folder, GENES))


def line(name: str) -> str:
    return PANELS[name][3] + KNOWN


@pytest.mark.parametrize("name", PANELS)
def test_a_line_says_what_it_says(tmp_path: Path, name: str) -> None:
    row = panel(tmp_path, name, line(name)).iloc[0]
    assert row[["gene_id", "symbol", "statement", "reference"]].tolist() == [
        "ENSG1",
        "TNFRSF17",
        "It is there.",
        "PMID:20179677",
    ]
    assert row["verified"] and row["source"] == name


@pytest.mark.parametrize("name", PANELS)
def test_what_was_not_looked_up_is_unverified_and_has_no_reference(tmp_path: Path, name: str) -> None:
    row = panel(tmp_path, name, line(name).replace("PMID:20179677\tyes", "\tno")).iloc[0]
    assert not row["verified"] and row["reference"] is None


@pytest.mark.parametrize("name", PANELS)
def test_a_file_without_lines_is_an_empty_table(tmp_path: Path, name: str) -> None:
    assert panel(tmp_path, name).empty


def test_a_line_without_symbol_speaks_of_all_genes(tmp_path: Path) -> None:
    general = "\tnail bed\tdemo; full\t\t" + KNOWN
    found = panel(tmp_path, "blind_spots.tsv", general, line("blind_spots.tsv")).sort_values("place")
    assert found["place"].tolist() == ["basal ganglia", "nail bed"]
    assert found["gene_id"].tolist() == ["ENSG1", None] and found["symbol"].tolist() == ["TNFRSF17", None]
    assert found["absent_from"].tolist() == [None, "demo; full"] and found["evidence"].tolist() == ["humans", None]
    with pytest.raises(InputError, match="empty cell in line 2") as caught:
        panel(tmp_path, "blind_spots.tsv", general.replace("demo; full", ""))
    assert caught.value.field == "absent_from"


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("TNFRSF17", "BCMA", "no gene of this symbol: 'BCMA' in line 3"),
        ("TNFRSF17", "TWIN", "more than one gene of this symbol: 'TWIN' in line 3"),
        ("PMID:20179677", "20179677", "no reference: '20179677' in line 3"),
        ("PMID:20179677", "", "verified without a reference: 'yes' in line 3"),
        ("yes", "perhaps", "not a known word: 'perhaps' in line 3"),
        ("It is there.", "", "empty cell in line 3"),
        ("abstract", "", "empty cell in line 3"),
        ("TNFRSF17", "TNFRSF17", "occurs twice"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, name: str, old: str, new: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        panel(tmp_path, name, line(name), line(name).replace(old, new))
    assert problem in caught.value.problem and caught.value.file == tmp_path / name and caught.value.remedy


@pytest.mark.parametrize(
    ("name", "old", "new", "field"),
    [
        ("blind_spots.tsv", "\t\thumans", "\tnowhere\thumans", "absent_from"),
        ("blind_spots.tsv", "humans", "people", "evidence"),
        ("effectors.tsv", "\tT\t", "\tB\t", "cell"),
        ("effectors.tsv", "activated", "tired", "state"),
        ("effectors.tsv", "\tno\t", "\tperhaps\t", "carries"),
        ("nk_view.tsv", "inhibitory", "calming", "group"),
        ("nk_view.tsv", "high against", "against", "direction"),
    ],
)
def test_a_word_that_is_not_known_is_refused(tmp_path: Path, name: str, old: str, new: str, field: str) -> None:
    with pytest.raises(InputError, match="not a known word") as caught:
        panel(tmp_path, name, line(name).replace(old, new))
    assert caught.value.field == field


@pytest.mark.parametrize("name", PANELS)
def test_a_missing_column_is_named(tmp_path: Path, name: str) -> None:
    read, _, header, _ = PANELS[name]
    column = header.split("\t")[1]
    (tmp_path / name).write_text((header + FACT).replace(column, "renamed"), encoding="utf-8")
    with pytest.raises(InputError, match="missing column") as caught:
        read(tmp_path, GENES)
    assert caught.value.field == column


# ---------------------------------------------------------------- the shipped files


def shipped(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "references" / name, sep="\t", dtype=str, keep_default_na=False, quoting=3)


@pytest.fixture(scope="module")
def named() -> pd.DataFrame:
    """The symbols of the shipped files as if each were a gene."""
    symbols = sorted(set().union(*(shipped(name)["symbol"] for name in PANELS)) - {""})
    return pd.DataFrame({"gene_id": symbols, "symbol": symbols, "aliases": None})


def test_the_shipped_files_are_read(named: pd.DataFrame) -> None:
    blind, effectors, view = (table.check(read(ROOT / "references", named)) for read, table, _, _ in PANELS.values())
    assert blind["gene_id"].notna().sum() >= 12 and blind["gene_id"].isna().sum() >= 12
    assert {"CD19", "TNFRSF17", "GPRC5D"} <= set(blind.loc[blind["verified"], "symbol"])
    assert effectors["verified"].sum() >= 25
    assert {"CD99", "CD38", "SLAMF7", "CD70", "ITGB7"} <= set(effectors.loc[effectors["verified"], "symbol"])
    assert view["symbol"].nunique() >= 45 and set(view["group"]) == set(tables.NK_GROUPS)


def test_an_activating_ligand_argues_for_and_an_inhibitory_one_against() -> None:
    directions = shipped("nk_view.tsv").groupby("group")["direction"].unique()
    assert list(directions["activating"]) == ["high for"] and list(directions["inhibitory"]) == ["high against"]


@pytest.mark.parametrize("name", PANELS)
def test_statements_are_single_sentences_in_order(name: str) -> None:
    frame = shipped(name)
    assert frame["statement"].str.fullmatch(r"[A-Z0-9].*[A-Za-z0-9)%]\.").all()
    assert not frame["statement"].str.contains(r"[a-z]\. [A-Z]").any() and frame["statement"].str.len().max() <= 200
    assert frame["symbol"].is_monotonic_increasing


@pytest.mark.parametrize("name", PANELS)
def test_what_nobody_verified_names_no_reference(name: str) -> None:
    frame = shipped(name)
    assert ((frame["verified"] == "yes") == (frame["reference"] != "")).all()


#: The RNA atlases of each set whose labels are listed.
ATLASES = {
    "demo": ("hpa_tissue", "gtex", "hpa_cell"),
    "full": ("hpa_tissue_official", "hpa_cell_official", "hpa_blood_cell", "gtex_v8"),
}


def test_what_an_atlas_is_said_to_lack_it_lacks() -> None:
    labels, spots = shipped("labels.tsv"), shipped("blind_spots.tsv")
    registry = read_registry(ROOT / "references" / "sources.toml", "full")
    assert "v24" in next(table.release for table in registry.table if table.id == "hpa_cell_official")
    # of the single cells of HPA the file lists two releases; those of v24 are named as in v23
    older = set(labels.loc[labels["source"] == "hpa_cell", "label"])
    labels = labels[(labels["source"] != "hpa_cell_official") | labels["label"].isin(older)]
    seen = {name: set(labels.loc[labels["source"].isin(ids), "context"]) for name, ids in ATLASES.items()}
    places = set(shipped("tissues.tsv")["tissue"]) | set(shipped("cell_types.tsv")["cell_type"])
    general = spots[(spots["symbol"] == "") & spots["place"].isin(places)]
    assert len(general) >= 12
    for place, said in zip(general["place"], general["absent_from"], strict=True):
        assert said == "; ".join(name for name in ATLASES if place not in seen[name]), place


def test_the_shipped_symbols_name_genes_of_the_real_references(real_store: Path) -> None:
    registry = read_registry(ROOT / "references" / "sources.toml")
    table = registry.tables("gene_names")[0]
    genes = readers.read(table, real_store / registry.source_of(table).file).dropna(subset=["gene_id"])
    assert all(len(read(ROOT / "references", genes)) for read, *_ in PANELS.values())
