"""Fratricide: the flag of each gene by the rule, its basis in words, and what it costs in each mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.decide._fratricide import CELLS, cost, judged
from targetfinder.settings import Scoring

Rna = Mapping[str, Mapping[str, float]]
Said = Sequence[tuple[str, str, str, str, bool]]
GENES = pd.Index(list("ABCDEF"), name="gene_id")
NO_ANTIBODIES = tables.NORMAL_ANTIBODY.empty()
LOW: Rna = {"T cells": dict.fromkeys(GENES, 1.0), "NK cells": dict.fromkeys(GENES, 1.0)}


def normal(values: Rna, source: str = "atlas", factor: float = 1.0) -> pd.DataFrame:
    """Make rows of `NORMAL_CELL` from context → gene → TPM*; value is `factor` times that."""
    rows = [(gene, context, tpm * factor, tpm) for context, genes in values.items() for gene, tpm in genes.items()]
    frame = pd.DataFrame(rows, columns=["gene_id", "context", "value", "upper_tpm"])
    return frame.assign(source=source, release=f"release of {source}").astype({"value": float, "upper_tpm": float})


def panel(rows: Said = ()) -> pd.DataFrame:
    """Make rows of `EFFECTORS` from (gene, cell, state, carries, verified)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "cell", "state", "carries", "verified"])
    reference = pd.Series("PMID:1", frame.index, dtype=object).where(frame["verified"].astype(bool), None)
    return frame.assign(statement="It is so.", reference=reference)


def flags(rna: Rna, said: Said = (), level: float = 10.0) -> dict[str, str]:
    """Return the flag of T cells by gene."""
    found: dict[str, str] = judged(normal(rna), panel(said), NO_ANTIBODIES, GENES, level, 0.5)["t_fratricide"].to_dict()
    return found


def test_rna_alone_makes_an_antigen_possible_from_the_level_on_and_no_more() -> None:
    rna = {"T cells": {"A": 9.99, "B": 10.0, "C": 50_000.0, "D": 0.0}}
    assert flags(rna) | {"E": "", "F": ""} == {
        **{"A": "unknown", "B": "possible", "C": "possible", "D": "unknown"},
        **{"E": "", "F": ""},
    }


def test_what_was_not_measured_at_rest_is_judged_as_what_rna_can_say_at_worst() -> None:
    assert flags({"T cells": {"A": 0.0, "B": np.nan}})["B"] == "possible"
    assert flags({"T cells": {"A": 0.0}})["C"] == "possible"
    assert flags({}) == dict.fromkeys(GENES, "possible")


def test_only_a_verified_statement_makes_it_carried_and_silence_never_makes_it_low() -> None:
    said = [
        ("A", "T", "resting", "yes", True),
        ("B", "T", "activated", "yes", True),
        ("C", "T", "resting", "yes", False),
        ("D", "T", "resting", "no", True),
        ("E", "T", "activated", "no", False),
        ("F", "NK", "resting", "yes", True),
    ]
    assert list(flags(LOW, said).values()) == ["carried", "carried", "possible", "unknown", "unknown", "unknown"]


def test_not_seen_asks_for_little_at_rest_and_for_activated_cells_that_were_looked_at() -> None:
    active = {"A": 1.0, "B": 10.0, "C": np.nan}
    said = [("D", "T", "activated", "no", True), ("E", "T", "activated", "no", True)]
    found = flags({"T cells": {**LOW["T cells"], "E": 99.0}, "Activated T cells": active}, said)
    assert found == {"A": "not seen", "B": "possible", "C": "unknown", "D": "not seen", "E": "possible", "F": "unknown"}


def test_a_denial_never_outweighs_a_verified_statement() -> None:
    said = [("A", "T", "resting", "yes", True), ("A", "T", "activated", "no", True)]
    assert flags(LOW, said)["A"] == "carried"


def test_of_several_atlases_the_highest_counts_and_is_named() -> None:
    cells = pd.concat([normal({"T cells": {"A": 3.0}}, "small"), normal({"T cells": {"A": 1234.4}}, "large", 2.0)])
    row = judged(cells, panel(), NO_ANTIBODIES, GENES, 10.0, 0.5).loc["A"]
    assert row["t_cell"] == 2468.8
    assert row["t_fratricide_basis"] == (
        "RNA at rest: 1,234 TPM* (release of large). RNA of activated cells: not measured."
    )
    assert row["nk_fratricide_basis"] == "RNA at rest: not measured. RNA of activated cells: not measured."


def test_the_basis_says_every_statement_with_its_reference_or_that_nobody_verified_it() -> None:
    said = [("A", "NK", "activated", "yes", False), ("A", "NK", "resting", "no", True)]
    basis = judged(normal({"NK cells": {"A": 0.04}}), panel(said), NO_ANTIBODIES, GENES, 10.0, 0.5).loc[
        "A", "nk_fratricide_basis"
    ]
    assert basis == (
        "RNA at rest: 0.0 TPM* (release of atlas). RNA of activated cells: not measured. "
        "On file, resting, no: It is so. (PMID:1) On file, activated, yes: It is so. (unverified)"
    )


