"""How each isoform of a protein sits in the membrane, and which of its residues are outside.

Who says where a part lies: UniProt over Phobius over TMHMM, one source for the whole of a protein, because sides of
one and spans of another need not fit (`preferred`). An isoform is judged by what UniProt says it lacks of
the canonical sequence; residues that it has instead are counted nowhere, since nobody says where they lie.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from targetfinder.reference._intervals import shared
from targetfinder.sources.readers._proteins import Proteins

#: Fewer residues do not reach through a membrane; as many new ones could hold a span or the signal for a GPI anchor.
SPAN = 15
SIDES, MEMBRANE = "Topological domain", ("Topological domain", "Transmembrane")


def preferred(*sources: Proteins) -> Proteins:
    """Merge sources in order of trust: UniProt, then Phobius, then TMHMM.

    A later source adds proteins that earlier ones lack, lengths that they do not state, and the sides of a protein
    whose spans they know but not which way it lies, if it finds as many spans. A part that a later source leaves
    open at the end of a protein ends with the length.
    """
    merged = sources[0]
    for other in sources[1:]:
        merged = _completed(merged, other)
    return merged


def _completed(first: Proteins, second: Proteins) -> Proteins:
    entries, others = first.entries.set_index("accession"), second.entries.set_index("accession")
    spans, found = (
        p.features[p.features["type"] == "Transmembrane"].value_counts("accession") for p in (first, second)
    )
    sided = first.features.loc[first.features["type"] == SIDES, "accession"]
    aimless = spans[~spans.index.isin(sided)]
    known = entries["length"].reindex(aimless.index).eq(others["length"].reindex(aimless.index)).fillna(True)
    taken = aimless.index[(aimless == found.reindex(aimless.index)).to_numpy() & known.to_numpy(bool)]
    new = others.index.difference(entries.index)
    entries.loc[taken, ["source", "release", "evidence"]] = others.loc[taken, ["source", "release", "evidence"]]
    entries["length"] = entries["length"].fillna(others["length"].reindex(entries.index))
    entries = pd.concat([entries, others.loc[new]]).rename_axis("accession")
    own, theirs = first.features, second.features
    features = pd.concat(
        [
            own[~(own["accession"].isin(taken) & own["type"].isin(MEMBRANE))],
            theirs[theirs["accession"].isin(new) | (theirs["accession"].isin(taken) & theirs["type"].isin(MEMBRANE))],
        ],
        ignore_index=True,
    )
    predicted = features["accession"].map(entries["evidence"]) == "prediction"
    open_end = predicted & (features["type"] == SIDES)
    ends = features["end"].fillna(features["accession"].map(entries["length"]))
    isoforms = [first.isoforms, second.isoforms[second.isoforms["accession"].isin(new)]]
    return Proteins(
        entries.reset_index(),
        features.assign(end=features["end"].mask(open_end, ends)),
        pd.concat(isoforms, ignore_index=True),
    )


def parts(proteins: Proteins) -> pd.DataFrame:
    """Return what decides the topology, one row a part: accession, kind, number, start, end (residues).

    Kinds: `outside` (extracellular; of a GPI-anchored protein without sides, from the end of the signal peptide
    to the residue that takes the anchor), `span`, `signal`, `anchor` (from that residue to the end: the signal
    that the anchor replaces).
    """
    features = proteins.features
    kind, note = features["type"], features["note"].fillna("")
    outside = features[(kind == SIDES) & note.str.startswith("Extracellular")]
    spans, signal = features[kind == "Transmembrane"], features[kind == "Signal peptide"]
    omega = features[(kind == "Lipidation") & note.str.contains("GPI-anchor")]
    omega = omega[~omega["accession"].isin(spans["accession"])]
    bare = omega[~omega["accession"].isin(features.loc[kind == SIDES, "accession"])]
    mature = bare["accession"].map(signal.drop_duplicates("accession").set_index("accession")["end"]) + 1
    anchor = omega.assign(end=omega["accession"].map(proteins.entries.set_index("accession")["length"]))
    named = [("outside", outside), ("outside", bare.assign(start=mature))]
    named += [("span", spans), ("signal", signal), ("anchor", anchor)]
    found = pd.concat([f.astype({"start": "Int64", "end": "Int64"}).assign(kind=name) for name, f in named])
    found = found.sort_values(["accession", "start"])
    found["number"] = found.groupby(["accession", "kind"]).cumcount() + 1
    return found[["accession", "kind", "number", "start", "end"]].reset_index(drop=True)


def removed(proteins: Proteins) -> pd.DataFrame:
    """Return what isoforms lack, one row an isoform and change: accession, isoform, start, end, added (residues).

    Residues at either end of a change that are the same in both sequences are not lost: `L -> LA` removes nothing
    (end is start - 1) and adds one.
    """
    described = proteins.isoforms[proteins.isoforms["sequence"] == "described"][["accession", "isoform", "changes"]]
    one = described.assign(id=described["changes"].str.split(";")).explode("id")
    changes = proteins.features[proteins.features["type"] == "Alternative sequence"]
    both = one.merge(changes, on=["accession", "id"], how="left")
    trimmed = [_trimmed(*row) for row in both[["start", "end", "note"]].itertuples(index=False)]
    exact = pd.DataFrame(trimmed, columns=["start", "end", "added"], index=both.index, dtype="Int64")
    return both[["accession", "isoform"]].join(exact)


def _trimmed(start: int, end: int, note: str | None) -> tuple[int, int, int]:
    found = re.search(r"\b([A-Z]+) ?-> ?([A-Z]+)\b", note if isinstance(note, str) else "")
    if not found:
        return start, end, 0
    old, new = found[1], found[2]
    if pd.isna(start) or pd.isna(end) or len(old) != end - start + 1:
        return start, end, len(new)
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    return start + head, end - tail, len(new) - head - tail


def _alike(one: str, other: str) -> int:
    """Return how many letters two texts have in common from the start."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def kept(pieces: pd.DataFrame, forms: pd.DataFrame, lacking: pd.DataFrame) -> pd.DataFrame:
    """Return every piece of a protein in every isoform: `full` residues it has, `kept` those the isoform keeps.

    Pieces have accession, start and end (residues; both counts are 0 where one is missing); forms have
    accession and isoform; `form` and `piece` of the result are their row numbers.
    """
    left = forms[["accession", "isoform"]].assign(form=np.arange(len(forms)))
    both = left.merge(pieces.assign(piece=np.arange(len(pieces))), on="accession")
    known = both["start"].notna() & both["end"].notna()
    both["full"] = (both["end"] - both["start"] + 1).where(known, 0).astype(int)
    lost = lacking.dropna(subset=["start", "end"])
    lost = lost[lost["start"] <= lost["end"]]
    mine, theirs = ((f.assign(line=f["isoform"], start=f["start"] - 1)) for f in (both[known], lost))
    rows, _, start, end = shared(mine, theirs)
    gone = pd.Series(end - start, mine.index[rows]).groupby(level=0).sum()
    both["kept"] = (both["full"] - gone.reindex(both.index, fill_value=0)).clip(lower=0)
    return both


