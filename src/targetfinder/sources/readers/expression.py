"""Expression of genes in normal tissues and cell types, one value or statistic a gene and context."""

from __future__ import annotations

import io
import re
from typing import IO, Any

import numpy as np
import pandas as pd

from targetfinder.sources.readers._checks import by_line, human, once
from targetfinder.sources.readers._common import Expression, bad, delimited, expression, numbers, unique
from targetfinder.sources.readers._lines import rectangular
from targetfinder.sources.registry import SourceTable

ENSEMBL = r"^ENSGR?\d"
#: Of so many samples the 90th percentile stands for the upper tail; of fewer the highest does.
TAIL_SAMPLES = 5


def gene_matrix(handle: IO[bytes], table: SourceTable) -> Expression:
    """Read a gene × label matrix in linear units: a wide table of an atlas, or samples of your own.

    Options, none of which is needed: `gene_id` (its column; the first), `symbol` (its column; none), `ids` (`ensembl`
    or `symbol`: what is in `gene_id`; the index holds what the file spells), `separator` (the one of tab, comma and
    semicolon that the header has most of), and `pattern`: a regular expression that must match the whole name of a
    column and whose first group is its label; columns that it does not match are left out. Without it every other
    column is a label.

    Where `pattern` gives several columns one label, columns are samples: `value` is their median, `mean` their mean,
    `upper` their 90th percentile (linear interpolation; the highest of fewer than 5), `donors` how many there are.

    Raises
    ------
    InputError
        If the file is no such matrix, a gene occurs twice or is of another species, or a value is no number,
        negative, infinite or a logarithm.
    """
    separator = table.options.get("separator") or _separator(handle)
    header = rectangular(handle, table, separator)
    names = [table.options.get("gene_id", header[0]), *(table.options[k] for k in ("symbol",) if k in table.options)]
    frame = delimited(handle, table, names, sep=separator, dtype=dict.fromkeys(names, str))
    return _matrix(by_line(frame), names, table)


def gtex_median_gct(handle: IO[bytes], table: SourceTable) -> Expression:
    """Read medians by tissue in gct 1.2: two lines of version and size, then Name, Description and the tissues.

    Raises
    ------
    InputError
        As `gene_matrix`, and if the file does not hold as many genes and tissues as its second line says.
    """
    version, size = (handle.readline().decode("utf-8-sig", errors="replace").split() for _ in range(2))
    if version != ["#1.2"]:
        raise bad(table, f"not a gct 1.2 file: line 1 is '{' '.join(version)[:40]}' instead of '#1.2'")
    header = rectangular(handle, table, "\t", first=3)
    names = ["Name", "Description"]
    frame = delimited(handle, table, names, sep="\t", dtype=dict.fromkeys(names, str))
    found = [str(len(frame)), str(len(header) - len(names))]
    if size != found:
        said = " × ".join(size)[:40]
        raise bad(table, f"line 2 says {said} genes × tissues, but there are {' × '.join(found)}: truncated or edited")
    return _matrix(by_line(frame, first=4), names, table)


def _separator(handle: IO[bytes]) -> str:
    start = handle.tell()
    header = handle.readline()
    handle.seek(start)
    return max("\t,;", key=lambda sign: header.count(sign.encode()))


def _matrix(frame: pd.DataFrame, names: list[str], table: SourceTable) -> Expression:
    """Check genes and values of a matrix, indexed by line, whose columns `names` are gene id and symbol, if any."""
    genes = _genes(frame[names], table)
    groups = _groups([str(column) for column in frame.columns if column not in names], table)
    columns = [column for group in groups.values() for column in group]
    values = numbers(frame[columns], table, at=lambda row: f"line {frame.index[row]}").set_axis(genes.index)
    if all(len(group) == 1 for group in groups.values()):
        return expression(table, values.set_axis(list(groups), axis=1), genes)
    parts = {label: values[group] for label, group in groups.items()}
    value, upper, mean = (
        pd.DataFrame({label: statistic(part) for label, part in parts.items()})
        for statistic in (lambda part: part.median(axis=1), _upper_tail, lambda part: part.mean(axis=1))
    )
    return expression(
        table, value, genes, upper, mean, pd.Series({label: part.shape[1] for label, part in parts.items()})
    )


def _upper_tail(samples: pd.DataFrame) -> pd.Series:
    tail: pd.Series = samples.quantile(0.9, axis=1) if samples.shape[1] >= TAIL_SAMPLES else samples.max(axis=1)
    return tail


def _genes(frame: pd.DataFrame, table: SourceTable) -> pd.Series:
    """Return symbols (missing where the file has none) by gene id, as the file spells them."""
    kind = table.options.get("ids", "ensembl")
    if kind not in ("ensembl", "symbol"):
        raise bad(table, f"'{kind}' is no kind of id", "options.ids", "use ensembl or symbol")
    ids = frame.iloc[:, 0]
    known = frame.set_axis(["gene_id", "symbol"][: frame.shape[1]], axis=1)
    once(frame, str(ids.name), table)
    human(known if kind == "ensembl" else known[["gene_id"]].rename(columns={"gene_id": "symbol"}), table)
    if kind == "ensembl" and not ids.str.contains(ENSEMBL).any():
        problem = f"no Ensembl gene id: '{ids.iloc[0]}' in line {frame.index[0]}"
        raise bad(table, problem, str(ids.name), 'name the right column by gene_id, or say ids = "symbol"')
    symbols = ids if kind == "symbol" else known.get("symbol", pd.Series(None, index=frame.index, dtype=object))
    return pd.Series(symbols.to_numpy(dtype=object), index=pd.Index(ids, name="gene_id"))


def _groups(columns: list[str], table: SourceTable) -> dict[str, list[str]]:
    """Return label → its columns, in the order of the file."""
    try:
        pattern = re.compile(table.options.get("pattern", "(.*)"))
    except re.error as error:
        raise bad(table, f"not a regular expression: {error}", "options.pattern", "mend it") from error
    groups: dict[str, list[str]] = {}
    for column in columns:
        match = pattern.fullmatch(column)
        if match:
            groups.setdefault(match[1], []).append(column)
    if not groups:
        raise bad(table, f"no column of expression matches '{pattern.pattern}'", "options.pattern")
    return groups


def tissue_statistics(handle: IO[bytes], table: SourceTable) -> Expression:
    """Read an HDF5 file of gene × tissue statistics (pandas fixed format, read with plain h5py)."""
    import h5py

    try:
        store = h5py.File(io.BytesIO(handle.read()), "r")
        frames = {role: _statistic(store, table.options[role]) for role in ("value", "upper", "mean")}
    except (KeyError, OSError, TypeError, ValueError, AttributeError) as error:
        raise bad(table, f"statistic cannot be read: {error}") from error
    labels, genes = frames["value"].columns, frames["value"].index
    for role, frame in frames.items():
        unique(pd.Series(frame.index), table)
        if set(frame.index) != set(genes) or set(frame.columns) != set(labels):
            raise bad(table, "holds other genes or tissues than the others", table.options[role])
        frames[role] = numbers(frame.loc[genes, labels], table, at=lambda row: f"gene {genes[row]}")
    symbols = pd.Series(None, index=genes, dtype=object)
    return expression(table, frames["value"], symbols, frames["upper"], frames["mean"])


def _statistic(store: Any, name: str) -> pd.DataFrame:
    group = store[name]
    labels, genes = ([entry.decode() for entry in group[axis][:]] for axis in ("axis0", "axis1"))
    values = np.asarray(group["block0_values"][:], dtype=float)
    return pd.DataFrame(values, index=pd.Index(genes, name="gene_id"), columns=labels)
