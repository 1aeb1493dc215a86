"""A user's waivers: every line that is wrong is told by file, line and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from targetfinder.config import read_json
from targetfinder.errors import InputError
from targetfinder.evidence._records import universe
from targetfinder.evidence._tolerance import read_origin
from targetfinder.indications import read_indication
from targetfinder.run import plan as planning
from targetfinder.settings import Rules
from targetfinder.waivers import read_waivers

if TYPE_CHECKING:
    from tests.conftest import Run

HEADER = "gene\tlineage\tcell_type\treason\treference\n"
CLASSES = {"B cells": "dispensable", "Plasma cells": "dispensable", "T cells": "important", "Hepatocytes": "vital"}
GOOD = "TNFRSF17\t\tPlasma cells\tThey come back.\tPMID:1\n\tplasma cell\tB cells\tThey too.\tunverified\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_good_lines_are_read_with_their_numbers_and_empty_ones_are_skipped(tmp_path: Path) -> None:
    found = read_waivers(written(tmp_path, HEADER + "\t\t\t\t\n" + GOOD), CLASSES, {"plasma cell"})
    assert [(one.line, one.gene, one.lineage, one.cell_type) for one in found] == [
        (3, "TNFRSF17", "", "Plasma cells"),
        (4, "", "plasma cell", "B cells"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("CD19\t\tB cell\tx\ty", "line 2: no cell type is called 'B cell', did you mean 'B cells'?"),
        ("CD19\t\tHepatocytes\tx\ty", "line 2: 'Hepatocytes' can never be tolerated"),
        ("CD19\t\tT cells\tx\ty", "line 2: 'T cells' can never be tolerated"),
        ("CD19\t\tB cells\t \ty", "line 2: no reason is given"),
        ("CD19\t\tB cells\tx\t", "line 2: no reference is given"),
        ("\t\tB cells\tx\ty", "line 2: fill in either gene or lineage"),
        ("CD19\tplasma cell\tB cells\tx\ty", "line 2: fill in either gene or lineage"),
        (
            "\tplasma cel\tB cells\tx\ty",
            "line 2: no indication has the lineage 'plasma cel', did you mean 'plasma cell'?",
        ),
        ("CD19\t\tB cells\tx\ty\nCD19\t\tB cells\tx\tz", "line 3: CD19 and B cells occur twice"),
        ("CD19\t\tB cells\tx\ty\tz", "line 2 has more cells than the header"),
    ],
)
def test_a_wrong_line_is_refused_by_its_number(tmp_path: Path, line: str, told: str) -> None:
    path = written(tmp_path, f"{HEADER}{line}\n")
    with pytest.raises(InputError) as caught:
        read_waivers(path, CLASSES, {"plasma cell"})
    assert told in str(caught.value)
    assert (caught.value.file, bool(caught.value.remedy)) == (path, True)


@pytest.mark.parametrize("text", ["", "gene\tcell_type\treason\n", HEADER.replace("\t", ",")])
def test_another_header_is_refused_with_the_right_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="write the tab-separated columns gene, lineage"):
        read_waivers(written(tmp_path, text), CLASSES)


def test_what_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_bytes(b"\xff\xfe\x00")
    for name in ("mine.tsv", "nowhere.tsv"):
        with pytest.raises(InputError, match="cannot be read"):
            read_waivers(tmp_path / name, CLASSES)


def test_all_wrong_lines_come_in_one_message(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "CD19\t\tT cells\t\ty\nCD19\t\tmoon\tx\ty\n")
    with pytest.raises(InputError) as caught:
        read_waivers(path, CLASSES)
    assert str(caught.value).count("line 2: ") == 2
    assert str(caught.value).count("line 3: ") == 1


def test_the_plan_checks_waivers_before_any_work_and_keeps_their_checksum(tmp_path: Path, repository: Path) -> None:
    schema = read_json(repository / "nextflow_schema.json")
    known = {name: rule for group in schema["$defs"].values() for name, rule in group["properties"].items()}
    parameters = {name: rule["default"] for name, rule in known.items() if "default" in rule}
    parameters |= {"outdir": str(tmp_path / "results"), "store": str(tmp_path / "store")}
    parameters |= {"scoring": str(repository / "conf" / "scoring.toml")}
    path = written(tmp_path, HEADER + GOOD)
    assert str(path) in planning.plan(parameters | {"waivers": str(path)}, repository)["checksums"]
    written(tmp_path, HEADER + "\tplasma cells\tB cells\tx\ty\n")
    with pytest.raises(InputError, match="no indication has the lineage"):
        planning.plan(parameters | {"waivers": str(path)}, repository)


def test_an_unknown_gene_is_refused_where_the_genes_are_known(simulated: Run, rules: Rules, tmp_path: Path) -> None:
    genes = universe(simulated.bundle)
    disease = read_indication(simulated.references / "indications" / "planted.toml")
    path = written(tmp_path, f"{HEADER}NOGENE\t\tB cells\tx\ty\n")
    with pytest.raises(InputError, match="no gene to rank has the symbol 'NOGENE'") as caught:
        read_origin(simulated.bundle, genes, disease, rules, path)
    assert (caught.value.file, caught.value.field) == (path, "gene in line 2")


def test_a_line_of_a_lineage_holds_for_its_indications_only(simulated: Run, rules: Rules, tmp_path: Path) -> None:
    genes = universe(simulated.bundle)
    disease = read_indication(simulated.references / "indications" / "planted.toml")
    text = f"{HEADER}\tsimulated\tB cells\tMine.\ty\n\tplasma cell\tB cells\tNot mine.\ty\n"
    reasons = read_origin(simulated.bundle, genes, disease, rules, written(tmp_path, text)).waivers["reason"].tolist()
    assert "Mine. (y)" in reasons
    assert "Not mine. (y)" not in reasons
