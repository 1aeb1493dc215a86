"""What a library is made of, and whether RNA without a poly-A tail is in it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

#: Replication-dependent histones, whose messages end in a stem-loop instead of a poly-A tail (Marzluff et al. 2008, Nat
#: Rev Genet 9:843): H1-1 to H1-6, H2AC*, H2BC*, H3C*, H4C*, formerly HIST1H*, HIST2H*, HIST3H*. H1-0, H1-10, H2AX,
#: H2AZ*, H2AJ and H3-3* have a tail and are not among them.
HISTONE = re.compile(r"H1-[1-6]$|H2[AB]C\d+$|H[34]C\d+$|HIST[123]H[1-4][A-Z0-9]*$")
#: RNA without a tail that outnumbers messages in a cell: 7SL, 7SK, spliceosomal, nucleolar, Cajal-body, Y, vault and
#: ribosomal RNA, RNases MRP and P, and their copies, which catch their reads. Mitochondrial ribosomal RNA has a tail.
UNTAILED = re.compile(
    r"RN7S[KL]|7SK$|RMRP|RPPH1|RNU\d|RNVU1|U\d+$|SNOR[AD]\d|SCARNA|Y_RNA$|RNY\d|VTRNA|TERC$|RNA(5|5-8|18|28|45)S|5S_rRNA$"
)
MITOCHONDRIAL = re.compile(r"MT-")
RIBOSOMAL_PROTEIN = re.compile(r"RP(L|S|LP)\d+[AXYL]?\d*$")
#: In the HGNC locus types of the genes that rearrange.
RECEPTOR = "immunoglobulin|T cell receptor"

#: (poly-A at most, total at least), of TPM*. Tissues of the poly-A atlases (GTEx, HPA) have up to 0.3 %, a dividing
#: line in a poly-A library (K-562 in GTEx) 1.2 %: poly-A selection does not leave more than 2 %.
HISTONE_LIMITS = (0.005, 0.02)
#: The same, of all RNA. A cell has more molecules of 7SL and U1 (1e6 each) than messages (about 3e5). Poly-A selection
#: leaves 0.1 to 0.7 % of such RNA in GTEx tissues; without it short RNA makes up much of the reads (Zhao et al. 2018,
#: Sci Rep 8:4781), of which 5 % is a cautious lower end because the shortest are lost with small fragments.
UNTAILED_LIMITS = (0.01, 0.05)


def shares(tpm: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the share of RNA in classes of genes, one row a sample.

    Parameters
    ----------
    tpm
        Gene ids × samples, linear and proportional to TPM: all genes that the file holds. A gene that `known` does not
        list is not coding.
    known
        From `classes`.

    Returns
    -------
    pandas.DataFrame
        Columns mitochondrial, immune_receptor, ribosomal_protein, untailed, noncoding (of all RNA given) and histone
        (of TPM*, so that neither immunoglobulin nor untailed RNA dilutes it); NaN where the file has no such gene.
    """
    place = known.index.get_indexer(tpm.index)
    flags = {name: np.where(place < 0, False, known[name].to_numpy(dtype=bool)[place]) for name in known}
    flags["noncoding"] = ~flags.pop("protein_coding") & ~flags["immune_receptor"]
    histone, kept = flags.pop("histone"), flags.pop("normaliser")
    values = np.nan_to_num(tpm.to_numpy(dtype=float))
    found = {name: _share(values, mask, np.ones(len(values), dtype=bool)) for name, mask in flags.items()}
    found["histone"] = _share(values, histone, kept)
    return pd.DataFrame(found, index=tpm.columns)


def classes(genes: pd.DataFrame) -> pd.DataFrame:
    """Return what each gene counts to, as flags by gene id.

    Columns are mitochondrial, immune_receptor, ribosomal_protein, untailed, histone, protein_coding, normaliser.
    """
    known = genes.drop_duplicates("gene_id").set_index("gene_id")
    symbols, coding, kept = known["symbol"].fillna(""), known["protein_coding"], known["normaliser"]
    flags = {
        "mitochondrial": _named(symbols, MITOCHONDRIAL),
        "immune_receptor": known["locus_type"].fillna("").str.contains(RECEPTOR),
        "ribosomal_protein": _named(symbols, RIBOSOMAL_PROTEIN) & coding,
        "untailed": _named(symbols, UNTAILED) & ~coding,
        "histone": _named(symbols, HISTONE) & kept,
    }
    return pd.DataFrame(flags, known.index).assign(protein_coding=coding, normaliser=kept)


def library_of(typical: pd.Series) -> tuple[str, str]:
    """Return `poly_a`, `total` or `unknown`, and the numbers behind it.

    One kind of RNA without a tail that poly-A selection cannot have left is enough for `total`. Few histones are found
    in total RNA too where cells do not divide, so that `poly_a` says that nothing speaks against it.

    Parameters
    ----------
    typical
        Index `histone` and `untailed` as of `shares` in a typical sample; NaN if not measured.
    """
    lines = (
        ("histones without poly-A tail", "of TPM*", typical["histone"], HISTONE_LIMITS),
        ("RNA without poly-A tail (7SL, 7SK, snRNA, snoRNA)", "of all RNA", typical["untailed"], UNTAILED_LIMITS),
    )
    measured = [
        (f"{name} are {value:.2%} {basis}", value, limits) for name, basis, value, limits in lines if value >= 0
    ]
    if not measured:
        return "unknown", "no RNA without poly-A tail is in the file"
    over = [f"{text}, {limits[1]:.0%} or more" for text, value, limits in measured if value >= limits[1]]
    if over:
        return "total", "; ".join(over)
    low = all(value <= limits[0] for _, value, limits in measured)
    return "poly_a" if low else "unknown", "; ".join(text for text, _, _ in measured)


def _named(symbols: pd.Series, pattern: re.Pattern[str]) -> np.ndarray:
    return np.array([pattern.match(symbol) is not None for symbol in symbols], dtype=bool)


def _share(values: np.ndarray, mask: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Return the share of `mask` in `basis` (both over genes) for each sample; NaN without such a gene or any RNA."""
    total = values[basis].sum(axis=0)
    unknown = ~mask.any() | ~(total > 0)
    return np.where(unknown, np.nan, values[mask].sum(axis=0) / np.where(total > 0, total, 1.0))