def test_activated_cells_are_told_by_the_panel_before_the_atlas_and_unknown_where_neither_says_anything() -> None:
    rna = {"Activated T cells": {"A": 40.0, "B": 5.0}}
    found = judged(normal(rna), panel([("A", "T", "activated", "yes", True)]), NO_ANTIBODIES, GENES, 10.0, 0.5)[
        "t_activated"
    ]
    assert found[["A", "B", "C"]].tolist() == ["yes: It is so.", "5.0 TPM* (release of atlas)", "not measured"]


value = st.one_of(st.just(np.nan), st.floats(0, 1000))
statement = st.tuples(st.sampled_from(("resting", "activated")), st.sampled_from(("yes", "no")), st.booleans())


@given(rest=value, active=value, said=st.lists(statement, max_size=3, unique_by=lambda row: row[0]))
def test_a_gene_is_never_safer_for_what_was_not_measured(
    rest: float, active: float, said: list[tuple[str, str, bool]]
) -> None:
    rows = [("A", "T", state, carries, verified) for state, carries, verified in said]
    worse = tables.FRATRICIDE.index
    found = worse(flags({"T cells": {"A": rest}, "Activated T cells": {"A": active}}, rows)["A"])
    unmeasured = worse(flags({"Activated T cells": {"A": active}}, rows)["A"])
    low = worse(flags({"T cells": {"A": 0.0}, "Activated T cells": {"A": active}}, rows)["A"])
    not_looked = worse(flags({"T cells": {"A": 0.0}}, [row for row in rows if row[2] != "activated"])["A"])
    assert unmeasured <= found and unmeasured <= low
    assert not_looked <= tables.FRATRICIDE.index("unknown")


@pytest.mark.parametrize("mode", tables.MODES)
def test_only_the_cells_of_the_mode_cost_and_worse_never_costs_less(mode: str, scoring: Scoring) -> None:
    own, other = (f"{CELLS[name].prefix}_fratricide" for name in (mode, *set(tables.MODES) - {mode}))
    frame = pd.DataFrame({own: tables.FRATRICIDE, other: tables.FRATRICIDE[::-1]})
    found = cost(frame, mode, scoring.fratricide.penalty.model_dump())
    assert found.is_monotonic_decreasing and found.iloc[0] > found.iloc[2] >= found.iloc[3]
    assert found.tolist() == list(scoring.fratricide.penalty.model_dump().values())


def test_every_context_that_is_read_is_a_curated_cell_type(repository: Path) -> None:
    known = pd.read_csv(repository / "references" / "cell_types.tsv", sep="\t", quoting=3)["cell_type"]
    assert {context for cell in CELLS.values() for context in (cell.resting, cell.activated)} <= set(known)


def stained(shares: Mapping[str, float], context: str = "T cells", antibody: str = "aX") -> pd.DataFrame:
    """Make rows of `NORMAL_ANTIBODY` from gene → share of positive cells."""
    rows = pd.DataFrame({"gene_id": list(shares), "positive": list(shares.values())})
    return rows.assign(
        context=context, antibody=antibody, n_cells=50, mean=1.0, unit="normalised value", background="B cells"
    ).assign(source="cite", release="CITE 1")[tables.NORMAL_ANTIBODY.names]


def test_antibodies_on_most_cells_at_rest_make_it_carried_and_are_named() -> None:
    found = judged(normal(LOW), panel(), stained({"A": 0.5, "B": 0.49}), GENES, 10.0, 0.5)
    assert found["t_fratricide"].to_dict() == dict.fromkeys(GENES, "unknown") | {"A": "carried"}
    assert set(found["nk_fratricide"]) == {"unknown"}
    assert found.loc["A", "t_fratricide_basis"].endswith(
        " Protein at rest: 50% of 50 cells above the background of B cells, which have least of it, "
        "antibody aX (CITE 1): most."
    )
    assert "too few to say that it is there, and no absence" in found.loc["B", "t_fratricide_basis"]
    assert "Protein" not in found.loc["C", "t_fratricide_basis"] + found.loc["A", "nk_fratricide_basis"]


def test_antibodies_that_find_nothing_lower_no_flag() -> None:
    rna = {"T cells": {**LOW["T cells"], "A": 99.0}, "Activated T cells": {"C": 1.0}}
    said = [("B", "T", "resting", "yes", True)]
    without = judged(normal(rna), panel(said), NO_ANTIBODIES, GENES, 10.0, 0.5)["t_fratricide"]
    none = stained(dict.fromkeys(GENES, 0.0))
    pd.testing.assert_series_equal(judged(normal(rna), panel(said), none, GENES, 10.0, 0.5)["t_fratricide"], without)
    assert set(without) == {"carried", "possible", "unknown", "not seen"}


def test_of_several_antibodies_the_highest_share_counts() -> None:
    both = pd.concat([stained({"A": 0.1}, antibody="one"), stained({"A": 0.9}, antibody="two")])
    row = judged(normal(LOW), panel(), both, GENES, 10.0, 0.5).loc["A"]
    assert row["t_fratricide"] == "carried"
    assert "antibody two" in row["t_fratricide_basis"]
    assert "antibody one" not in row["t_fratricide_basis"]