def describe(proteins: Proteins, forms: pd.DataFrame) -> pd.DataFrame:
    """Return architecture, anchor, passes, segments, ecd_length, longest_segment and remark of each row of `forms`.

    `forms` has accession, isoform, said and location (where the source places the isoform and the protein) and
    added (residues that the canonical sequence does not have). Lengths count canonical residues that are kept.
    """
    fact, said = _facts(proteins, forms), forms["said"].fillna("")
    outside_cell, new = said.str.contains("Secreted"), forms["added"] >= SPAN
    place = forms["said"].fillna(forms["location"]).fillna("Secreted")
    lost = fact["anchored"] & (fact["passes"] == 0) & ~fact["gpi"]
    gpi = fact["gpi"] | (lost & said.str.contains("GPI-anchor"))
    unclear = lost & ~gpi & ~outside_cell & (new | said.str.contains("membrane", case=False))
    freed = lost & ~unclear & (fact["length"] > 0) & (fact["signal"] | outside_cell)
    secreted = freed | (~fact["anchored"] & fact["signal"] & place.str.contains("Secreted"))
    one = (fact["passes"] == 1) & (fact["spans"] == 1) & ~fact["cut"]
    kinds = {
        "multi-pass": fact["passes"] > 1,
        "type II": one & (fact["first"] == "Cytoplasmic") & (fact["last"] != "Cytoplasmic"),
        "type I": one & (fact["last"] == "Cytoplasmic") & (fact["first"] != "Cytoplasmic") & fact["signal"],
        "type III": one & (fact["last"] == "Cytoplasmic") & (fact["first"] != "Cytoplasmic"),
        "single-pass": fact["passes"] == 1,
        "GPI": gpi,
        "unclear": unclear,
        "secreted": secreted,
    }
    anchors = {"span": fact["passes"] > 0, "GPI": gpi, "unclear": unclear}
    held = (fact["passes"] > 0) | gpi
    remark = _remarks(fact, held, unclear)
    lengths = {"segments": "segments", "ecd_length": "length", "longest_segment": "longest"}
    counted = {
        name: fact[column].where(held, 0).astype("Int64").where(remark.isna()) for name, column in lengths.items()
    }
    architecture, anchor = first_of(kinds, "none"), first_of(anchors, "none")
    return pd.DataFrame(
        {"architecture": architecture, "anchor": anchor, "passes": fact["passes"], **counted, "remark": remark}
    )


