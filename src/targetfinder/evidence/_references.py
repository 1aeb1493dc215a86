"""What a tumour is held against: the normal tissue that binds, and the profile of organ systems, with their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from targetfinder import units
from targetfinder.settings import AtlasError, PerCriticality, Window
from targetfinder.units import Floats

#: Draws behind the error of a limit: its standard deviation is known to a tenth.
DRAWS, SEED = 50, 1
#: On the scale log2(TPM* + 1), atlases agree better where there is little: below this their error shrinks to nothing.
FULL_ERROR = 2.0


@dataclass(frozen=True)
class Atlas:
    """Normal tissues of one or more atlases as genes × columns, one column a tissue of an atlas.

    Attributes
    ----------
    values
        Upper tail in TPM*, or percentile for rank_only comparison; NaN where unmeasured.
    columns
        context, system, criticality, source, release; one row a column of `values`.
    tolerated
        Why a tissue never binds for a gene: the reason where a tolerated cell type explains its RNA, else missing.
    """

    values: Floats
    columns: pd.DataFrame
    tolerated: np.ndarray

    def without(self, source: str) -> Atlas:
        """Return the other atlases."""
        kept = (self.columns["source"] != source).to_numpy()
        return Atlas(self.values[:, kept], self.columns[kept].reset_index(drop=True), self.tolerated[:, kept])


@dataclass(frozen=True)
class Limits:
    """What binds each gene, on the scale log2(TPM* + 1) or of percentiles.

    Attributes
    ----------
    level
        Genes × columns: a normal value less the allowance of its tissue; -inf where it never binds.
    binding
        Column that binds each gene.
    bound
        Whether there is one.
    limit
        Level in the binding column; NaN where there is none.
    profile
        Mean over organ systems of the highest level in each, at least 0; NaN as `limit`.
    allowance
        Allowance in the binding column; below 0 where it stands in for an unmeasured tissue.
    """

    level: Floats
    binding: np.ndarray
    bound: np.ndarray
    limit: Floats
    profile: Floats
    allowance: Floats


def limits(atlas: Atlas, settings: Window, linear: bool) -> Limits:
    """Return what binds each gene of an atlas.

    The binding tissue has the highest value after its allowance; a tissue whose RNA is tolerated never binds. For a
    gene that some vital tissue was not measured for, the highest tissue that was stands in, without allowance and
    higher than it is by `unmeasured_log2` (missing is not zero). An organ system counts by its own highest level, one
    without any value by that of the binding tissue, and one whose tissues are all tolerated not at all.
    """
    reach = settings.log2_range if linear else 1.0
    classes = _classes(atlas.columns["criticality"], settings.allowance_log2) * reach / settings.log2_range
    allowance = np.broadcast_to(classes, atlas.values.shape).copy()
    allowance[_stands_in(atlas)] = -settings.unmeasured_log2 * reach / settings.log2_range
    level = (units.log2p1(atlas.values) if linear else atlas.values) - allowance
    level = np.where(np.isnan(level) | pd.notna(atlas.tolerated), -np.inf, level)
    rows, binding = np.arange(len(level)), np.argmax(level, axis=1)
    bound = np.isfinite(level[rows, binding])
    limit = np.where(bound, level[rows, binding], np.nan)
    profile = _profile(level, _systems(atlas), limit)
    return Limits(level, binding, bound, limit, profile, allowance[rows, binding])


def errors(found: Limits, atlas: Atlas, error: AtlasError, linear: bool) -> tuple[Floats, Floats]:
    """Return the standard deviation of limit and profile of each gene.

    A normal value without donors is as uncertain as two atlases differ over one tissue: an error that a gene has in
    all tissues of an atlas, and one of each tissue. `DRAWS` draws of both, the same for all genes, so that neither
    their order nor their company matters.
    """
    rng = np.random.default_rng(SEED)
    source = pd.Categorical(atlas.columns["source"])
    systems = _systems(atlas)
    share = np.clip(units.log2p1(atlas.values) / FULL_ERROR, 0.0, 1.0) if linear else np.ones(1)
    share = np.nan_to_num(share, nan=1.0)
    drawn = np.empty((2, DRAWS, len(found.level)))
    for i in range(DRAWS):
        shared = rng.normal(0.0, error.gene, len(source.categories))[source.codes]
        level = found.level + (shared + rng.normal(0.0, error.tissue, len(source))) * share
        drawn[0, i] = level.max(axis=1)
        drawn[1, i] = _profile(level, systems, drawn[0, i])
    limit, profile = (np.where(found.bound, _sd(part), np.nan) for part in drawn)
    return limit, profile


def _sd(drawn: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        spread: Floats = np.std(drawn, axis=0, ddof=1)
    return spread


def _classes(criticality: pd.Series, allowance: PerCriticality) -> Floats:
    return criticality.map(allowance.model_dump()).to_numpy(dtype=float)


def _systems(atlas: Atlas) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the columns of each organ system, and the genes that all tissues of it are tolerated for."""
    lost = pd.notna(atlas.tolerated)
    columns = [rows.index.to_numpy() for _, rows in atlas.columns.groupby("system", observed=True)]
    return [(of, np.asarray(lost[:, of].all(axis=1))) for of in columns]


def _profile(level: Floats, systems: list[tuple[np.ndarray, np.ndarray]], limit: Floats) -> Floats:
    highest = np.stack([level[:, columns].max(axis=1) for columns, _ in systems], axis=1)
    stood_in = np.maximum(np.where(np.isfinite(highest), highest, limit[:, None]), 0.0)
    counted = ~np.stack([lost for _, lost in systems], axis=1)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(counted, stood_in, 0.0).sum(axis=1) / counted.sum(axis=1)
    return mean


def _stands_in(atlas: Atlas) -> np.ndarray:
    """Mark the highest measured tissue of each gene that some vital tissue was not measured for.

    It stands in for that tissue and gets no allowance but a surcharge: missing is not zero. A tolerated tissue cannot.
    """
    measured = np.isfinite(atlas.values)
    can_bind = measured & pd.isna(atlas.tolerated)
    vital = atlas.columns["criticality"] == "vital"
    contexts = atlas.columns.loc[vital, "context"].unique()
    seen = [measured[:, (atlas.columns["context"] == c).to_numpy()].any(axis=1) for c in contexts]
    gaps = can_bind.any(axis=1) & ~np.all(seen, axis=0)
    mask = np.zeros(atlas.values.shape, dtype=bool)
    highest = np.argmax(np.where(can_bind, atlas.values, -np.inf), axis=1)
    mask[np.flatnonzero(gaps), highest[gaps]] = True
    return mask
