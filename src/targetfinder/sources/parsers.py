"""The parsers a registry may name: where each lives, and the options that it cannot do without.

Light on purpose: a run is checked against it before anything heavy is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parser:
    """One parser: a function of its own name in `targetfinder.sources.readers.<module>`.

    A parser that `streams` opens the file itself (`reader(path, table)`), because it needs more than one pass or
    threads of its own; all others read an open handle (`reader(handle, table)`).
    """

    module: str
    needs: frozenset[str] = frozenset()
    streams: bool = False


def _parser(module: str, *needs: str, streams: bool = False) -> Parser:
    return Parser(module, frozenset(needs), streams)


PARSERS: dict[str, Parser] = {
    # who is who
    "hgnc": _parser("identity"),
    "gene_space": _parser("identity"),
    "symbol_synonyms": _parser("identity"),
    "id_aliases": _parser("identity", "retired", "current"),
    "gene_list": _parser("identity"),
    # normal expression
    "gene_matrix": _parser("expression"),
    "gtex_median_gct": _parser("expression"),
    "hpa_expression": _parser("hpa", "label", "value"),
    "tissue_statistics": _parser("expression", "value", "upper", "mean"),
    "cell_atlas": _parser("cells", "values", streams=True),
    "gtex_samples": _parser("gtex", "attributes", streams=True),
    # antibodies on healthy cells (CITE-seq)
    "cell_antibodies": _parser("antibodies", "values", streams=True),
    # protein in normal tissues and where in the cell
    "hpa_ihc": _parser("protein"),
    "protein_matrix": _parser("protein"),
    "hpa_location": _parser("locations"),
    "hpa_proteinatlas": _parser("locations"),
    # proteins and gene models
    "uniprot_tsv": _parser("uniprot"),
    "uniprot_gff": _parser("uniprot"),
    "phobius": _parser("uniprot"),
    "tmhmm": _parser("uniprot"),
    "gencode_gtf": _parser("genome"),
    # surface, clinic, tumours
    "surface_categories": _parser("surface", "votes"),
    "gene_ontology": _parser("surface", "outside_terms", "membrane_terms", "experimental_codes", "computed_codes"),
    "cd_molecules": _parser("surface"),
    "compartments": _parser("surface", "voter", "kind", "stars"),
    "surfy": _parser("surfaceomes", "voter"),
    "cspa": _parser("surfaceomes", "voter"),
    "gesp": _parser("surfaceomes", "columns"),
    "surface_flags": _parser("surfaceomes", "columns", "ids"),
    "therapies": _parser("clinical", "therapy", "status", "symbols"),
    "gene_effect": _parser("dependency"),
    "topology_features": _parser("feasibility"),
    "orthologues": _parser("feasibility"),
    "cohort_quantiles": _parser("cohorts"),
}
