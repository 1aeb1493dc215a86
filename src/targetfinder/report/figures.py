"""`report figures`: the heat map of the first targets across the tumour and normal tissues.

heat_map(targets: DataFrame, evidence: DataFrame, contexts: DataFrame, top: int = 30) -> Figure
draw(targets: Path, evidence: Path, contexts: Path, png: Path, svg: Path, top: int = 30) -> None
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from targetfinder import store
from targetfinder.report._grid import COLUMNS, CRITERIA, Grid, grid
from targetfinder.report._words import RESEARCH_USE, TIER_COLOUR, TIER_LETTER, TIER_SHORT
from targetfinder.tables import CONTEXTS, EVIDENCE, SAFETY_TIERS, TARGETS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw", "heat_map"]

_COLOURS: Final = "mako_r"
_MISSING: Final[dict[str, Any]] = {"facecolor": "#ECECEC", "edgecolor": "#9A9A9A", "hatch": "/////"}
_BINDING: Final = "#E4572E"
#: How a binding tissue that nobody measured is written (evidence.specificity).
_UNMEASURED: Final = " (unmeasured)"
#: Without tick labels of its own: to see whether they overlap seaborn renders the figure each time (1.5 GB).
_PLAIN: Final[dict[str, Any]] = {
    "linecolor": "white",
    "cbar": False,
    "xticklabels": False,
    "yticklabels": False,
}
_STYLE: Final[Any] = {
    "svg.hashsalt": "targetfinder",
    "svg.fonttype": "none",
    "hatch.linewidth": 0.6,
    "font.size": 9,
}


def heat_map(targets: pd.DataFrame, evidence: pd.DataFrame, contexts: pd.DataFrame, top: int = 30) -> Figure:
    """Draw the first `top` targets (rows) across the tumour and the normal tissues (columns).

    Parameters
    ----------
    targets, evidence, contexts, top
        Rows of TARGETS, EVIDENCE (criteria `normal_tpm`, `normal_percentile`) and CONTEXTS, and how many.

    Returns
    -------
    Figure
        Cells without a measurement are hatched grey; the binding tissue of each row has a frame.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = grid(targets, evidence, contexts, top)
    widths = [0.8, *(len(members) for members in shown.blocks.values()), 0.6]
    rows, columns = shown.values.shape
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(max(9.5, 3.3 + 0.215 * columns), 3.8 + 0.215 * max(rows, 6)))
        axes = figure.subplots(1, len(widths), gridspec_kw={"width_ratios": widths, "wspace": 0.045})
        _tiers(axes[0], shown)
        high = 1.0 if shown.ranks else max(1.0, float(shown.values.max(skipna=True).max()))
        for axis, (title, members) in zip(axes[1:-1], shown.blocks.items(), strict=True):
            _block(axis, shown, title, members, high)
        label = "percentile within sample or tissue" if shown.ranks else "log2(TPM* + 1)"
        figure.colorbar(axes[1].collections[0], cax=axes[-1], label=label).outline.set_visible(False)
        _words(figure, shown)
    return figure


def _tiers(axis: Axes, shown: Grid) -> None:
    """Draw the strip of safety tiers with rank and symbol as row labels."""
    import seaborn as sns
    from matplotlib.colors import ListedColormap

    tiers = shown.genes["safety_tier"].to_list()
    codes = pd.DataFrame({"tier": [SAFETY_TIERS.index(tier) for tier in tiers]})
    colours = ListedColormap(list(TIER_COLOUR.values()))
    letters = pd.DataFrame({"tier": [TIER_LETTER[tier] for tier in tiers]})
    high = len(SAFETY_TIERS) - 1
    sns.heatmap(codes, ax=axis, cmap=colours, vmin=0, vmax=high, annot=letters, fmt="", linewidths=0.8, **_PLAIN)
    for letter in axis.texts:
        letter.set(color="white", fontweight="bold", fontsize=8)
    rank = zip(shown.genes["priority_rank"], shown.genes["symbol"], strict=True)
    labels = [f"{symbol}  {number}" for number, symbol in rank]
    axis.set_yticks([at + 0.5 for at in range(len(labels))], [_plain(text) for text in labels], rotation=0)
    axis.set_xticks([0.5], ["safety tier"], rotation=60, ha="right", rotation_mode="anchor")
    axis.tick_params(length=0)


def _plain(text: str) -> str:
    """Return `text` so that matplotlib does not read it as mathematics."""
    return text.replace("$", r"\$")


