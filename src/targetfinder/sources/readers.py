"""One reader per file format. A reader knows the format, never where the file came from.

Each reader takes a byte stream and the registry entry of the table and returns plain frames keyed
by the ids as the file spells them; mapping ids is the work of `targetfinder.genes`.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from targetfinder.errors import InputError
from targetfinder.sources.registry import SourceTable, open_table

Reader = Callable[[IO[bytes], SourceTable], Any]
VOTE_COLUMNS = ["gene_id", "symbol", "voter", "kind", "statement"]


@dataclass(frozen=True)
class Expression:
    """Expression of genes in normal contexts: frames of gene id × label, in the unit of the table.

    `mean` is what the library total is computed from; it equals `value` where the source gives no mean.
    """

    value: pd.DataFrame
    upper: pd.DataFrame
    mean: pd.DataFrame
    symbols: pd.Series


def read(table: SourceTable, path: Path) -> Any:
    """Read one table with the reader that its registry entry names.

    Raises
    ------
    InputError
        If the file does not hold what the parser expects.
    """
    with open_table(table, path) as handle:
        return READERS[table.parser](handle, table)


def _bad(table: SourceTable, problem: str, field: str | None = None) -> InputError:
    return InputError(
        problem,
        file=table.member or table.id,
        field=field,
        remedy=f"check that source '{table.source}' is the release that references/sources.toml names",
    )


def _require(frame: pd.DataFrame, columns: Sequence[str], table: SourceTable) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise _bad(table, "missing column", ", ".join(missing))
    if frame.empty:
        raise _bad(table, "holds no rows")


def _delimited(handle: IO[bytes], table: SourceTable, columns: Sequence[str], **options: Any) -> pd.DataFrame:
    """Read delimited text with `columns` guaranteed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a line with more cells than the header
            frame: pd.DataFrame = pd.read_csv(
                handle, encoding="utf-8-sig", low_memory=False, index_col=False, **options
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise _bad(table, f"not delimited text: {error}") from error
    _require(frame, columns, table)
    return frame


def _text(handle: IO[bytes], table: SourceTable, columns: Sequence[str], separator: str = ",") -> pd.DataFrame:
    """Read delimited text as strings, with `columns` guaranteed."""
    return _delimited(handle, table, columns, sep=separator, dtype=str)


def _line(row: int) -> str:
    return f"line {row + 2}"


def _expression(frame: pd.DataFrame, table: SourceTable, at: Callable[[int], str] = _line) -> pd.DataFrame:
    """Return `frame` as floats that are finite and not negative; empty cells stay missing."""
    numeric: pd.DataFrame = frame.apply(pd.to_numeric, errors="coerce").astype(float)
    values = numeric.to_numpy()
    for problem, wrong in (
        ("not a number", np.isnan(values) & frame.notna().to_numpy()),
        ("negative expression", values < 0),
        ("infinite expression", np.isinf(values)),
    ):
        if wrong.any():
            row, column = map(int, np.argwhere(wrong)[0])
            raise _bad(table, f"{problem}: '{frame.iloc[row, column]}' in {at(row)}", str(frame.columns[column]))
    return numeric


def hgnc(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read the HGNC complete set: gene_id, symbol, name, aliases (joined by |), locus_type."""
    columns = ["ensembl_gene_id", "symbol", "name", "alias_symbol", "prev_symbol", "locus_type"]
    frame = _text(handle, table, columns, "\t")
    other = frame["alias_symbol"].fillna("") + "|" + frame["prev_symbol"].fillna("")
    return pd.DataFrame(
        {
            "gene_id": frame["ensembl_gene_id"],
            "symbol": frame["symbol"],
            "name": frame["name"],
            "aliases": other.str.replace('"', "").str.strip("|"),
            "locus_type": frame["locus_type"],
        }
    )


def id_aliases(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read retired Ensembl ids and the ids that replace them: retired, current."""
    retired, current = table.options["retired"], table.options["current"]
    frame = _text(handle, table, [retired, current])
    return frame.rename(columns={retired: "retired", current: "current"})[["retired", "current"]].dropna()


def gene_list(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a list of genes: gene_id, symbol, and the vote that being listed means, if any."""
    frame = _text(handle, table, ["Ensembl_Gene_ID", "Symbol"])
    genes = frame.rename(columns={"Ensembl_Gene_ID": "gene_id", "Symbol": "symbol"})[["gene_id", "symbol"]]
    return genes.assign(**table.options.get("vote", {}))


def surface_categories(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read surface proteins by category: one vote a row, as `options.votes` translates categories."""
    frame = _text(handle, table, ["Ensembl_Gene_ID", "Symbol", "Category"])
    votes = table.options["votes"]
    empty = frame.index[frame["Category"].isna()]
    if len(empty):
        raise _bad(table, f"empty cell in line {empty[0] + 2}", "Category")
    unknown = sorted(set(frame["Category"]) - set(votes))
    if unknown:
        raise _bad(table, f"unknown category: {', '.join(unknown)}", "Category")
    details = pd.DataFrame([votes[category] for category in frame["Category"]])
    genes = frame.rename(columns={"Ensembl_Gene_ID": "gene_id", "Symbol": "symbol"})
    return pd.concat([genes[["gene_id", "symbol"]], details], axis=1)


def gene_ontology(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read direct annotations to cell-surface and plasma-membrane terms: one vote a gene and kind.

    An experimental code on an outside term is an experimental vote; a code that no curator looked at is
    a prediction; everything else is annotation.
    """
    try:
        terms = json.load(handle)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise _bad(table, f"not JSON: {error}") from error
    options = table.options
    rows = []
    for term in (*options["outside_terms"], *options["membrane_terms"]):
        name, genes_of = _term(terms, term, table)
        for code, genes in genes_of.items():
            shown_outside = term in options["outside_terms"] and code in options["experimental_codes"]
            computed = code in options["computed_codes"]
            kind = "experimental" if shown_outside else "prediction" if computed else "annotation"
            rows += [(gene, None, "GO", kind, f"{name} ({code})") for gene in genes]
    votes = pd.DataFrame(rows, columns=VOTE_COLUMNS)
    joined = votes.groupby(["gene_id", "voter", "kind"], sort=True)["statement"]
    return joined.agg(lambda texts: "; ".join(sorted(set(texts)))).reset_index().assign(symbol=None)[VOTE_COLUMNS]


def _term(terms: Any, term: str, table: SourceTable) -> tuple[str, dict[str, list[str]]]:
    """Return name and genes by evidence code of one term of the ontology."""
    if not isinstance(terms, dict) or term not in terms:
        raise _bad(table, "term is not in the ontology", term)
    entry = terms[term]
    genes = entry.get("genes") if isinstance(entry, dict) else None
    lists = genes.values() if isinstance(genes, dict) else [None]
    if not all(isinstance(part, list) and all(isinstance(gene, str) for gene in part) for part in lists):
        raise _bad(table, "term has no lists of genes by evidence code", term)
    return str(entry.get("name", term)), dict(genes or {})


def therapies(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read a table of therapies: one row a target of each agent.

    Several targets of one agent are separated by `;` in the symbol and id columns.
    """
    options = table.options
    columns = {key: options[key] for key in ("symbols", "gene_ids", "agent", "disease", "reference") if key in options}
    frame = _text(handle, table, list(columns.values()))
    picked = pd.DataFrame({key: frame[column] for key, column in columns.items()})
    if "gene_ids" not in picked:
        picked["gene_ids"] = None
    picked = picked[picked["symbols"].notna() | picked["gene_ids"].notna()]
    rows = [
        (*(row[name] for name in ("agent", "disease", "reference")), symbol, gene_id)
        for row in picked.to_dict("records")
        for symbol, gene_id in _pairs(row["symbols"], row["gene_ids"])
    ]
    if not rows:
        raise _bad(
            table, "names no target", ", ".join(columns[key] for key in ("symbols", "gene_ids") if key in columns)
        )
    found = pd.DataFrame(rows, columns=["agent", "disease", "reference", "symbol", "gene_id"])
    return found.fillna({"agent": "unnamed"}).assign(therapy=options["therapy"], status=options["status"])


def _pairs(symbols: Any, gene_ids: Any) -> list[tuple[str | None, str | None]]:
    """Pair `A;B` with `ENSG1;ENSG2`; where the counts differ, each name stands alone."""
    names = [part.strip() for part in str(symbols).split(";") if part.strip()] if pd.notna(symbols) else []
    ids = [part.strip() for part in str(gene_ids).split(";") if part.strip()] if pd.notna(gene_ids) else []
    if len(names) == len(ids):
        return list(zip(names, ids, strict=True))
    return [(None, gene_id) for gene_id in ids] or [(name, None) for name in names]


def expression_matrix(handle: IO[bytes], table: SourceTable) -> Expression:
    """Read a gene × context matrix in linear units; `options.value_prefix` picks its columns."""
    names = ["Ensembl_Gene_ID", "Symbol"]
    frame = _delimited(handle, table, names, dtype=dict.fromkeys(names, str))
    prefix = table.options.get("value_prefix", "")
    labels = [c for c in frame.columns[2:] if c.startswith(prefix)]
    if not labels:
        raise _bad(table, f"no column starts with '{prefix}'")
    _unique(frame["Ensembl_Gene_ID"], table)
    values = _expression(frame[labels], table).rename(columns=lambda label: label.removeprefix(prefix))
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
        raise _bad(table, f"statistic cannot be read: {error}") from error
    labels, genes = frames["value"].columns, frames["value"].index
    unknown = sorted(set(table.skip_labels | table.no_upper_labels) - set(labels))
    if unknown:
        raise _bad(table, "label of the registry is not in the file", ", ".join(unknown))
    for role, frame in frames.items():
        _unique(pd.Series(frame.index), table)
        if set(frame.index) != set(genes) or set(frame.columns) != set(labels):
            raise _bad(table, "holds other genes or tissues than the others", table.options[role])
        checked = _expression(frame.loc[genes, labels], table, at=lambda row: f"gene {genes[row]}")
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


def _unique(ids: pd.Series, table: SourceTable) -> None:
    doubled = ids[ids.duplicated()]
    if len(doubled):
        raise _bad(table, f"gene occurs twice: {doubled.iloc[0]}")


def _line_that_is_no_number(handle: IO[bytes], column: int) -> int | str:
    """Read again from the start to find the line; slow, and only on the way to an error."""
    handle.seek(0)
    for line, raw in enumerate(handle, start=1):
        cells = raw.decode("utf-8", errors="replace").rstrip("\r\n").split(",")
        try:
            float(cells[column] or "nan")
        except (ValueError, IndexError):
            if line > 1:
                return line
    return "unknown"


def cohort_quantiles(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read tumour cohorts as quantiles, in bounded memory.

    Returns one row for each gene and cohort: gene_id, symbol, cohort, study (categories), q1, median,
    q3, mean (NaN where the source gives none) in TPM, and n. Values may be negative: whether a cohort
    is on a linear scale is judged later, by numbers.
    """
    import pyarrow as pa
    from pyarrow import csv

    names = {
        "Ensembl_Gene_ID": "gene_id",
        "Symbol": "symbol",
        "cancer_code": "cohort",
        "source_cohort": "study",
        "TPM_q1": "q1",
        "TPM_median": "median",
        "TPM_q3": "q3",
        "TPM_mean": "mean",
        "n_samples": "n",
    }
    text = pa.dictionary(pa.int32(), pa.string())
    types = {name: text if i < 4 else pa.float64() for i, name in enumerate(names)}
    first = handle.readline().decode("utf-8-sig", errors="replace")
    header = [name.strip().strip('"') for name in first.split(",")]
    missing = [name for name in names if name not in header]
    if missing:
        raise _bad(table, "missing column", ", ".join(missing))
    try:
        arrow = csv.read_csv(
            handle,
            read_options=csv.ReadOptions(block_size=4 << 20, column_names=header),
            convert_options=csv.ConvertOptions(
                include_columns=list(names),
                column_types=types,
                null_values=["", "NA", "NaN", "nan"],
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        if "Empty CSV" in str(error):
            raise _bad(table, "holds no rows") from error
        column = re.search(r"In CSV column #(\d+)", str(error))
        if column is None:
            raise _bad(table, f"not a cohort table: {error}") from error
        line = _line_that_is_no_number(handle, int(column[1]))
        raise _bad(table, f"not a number in line {line}: {error}", header[int(column[1])]) from error
    frame: pd.DataFrame = arrow.select(list(names)).rename_columns(list(names.values())).to_pandas()
    _require(frame, list(names.values()), table)
    values = {name: frame[name].to_numpy() for name in ("q1", "median", "q3", "mean", "n")}
    wrong = {name: ~np.isfinite(values[name]) for name in ("q1", "median", "q3")}
    wrong |= {"mean": np.isinf(values["mean"]), "n": ~(values["n"] >= 1) | np.isinf(values["n"])}
    wrong |= {name: frame[name].isna().to_numpy() for name in ("gene_id", "symbol", "cohort", "study")}
    for name, rows in wrong.items():
        if rows.any():
            field = next(given for given, own in names.items() if own == name)
            raise _bad(table, f"missing or impossible value in line {int(np.argmax(rows)) + 2}", field)
    disordered = ((frame["q1"] > frame["median"]) | (frame["median"] > frame["q3"])).to_numpy()
    if disordered.any():
        line = int(np.argmax(disordered)) + 2
        raise _bad(table, f"quartiles are not in order: line {line}", "TPM_q1, TPM_median, TPM_q3")
    doubled = frame.duplicated(["gene_id", "cohort"]).to_numpy()
    if doubled.any():
        raise _bad(table, f"gene occurs twice in one cohort: line {int(np.argmax(doubled)) + 2}", "Ensembl_Gene_ID")
    return frame


READERS: dict[str, Reader] = {
    "hgnc": hgnc,
    "id_aliases": id_aliases,
    "gene_list": gene_list,
    "surface_categories": surface_categories,
    "gene_ontology": gene_ontology,
    "therapies": therapies,
    "expression_matrix": expression_matrix,
    "tissue_statistics": tissue_statistics,
    "cohort_quantiles": cohort_quantiles,
}
