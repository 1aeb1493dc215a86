"""`evidence off_target`: what recurs in two donors and is the cells' own, and which cell type is the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.evidence._cell_types import EXPLAINED, own_level, recurring
from targetfinder.evidence._donor_interval import interval
from targetfinder.evidence.off_target import off_target

if TYPE_CHECKING:
    from tests.conftest import Run

GENES = pd.DataFrame({"gene_id": ["G", "H"], "symbol": ["SG", "SH"]})
CONTEXTS = pd.DataFrame(
    [("rna_cell", source, context, criticality) for source in ("atlas", "clusters") for context, criticality in (
        ("Tubule cells", "vital"), ("T cells", "important"), ("Keratinocytes", "regenerable"))],
    columns=["modality", "source", "context", "criticality"],
)  # fmt: skip
NOTE = 20.0
Means = dict[tuple[str, str], list[float]]


def donors(means: dict[str, Means], ambient: float | None = None, names: bool = True) -> pd.DataFrame:
    """Make `NORMAL_CELL_DONORS` from gene → (tissue, cell type) → mean of each donor."""
    rows = [
        {
            "gene_id": gene,
            "tissue": tissue,
            "cell_type": context.lower(),
            "context": context,
            "donor": f"D{number}" if names else None,
            "n_cells": 50 + number,
            "mean": mean,
            "detected": min(mean / 100, 1.0),
            "ambient": ambient,
            "soup": None if ambient is None else 0.2,
        }
        for gene, places in means.items()
        for (tissue, context), values in places.items()
        for number, mean in enumerate(values, start=1)
    ]
    frame = pd.DataFrame(rows).assign(source="atlas", release="1")
    return frame.astype({"ambient": float, "soup": float, "n_cells": "Int64"})


def clusters(levels: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Make rows of `NORMAL_CELL` from gene → cell type → level."""
    rows = [
        {"gene_id": gene, "context": context, "upper": level, "upper_tpm": level * 2}
        for gene, places in levels.items()
        for context, level in places.items()
    ]
    frame = pd.DataFrame(rows, columns=["gene_id", "context", "upper", "upper_tpm"])
    return frame.assign(unit="nTPM", n_donors=pd.array([pd.NA] * len(rows), "Int64"), source="clusters", release="23")


