"""RNA that is not the cells' own: what other cells of a tissue spill into every droplet, by tissue and donor.

A droplet holds the RNA of its cell and a share of the soup that all cells of the suspension spilt, so that the mean
profile of a cell type is (1 - share) × its own + share × soup (Young & Behjati 2020, doi:10.1093/gigascience/giaa151).
Empty droplets are not in an atlas: the soup is taken as the mean of all cells of the tissue and donor.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from targetfinder.units import Floats

#: Genes that the share is read from: the most abundant of the soup, which are seen in small groups of cells too.
ABUNDANT = 200
#: A cell type lacks at least this part of them; their ratio to the soup is the share.
LACKING = 0.1
#: Least number of cell types: one alone is the soup itself.
LEAST_TYPES = 3
#: No more is ever taken for ambient: where related cells only are there, all genes look shared.
MOST = 0.2


def ambient(groups: pd.DataFrame, mean: Floats) -> tuple[Floats, Floats]:
    """Return the part of each mean that the soup of its tissue and donor puts there, and the share of the soup.

    Parameters
    ----------
    groups
        tissue, cell_type, donor (may be missing) and n_cells of each group of cells.
    mean
        Group × gene, in CP10k over all genes of the atlas.

    Returns
    -------
    part, share
        Group × gene, in the unit of `mean`, and one share a group; NaN where too few cell types tell.
    """
    found, share = np.full_like(mean, np.nan), np.full(len(mean), np.nan)
    for indices in groups.groupby(["tissue", "donor"], sort=False, dropna=False).indices.values():
        places = np.asarray(indices)
        if groups["cell_type"].iloc[places].nunique() >= LEAST_TYPES:
            cells = groups["n_cells"].to_numpy(dtype=float)[places]
            soup = np.average(mean[places], axis=0, weights=cells)
            share[places] = share_of_soup(mean[places], soup, cells)
            found[places] = share[places][:, None] * soup
    return found, share


def share_of_soup(mean: Floats, soup: Floats, cells: Floats) -> float:
    """Return the share of ambient RNA: of each cell type what it has of the genes that it lacks, half of cells below.

    Parameters
    ----------
    mean, soup
        Cell type × gene, and their common soup.
    cells
        Cells of each type, by which types are weighted.
    """
    abundant = np.argsort(-soup, kind="stable")[:ABUNDANT]
    abundant = abundant[soup[abundant] > 0]
    if not abundant.size:
        return 0.0
    shares = np.quantile(mean[:, abundant] / soup[abundant], LACKING, axis=1)
    order = np.argsort(shares, kind="stable")
    below = np.cumsum(cells[order])
    return float(min(shares[order][np.searchsorted(below, below[-1] / 2)], MOST))
