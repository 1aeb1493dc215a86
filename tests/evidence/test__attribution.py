"""Whose RNA a tissue shows: own cells, guests or both, and when nobody can tell."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder.evidence._attribution import COLUMNS, attributed, cells_of

HOLDINGS = pd.DataFrame(
    [
        ("gut", "lining", "Enterocytes", True),
        ("gut", "lining", "Goblet cells", True),
        ("gut", "muscle", "Muscle cells", True),
        ("gut", "nerve cells", "Neurons", False),
        ("node", "lymphoid tissue", "B cells", True),
        ("liver", "hepatocytes", "Hepatocytes", True),
        ("liver", "immune", "Kupffer cells", False),
        ("any", "immune", "B cells", False),
        ("any", "immune", "T cells", False),
        ("any", "endothelium", "Endothelial cells", False),
    ],
    columns=["tissue", "part", "cell_type", "needed"],
)
LOW = dict.fromkeys(HOLDINGS["cell_type"], 1.0)
NAN = float("nan")


def whose(tissue: str, carried: dict[str, float], bulk: float = 20.0, absent: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the attribution of a gene, 1 in every cell type unless told; `absent` ones are not in the atlas."""
    values = {cell: value for cell, value in (LOW | carried).items() if cell not in absent}
    normal = pd.DataFrame({"context": list(values), "upper_tpm": list(values.values())})
    cells = cells_of(
        normal.assign(gene_id="G", source="cells", release="atlas 1"), HOLDINGS, pd.DataFrame({"gene_id": ["G"]})
    )
    rows = pd.DataFrame({"gene_id": ["G"], "context": [tissue], "upper_tpm": [bulk]}, index=[7])
    found = attributed(rows, cells, 10.0)
    assert found.index.tolist() == [7]
    assert found.columns.tolist() == COLUMNS
    return found.loc[7].to_dict()


@pytest.mark.parametrize(
    ("tissue", "carried", "word", "cell"),
    [
        ("gut", {"Goblet cells": 50.0, "T cells": 50.0}, "parenchyma", "Goblet cells"),
        ("gut", {"Muscle cells": 50.0}, "parenchyma", "Muscle cells"),
        ("gut", {"Neurons": 500.0, "T cells": 5.0}, "parenchyma", "Neurons"),
        ("gut", {"B cells": 10.0}, "immune", "B cells"),
        ("gut", {"B cells": 9.9}, "mixed", "B cells"),
        ("gut", {"B cells": 500.0, "Goblet cells": 51.0}, "mixed", "B cells"),
        ("gut", {"Endothelial cells": 500.0}, "endothelium", "Endothelial cells"),
        ("node", {"B cells": 500.0}, "parenchyma", "B cells"),
        ("liver", {"Kupffer cells": 500.0}, "immune", "Kupffer cells"),
    ],
)
def test_own_cells_decide_by_as_much_and_guests_by_ten_times_as_much(
    tissue: str, carried: dict[str, float], word: str, cell: str
) -> None:
    found = whose(tissue, carried)
    assert (found["attribution"], found["attribution_cell"]) == (word, cell)
    assert found["attribution_value"] == carried[cell]
    assert found["attribution_share"] == pytest.approx(20.0 / carried[cell])
    assert f"{cell} {carried[cell]:.1f} TPM*" in found["attribution_basis"]
    assert found["attribution_basis"].endswith("(atlas 1)")


def test_a_guest_of_one_tissue_is_in_no_other() -> None:
    assert whose("gut", {"Kupffer cells": 500.0}, bulk=5.0)["attribution"] == "parenchyma"


def test_without_a_cell_of_a_needed_part_guests_never_decide_and_own_cells_still_do() -> None:
    found = whose("gut", {"B cells": 500.0}, absent=("Enterocytes", "Goblet cells"))
    assert (found["attribution"], found["attribution_cell"]) == (None, None)
    assert found["attribution_basis"] == "no cell type of gut in the cell atlas: lining"
    assert whose("gut", {"Muscle cells": 500.0}, absent=("Enterocytes", "Goblet cells"))["attribution"] == "parenchyma"
    assert whose("gut", {"B cells": 500.0}, absent=("Neurons", "Enterocytes"))["attribution"] == "immune"


def test_what_no_cell_carries_by_far_is_explained_by_none() -> None:
    assert whose("gut", {"B cells": 50.0}, bulk=500.0)["attribution"] == "immune"
    found = whose("gut", {"B cells": 50.0}, bulk=501.0)
    assert found["attribution"] is None
    assert found["attribution_basis"].startswith("it has more than 10 times what any of its cells carries")
    assert pd.isna(found["attribution_value"])


def test_a_gene_or_a_tissue_that_nobody_listed_has_no_attribution_and_says_so() -> None:
    assert whose("gut", dict.fromkeys(LOW, NAN))["attribution_basis"] == "no cell type of it was measured"
    found = whose("moon", {"B cells": 50.0})
    assert (found["attribution"], found["attribution_basis"]) == (None, "no cells of moon are listed")


@given(own=st.floats(0, 1e4), guest=st.floats(0, 1e4), more=st.floats(0, 1e4))
def test_more_of_it_in_own_cells_never_moves_the_blame_to_guests(own: float, guest: float, more: float) -> None:
    order = ["immune", "mixed", "parenchyma"]
    first, second = (
        whose("gut", {cell: value for cell in LOW if cell not in ("B cells",)} | {"B cells": guest}, bulk=0.0)
        for value in (own, own + more)
    )
    words = [order.index(found["attribution"]) if found["attribution"] in order else 2 for found in (first, second)]
    assert words == sorted(words)
