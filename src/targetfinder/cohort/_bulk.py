"""Bulk RNA of a user's own tumours: files to values of genes, to TPM, and to the statistics of a cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from targetfinder.cohort import _patients, _scale
from targetfinder.cohort._compatibility import Cohort, Profile
from targetfinder.cohort._mapping import Mapped, by_gene, to_genes
from targetfinder.cohort._matrix import Matrix, unfit
from targetfinder.cohort._profile import RATIO_UNITS
from targetfinder.cohort._tpm import to_tpm
from targetfinder.errors import InputError
from targetfinder.identity import Identity
from targetfinder.samplesheet import EVERY, Sample

#: Names that a tool gives the file of every sample, so that the folder tells which sample it is.
SAME_NAMES = ("quant.genes.sf", "quant.sf", "abundance.tsv", "ReadsPerGene.out.tab")
#: Formats of many samples, of which a row names one by its column.
OF_MANY = ("matrix", "gct", "salmon_merged", "featurecounts")
#: Units of amounts that add up where two rows are one gene.
ADDITIVE = ("TPM", "FPKM", "counts")


@dataclass(frozen=True)
class Samples:
    """All samples of a cohort.

    Attributes
    ----------
    obs
        patient, role, purity and file, indexed by sample.
    values, tpm
        Gene id × sample: as given, and in TPM (None where the unit allows none). Rows that lead to no gene are among
        them under their own name.
    unit
        As claimed or implied by the format; None if neither.
    entries
        Number of rows of the files.
    lost
        Entry and reason of the rows that lead to no gene.
    """

    obs: pd.DataFrame
    values: pd.DataFrame
    tpm: pd.DataFrame | None
    unit: str | None
    entries: int
    lost: pd.DataFrame


def read_samples(rows: Sequence[Sample], identity: Identity) -> Samples:
    """Read the files of a cohort; all of their errors come at once.

    Raises
    ------
    InputError
        Naming each file that cannot be read, and what to do.
    """
    from targetfinder.cohort.formats import bulk, quantifiers

    @cache  # rows that name one sample each of one matrix
    def opened(path: Path, form: str, options: tuple[tuple[str, str], ...]) -> tuple[Matrix, Mapped]:
        matrix = (bulk.FORMATS | quantifiers.FORMATS)[form](path, dict(options))
        return matrix, to_genes(matrix.values.index, matrix.symbols, identity, path)

    found, problems = [], []
    for row in rows:
        for path in row.files:
            try:
                found.append(_chosen(row, path, *opened(path, row.format, tuple(_options(row, path).items()))))
            except InputError as error:
                problems.append(error)
    raise_together(problems)
    return _joined(found)


def raise_together(problems: Sequence[InputError]) -> None:
    """Raise several errors as one; one as it is; none not at all."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise InputError("; ".join(dict.fromkeys(map(str, problems))), remedy="mend each of them")


def _options(row: Sample, path: Path) -> Mapping[str, str]:
    own = path.parent.name if path.name in SAME_NAMES else path.name.partition(".")[0]
    sample = {} if row.format in OF_MANY else {"sample": own if row.sample == EVERY else row.column}
    auxiliary = {"genes": str(row.genes)} if row.genes else {}
    return {**sample, **auxiliary, **row.mapping}


