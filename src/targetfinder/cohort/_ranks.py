"""Ranks of the columns of a matrix over ever other choices of its rows: it is sorted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from targetfinder import units


@dataclass(frozen=True)
class SortedColumns:
    """The columns of a matrix in ascending order, missing values last.

    Attributes
    ----------
    order
        Rows of the matrix by ascending value, column × row.
    values
        The values in that order, column × row.
    """

    order: npt.NDArray[np.intp]
    values: units.Floats

    @classmethod
    def of(cls, matrix: units.Floats) -> SortedColumns:
        """Sort each column of `matrix`."""
        columns = np.ascontiguousarray(matrix.T)
        order = np.argsort(columns, axis=1, kind="stable")
        return cls(order, np.take_along_axis(columns, order, axis=1))

    def ranks(self, chosen: npt.NDArray[np.bool_]) -> units.Floats:
        """Return the rank of each value among the chosen rows of its column, from 1; equal ones share their mean.

        Parameters
        ----------
        chosen
            Flag of each row of the matrix.

        Returns
        -------
        Chosen rows × columns; missing values have no rank. Equal to `pandas.DataFrame.rank` of the chosen rows.
        """
        kept = chosen[self.order]
        shape = len(self.order), int(chosen.sum())
        place = (np.cumsum(chosen) - 1)[self.order[kept]].reshape(shape)
        value = self.values[kept].reshape(shape)
        first = np.ones(shape, dtype=bool)  # of equal ones
        first[:, 1:] = value[:, 1:] != value[:, :-1]
        starts = np.flatnonzero(first)
        ends = np.append(starts[1:], first.size)
        rank = np.repeat((starts + ends + 1) / 2, ends - starts).reshape(shape)
        rank -= np.arange(shape[0])[:, None] * shape[1]
        found = np.empty(shape)
        np.put_along_axis(found, place, np.where(np.isnan(value), np.nan, rank), axis=1)
        return found.T