def found(given: pd.DataFrame | None = None, of_clusters: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the checked result, indexed by gene, tissue and cell type."""
    rows = off_target(
        GENES,
        clusters({}) if of_clusters is None else of_clusters,
        tables.NORMAL_CELL_DONORS.empty() if given is None else given,
        CONTEXTS,
        NOTE,
    )
    checked = tables.OFF_TARGET.check(rows)
    texts = checked.astype({name: object for name in ("gene_id", "tissue", "context", "source")})
    return texts.set_index(["gene_id", "tissue", "context"], drop=False)


KIDNEY, BLOOD, SKIN = ("kidney", "Tubule cells"), ("blood", "T cells"), ("skin", "Keratinocytes")


@pytest.mark.parametrize(
    ("means", "level", "why"),
    [
        ([80.0, 60.0, 90.0], 80.0, None),
        ([0.0, 0.0, 900.0], 0.0, "in one of 3 donors"),
        ([0.0, 900.0], 0.0, "in one of 2 donors"),
        ([0.0, 900.0, 21.0], 21.0, None),
        ([900.0], 900.0, None),
    ],
)
def test_the_level_is_what_at_least_two_donors_show(means: list[float], level: float, why: str | None) -> None:
    row = found(donors({"G": {KIDNEY: means}})).iloc[0]
    told = None if pd.isna(row["dismissed"]) else row["dismissed"]
    assert (row["level"], row["highest"], told) == (level, max(means), why)
    assert (row["n_donors"], row["unit"]) == (len(means), "TPM*")
    assert row["n_cells"] == sum(50 + number for number in range(1, len(means) + 1))


def test_ambient_rna_is_taken_off_and_explains_what_is_up_to_twice_as_much() -> None:
    rows = found(donors({"G": {KIDNEY: [90.0, 100.0]}, "H": {KIDNEY: [200.0, 300.0]}}, ambient=50.0)).droplevel(1)
    explained, own = rows.loc["G"].iloc[0], rows.loc["H"].iloc[0]
    assert (explained["level"], explained["highest"], explained["dismissed"]) == (0, 100, "explained by ambient RNA")
    assert own["level"] == 150 / (1 - 0.2)  # what is left is all RNA of the cell
    assert pd.isna(own["dismissed"])


def test_without_donors_nothing_recurs_and_there_is_no_interval() -> None:
    one = found(donors({"G": {KIDNEY: [90.0]}})).iloc[0]
    none = found(donors({"G": {KIDNEY: [90.0]}}, names=False)).iloc[0]
    cluster = found(of_clusters=clusters({"G": {"Tubule cells": 90.0}})).iloc[0]
    assert [row["no_interval"] for row in (one, none, cluster)] == ["one donor", "no donors", "no donors"]
    assert [row["n_donors"] if pd.notna(row["n_donors"]) else None for row in (one, none, cluster)] == [1, None, None]
    assert all(np.isnan([row["mean_lo"], row["mean_hi"], row["detected_lo"]]).all() for row in (one, none, cluster))
    assert (cluster["unit"], cluster["level"]) == ("nTPM", 90.0)
    assert np.isnan(cluster["detected"])


def test_the_worst_is_the_least_dispensable_that_is_high_and_else_the_highest() -> None:
    high: Means = {KIDNEY: [30.0, 40.0], BLOOD: [500.0, 600.0], SKIN: [900.0, 900.0]}
    low: Means = {KIDNEY: [1.0, 2.0], BLOOD: [3.0, 4.0], SKIN: [19.0, 18.0]}
    rows = found(donors({"G": high, "H": low}))
    assert rows.loc[rows["worst"], "context"].tolist() == ["Tubule cells", "Keratinocytes"]
    assert len(rows) == 4  # of the second gene the worst only
    both = found(donors({"G": low}), clusters({"G": {"T cells": 30.0}}))
    assert both.loc[both["worst"], "source"].tolist() == ["clusters"]


def test_of_two_labels_with_one_name_in_a_tissue_the_worst_stands() -> None:
    first, second = donors({"G": {BLOOD: [30.0, 30.0]}}), donors({"G": {BLOOD: [80.0, 80.0]}})
    rows = found(pd.concat([first.assign(cell_type="CD4"), second.assign(cell_type="CD8")]))
    assert rows[["cell_type", "level"]].to_numpy().tolist() == [["CD8", 80.0]]


def test_a_gene_that_no_atlas_measured_has_no_row() -> None:
    assert set(found(donors({"G": {KIDNEY: [0.0, 0.0]}}))["gene_id"]) == {"G"}


@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=8), st.floats(0, 1e3), st.randoms())
def test_no_order_of_donors_matters_and_less_than_two_of_them_never_count(
    means: list[float], ambient: float, random: object
) -> None:
    values, part = np.array([means]), np.full((1, len(means)), ambient)
    own = own_level(values, part, np.array(0.1))
    assert recurring(own)[0] == recurring(own[:, ::-1])[0] == sorted(own[0])[-2]
    assert ((own == 0) | (values > EXPLAINED * part)).all()
    assert recurring(np.where(own == own.max(), own, 0))[0] == (own.max() if (own == own.max()).sum() > 1 else 0)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 15])
def test_intervals_hold_the_mean_of_donors_about_as_often_as_they_say(n: int) -> None:
    low, high = interval(np.random.default_rng(3).normal(5.0, 1.0, (2000, n)))
    covered = ((low <= 5.0) & (high >= 5.0)).mean()
    assert 0.85 < covered < 0.93  # 0.9 with a standard error of 0.007; the bootstrap of five is a little short


def test_intervals_do_not_depend_on_the_other_genes() -> None:
    values = np.random.default_rng(4).normal(5.0, 1.0, (2500, 6))
    low, high = interval(values)
    again = interval(values[::-7])
    np.testing.assert_allclose(low[::-7], again[0], rtol=1e-12)
    np.testing.assert_allclose(high[::-7], again[1], rtol=1e-12)


def test_the_order_of_rows_and_genes_does_not_matter() -> None:
    given_rows = donors({gene: {KIDNEY: [30.0, 50.0, 70.0], BLOOD: [5.0, 6.0]} for gene in ("G", "H")}, ambient=2.0)
    of_clusters = clusters({"G": {"T cells": 30.0, "Tubule cells": 20.0}})
    first = off_target(GENES, of_clusters, given_rows, CONTEXTS, NOTE)
    mixed = [frame.sample(frac=1, random_state=5) for frame in (GENES, of_clusters, given_rows, CONTEXTS)]
    pd.testing.assert_frame_equal(off_target(*mixed, NOTE), first)


def test_every_gene_that_the_simulated_atlas_measured_has_one_worst_cell_type(simulated: Run) -> None:
    targets = simulated.of_indication(tables.TARGETS, "planted").set_index("gene_id")
    cells = simulated.of_bundle(tables.NORMAL_CELL)
    measured = set(cells.loc[cells["value"].notna(), "gene_id"])
    assert set(targets.index[targets["worst_cell"].notna()]) == measured & set(targets.index)
    assert (targets["worst_cell_no_interval"].dropna() == "no donors").all()
    hidden = targets[targets["symbol"].str.startswith("HIDDEN")]
    assert set(hidden["worst_cell"]) == {"Cardiomyocytes"}
    assert (hidden["worst_cell_level"] >= 100).all()