def _chosen(row: Sample, path: Path, matrix: Matrix, mapped: Mapped) -> Samples:
    """Take the sample of a row, or all of them, out of a matrix whose entries were mapped to genes."""
    if row.unit and matrix.unit and row.unit != matrix.unit:
        told = f"the samplesheet claims {row.unit}, but {row.format} holds {matrix.unit}"
        raise unfit(path, told, f"leave unit empty, or write {matrix.unit}", f"line {row.line}, unit")
    if row.sample != EVERY and row.column not in matrix.values:
        near = ", ".join(map(str, matrix.values.columns[:5]))
        remedy = f"write the name that it has in the file in column 'column'; there are {near} …"
        raise unfit(path, f"no sample '{row.column}'", remedy, f"line {row.line}, column")
    values = matrix.values if row.sample == EVERY else matrix.values[[row.column]].set_axis([row.sample], axis=1)
    lengths = matrix.lengths
    if lengths is not None and lengths.shape[1] > 1:
        lengths = lengths if row.sample == EVERY else lengths[[row.column]].set_axis([row.sample], axis=1)
    unit = row.unit or matrix.unit
    genes, lost = mapped
    unknown = pd.Series(values.index.astype(str), genes.index)
    genes = genes.where(genes.notna(), unknown)  # the RNA of unknown genes is part of the sum of a sample
    linear = _tpm(values, unit, lengths, path)
    patients = values.columns if row.sample == EVERY else [row.patient]
    return Samples(
        obs=pd.DataFrame(
            {"patient": patients, "role": row.role, "purity": row.purity, "file": path.name}, index=values.columns
        ),
        values=by_gene(values, genes, additive=unit in ADDITIVE),
        tpm=None if linear is None else by_gene(linear, genes, additive=True),
        unit=unit,
        entries=len(values),
        lost=lost,
    )


def _tpm(values: pd.DataFrame, unit: str | None, lengths: pd.DataFrame | None, path: Path) -> pd.DataFrame | None:
    """Return TPM where the unit, claimed or else recognised, allows it."""
    chosen = unit or next((one for one in _scale.recognise(values).claimable if one in RATIO_UNITS), None)
    if chosen in RATIO_UNITS or (chosen == "counts" and lengths is not None):
        return to_tpm(values, str(chosen), lengths, path)
    return None


def _joined(parts: Sequence[Samples]) -> Samples:
    obs = pd.concat([part.obs for part in parts])
    doubled = obs.index[obs.index.duplicated()]
    if len(doubled):
        files = ", ".join(obs.loc[doubled[0], "file"])
        raise InputError(
            f"sample '{doubled[0]}' comes twice", file=files, field="sample", remedy="give each sample one name"
        )
    linear = [part.tpm for part in parts if part.tpm is not None]
    return Samples(
        obs=obs,
        values=pd.concat([part.values for part in parts], axis=1).sort_index(),
        tpm=pd.concat(linear, axis=1).sort_index() if len(linear) == len(parts) else None,
        unit=parts[0].unit,
        entries=max(part.entries for part in parts),
        lost=pd.concat([part.lost for part in parts]).drop_duplicates(ignore_index=True),
    )


def profile_of(name: str, samples: Samples, rows: Sequence[Sample], genes: pd.DataFrame) -> Profile:
    """Look at the samples of a cohort (`Profile`); queries only if there is nothing else."""
    counted = samples.obs.index[samples.obs["role"] == "cohort"]
    chosen = counted if len(counted) else samples.obs.index
    lengthy = samples.tpm is not None and samples.unit == "counts"
    purities = samples.obs.loc[chosen, "purity"].dropna()
    cohort = Cohort(
        name=name,
        values=samples.values[chosen],
        unit=samples.unit,
        library=rows[0].library,
        purity=float(purities.median()) if len(purities) else None,
        lost=samples.lost["entry"].tolist(),
        entries=samples.entries,
        tpm=samples.tpm[chosen] if lengthy and samples.tpm is not None else None,
    )
    return Profile.of(cohort, genes)


def statistics(samples: Samples, profile: Profile, genes: pd.DataFrame, level: float, *, trusted: bool) -> pd.DataFrame:
    """Return the statistics of `COHORT` over the patients of a cohort, in TPM* where that may be made.

    Parameters
    ----------
    trusted
        Whether a person answers for the claimed unit, although the numbers speak against it.
    """
    chosen = profile.cohort.values.columns
    patients = samples.obs.loc[chosen, "patient"]
    if samples.tpm is not None and (profile.linear or trusted):
        return _patients.bulk_statistics(samples.tpm[chosen], genes, patients, level)
    return _patients.rank_statistics(samples.values[chosen], genes, patients)
