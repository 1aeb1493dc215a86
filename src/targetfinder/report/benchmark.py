"""`report benchmark`: the page that says how early the rankings find known targets, and where they do not.

run(*, folder: Path, version: str, html: Path) -> None
"""

from __future__ import annotations

import base64
from pathlib import Path

from targetfinder import store, tables
from targetfinder.report import _benchmark_figures, _html
from targetfinder.report import _benchmark_rows as rows
from targetfinder.report._words import RESEARCH_USE

__all__ = ["render", "run"]


def run(*, folder: Path, version: str, html: Path) -> None:
    """Write benchmark.html.

    Parameters
    ----------
    folder
        Folder with the tables of `benchmark run`.
    version
        Version of targetfinder.
    html
        The file to write.

    Raises
    ------
    InputError
        If a table cannot be read.
    """
    wanted = (tables.BENCHMARK, tables.BENCHMARK_METHODS, tables.BENCHMARK_DIFFERENCES, tables.BENCHMARK_POSITIVES)
    found = rows.Found(*(store.read_table(folder / f"{table.name}.parquet", table) for table in wanted))
    store.write_text(render(found, version), html)


def render(found: rows.Found, version: str) -> str:
    """Return benchmark.html; the same tables give the same text."""
    whole = found.values[found.values["subset"] == "all"]
    first = found.values.iloc[0]
    return _html.page(
        "benchmark.html",
        version=version,
        research_use=RESEARCH_USE,
        genes=int(first["n_genes"]),
        universe=str(first["universe"]),
        count=whole.loc[whole["list"] != rows.OTHERS, "list"].nunique(),
        lists=[rows.about(whole, name) for name in rows.names(whole)],
        aims=rows.aims(whole),
        figures=[
            {"alt": alt, "png": base64.b64encode(png).decode()}
            for alt, png in _benchmark_figures.draw(found, rows.title_of)
        ],
        differences=rows.differences(found),
        positives=rows.positives(found),
        subsets=rows.subsets(found.values),
        methods=found.methods.to_dict("records"),
        metrics=rows.METRICS,
    )
