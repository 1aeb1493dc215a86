"""Blood: stem cells with the reason where there are none, lineages that may be lost, and the risk of cytopenia."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from targetfinder import tables
from targetfinder.decide import _blood
from targetfinder.decide._blood import ALSO, CONTEXTS, CYTOPENIA, NO_STEM_CELLS, STEM

GENES = pd.Index(list("ABC"), name="gene_id")
CLASSES = {"B cells": "dispensable", "Neutrophils": "important", "Eosinophils": "regenerable", "T cells": "important"}
#: Every group of cells whose loss is a cytopenia, measured and low.
LOW = {kinds[0]: dict.fromkeys(GENES, 1.0) for kinds in CYTOPENIA.values()}


def normal(values: Mapping[str, Mapping[str, float]], source: str = "atlas") -> pd.DataFrame:
    """Make rows of `NORMAL_CELL` from context → gene → TPM*."""
    rows = [(gene, context, tpm) for context, genes in values.items() for gene, tpm in genes.items()]
    frame = pd.DataFrame(rows, columns=["gene_id", "context", "upper_tpm"])
    return frame.assign(source=source, release=f"{source} v1").astype({"upper_tpm": float})


def harm(rows: Sequence[tuple[str, str, bool]] = ()) -> pd.DataFrame:
    """Make toxicities of `LIABILITIES` from (gene, tissue, verified)."""
    frame = pd.DataFrame(rows, columns=["gene_id", "tissue", "verified"])
    return frame.assign(kind="toxicity", statement="It was lost.", reference="PMID:1")


def judged(values: pd.DataFrame, on_file: pd.DataFrame | None = None) -> pd.DataFrame:
    contexts = pd.DataFrame({"context": list(CLASSES), "criticality": list(CLASSES.values())})
    return _blood.blood(values, contexts, harm() if on_file is None else on_file, GENES, 10.0)


def test_stem_cells_are_the_highest_of_the_atlases_that_have_them_by_name() -> None:
    several = pd.concat([normal({STEM[0]: {"A": 3.0}}), normal({STEM[1]: {"A": 40.0, "B": 0.0}}, "other")])
    table = judged(several)
    assert table.loc[["A", "B"], "hsc"].tolist() == [40.0, 0.0]
    assert table.loc["A", "hsc_basis"] == f"{STEM[1]}: 40 TPM* (other v1)"
    assert np.isnan(table.loc["C", "hsc"]) and table.loc["C", "hsc_basis"] == "not measured in them"


def test_without_stem_cells_in_any_atlas_there_is_no_value_and_a_reason() -> None:
    table = judged(normal({"Bone marrow haematopoietic cells": {"A": 99.0}, "B cells": {"A": 99.0}}))
    assert table["hsc"].isna().all() and set(table["hsc_basis"]) == {NO_STEM_CELLS}


def test_lineages_are_told_by_whether_their_loss_is_tolerable_and_what_was_not_measured() -> None:
    table = judged(normal({"B cells": {"A": 1234.0, "B": 9.9}, "T cells": {"A": 10.0, "B": 0.0}}))
    rest = "; not measured: plasma cells, NK cells, monocytes, granulocytes, erythroid cells, platelets"
    assert table.loc["A", "blood_lineages"] == (
        f"tolerable at a cost: B cells 1,234; not tolerable: T cells 10{rest}; TPM* of atlas v1"
    )
    assert table.loc["B", "blood_lineages"] == f"none of those measured{rest}"
    assert table.loc["C", "blood_lineages"].startswith("none of those measured; not measured: B cells, plasma cells")


def test_a_lineage_is_judged_by_its_highest_cell_type() -> None:
    mixed = {"Eosinophils": {"A": 50.0, "B": 50.0}, "Neutrophils": {"A": 20.0, "B": 90.0}}
    told = judged(normal(mixed))["blood_lineages"]
    assert told["A"].startswith("tolerable at a cost: granulocytes 50")
    assert told["B"].startswith("not tolerable: granulocytes 90")


def test_cytopenia_is_not_seen_only_where_every_group_was_measured_and_low() -> None:
    assert set(judged(normal(LOW))["cytopenia"]) == {"not seen"}
    for missing in LOW:
        rest = {context: values for context, values in LOW.items() if context != missing}
        table = judged(normal(rest))
        assert set(table["cytopenia"]) == {"unknown"}
        assert table["cytopenia_basis"].str.contains("not measured: ").all()


def test_any_group_at_the_level_makes_cytopenia_possible_and_monocytes_too() -> None:
    for kinds in (*CYTOPENIA.values(), *ALSO.values()):
        for kind in kinds:
            assert judged(normal(LOW | {kind: {"A": 10.0, "B": 9.9}}))["cytopenia"].tolist()[:1] == ["possible"], kind


def test_monocytes_do_not_stand_for_neutrophils() -> None:
    without = {context: values for context, values in LOW.items() if context != "Neutrophils"}
    assert set(judged(normal(without | {"Monocytes": dict.fromkeys(GENES, 0.0)}))["cytopenia"]) == {"unknown"}


def test_harm_on_file_is_reported_and_unverified_harm_is_possible() -> None:
    on_file = harm([("A", "Neutrophils", True), ("B", "Platelets", False), ("C", "lung", True)])
    table = judged(normal(LOW), on_file)
    assert table["cytopenia"].tolist() == ["reported", "possible", "not seen"]
    assert table.loc["A", "cytopenia_basis"] == "RNA: little in those measured. On file: It was lost. (PMID:1)"
    assert table.loc["B", "cytopenia_basis"].endswith("On file: It was lost. (unverified)")


@given(values=st.dictionaries(st.sampled_from(CONTEXTS), st.floats(0, 100), min_size=1), gone=st.sampled_from(CONTEXTS))
def test_what_was_not_measured_never_makes_a_gene_safer_than_a_low_value(values: dict[str, float], gone: str) -> None:
    def flag(of: Mapping[str, float]) -> int:
        cells = normal({context: {"A": value} for context, value in of.items()})
        return tables.CYTOPENIA.index(judged(cells).loc["A", "cytopenia"])

    without = {context: value for context, value in values.items() if context != gone}
    assert flag(without) <= flag(without | {gone: 0.0})


def test_every_context_that_is_read_is_a_curated_cell_type(repository: Path) -> None:
    known = pd.read_csv(repository / "references" / "cell_types.tsv", sep="\t", quoting=3)["cell_type"]
    assert set(CONTEXTS) | set(ALSO["monocytes"]) <= set(known)
