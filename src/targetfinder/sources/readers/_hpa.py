"""Headers of the Human Protein Atlas, in its own spelling and in that of the R package HPAanalyze."""

from __future__ import annotations

from collections.abc import Sequence


def own_names(header: Sequence[str]) -> dict[str, str]:
    """Return column of the file → own name: `gene_id`, `symbol`, and all others in lower case with underscores.

    The atlas calls the Ensembl id `Gene` where the symbol is `Gene name`, and `Ensembl` where the symbol is `Gene`.
    """
    plain = {name: name.strip().lower().replace(" ", "_") for name in header}
    ids, symbols = ("ensembl", "gene") if "ensembl" in plain.values() else ("gene", "gene_name")
    return {name: {ids: "gene_id", symbols: "symbol"}.get(own, own) for name, own in plain.items()}