def _remarks(fact: pd.DataFrame, held: pd.Series, unclear: pd.Series) -> pd.Series:
    """Say why the extracellular length is not known; missing if it is."""
    spanning = fact["passes"] > 0
    some = spanning & (fact["passes"] < fact["spans"])
    return pd.Series(
        first_of(
            {
                "the isoform loses its anchor, and new sequence or its location speaks for another": unclear,
                "the isoform loses some of its spans: which side the rest lies on is not known": some,
                "the signal peptide is missing or replaced: which side the rest lies on is not known": fact["cut"]
                & held,
                "the source does not say which side is outside": spanning & fact["first"].isna(),
                "the source does not say whether exoplasmic loops are outside of the cell": spanning
                & fact["exoplasmic"],
                "an end of an extracellular segment is not known": fact["open"] & held,
            },
            None,
        ),
        fact.index,
    )


def first_of(named: dict[str, pd.Series], otherwise: str | None) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return for each row the first name whose condition holds."""
    conditions = [condition.to_numpy(bool) for condition in named.values()]
    return np.select(conditions, [np.array(name, dtype=object) for name in named], np.array(otherwise, dtype=object))


def _facts(proteins: Proteins, forms: pd.DataFrame) -> pd.DataFrame:
    """Return counts and flags of each row of `forms`; the names of sides are those of the canonical protein."""
    both = kept(parts(proteins), forms, removed(proteins))
    whole = both["kept"] == both["full"]

    def of(kind: str, values: pd.Series, how: str = "sum") -> pd.Series:
        grouped = values[both["kind"] == kind].groupby(both["form"])
        return grouped.agg(how).reindex(np.arange(len(forms)), fill_value=0).astype(int).set_axis(forms.index)

    sides = proteins.features[proteins.features["type"] == SIDES].sort_values("start")
    named = sides.assign(note=sides["note"].fillna("")).groupby("accession")["note"]
    exoplasmic = sides.loc[sides["note"].fillna("").str.startswith("Exoplasmic"), "accession"]
    return pd.DataFrame(
        {
            "spans": of("span", both["full"], "size"),
            "passes": of("span", both["kept"] >= both["full"].clip(upper=SPAN)),
            "gpi": of("anchor", whole) > 0,
            "anchored": (of("span", both["full"], "size") + of("anchor", both["full"], "size")) > 0,
            "signal": of("signal", whole) > 0,
            "cut": of("signal", ~whole) > 0,
            "length": of("outside", both["kept"]),
            "longest": of("outside", both["kept"], "max"),
            "segments": of("outside", both["kept"] > 0),
            "open": of("outside", both["start"].isna() | both["end"].isna()) > 0,
            "first": forms["accession"].map(named.first()),
            "last": forms["accession"].map(named.last()),
            "exoplasmic": forms["accession"].isin(exoplasmic),
        }
    )
