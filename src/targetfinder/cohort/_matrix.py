"""What every format of a user's own samples is read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from targetfinder.cohort._individuals import none
from targetfinder.errors import InputError

#: Units that a samplesheet may claim and a format may imply.
UNITS = ("TPM", "FPKM", "counts", "log2(TPM+1)", "log2(FPKM+1)", "z-score", "intensity", "log2 intensity", "IHC score")

#: Columns of `QUERY` that a modality gives.
QUERIED = ("gene_id", "sample", "patient", "value_tpm", "percentile")


@dataclass(frozen=True)
class Matrix:
    """Genes or proteins × samples, as a file gives them; nothing is mapped, filled or rescaled yet.

    Attributes
    ----------
    values
        Entries as the file spells them (index) × samples (columns), floats; NaN where the file gives no number.
    symbols
        Symbol of each entry, in the order of `values`; None if the file has one kind of name only.
    unit
        One of `UNITS` if the format implies it, else None.
    lengths
        Length of each entry in bases, in the order of `values`: one column, or one a sample; None if not given.
    left_out
        Reason to number of entries that the reader left out.
    notes
        What the reader decided by itself, in words.
    """

    values: pd.DataFrame
    symbols: pd.Series | None = None
    unit: str | None = None
    lengths: pd.DataFrame | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """What a modality makes of the rows of one cohort.

    Attributes
    ----------
    statistics
        Columns of `COHORT`, indexed by gene id: of all protein-coding genes; None if there are queries only.
    about
        Columns of `COHORTS` that the modality knows.
    kept
        Samples, or groups of cells, as AnnData.
    lost
        Entry and reason.
    queries
        The columns `QUERIED` of `QUERY`.
    said
        What `cohort check` must know besides: unit as claimed or implied, and number of entries.
    individuals
        The columns `_individuals.GIVEN` of `INDIVIDUALS`; empty if no patient is known.
    """

    statistics: pd.DataFrame | None
    about: dict[str, Any]
    kept: Any
    lost: pd.DataFrame
    queries: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(QUERIED)))
    said: dict[str, Any] = field(default_factory=dict)
    individuals: pd.DataFrame = field(default_factory=none)


def unfit(path: object, problem: str, remedy: str, field: str | None = None) -> InputError:
    """Return the error of a user's file: what is wrong, in which line or column, and what to do."""
    return InputError(problem, file=str(path), field=field, remedy=remedy)
