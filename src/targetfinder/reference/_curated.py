"""The curated tables of `references/`: what each label of an atlas stands for, and what its loss would mean.

tissues.tsv and cell_types.tsv hold every tissue and cell type once, with its class and the reason for it.
labels.tsv gives a label of an atlas one of these names. stained_cells.tsv gives `<tissue>: <cell type>` of stained
sections one name of each table; there the class is that of the cell type. Several labels of an atlas may share a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from targetfinder import tables, tsv
from targetfinder.sources.readers._common import JOIN
from targetfinder.sources.registry import Registry, SourceTable


class Names(NamedTuple):
    """A table of canonical names: its file, the column of the name, and the column that groups names."""

    file: str
    name: str
    system: str


TISSUES = Names("tissues.tsv", "tissue", "organ_system")
CELLS = Names("cell_types.tsv", "cell_type", "group")
#: Which table the labels of a modality are named in.
NAMES = {"rna_bulk": TISSUES, "rna_cell": CELLS, "protein": TISSUES}
LABELS, STAINED = "labels.tsv", "stained_cells.tsv"
UNCURATED = "label not curated"
#: What a table provides, to the modality of its labels.
MODALITY = {"normal_bulk": "rna_bulk", "normal_cell": "rna_cell", "normal_protein": "protein"}
_CLASS = ["criticality", "reason", "reference"]


def curated_contexts(references: Path) -> pd.DataFrame:
    """Read the curated tables: one row for each label of each atlas.

    Returns
    -------
    Columns of `CONTEXTS` and `note` (what the label holds besides; "" if nothing).

    Raises
    ------
    InputError
        Naming the file, the column and the line.
    """
    known = {names: _names(references / names.file, names) for names in (TISSUES, CELLS)}
    labels = pd.concat([_labels(references / LABELS, known), _stained(references / STAINED, known)], ignore_index=True)
    return labels[[*tables.CONTEXTS.names, "note"]]


def classes_of(references: Path) -> pd.Series:
    """Return the criticality of every tissue and cell type of the curated tables, indexed by name."""
    classes: pd.Series = pd.concat(
        [_names(references / names.file, names)["criticality"] for names in (TISSUES, CELLS)]
    )
    return classes


def contexts_of(registry: Registry, labels: Mapping[str, Iterable[str]], curated: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `curated_contexts` for the atlases of a reference set, under the ids of their tables.

    A table may borrow the labels of another (`labels_of`) and name contexts of its own (`labels`). A label that is
    itself a curated name stands for it, and so does the cell type of `<tissue> | <cell type>` if the tissue has a
    curated name too. Any other label keeps its own name and is judged as vital, so that it is never safer for want of
    a line.

    Parameters
    ----------
    labels
        Id of a table to the labels in its file.

    Raises
    ------
    InputError
        If a table names a context that the curated tables do not have.
    """
    parts, tissues = [], set(curated.loc[curated["modality"] == "rna_bulk", "context"])
    for table in registry.table:
        if table.provides in MODALITY:
            known = curated[curated["modality"] == MODALITY[table.provides]]
            listed = curated[curated["source"] == (table.labels_of or table.id)].assign(source=table.id)
            rest = set(labels.get(table.id, ())) - set(listed["label"]) - set(table.labels)
            names = {name: name for name in known["context"]}
            cells = names | dict(zip(listed["label"], listed["context"], strict=True)) | table.labels
            plain = _of_tissue(rest, cells, tissues if table.provides == "normal_cell" else set()) | {
                name: names[name] for name in sorted(rest & set(names))
            }
            parts += [listed, _named(table, table.labels | plain, known), _uncurated(table, sorted(rest - set(plain)))]
    return pd.concat(parts, ignore_index=True).drop_duplicates(["source", "label"], keep="last", ignore_index=True)


def _of_tissue(labels: set[str], cells: Mapping[str, str], tissues: set[str]) -> dict[str, str]:
    """Return the labels that are a known cell type of a known tissue, each with the name of the cell type."""
    parts = {label: label.split(JOIN) for label in sorted(labels)}
    return {
        label: cells[two[1]] for label, two in parts.items() if len(two) == 2 and two[0] in tissues and two[1] in cells
    }


def _named(table: SourceTable, names: Mapping[str, str], known: pd.DataFrame) -> pd.DataFrame:
    own = pd.DataFrame({"label": list(names), "context": list(names.values())}, dtype=object)
    tsv.listed(own, "context", sorted(known["context"].unique()), Path(f"table '{table.id}'"))
    about = known.drop_duplicates("context").drop(columns=["label", "note"])
    return own.merge(about, on="context").assign(source=table.id, note="")


def _uncurated(table: SourceTable, labels: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"label": labels, "context": labels}, dtype=object).assign(
        modality=MODALITY[table.provides],
        source=table.id,
        system=UNCURATED,
        criticality="vital",
        reason=f"{UNCURATED}: judged as vital until {LABELS} names it",
        reference="unverified",
        note="",
        parenchyma=True,
    )


def by_context(contexts: pd.DataFrame) -> pd.DataFrame:
    """Return `CONTEXTS`: the rows of `curated_contexts` with labels of one source and name joined into one.

    One label of parenchyma makes the whole parenchyma, so that it is never safer for a label beside it.
    """
    key = ["modality", "source", "context"]
    first = contexts.drop_duplicates(key).set_index(key)
    groups = contexts.groupby(key, sort=False)
    notes = groups["note"].agg(lambda texts: " ".join(dict.fromkeys(filter(None, texts))))
    first["label"] = groups["label"].agg(" | ".join)
    first["parenchyma"] = groups["parenchyma"].any()
    first["reason"] = (first["reason"] + " " + notes).str.strip()
    return first.reset_index()[tables.CONTEXTS.names]


def _names(path: Path, names: Names) -> pd.DataFrame:
    frame = _read(path, [names.name, names.system, *_CLASS], key=[names.name])
    tsv.listed(frame, "criticality", tables.CRITICALITY, path)
    return frame.set_index(names.name).rename(columns={names.system: "system"})[["system", *_CLASS]]


def _labels(path: Path, known: dict[Names, pd.DataFrame]) -> pd.DataFrame:
    frame = _read(path, ["modality", "source", "label", "context"], key=["source", "label"])
    tsv.listed(frame, "modality", list(NAMES), path)
    parts = []
    for modality, names in NAMES.items():
        rows = frame[frame["modality"] == modality]
        tsv.listed(rows, "context", known[names].index, path)
        joined = rows.join(known[names], on="context")
        parts.append(joined.assign(parenchyma=(names is TISSUES) | (joined["system"] != "immune")))
    return pd.concat(parts)


def _stained(path: Path, known: dict[Names, pd.DataFrame]) -> pd.DataFrame:
    frame = _read(path, ["source", "label", "tissue", "cell_type", "parenchyma"], key=["source", "label"])
    for names, classes in known.items():
        tsv.listed(frame, names.name, classes.index, path)
    tsv.listed(frame, "parenchyma", ["yes", "no"], path)
    return frame.join(known[CELLS], on="cell_type").assign(
        modality="protein",
        context=frame["tissue"] + ": " + frame["cell_type"],
        parenchyma=frame["parenchyma"] == "yes",
    )


def _read(path: Path, filled: list[str], key: list[str]) -> pd.DataFrame:
    """Read a table whose `key` occurs once, its last column being told; `note` may be empty or absent."""
    frame = tsv.read(path, filled)
    tsv.once(frame, key, key[-1], path)
    return frame if "note" in frame else frame.assign(note="")
