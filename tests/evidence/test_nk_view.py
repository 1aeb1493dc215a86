"""`evidence nk_view`: how much of a gene a tumour has, for a tumour, and what that argues."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import store, tables
from targetfinder.evidence.nk_view import LEAST_COHORTS, nk_view, run, says
from targetfinder.settings import NkView

if TYPE_CHECKING:
    from tests.conftest import Run

NAN = float("nan")
OWN = NkView(absent=1.0, share=0.75)
LEVEL = 10.0


def panel(direction: str = "high for") -> pd.DataFrame:
    """Make one line of `NK_VIEW`, of gene A."""
    words = {"gene_id": "A", "symbol": "A", "group": "activating", "receptor": "NKG2D", "direction": direction}
    told = {"statement": "It binds.", "reference": None, "verified": False, "seen": "nothing"}
    return pd.DataFrame([words | told | {"source": "nk_view.tsv", "release": "0"}])


def tumour(median: float, percentile: float, detection: str = "measured") -> pd.DataFrame:
    own = {"median_tpm": median, "percentile": percentile, "detection": detection, "n": 50}
    shares = dict.fromkeys(("prevalence", "prevalence_lo", "prevalence_hi"), NAN)
    return pd.DataFrame([own | shares], index=pd.Index(["A"], name="gene_id"))


def among(*percentiles: float) -> pd.DataFrame:
    columns = [f"C{at}" for at in range(len(percentiles))]
    return pd.DataFrame([percentiles], index=pd.Index(["A"], name="gene_id"), columns=columns, dtype=float)


def call(median: float, percentile: float, others: pd.DataFrame, level: float | None = LEVEL, **kind: str) -> str:
    values = tumour(median, percentile, **kind)
    return str(nk_view(panel(), values, others, level=level, settings=OWN)["call"].iloc[0])


LESS, MORE = among(*[0.1] * 12), among(*[0.9] * 12)
MIXED = among(*[0.1] * 6, *[0.9] * 6)


def test_high_needs_most_other_cohorts_below_and_the_presence_level() -> None:
    assert call(10.0, 0.5, LESS) == "high"
    assert call(9.9, 0.5, LESS) == "intermediate"
    assert call(500.0, 0.5, MIXED) == "intermediate"
    assert call(500.0, 0.5, among(*[0.1] * 9, *[0.9] * 3)) == "high"  # three quarters, as set


def test_low_is_absent_or_below_most_other_cohorts() -> None:
    assert call(0.99, 0.5, LESS) == "low"
    assert call(1.0, 0.5, LESS) == "intermediate"
    assert call(900.0, 0.5, MORE) == "low"
    assert call(NAN, 0.5, LESS, level=None, detection="below_detection") == "low"


def test_a_tumour_known_by_rank_is_high_from_the_median_gene_on() -> None:
    assert call(NAN, 0.5, LESS, level=None) == "high"
    assert call(NAN, 0.49, LESS, level=None) == "intermediate"


def test_what_was_not_measured_or_has_no_others_is_never_called_low() -> None:
    assert call(NAN, NAN, LESS, detection="unmeasured") == "unmeasured"
    assert call(50.0, 0.5, among(*[0.9] * (LEAST_COHORTS - 1))) == "not compared"
    assert call(50.0, 0.5, among(*[0.9] * LEAST_COHORTS, NAN)) == "low"
    assert call(0.0, 0.5, among(*[NAN] * 12)) == "low"  # absent needs no comparison


def test_equal_cohorts_count_half_and_only_those_that_measured_it_count() -> None:
    row = nk_view(panel(), tumour(5.0, 0.5), among(*[0.5] * 4, *[0.1] * 6, NAN), level=LEVEL, settings=OWN).iloc[0]
    assert (row["others"], row["others_below"]) == (10, 8.0)


@pytest.mark.parametrize("direction", tables.NK_ARGUES)
@pytest.mark.parametrize("found", tables.NK_CALLS)
def test_a_line_argues_only_at_the_end_that_its_direction_speaks_of(direction: str, found: str) -> None:
    end, side = direction.split(" ")
    expected = "unknown" if found in ("unmeasured", "not compared") else side if found == end else "nothing"
    assert says(pd.Series([direction]), pd.Series([found])).tolist() == [expected]


share = st.floats(0, 1)


@given(median=st.floats(0, 1000), percentile=share, others=st.lists(share, min_size=9, max_size=20), more=share)
def test_more_in_the_tumour_never_lowers_the_call(
    median: float, percentile: float, others: list[float], more: float
) -> None:
    order = ["low", "intermediate", "high"]
    before = call(median, percentile, among(*others))
    after = call(median * (1 + more), max(percentile, more), among(*others))
    assert order.index(after) >= order.index(before)


def test_the_table_keeps_its_contract_and_every_line() -> None:
    found = nk_view(panel("low against"), tumour(0.2, 0.1), MORE, level=LEVEL, settings=OWN)
    whole = tables.TUMOUR_NK_VIEW.check(found.assign(cohort="X", source="tumours", release="1"))
    assert whole["panel"].tolist() == ["nk_view.tsv 0"] and whole["says"].tolist() == ["against"]


def test_a_folder_without_a_panel_gives_an_empty_table(simulated: Run, tmp_path: Path, repository: Path) -> None:
    file = simulated.references / "indications" / "planted.toml"
    scoring = repository / "conf" / "scoring.toml"
    run(file, simulated.bundle, simulated.cohorts, scoring, tmp_path / "nk_view.parquet")
    assert store.read_table(tmp_path / "nk_view.parquet", tables.TUMOUR_NK_VIEW).empty


# ---------------------------------------------------------------- real cohorts


@pytest.fixture(scope="module")
def views(real: Run, tmp_path_factory: pytest.TempPathFactory, repository: Path) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("views")
    for indication in ("ewing_sarcoma", "multiple_myeloma"):
        file = repository / "references" / "indications" / f"{indication}.toml"
        scoring = repository / "conf" / "scoring.toml"
        run(file, real.bundle, real.cohorts, scoring, folder / f"{indication}.parquet")
    return {path.stem: store.read_table(path, tables.TUMOUR_NK_VIEW) for path in folder.iterdir()}


def test_every_line_of_the_panel_is_answered_for_real_tumours(views: dict[str, pd.DataFrame], real: Run) -> None:
    lines = store.read_table(real.bundle / "nk_view.parquet", tables.NK_VIEW)
    for view in views.values():
        assert len(view) == len(lines)
        assert (view["others"] >= LEAST_COHORTS).all() and view["others"].max() < 41
        assert set(view.loc[view["says"] == "unknown", "call"]) <= {"unmeasured", "not compared"}


def test_places_among_cohorts_agree_with_a_count_of_the_files(views: dict[str, pd.DataFrame], real: Run) -> None:
    cohorts = store.read_table(real.cohorts / "cohorts.parquet", tables.COHORTS)
    names = cohorts.loc[(cohorts["n"] >= 10) & (cohorts["cohort"] != "EWS"), "cohort"]
    own = store.read_table(real.cohorts / "EWS.parquet", tables.COHORT).set_index("symbol")["percentile"]
    for symbol in ("MICA", "HLA-E", "CASP8"):
        values = [
            store.read_table(real.cohorts / f"{name}.parquet", tables.COHORT).set_index("symbol")["percentile"][symbol]
            for name in names
        ]
        known = np.array(values)[~np.isnan(values)]
        row = views["ewing_sarcoma"].set_index("symbol").loc[symbol]
        below = float((known < own[symbol]).sum() + (known == own[symbol]).sum() / 2)
        assert (row["others"], row["others_below"]) == (len(known), below)
