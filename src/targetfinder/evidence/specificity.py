"""Specificity: the therapeutic window against every normal tissue, and the tissue that binds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from targetfinder import tables, units
from targetfinder.evidence._attribution import attributed
from targetfinder.evidence._records import records, scale_of, stack, tumour, universe
from targetfinder.evidence._references import Atlas, Limits, errors, limits
from targetfinder.evidence._tolerance import Origin, read_origin, waived_by
from targetfinder.indications import read_indication
from targetfinder.settings import Intervals, Window, read_rules, read_scoring
from targetfinder.store import read_table, write_table
from targetfinder.units import Floats


def run(
    indication: Path, bundle: Path, cohorts: Path, scoring: Path, rules: Path, out: Path, waivers: Path | None = None
) -> None:
    """Write the specificity evidence of one indication."""
    disease = read_indication(indication)
    genes = universe(bundle)
    scale = scale_of(disease, cohorts)
    numbers = read_scoring(scoring)
    origin = read_origin(bundle, genes, disease, read_rules(rules), waivers)
    amounts, ranks = read_atlases(bundle, genes, origin)
    named = genes.astype("category")  # so that records share their names
    evidence = specificity(
        named,
        tumour(disease, cohorts, genes),
        amounts if scale == "linear" else ranks,
        ranks,
        scale=scale,
        settings=numbers.window,
        intervals=numbers.intervals,
    )
    told = [evidence, _tolerated(named, amounts), _whose(named, evidence, amounts, origin)]
    write_table(stack(told), tables.EVIDENCE, out)


def read_atlases(bundle: Path, genes: pd.DataFrame, origin: Origin) -> tuple[Atlas, Atlas]:
    """Read the bulk atlases of a bundle for `genes`: in TPM*, and as percentiles."""
    wanted, place = ["upper_tpm", "percentile"], ["source", "release", "context"]
    columns = ["gene_id", *place, *wanted]
    normal = read_table(bundle / "normal_bulk.parquet", tables.NORMAL_BULK, columns, categorical=True)
    classes = read_table(bundle / "contexts.parquet", tables.CONTEXTS)
    classes = classes[["source", "context", "system", "criticality"]]
    normal = normal[normal["gene_id"].isin(genes["gene_id"])]
    places = normal[place].drop_duplicates().astype(object).reset_index(drop=True).sort_values(place)
    number = normal.groupby(place, observed=True, sort=False).ngroup().to_numpy()
    row, column = pd.Index(genes["gene_id"]).get_indexer(pd.Index(normal["gene_id"])), np.argsort(places.index)[number]
    tissues = places.merge(classes, on=["source", "context"], how="left", validate="1:1")
    waived = waived_by(normal.assign(criticality=tissues["criticality"].to_numpy()[column]), origin)

    def spread(values: pd.Series, empty: float | None, kind: type) -> np.ndarray:
        wide: np.ndarray = np.full((len(genes), len(tissues)), empty, dtype=kind)
        wide[row, column] = values.to_numpy(dtype=kind)
        return wide

    lost = spread(waived, None, object)
    amounts, ranks = (Atlas(spread(normal[name], np.nan, float), tissues, lost) for name in wanted)
    return amounts, ranks


def specificity(
    genes: pd.DataFrame,
    values: pd.DataFrame,
    atlas: Atlas,
    ranks: Atlas,
    *,
    scale: str,
    settings: Window,
    intervals: Intervals,
) -> pd.DataFrame:
    """Return `EVIDENCE` records of every normal value, every window, and of what the criteria hold the tumour against.

    The window in a tissue is log2((tumour median + 1) / (upper tail + 1)), both in TPM*; for rank_only cohorts it is
    the difference of within-sample percentiles.

    binding_window
        The window in the tissue that binds (`_references.limits`), which is the context.
    normal_limit, rank_limit
        Value of the binding tissue after its allowance, on the scale log2(TPM* + 1) (of percentiles for rank_only
        cohorts), and by percentile; the context is the tissue.
    normal_profile
        Mean over organ systems of the limit in each.
    <reference>_sd, <reference>_without
        The error of each of these (`_references.errors`), and its value without one of several atlases.

    A gene without binding tissue has no record of these.

    Parameters
    ----------
    values
        Output of `_records.tumour`, in the order of `genes`.
    atlas, ranks
        Upper tails in the unit of `scale`, and percentiles, of the same tissues.
    """
    linear = scale == "linear"
    tumour_value = values["median_tpm" if linear else "percentile"].to_numpy(dtype=float)
    found = limits(atlas, settings, linear)
    level = units.log2p1(tumour_value) if linear else tumour_value
    window, n = level - (found.limit + found.allowance), int(values["n"].iloc[0])
    unit = units.LOG2_RATIO if linear else "difference of percentiles"
    told = _Told(genes, settings, intervals)
    return stack(
        [
            *_per_tissue(genes, atlas, tumour_value, linear, n),
            _in_binding(genes, atlas, found, "binding_window", window, unit, n),
            *told.references(atlas, linear, ("normal_limit", "normal_profile")),
            *told.references(ranks, False, ("rank_limit", None)),
        ]
    )


@dataclass(frozen=True)
class _Told:
    """Makes the records of references."""

    genes: pd.DataFrame
    settings: Window
    intervals: Intervals

    def references(self, atlas: Atlas, linear: bool, names: tuple[str, str | None]) -> list[pd.DataFrame]:
        """Return records of limit and profile under the names given (None: not told), with error and leave-one-out."""
        found = limits(atlas, self.settings, linear)
        error = self.intervals.atlas_log2 if linear else self.intervals.atlas_percentile
        spread = errors(found, atlas, error, linear)
        unit = "log2(TPM* + 1)" if linear else units.PERCENTILE
        parts = [_in_binding(self.genes, atlas, found, str(names[0]), found.limit, f"{unit} less allowance", None)]
        for i, name in enumerate(names):
            if name is not None:
                parts += [self._all(atlas, found.profile, name, unit)] if i else []
                parts += [self._all(atlas, spread[i], f"{name}_sd", f"standard deviation of {unit}")]
                parts += [
                    self._all(a, value[i], f"{name}_without", unit, s) for s, a, value in self._left(atlas, linear)
                ]
        return parts

    def _left(self, atlas: Atlas, linear: bool) -> list[tuple[str, Atlas, tuple[Floats, Floats]]]:
        """Return what is left without each atlas, if there are several."""
        sources = sorted(set(atlas.columns["source"]))
        kept = [(source, atlas.without(source)) for source in sources if len(sources) > 1]
        found = [(source, left, limits(left, self.settings, linear)) for source, left in kept]
        return [(source, left, (limit.limit, limit.profile)) for source, left, limit in found]

    def _all(self, atlas: Atlas, value: Floats, name: str, unit: str, left_out: str | None = None) -> pd.DataFrame:
        """Return records over all tissues of an atlas, of the genes that have a value."""
        where = {part: ", ".join(sorted(set(atlas.columns[part]))) for part in ("source", "release")}
        context = "all tissues" if left_out is None else left_out
        known = ~np.isnan(value)
        return records(self.genes[known], value[known], criterion=name, context=context, unit=unit, n=None, **where)


def _per_tissue(genes: pd.DataFrame, atlas: Atlas, tumour_value: Floats, linear: bool, n: int) -> list[pd.DataFrame]:
    name, unit = ("normal_tpm", units.RENORMALISED) if linear else ("normal_percentile", units.PERCENTILE)
    parts = []
    for i, column in enumerate(atlas.columns.itertuples(index=False)):
        normal = atlas.values[:, i]
        where = {name: str(getattr(column, name)) for name in ("context", "source", "release")}
        parts.append(records(genes, normal, criterion=name, unit=unit, n=None, **where))
        if linear:
            window = units.log2p1(tumour_value) - units.log2p1(normal)
            parts.append(records(genes, window, criterion="window", unit=units.LOG2_RATIO, n=n, **where))
    return parts


def _in_binding(
    genes: pd.DataFrame, atlas: Atlas, found: Limits, criterion: str, value: Floats, unit: str, n: int | None
) -> pd.DataFrame:
    """Return records of the genes that have a binding tissue, which is their context."""
    picked = atlas.columns.iloc[found.binding[found.bound]].reset_index(drop=True)
    rows, kept = genes[found.bound], value[found.bound]
    part = records(rows, kept, criterion=criterion, context="", unit=unit, n=n, source="", release="")
    return part.assign(**{name: picked[name].to_numpy() for name in ("context", "source", "release")})


def _tolerated(genes: pd.DataFrame, atlas: Atlas) -> pd.DataFrame:
    """Return one record for each gene and tissue that never binds; its unit holds the reason."""
    gene, column = np.nonzero(pd.notna(atlas.tolerated))
    place, n = atlas.columns.iloc[column], np.ones(len(gene))
    told = records(genes.iloc[gene], n, criterion="tolerated", context="", unit="", n=None, source="", release="")
    return told.assign(
        unit=atlas.tolerated[gene, column],
        **{name: place[name].to_numpy() for name in ("context", "source", "release")},
    )


def _whose(genes: pd.DataFrame, evidence: pd.DataFrame, amounts: Atlas, origin: Origin) -> pd.DataFrame:
    """Return the cells whose RNA binding tissues show (context), and what they would have to be of them (value)."""
    rows = evidence.loc[evidence["criterion"] == "binding_window", ["gene_id", "context", "source"]]
    rows = rows.astype(object).reset_index(drop=True)
    places = pd.MultiIndex.from_frame(amounts.columns[["source", "context"]])
    column = places.get_indexer(pd.MultiIndex.from_frame(rows[["source", "context"]]))
    gene = pd.Index(genes["gene_id"]).get_indexer(pd.Index(rows["gene_id"]))
    found = attributed(rows.assign(upper_tpm=amounts.values[gene, column]), origin.cells, origin.times)
    known = found["attribution"].notna()
    words = rows["context"] + ", " + found["attribution"] + ": " + found["attribution_cell"]
    where = {"source": origin.cells.source, "release": origin.cells.atlas}
    share = found.loc[known, "attribution_share"]
    told = records(
        genes.iloc[gene[known]], share, criterion="binding_attribution", context="", unit="share", n=None, **where
    )
    return told.assign(context=words[known].to_numpy())
