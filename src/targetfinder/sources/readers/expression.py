"""Expression of genes in normal tissues and cell types, one value or statistic a gene and context."""

from __future__ import annotations

import io
from typing import IO, Any

import numpy as np
import pandas as pd

from targetfinder.sources.readers._common import Expression, bad, delimited, numbers, unique
from targetfinder.sources.registry import SourceTable


def expression_matrix(handle: IO[bytes], table: SourceTable) -> Expression:
    """Read a gene × context matrix in linear units; `options.value_prefix` picks its columns."""
    names = ["Ensembl_Gene_ID", "Symbol"]
    frame = delimited(handle, table, names, dtype=dict.fromkeys(names, str))
    prefix = table.options.get("value_prefix", "")
    labels = [c for c in frame.columns[2:] if c.startswith(prefix)]
    if not labels:
        raise bad(table, f"no column starts with '{prefix}'")
    unique(frame["Ensembl_Gene_ID"], table)
    values = numbers(frame[labels], table).rename(columns=lambda label: label.removeprefix(prefix))
    values.index = pd.Index(frame["Ensembl_Gene_ID"], name="gene_id")
    symbols = pd.Series(frame["Symbol"].to_numpy(), index=values.index)
    return Expression(value=values, upper=values, mean=values, symbols=symbols)


def tissue_statistics(handle: IO[bytes], table: SourceTable) -> Expression:
    """Read an HDF5 file of gene × tissue statistics (pandas fixed format, read with plain h5py)."""
    import h5py

    try:
        store = h5py.File(io.BytesIO(handle.read()), "r")
        frames = {role: _statistic(store, table.options[role]) for role in ("value", "upper", "mean")}
    except (KeyError, OSError, TypeError, ValueError, AttributeError) as error:
        raise bad(table, f"statistic cannot be read: {error}") from error
    labels, genes = frames["value"].columns, frames["value"].index
    unknown = sorted(set(table.skip_labels | table.no_upper_labels) - set(labels))
    if unknown:
        raise bad(table, "label of the registry is not in the file", ", ".join(unknown))
    for role, frame in frames.items():
        unique(pd.Series(frame.index), table)
        if set(frame.index) != set(genes) or set(frame.columns) != set(labels):
            raise bad(table, "holds other genes or tissues than the others", table.options[role])
        checked = numbers(frame.loc[genes, labels], table, at=lambda row: f"gene {genes[row]}")
        frames[role] = checked.drop(columns=list(table.skip_labels))
    upper = frames["upper"].copy()
    for label in table.no_upper_labels:
        upper[label] = frames["value"][label]
    symbols = pd.Series(None, index=genes, dtype=object)
    return Expression(value=frames["value"], upper=upper, mean=frames["mean"], symbols=symbols)


def _statistic(store: Any, name: str) -> pd.DataFrame:
    group = store[name]
    labels, genes = ([entry.decode() for entry in group[axis][:]] for axis in ("axis0", "axis1"))
    values = np.asarray(group["block0_values"][:], dtype=float)
    return pd.DataFrame(values, index=pd.Index(genes, name="gene_id"), columns=labels)
