"""Evidence for the cell surface: one vote for each gene and statement."""

from __future__ import annotations

import json
from typing import IO, Any

import pandas as pd

from targetfinder.sources.readers._blocks import blocks
from targetfinder.sources.readers._checks import human, left_out, refuse
from targetfinder.sources.readers._common import VOTE_COLUMNS, bad, text
from targetfinder.sources.registry import SourceTable

#: The plasma membrane holds proteins of the inner leaflet too; the others stand outside.
MEMBRANE = "GO:0005886"
OUTSIDE = ("GO:0009897", "GO:0009986")
MOST_STARS = 5
#: Kind of vote by role of the term, with an experimental, a curated and a computed evidence code.
_SAID: dict[str, tuple[str, str | None, str | None]] = {
    "outside": ("experimental", "annotation", "prediction"),
    "membrane": ("membrane", "membrane", "prediction"),
    "inside": ("against", None, None),
    "secreted": ("secreted", None, None),
}


def surface_categories(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read surface proteins by category: one vote a row, as `options.votes` translates categories."""
    frame = text(handle, table, ["Ensembl_Gene_ID", "Symbol", "Category"])
    votes = table.options["votes"]
    empty = frame.index[frame["Category"].isna()]
    if len(empty):
        raise bad(table, f"empty cell in line {empty[0] + 2}", "Category")
    unknown = sorted(set(frame["Category"]) - set(votes))
    if unknown:
        raise bad(table, f"unknown category: {', '.join(unknown)}", "Category")
    details = pd.DataFrame([votes[category] for category in frame["Category"]])
    genes = frame.rename(columns={"Ensembl_Gene_ID": "gene_id", "Symbol": "symbol"})
    return pd.concat([genes[["gene_id", "symbol"]], details], axis=1)


def gene_ontology(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read direct annotations to terms of the cell's places: one vote a gene and kind.

    `options.<role>_terms` gives the terms of each role, and with the evidence code the role decides the kind
    (`_SAID`): experimental codes are `options.experimental_codes`, codes that no curator looked at
    `options.computed_codes`, and all others are curated. Roles are outside (the protein stands outside the cell),
    membrane (it is at the plasma membrane, on either side), inside (an organelle) and secreted; the last two may be
    left out. A gene with any annotation to `options.anchor_terms` is not called secreted. Being seen in an organelle
    does not exclude the surface, so that it is the word of a voter of its own.

    Returns
    -------
    pandas.DataFrame
        Votes keyed by gene_id; symbol is missing. `attrs["covered"]` holds every gene that the ontology annotates with
        any term: of the others it says nothing at all.
    """
    try:
        terms = json.load(handle)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise bad(table, f"not JSON: {error}") from error
    options = table.options
    experimental, computed = options["experimental_codes"], options["computed_codes"]
    rows = []
    for role, said in _SAID.items():
        for term in options.get(f"{role}_terms", []):
            name, genes_of = _term(terms, term, table)
            for code, genes in genes_of.items():
                kind = said[0 if code in experimental else 2 if code in computed else 1]
                voter = "GO organelle" if role == "inside" else "GO"
                rows += [(gene, None, voter, kind, f"{name} ({code})") for gene in genes if kind]
    anchors = [_term(terms, term, table)[1] for term in options.get("anchor_terms", [])]
    anchored = {gene for genes_of in anchors for genes in genes_of.values() for gene in genes}
    votes = pd.DataFrame(rows, columns=VOTE_COLUMNS)
    votes = votes[(votes["kind"] != "secreted") | ~votes["gene_id"].isin(anchored)]
    joined = votes.groupby(["gene_id", "voter", "kind"], sort=True)["statement"]
    found = joined.agg(lambda texts: "; ".join(sorted(set(texts)))).reset_index().assign(symbol=None)[VOTE_COLUMNS]
    found.attrs["covered"] = _covered(terms, table)
    return found


def _covered(terms: Any, table: SourceTable) -> set[str]:
    try:
        return set().union(*(genes for entry in terms.values() for genes in (entry["genes"] or {}).values()))
    except (AttributeError, KeyError, TypeError) as error:
        raise bad(table, f"a term has no lists of genes by evidence code: {error}") from error


def cd_molecules(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read the CD molecules in the HGNC complete set: one experimental vote a gene.

    A CD number, or a place in HGNC's group of CD molecules, says that antibodies of the Human Leukocyte
    Differentiation Antigen workshops bind the molecule on whole cells.
    """
    frame = text(handle, table, ["ensembl_gene_id", "symbol", "cd"], "\t")
    grouped = frame.get("gene_group", frame.get("gene_family", frame["cd"])).fillna("").str.split("|")
    named = frame["cd"].notna() | grouped.map(lambda groups: "CD molecules" in groups)
    genes = frame[named].reset_index(drop=True)
    if genes.empty:
        raise bad(table, "holds no CD molecule", "cd")
    statement = genes["cd"].fillna("CD molecule") + ": antibodies of the HLDA workshops bind it on cells"
    found = genes.rename(columns={"ensembl_gene_id": "gene_id"})
    return found.assign(voter="HLDA", kind="experimental", statement=statement)[VOTE_COLUMNS]


def _term(terms: Any, term: str, table: SourceTable) -> tuple[str, dict[str, list[str]]]:
    """Return name and genes by evidence code of one term of the ontology."""
    if not isinstance(terms, dict) or term not in terms:
        raise bad(table, "term is not in the ontology", term)
    entry = terms[term]
    genes = entry.get("genes") if isinstance(entry, dict) else None
    lists = genes.values() if isinstance(genes, dict) else [None]
    if not all(isinstance(part, list) and all(isinstance(gene, str) for gene in part) for part in lists):
        raise bad(table, "term has no lists of genes by evidence code", term)
    return str(entry.get("name", term)), dict(genes or {})


def compartments(handle: IO[bytes], table: SourceTable) -> pd.DataFrame:
    """Read one channel of COMPARTMENTS (human_compartment_*_full.tsv), block by block: one vote a gene and kind.

    The file has no header: protein, gene name, GO id, GO name, then channel-specific columns, and stars (0 to 5) in
    the last column, or before a link. Kept are the plasma membrane, the cell surface and the external side of the
    membrane with at least `options.stars`. At the plasma membrane, whose leaflets an image or a curator need not tell
    apart, an experimental or curated channel gives a vote of kind `membrane`. Rows from `options.skip_sources`
    (column 5) do not vote: they are read from the source itself.

    Returns
    -------
    pandas.DataFrame
        Votes of `options.voter` and `options.kind`, keyed by symbol; gene_id is missing. `attrs["left_out"]` counts
        the rows of these terms that do not vote, by reason.

    Raises
    ------
    InputError
        If the lines are not all of one format, stars are not numbers from 0 to 5, or the proteins are not human.
    """
    names = _compartment_columns(handle, table)
    wanted = [name for name in ("protein_id", "symbol", "term", "name", "origin") if name in names]
    rows = blocks(handle, table, names, text=wanted, numbers=["stars"], first=1)
    found = pd.concat([_at_the_surface(batch, line) for line, batch in rows])
    human(found, table)
    refuse(~found["stars"].between(0, MOST_STARS), found["stars"], table, f"not 0 to {MOST_STARS} stars")
    return _compartment_votes(found, table)


def _compartment_columns(handle: IO[bytes], table: SourceTable) -> list[str]:
    """Return the names of the columns, from the first line."""
    cells = handle.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n").split("\t")
    handle.seek(0)
    if not 5 <= len(cells) <= 7 or not cells[2].startswith("GO:"):
        raise bad(table, "line 1 is not protein, gene, GO id, GO name, …, stars, separated by tabs")
    names = ["protein_id", "symbol", "term", "name", *(f"column {n}" for n in range(5, len(cells) + 1))]
    linked = cells[-1].startswith("http")
    names[-2 if linked else -1] = "stars"
    if len(cells) == 7 and not linked:
        names[4] = "origin"
    return names


def _at_the_surface(batch: Any, line: int) -> pd.DataFrame:
    """Return the rows of a block whose term is of the surface, by line; `line` is that of the first row."""
    import pyarrow as pa
    from pyarrow import compute

    terms = batch.column("term").dictionary_decode()
    rows = compute.indices_nonzero(compute.is_in(terms, pa.array([MEMBRANE, *OUTSIDE])))
    frame = batch.take(rows).to_pandas().astype(dict.fromkeys(("protein_id", "symbol", "term", "name"), object))
    placed: pd.DataFrame = frame.set_axis(rows.to_numpy() + line)
    return placed


def _compartment_votes(found: pd.DataFrame, table: SourceTable) -> pd.DataFrame:
    options = table.options
    known = found["origin"].isin(options.get("skip_sources", [])) if "origin" in found else found["stars"] < 0
    enough = found["stars"] >= options["stars"]
    voting = found[enough & ~known]
    if voting.empty:
        raise bad(table, f"no protein of the surface with at least {options['stars']} stars")
    either_side = "membrane" if options["kind"] in ("experimental", "annotation") else options["kind"]
    best = voting.groupby(["symbol", "term", "name"], as_index=False)["stars"].max()
    best["kind"] = best["term"].map(lambda term: options["kind"] if term in OUTSIDE else either_side)
    best["statement"] = best["name"] + best["stars"].map(" ({:g} stars)".format)
    votes = best.groupby(["symbol", "kind"])["statement"].agg("; ".join).reset_index()
    votes = votes.assign(gene_id=None, voter=options["voter"])[VOTE_COLUMNS]
    counts = {"read from the source itself": known.sum(), "too few stars": (~enough & ~known).sum()}
    return left_out(votes, counts)
