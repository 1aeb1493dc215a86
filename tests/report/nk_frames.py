"""A small seeded view of an NK cell, in the shape of `TUMOUR_NK_VIEW`, with hostile text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder import tables

#: symbol, group, direction, call, what it says, tumour median, cohorts with less
LINES = (
    ("MICA", "activating", "high for", "high", "for", 40.0, 20.0),
    ("NECTIN2", "activating", "high for", "intermediate", "nothing", 12.0, 10.5),
    ("NECTIN2", "inhibitory", "high against", "intermediate", "nothing", 12.0, 10.5),
    ("<b>CD47</b>", "inhibitory", "high against", "high", "against", 1234.5, 29.0),
    ("CLEC2A", "activating", "high for", "unmeasured", "unknown", np.nan, 0.0),
)


def nk_view() -> pd.DataFrame:
    """Return the rows of `LINES`."""
    names = ["symbol", "group", "direction", "call", "says", "tumour_median", "others_below"]
    frame = pd.DataFrame(LINES, columns=names)
    frame["gene_id"] = "ENSG" + frame["symbol"]
    frame["tumour_percentile"] = frame["tumour_median"] / 2000
    frame["others"] = np.where(frame["tumour_median"].isna(), 0, 30)
    frame[["prevalence", "prevalence_lo", "prevalence_hi"]] = np.nan
    frame["verified"] = frame["symbol"] != "MICA"
    frame["reference"] = np.where(frame["verified"], "DOI:10.1000/nk", None)
    told = {
        "receptor": "NKG2D",
        "n": 50,
        "cohort": "EWS",
        "source": "tumours",
        "release": "v0",
        "panel": "nk_view.tsv 0",
    }
    return frame.assign(statement="It binds <i>it</i>.", **told)[tables.TUMOUR_NK_VIEW.names]
