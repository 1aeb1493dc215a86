"""Print the verdict on every simulated cohort that may be compared with an atlas, and on every one that may not.

    PYTHONPATH=tests/cohort python tests/benchmarks/bench_compatibility.py --bundle BUNDLE --cohorts COHORTS

Cohorts are simulated (`tests/cohort/mixes.py`) from the tissues of one atlas of `BUNDLE` and from the medians of the
shipped linear poly-A cohorts of `COHORTS`, and compared with each atlas. Then the shipped cohorts themselves.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

import pandas as pd
from mixes import BAD, GOOD, Material

from targetfinder import tables
from targetfinder.cohort._compatibility import Atlas, Cohort, Profile, verdict
from targetfinder.store import read_table

#: Not made samples of: the indications of the demo, what is not linear, and what is not poly-A already.
LEFT_OUT = ("EWS", "MM", "LAML", "BL", "T_ALL", "MCL", "MPN", "RB", "MBL", "CHOR", "NUTM")


def main() -> None:
    """Judge the simulated cohorts, then the shipped ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("bundle", "cohorts"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    genes = read_table(given.bundle / "genes.parquet", tables.GENES)
    rows = read_table(given.bundle / "normal_bulk.parquet", tables.NORMAL_BULK)
    atlases = {source: part for source, part in rows.groupby("source")}
    shipped = {path.stem: pd.read_parquet(path) for path in sorted(given.cohorts.glob("*.parquet"))}
    about = shipped.pop("cohorts").set_index("cohort")
    bases = {f"tissues of {source}": _profiles(part) for source, part in atlases.items()}
    kept = [name for name in shipped if not name.startswith(LEFT_OUT) and about["n"][name] >= 15]
    bases["shipped cohorts"] = pd.DataFrame({name: shipped[name].set_index("gene_id")["median"] for name in kept})
    wide = {"display.width": 250, "display.max_colwidth": 110, "display.max_rows": 1000}
    with pd.option_context(*(part for pair in wide.items() for part in pair)):
        for source, part in atlases.items():
            for base, profiles in bases.items():
                for seed in range(1, given.seeds + 1):
                    material = Material(genes, part, profiles, seed)
                    print(f"\n# {base} against {source}, seed {seed}")
                    _report(judge(material))
        print("\n# shipped cohorts, medians as given")
        made = [Atlas.of(part, genes) for part in atlases.values()]
        for_each = [Profile.of(_shipped(name, frame), genes) for name, frame in shipped.items()]
        found = pd.DataFrame([verdict(profile, atlas) for profile in for_each for atlas in made])
        columns = ["cohort", "atlas", "verdict", "gene_overlap", "shift", "spread", "spearman", "closest_tissue"]
        print(found[[*columns, "histone_share", "library_seen", "reasons"]].round(3).to_string(index=False))


def judge(material: Material) -> pd.DataFrame:
    """Return one row a case: kind, case, verdict, whether it is right, reasons, figures and seconds."""
    atlas = Atlas.of(material.rows, material.genes)
    cases = [("good", case, make, ("ok",), "") for case, make in GOOD.items()]
    cases += [("bad", case, *of_bad) for case, of_bad in BAD.items()]
    rows = []
    for kind, case, make, verdicts, words in cases:
        cohort = make(material)
        start = perf_counter()
        found = verdict(Profile.of(cohort, material.genes), atlas)
        right = found["verdict"] in verdicts and words in (found["reasons"] or "")
        rows.append({"kind": kind, "case": case, "right": right, **found, "seconds": perf_counter() - start})
    return pd.DataFrame(rows)


def _report(found: pd.DataFrame) -> None:
    columns = ["kind", "case", "verdict", "right", "shift", "spread", "spearman", "seconds", "reasons"]
    print(found[columns].round(2).to_string(index=False))
    for kind, part in found.groupby("kind"):
        print(f"{kind}: {int(part['right'].sum())} of {len(part)} right")


def _profiles(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.pivot(index="gene_id", columns="context", values="value")


def _shipped(name: str, frame: pd.DataFrame) -> Cohort:
    return Cohort(name, frame.set_index("gene_id")[["median"]].dropna(), "TPM", medians=True)


if __name__ == "__main__":
    main()