def _block(axis: Axes, shown: Grid, title: str, members: list[str], high: float) -> None:
    """Draw one block of columns on a hatched ground, and frame the binding tissues."""
    import seaborn as sns
    from matplotlib.patches import Rectangle

    values = shown.values[members]
    sns.heatmap(values, ax=axis, cmap=_COLOURS, vmin=0, vmax=high, mask=values.isna(), linewidths=0.4, **_PLAIN)
    axis.add_patch(Rectangle((0, 0), len(members), len(values), zorder=-1, linewidth=0, **_MISSING))
    bound = shown.genes["binding_tissue"].fillna("").str.removesuffix(_UNMEASURED)
    for row, tissue in enumerate(bound):
        if tissue in members:
            at = (members.index(tissue) + 0.06, row + 0.06)
            axis.add_patch(Rectangle(at, 0.88, 0.88, fill=False, edgecolor=_BINDING, linewidth=1.3, zorder=3))
    axis.set_xticks([at + 0.5 for at in range(len(members))], members, rotation=60, ha="right", rotation_mode="anchor")
    axis.set(yticks=[], ylabel="", xlabel="")
    axis.tick_params(length=0)
    narrow = len(members) < 4
    axis.set_title(title, loc="left", fontsize=9, fontweight="bold", rotation=30 if narrow else 0, pad=5)


def _words(figure: Figure, shown: Grid) -> None:
    """Write the title, the key of the tiers and the caption."""
    from matplotlib.patches import Patch

    tiers = [Patch(color=TIER_COLOUR[t], label=f"{TIER_LETTER[t]}  {TIER_SHORT[t]}") for t in SAFETY_TIERS]
    marks = [
        Patch(fill=False, edgecolor=_BINDING, linewidth=1.3, label="binding tissue"),
        Patch(**_MISSING, linewidth=0.5, label="not measured"),
    ]
    width, height = figure.get_figwidth(), figure.get_figheight()
    left = 0.15 / width
    title = f"Top {len(shown.genes)} targets: tumour median against normal tissues"
    figure.text(left, 1 - 0.12 / height, title, fontsize=14, fontweight="bold", va="top")
    look: dict[str, Any] = {
        "ncols": 6,
        "frameon": False,
        "handlelength": 1.1,
        "columnspacing": 1.6,
        "borderpad": 0,
    }
    corner = (left, 1 - 0.48 / height)
    figure.legend(handles=[*tiers, *marks], loc="upper left", bbox_to_anchor=corner, borderaxespad=0, **look)
    caption = fill(_caption(shown), int(width * 14))
    figure.text(left, 0.1 / height, caption, fontsize=8.5, color="#444444", va="bottom", linespacing=1.35)
    bottom = 1.75 + 0.17 * len(caption.splitlines())
    edges = {"left": 1.55, "right": width - 0.75, "top": height - 1.35, "bottom": bottom}
    horizontal = {side: edges[side] / width for side in ("left", "right")}
    figure.subplots_adjust(**horizontal, **{side: edges[side] / height for side in ("top", "bottom")})


def _caption(shown: Grid) -> str:
    scale = (
        "The cohort is rank only: colours are percentiles among protein-coding genes, not amounts."
        if shown.ranks
        else "Colours are log2(TPM* + 1); tumour = median over patients, tissue = upper tail of the atlas."
    )
    atlases = ", ".join(shown.atlases) or "none"
    many = f"Atlases: {atlases}. Where several measure a tissue, the highest is shown."
    return f"{scale} {many} Hatched grey is not measured, which is not zero. {RESEARCH_USE}"


def draw(targets: Path, evidence: Path, contexts: Path, png: Path, svg: Path, top: int = 30) -> None:
    """Draw the heat map as PNG (150 dpi) and SVG; the same tables give the same bytes.

    Parameters
    ----------
    targets, evidence, contexts
        The parquet files of one indication and of the reference bundle.
    png, svg
        The files to write.
    top
        Number of targets.

    Raises
    ------
    InputError
        If a table cannot be read, or a folder may not be written to.
    """
    import matplotlib as mpl

    genes = store.read_table(targets, TARGETS)
    first = genes.nsmallest(top, "priority_rank")["gene_id"].to_list()
    wanted = [("gene_id", "in", first), ("criterion", "in", list(CRITERIA))]
    rows = store.read_table(evidence, EVIDENCE, COLUMNS, wanted) if first else EVIDENCE.empty()
    figure = heat_map(genes, rows, store.read_table(contexts, CONTEXTS), top)
    with mpl.rc_context(_STYLE):
        with store.replacing(png) as temporary:
            figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})
        with store.replacing(svg) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": "targetfinder"})
