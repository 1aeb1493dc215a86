"""Fratricide, blood and both orders on real data: what the field knows of T and NK cells must be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from targetfinder import store, tables
from targetfinder.decide._blood import NO_STEM_CELLS
from targetfinder.settings import Scoring

if TYPE_CHECKING:
    from tests.conftest import Run

INDICATIONS = ("ewing_sarcoma", "multiple_myeloma")
PREFIX = {"car_t": "t", "car_nk": "nk"}


@pytest.fixture(scope="module", params=INDICATIONS)
def targets(real: Run, request: pytest.FixtureRequest) -> pd.DataFrame:
    return real.of_indication(tables.TARGETS, request.param).set_index("symbol", drop=False)


@pytest.mark.parametrize(
    ("symbol", "t", "nk"),
    [
        ("CD99", "carried", "possible"),
        ("CD38", "possible", "carried"),
        ("SLAMF7", "possible", "carried"),
        ("CD70", "carried", "carried"),
        ("ITGB7", "carried", "possible"),
    ],
)
def test_antigens_that_effector_cells_carry_have_a_flag_with_its_basis(
    targets: pd.DataFrame, symbol: str, t: str, nk: str
) -> None:
    row = targets.loc[symbol]
    assert (row["t_fratricide"], row["nk_fratricide"]) == (t, nk)
    for prefix, flag in (("t", t), ("nk", nk)):
        basis = row[f"{prefix}_fratricide_basis"]
        assert "HPA v23 single cell type" in basis
        if flag == "carried":
            assert "yes: " in basis and ("PMID:" in basis or "DOI:" in basis)


def test_every_gene_with_rna_in_effector_cells_is_flagged_and_nothing_is_called_unseen(
    targets: pd.DataFrame, real: Run, scoring: Scoring
) -> None:
    cells = store.read_table(real.bundle / "normal_cell.parquet", tables.NORMAL_CELL)
    for prefix, context in (("t", "T cells"), ("nk", "NK cells")):
        highest = cells[cells["context"] == context].groupby("gene_id")["upper_tpm"].max().reindex(targets["gene_id"])
        flag = targets.set_index("gene_id")[f"{prefix}_fratricide"]
        high = highest[highest >= scoring.fratricide.at_least].index
        told = flag[high].isin(["carried", "possible"])
        print(f"{context}: {told.sum()} of {len(high)} genes with RNA are flagged")
        assert len(high) > 1000 and told.all()
        assert not (flag == "not seen").any()  # no atlas of this set has activated cells
        assert set(flag[highest.index[highest.isna()]]) <= {"carried", "possible"}


def test_both_orders_follow_from_one_score_less_the_fratricide_of_each_mode(
    targets: pd.DataFrame, scoring: Scoring
) -> None:
    costs = scoring.fratricide.penalty.model_dump()
    term = {mode: targets[f"{prefix}_fratricide"].str.replace(" ", "_").map(costs) for mode, prefix in PREFIX.items()}
    without = targets["priority"] + term["car_t"]
    orders = {}
    for mode in PREFIX:
        frame = targets.assign(own=without - term[mode]).sort_values(f"rank_{mode}")
        assert frame[f"rank_{mode}"].tolist() == list(range(1, len(frame) + 1))
        assert (np.diff(frame["own"]) <= 1e-12).all()
        orders[mode] = frame["gene_id"].tolist()
    assert orders["car_t"] != orders["car_nk"]
    assert targets["priority_rank"].tolist() == targets["rank_car_t"].tolist()
    same = targets[term["car_t"] == term["car_nk"]]
    kept = [same.sort_values(f"rank_{mode}")["gene_id"].tolist() for mode in PREFIX]
    assert kept[0] == kept[1]  # genes whose terms agree keep their order among themselves


def test_no_stem_cells_are_made_up_from_bulk_marrow(targets: pd.DataFrame) -> None:
    assert targets["hsc"].isna().all() and set(targets["hsc_basis"]) == {NO_STEM_CELLS}
    assert not (targets["cytopenia"] == "not seen").any()
    assert targets["cytopenia_basis"].str.contains("not measured: stem or progenitor cells").all()


def test_lineages_of_known_antigens_are_named_with_what_their_loss_means(targets: pd.DataFrame) -> None:
    told = targets["blood_lineages"]
    assert told["CD19"].startswith("tolerable at a cost: B cells ")
    assert told["TNFRSF17"].startswith("tolerable at a cost: B cells ") and "plasma cells" in told["TNFRSF17"]
    assert "not tolerable: T cells " in told["CD3E"] and "NK cells" in told["CD38"].split("not tolerable: ")[1]
    assert told.str.contains(r"not measured: .*granulocytes.*platelets").all()
    assert (targets.loc[["FLT3", "CLEC12A"], "cytopenia"] == "reported").all()
    assert targets.loc["IL3RA", "cytopenia"] == "possible"  # on file, but unverified
