"""The figures of the benchmark: every order on every disease, ours less each rule, and ours without each criterion."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from targetfinder.report._benchmark_rows import Found

__all__ = ["draw"]

_STYLE: Final[Any] = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
_OURS, _RULE, _DOT = "#0b6175", "#D1571B", "#9A9A9A"
#: Lists with a colour of their own; told apart with any kind of colour vision, and by shape.
_MARKED: Final = {"ewing12": ("s", "#8C1D5B"), "mm17": ("D", "#E0A100"), "mm14": ("^", "#1F77B4")}
_OTHERS: Final = "other_diseases"


def draw(found: Found, title_of: Callable[[str], str]) -> list[tuple[str, bytes]]:
    """Return figures as (description, PNG); the same tables give the same bytes.

    Parameters
    ----------
    found
        Tables of the benchmark.
    title_of
        Name of a list to its name for people.
    """
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        less = "Average precision of our efficacy less {}, with intervals; values are in benchmark_differences.parquet."
        figures = [
            (
                "Average precision of each order, a mark for each list. Values are in benchmark.parquet.",
                _orders(found, title_of),
            ),
            (less.format("that of each rule"), _apart(found, title_of, "rule", "our efficacy less the rule")),
            (
                less.format("the same without a criterion"),
                _apart(found, title_of, "ablation", "what the criterion brings"),
            ),
        ]
        return [(alt, _png(figure)) for alt, figure in figures]


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130, bbox_inches="tight", metadata={"Software": None})
    return buffer.getvalue()


def _orders(found: Found, title_of: Callable[[str], str]) -> Figure:
    """Draw average precision of ours and of the rules, a dot for each list."""
    import seaborn as sns
    from matplotlib.figure import Figure

    kinds = found.methods.set_index("method")["kind"]
    rows = found.values[(found.values["subset"] == "all") & (found.values["metric"] == "ap")]
    rows = rows[rows["method"].map(kinds).isin(["ours", "rule"])]
    each = rows[rows["list"] != _OTHERS].groupby(["list", "method"], as_index=False)["value"].mean()
    each["order"] = each["method"].map(found.titles)
    level = each.groupby("method")["value"].mean()
    order = [found.titles[name] for name in level.sort_values(ascending=False).index]
    figure = Figure(figsize=(9.5, 0.36 * len(order) + 1.5))
    axis = figure.subplots()
    plain = each[~each["list"].isin(list(_MARKED))]
    sns.stripplot(
        plain, x="value", y="order", order=order, color=_DOT, size=4, jitter=0.18, ax=axis, zorder=1, legend=False
    )
    for name, (marker, colour) in _MARKED.items():
        part = each[each["list"] == name]
        places = [order.index(title) for title in part["order"]]
        axis.scatter(part["value"], places, marker=marker, color=colour, s=34, zorder=3, label=title_of(name))
    mean = rows[rows["list"] == _OTHERS].set_index("method")
    for method, row in mean.iterrows():
        at = order.index(found.titles[str(method)])
        axis.plot([row["lo"], row["hi"]], [at + 0.28] * 2, color="black", linewidth=1.2, zorder=2)
        axis.plot(row["value"], at + 0.28, "o", color="black", markersize=4.5, zorder=4)
    if len(mean):
        axis.plot([], [], "o-", color="black", markersize=4.5, label=f"{title_of(_OTHERS)}, 90 % interval")
    axis.set(xlabel="average precision (1: all known targets first)", ylabel="", xlim=(-0.01, None))
    axis.legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def _apart(found: Found, title_of: Callable[[str], str], kind: str, label: str) -> Figure:
    """Draw our efficacy less other orders of a kind, a panel for each list with an aim and for the mean."""
    import seaborn as sns
    from matplotlib.figure import Figure

    kinds = found.methods.set_index("method")["kind"]
    rows = found.differences[found.differences["metric"] == "ap"]
    of_priority = rows["against"].str.startswith("blind_to_")
    rows = rows[rows["order"] == np.where(of_priority, "priority", "efficacy")]
    rows = rows[rows["against"].map(kinds) == kind].assign(title=lambda frame: frame["against"].map(found.titles))
    names = [name for name in (*_MARKED, _OTHERS) if name in set(rows["list"])] or sorted(set(rows["list"]))[:4]
    order = [
        found.titles[name] for name in found.methods["method"] if kinds[name] == kind and name in set(rows["against"])
    ]
    figure = Figure(figsize=(2.9 * len(names) + 2.2, 0.34 * len(order) + 1.4))
    axes = np.atleast_1d(figure.subplots(1, max(len(names), 1), sharey=True))
    for axis, name in zip(axes, names, strict=False):
        part = _mean_of_indications(rows[rows["list"] == name]).set_index("title").reindex(order)
        part = part.assign(place=np.arange(len(order))).dropna(subset="difference")
        lines = part.to_dict("records")
        colours = [_OURS if row["lo"] > 0 else _RULE if row["hi"] < 0 else _DOT for row in lines]
        for row, colour in zip(lines, colours, strict=True):
            axis.plot([row["lo"], row["hi"]], [row["place"]] * 2, color=colour, linewidth=1.6)
        x, y = part["difference"].to_numpy(), part["place"].to_numpy()
        sns.scatterplot(x=x, y=y, c=colours, s=34, ax=axis, zorder=3, legend=False)
        axis.axvline(0, color="black", linewidth=0.7)
        axis.set(title=title_of(name).replace(", ", ",\n"), xlabel=label, yticks=range(len(order)))
        axis.set_yticklabels(order)
        axis.title.set_fontsize(8.5)
    if len(order):
        axes[0].set_ylim(len(order) - 0.5, -0.5)
    return figure


def _mean_of_indications(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row an order, where a list is of several indications the mean over them."""
    return rows.groupby("title", as_index=False)[["difference", "lo", "hi"]].mean()
