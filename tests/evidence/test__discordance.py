"""RNA and protein that contradict each other are flagged; what was not measured is compared with nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.evidence._discordance import NOT_MADE, NOT_SEEN, discordance

N = 100
IDS = [f"ENSG{i:011d}" for i in range(N)]


def protein(detected: list[bool], percentile: list[float]) -> pd.DataFrame:
    detection = np.where(detected, "measured", "unmeasured")
    return pd.DataFrame({"detection": detection, "percentile": percentile}, IDS)


def test_protein_not_seen_is_flagged_only_where_proteins_of_as_much_rna_are() -> None:
    rna = pd.Series(np.linspace(0.01, 1, N), IDS)
    seen = [bool(value > 0.6) for value in rna]
    seen[97] = seen[10] = False
    percentile = [0.5 if one else np.nan for one in seen]
    found = discordance(rna, protein(seen, percentile))
    assert found.dropna().to_dict() == {IDS[97]: NOT_SEEN}
    few = [one and i % 2 == 0 for i, one in enumerate(seen)]  # a run that sees every second protein
    assert discordance(rna, protein(few, percentile)).isna().all()


def test_protein_without_rna_is_flagged_and_nothing_is_where_there_is_no_percentile() -> None:
    rna = pd.Series(np.linspace(0.01, 1, N), IDS)
    rna.iloc[50] = np.nan
    percentile = rna.fillna(0.5).tolist()
    percentile[3] = percentile[50] = 0.9
    found = discordance(rna, protein([True] * N, percentile))
    assert found.dropna().to_dict() == {IDS[3]: NOT_MADE}
    assert discordance(rna, protein([True] * 99 + [False], [np.nan] * N)).isna().all()
