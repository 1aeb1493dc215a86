"""Proteins of a cohort as one row a gene, and contradictions with RNA as flags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from targetfinder import tables
from targetfinder.cohort._matrix import Matrix
from targetfinder.cohort._protein_names import NOT_CODING, UNKNOWN, WEAKER
from targetfinder.cohort._proteins import ENRICHED, protein_cohort
from targetfinder.cohort.formats.protein_tables import panel
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.names import CURRENT, Names

N = 100
IDS = [f"ENSG{i:011d}" for i in range(N)]
SYMBOLS = {f"GENE{i}": gene for i, gene in enumerate(IDS)}
RNA_GENE = "ENSG90000000001"
IDENTITY = Identity(
    names=Names({CURRENT: [*SYMBOLS.items(), ("LINC1", RNA_GENE)]}),
    known=frozenset([*IDS, RNA_GENE]),
    symbols=SYMBOLS,
    proteins={f"P{i:05d}": gene for i, gene in enumerate(IDS)},
)
GENES = pd.DataFrame({"gene_id": [*IDS, RNA_GENE], "protein_coding": [True] * N + [False]})


def matrix(seed: int = 2) -> Matrix:
    """Draw linear intensities of the first 80 genes in 10 samples, and entries of each kind that is lost.

    GENE5 has a second entry with fewer values; GENE7 was never detected in the first eight samples.
    """
    rng = np.random.default_rng(seed)
    entries = [f"P{i:05d}" for i in range(80)] + ["P00005-2;X0X0X0", "P00090;P00091", "X1X1X1", "LINC1"]
    values = np.linspace(24, 32, len(entries))[:, None] + rng.normal(0, 0.8, (len(entries), 10))
    values[:20][values[:20] < 24.5] = np.nan
    values[80, 0] = np.nan
    values[5] = 27
    values[7, :8] = np.nan
    symbols = [None] * 80 + ["GENE5", None, "NOBODY", "LINC1"]
    samples = [f"T{i}" for i in range(10)]
    frame = pd.DataFrame(2**values, pd.Index(entries, name="entry"), samples)
    return Matrix(frame, symbols=pd.Series(symbols, dtype=object), unit="intensity")


def patients(n: int = 8) -> pd.Series:
    return pd.Series({f"T{i}": f"patient {i}" for i in range(n)})


def test_every_coding_gene_has_one_row_and_every_other_entry_a_reason() -> None:
    found, lost, _ = protein_cohort(matrix(), patients(), GENES, IDENTITY, "maxquant", {})
    assert found.index.tolist() == IDS
    assert set(found["detection"]) == set(tables.DETECTION)
    assert (found.loc[IDS[80:], "detection"] == "unmeasured").all()
    assert found.loc[IDS[80:], ["median", "n_detected", "prevalence", "entry"]].isna().all(axis=None)
    assert found.loc[IDS[7], "detection"] == "below_detection"
    assert np.isnan(found.loc[IDS[7], "median"])
    assert found.loc[IDS[5], "entry"] == "P00005"
    assert found.loc[IDS[5], "median"] == pytest.approx(27, abs=0.01)
    assert (found["n"] == 8).all()
    assert dict(lost.itertuples(index=False)) == {
        "P00005-2;X0X0X0": WEAKER,
        "P00090;P00091": f"ambiguous group: {IDS[90]}, {IDS[91]}",
        "X1X1X1": UNKNOWN,
        "LINC1": NOT_CODING,
    }


def test_samples_of_a_patient_count_once_and_absence_in_an_enriched_run_is_weak_evidence() -> None:
    owner, options = patients().replace("patient 1", "patient 0"), {"enriched": "surface"}
    found, _, _ = protein_cohort(matrix(), owner, GENES, IDENTITY, "maxquant", options)
    assert (found["n"] == 7).all()
    unseen = found["detection"] != "measured"
    assert unseen.sum() == 21
    assert (found.loc[unseen, "note"] == ENRICHED).all()
    assert found.loc[~unseen, "note"].isna().all()


@pytest.mark.parametrize(
    ("samples", "options", "told"),
    [
        (pd.Series({"T0": "a", "T99": "b"}), {}, "no such sample"),
        (patients(), {"enriched": "glyco"}, "enriched=glyco"),
    ],
)
def test_what_the_samplesheet_claims_wrongly_is_refused(samples: pd.Series, options: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        protein_cohort(matrix(), samples, GENES, IDENTITY, "maxquant", options)


def test_the_rppa_panel_of_cell_lines_shows_what_its_tumours_are_known_for(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "cohorts" / "ccle_rppa_898lines_214antibodies.tsv.gz"
    antibodies = {"c.Kit": "KIT", "Caveolin.1": "CAV1", "IGFBP2": "IGFBP2", "Bcl.2": "BCL2", "TFRC": "TFRC"}
    names = tmp_path / "antibodies.tsv"
    names.write_text("antibody\tgenes\n" + "".join(f"{a}\t{s}\n" for a, s in antibodies.items()))
    about = "depmapID|cellLine|lineage|lineage_subtype|disease|disease_subtype"
    options = {"samples": "CCLE_Name", "skip": about, "genes": str(names)}
    found = panel(path, options)
    assert found.values.shape == (214, 898)
    lines = pd.read_csv(path, sep="\t", index_col="CCLE_Name", usecols=["CCLE_Name", "disease", "disease_subtype"])
    genes = pd.DataFrame({"gene_id": IDS[:5], "protein_coding": True})
    known = dict(zip(antibodies.values(), IDS[:5], strict=True))
    identity = Identity(names=Names({CURRENT: known.items()}), known=frozenset(IDS[:5]), symbols=known)
    kinds = {"Ewing": 7, "Myeloma": 26}
    high = {}
    for kind, n in kinds.items():
        chosen = lines.index[(lines["disease"].fillna("") + lines["disease_subtype"].fillna("")).str.contains(kind)]
        table, lost, _ = protein_cohort(found, pd.Series(chosen, chosen), genes, identity, "panel", options)
        assert (table["n"] == n).all()
        assert len(lost) == 214 - 5
        high[kind] = table["prevalence"]
    assert high["Ewing"][known["KIT"]] > 0.5 > high["Myeloma"][known["KIT"]]
    assert high["Ewing"][known["CAV1"]] > 0.5 > high["Myeloma"][known["CAV1"]]
    assert high["Myeloma"][known["BCL2"]] > 0.5
