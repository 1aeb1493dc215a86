"""What the page says of the NK view: counts of a panel, the lines that argue, and all others beside them."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from targetfinder.report._facts import amount, records
from targetfinder.tables import NK_CALLS, NK_GROUPS, NK_SAYS

GROUPS: Final = dict(
    zip(
        NK_GROUPS,
        ("Ligands that activate NK cells", "Ligands that inhibit NK cells", "Genes that decide whether a cell can die"),
        strict=True,
    )
)
#: What a line says -> (words, class of the chip).
SAYS: Final = dict(
    zip(
        NK_SAYS,
        (("for CAR-NK", "clear"), ("against CAR-NK", "gate_needed"), ("nothing", "silent"), ("unknown", "silent")),
        strict=True,
    )
)


def section(nk_view: pd.DataFrame) -> dict[str, Any]:
    """Return what the template prints.

    Parameters
    ----------
    nk_view
        TUMOUR_NK_VIEW rows of one indication, in any order.

    Returns
    -------
    dict
        `counts`: for each group its title, number of lines, and lines by call and by what they say; `rows`: those that
        argue, for NK cells first; `others`: all other lines; `both`: symbols that stand in two groups.
    """
    order = {name: at for at, name in enumerate(NK_SAYS)}
    ordered = nk_view.assign(
        place=nk_view["says"].map(order), group_at=nk_view["group"].map(NK_GROUPS.index)
    ).sort_values(["place", "group_at", "symbol"], kind="stable")
    argues = ordered["says"].isin(["for", "against"])
    doubled = nk_view["symbol"].value_counts()
    return {
        "counts": [_counted(group, nk_view[nk_view["group"] == group]) for group in NK_GROUPS] if len(nk_view) else [],
        "rows": [_row(row) for row in records(ordered[argues])],
        "others": [_row(row) for row in records(ordered[~argues])],
        "both": sorted(doubled.index[doubled > 1]),
        "unverified": int((~nk_view["verified"].astype(bool)).sum()),
    }


def _counted(group: str, rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "title": GROUPS[group],
        "lines": len(rows),
        "calls": [(name, int((rows["call"] == name).sum())) for name in NK_CALLS],
        "says": {name: int((rows["says"] == name).sum()) for name in ("for", "against")},
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    words, chip = SAYS[row["says"]]
    median, percentile = row["tumour_median"], row["tumour_percentile"]
    told = None if percentile is None else f"percentile {100 * percentile:.0f}"
    return row | {
        "group": GROUPS[row["group"]],
        "words": words,
        "chip": chip,
        "amount": told if median is None else f"{amount(median)} TPM*",
        "place": f"{row['others_below']:g} of {row['others']}" if row["others"] and percentile is not None else None,
    }
