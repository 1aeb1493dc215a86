"""The clinical table: read as it is meant, and refused with every line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from targetfinder.decide._clinical import facts, read_clinical
from targetfinder.errors import InputError

TARGETS = pd.DataFrame({"gene_id": ["G1", "G2", "G3"], "symbol": ["TNFRSF17", "CD38", "GPRC5D"]}).assign(
    aliases=["BCMA|CD269", "ADPRC1|X", "X"]
)
HEADER = [
    *("indication", "patient", "antigen", "kind", "value", "unit", "visit", "day"),
    *("limit", "donor_share", "transplant", "copy_number", "mrd"),
]
GOOD = [
    "mm P1 BCMA surface 4000 MFI selection -5 150 . allogeneic 2 positive",
    "mm P1 BCMA surface <150 MFI relapse 200 150 0.8 . . .",
    "mm P1 TNFRSF17 soluble 300 ng/mL . -5 1 . . . .",
    "mm P1 TNFRSF17 soluble 12.5 ng/mL . 28 1 . . . .",
    "other P9 CD38 surface 9 MFI selection 0 . . . . .",
]


def write(folder: Path, lines: list[str], header: list[str] | None = None) -> Path:
    path = folder / "clinical.tsv"
    rows = ["\t".join("" if cell == "." else cell for cell in line.split(" ")) for line in lines]
    path.write_text("\n".join(["\t".join(header or HEADER), *rows]) + "\n")
    return path


def test_aliases_lead_to_genes_and_less_than_a_limit_is_below_it(tmp_path: Path) -> None:
    found = read_clinical(write(tmp_path, GOOD), TARGETS, "mm")
    assert found["symbol"].tolist() == ["TNFRSF17"] * 4 and len(found) == 4
    assert found["below"].tolist() == [False, True, False, False]
    assert found.loc[1, ["value", "limit"]].tolist() == [150.0, 150.0]
    about = facts(found).loc["P1"]
    assert (about["transplant"], about["mrd"], about["donor_share"]) == ("allogeneic", "positive", 0.8)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([*GOOD, GOOD[0]], "line 7, visit: patient P1 has two values of BCMA at selection"),
        ([*GOOD, GOOD[3]], "line 7, day: patient P1 has two values of TNFRSF17 at 28"),
        (["mm P1 BCMAA surface 1 MFI selection 0 . . . . ."], "line 2, antigen: 'BCMAA' is no gene of the universe"),
        (["mm P1 X surface 1 MFI selection 0 . . . . ."], "line 2, antigen: 'X' is no gene"),
        (["mm P1 CD38 surfac 1 MFI selection 0 . . . . ."], "line 2, kind: 'surfac' is none of surface, soluble"),
        (["mm P1 CD38 surface much MFI selection 0 . . . . ."], "line 2, value: 'much' is no such number"),
        (["mm P1 CD38 surface -1 MFI selection 0 . . . . ."], "line 2, value: '-1' is no such number"),
        (["mm P1 CD38 surface 0 MFI selection 0 . . . . ."], "line 2, value: is 0; name the limit of detection"),
        (["mm P1 CD38 surface 5 MFI . 0 . . . . ."], "line 2, visit: is empty"),
        (["mm P1 CD38 soluble 5 MFI . . . . . . ."], "line 2, day: is empty"),
        (["mm P1 CD38 surface 5 MFI relapse 0 . 1.5 . . ."], "line 2, donor_share: '1.5' is no such number"),
        (["mm . CD38 surface 5 MFI relapse 0 . . . . ."], "line 2, patient: is empty"),
        (
            [GOOD[0], "mm P1 CD38 surface 5 MFI relapse 0 . . autologous . ."],
            "transplant: patient P1 has allogeneic and",
        ),
        ([GOOD[0], "mm P2 BCMA surface 5 copies relapse 0 . . . . ."], "unit: surface TNFRSF17 comes in MFI, copies"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_column(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_clinical(write(tmp_path, lines), TARGETS)
    assert told in str(caught.value) and "clinical.tsv" in str(caught.value)


def test_all_mistakes_come_at_once_and_columns_are_checked_first(tmp_path: Path) -> None:
    two = ["mm P1 CD38 surfac 1 MFI selection 0 . . . . .", "mm P1 CD38 surface much MFI selection 0 . . . . ."]
    with pytest.raises(InputError, match=r"line 2, kind.*line 3, value"):
        read_clinical(write(tmp_path, two), TARGETS)
    with pytest.raises(InputError, match="no column unit; unknown column 'units', did you mean 'unit'"):
        read_clinical(write(tmp_path, GOOD, ["units" if name == "unit" else name for name in HEADER]), TARGETS)
    with pytest.raises(InputError, match="cannot be read"):
        read_clinical(tmp_path / "none.tsv", TARGETS)
