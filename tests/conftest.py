"""What several test files share: one small run with planted truth, and the real data packages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings as hypothesis

from targetfinder import tables
from targetfinder.settings import Rules, Scoring, read_rules, read_scoring
from targetfinder.sources.registry import read_registry
from targetfinder.store import read_table

ROOT = Path(__file__).resolve().parent.parent
REFERENCES, SCORING = ROOT / "references", ROOT / "conf" / "scoring.toml"
SEED, GENES = 1, 800

# The same examples on every machine, no time limit on a shared one, nothing written into the repository.
hypothesis.register_profile("targetfinder", deadline=None, derandomize=True, database=None, max_examples=30)
hypothesis.load_profile("targetfinder")


@dataclass(frozen=True)
class Run:
    """Where a run of all steps left its files, and its tables as frames."""

    references: Path
    store: Path
    folder: Path

    @property
    def bundle(self) -> Path:
        """The reference bundle."""
        return self.folder / "bundle"

    @property
    def shipped(self) -> Path:
        """The shipped cohorts, before they are judged."""
        return self.folder / "shipped"

    @property
    def cohorts(self) -> Path:
        """The cohorts in the common shape."""
        return self.folder / "cohorts"

    def results(self, indication: str) -> Path:
        """The folder with the tables of one indication."""
        return self.folder / "results" / indication

    def of_bundle(self, table: tables.Table) -> pd.DataFrame:
        """Return a table of the bundle."""
        return read_table(self.bundle / f"{table.name}.parquet", table)

    def verdicts(self) -> pd.DataFrame:
        """Return the `COHORTS` table, indexed by cohort."""
        return read_table(self.cohorts / "cohorts.parquet", tables.COHORTS).set_index("cohort", drop=False)

    def built(self) -> pd.DataFrame:
        """Return the `COHORTS` table of the shipped cohorts before they are judged, indexed by cohort."""
        return read_table(self.shipped / "cohorts.parquet", tables.COHORTS).set_index("cohort", drop=False)

    def cohort(self, cohort: str) -> pd.DataFrame:
        """Return one cohort in the common shape, indexed by gene id."""
        return read_table(self.cohorts / f"{cohort}.parquet", tables.COHORT).set_index("gene_id", drop=False)

    def of_indication(self, table: tables.Table, indication: str) -> pd.DataFrame:
        """Return `TARGETS`, `EVIDENCE` or `SAFETY` of one indication."""
        return read_table(self.results(indication) / f"{table.name}.parquet", table)

    def build(self) -> None:
        """Make the bundle and the shipped cohorts from the stored sources."""
        from targetfinder.cohort import build as cohorts
        from targetfinder.reference import build as bundle
        from targetfinder.settings import read_scoring

        bundle.build(self.references, self.store, self.bundle)
        cohorts.build(self.references, self.store, self.shipped, read_scoring(SCORING).presence.level)

    def check(self) -> None:
        """Judge the shipped cohorts."""
        from targetfinder.cohort.check import check

        check(self.shipped, [], [], self.bundle, self.cohorts)

    def rank(self, indication: str, min_patients: int = 15) -> None:
        """Run the evidence steps and the ranking of one indication."""
        from targetfinder.decide import rank
        from targetfinder.evidence import off_target, presence, safety, specificity, surface

        file, parts = self.references / "indications" / f"{indication}.toml", self.folder / "evidence" / indication
        presence.run(file, self.bundle, self.cohorts, SCORING, parts / "presence.parquet", min_patients)
        rules = self.references / "safety.toml"
        specificity.run(file, self.bundle, self.cohorts, SCORING, rules, parts / "specificity.parquet")
        surface.run(self.bundle, self.references / "surface.toml", SCORING, parts / "surface.parquet")
        cells = self.folder / "evidence" / "off_target.parquet"
        off_target.run(self.bundle, rules, cells)
        safety.run(file, self.bundle, self.cohorts, parts / "surface.parquet", cells, rules, parts / "safety.parquet")
        rank.run(
            [parts / f"{name}.parquet" for name in ("presence", "specificity", "surface")],
            parts / "safety.parquet",
            cells,
            self.bundle,
            SCORING,
            "car_t",
            self.results(indication),
        )


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def scoring() -> Scoring:
    """The shipped `conf/scoring.toml`."""
    return read_scoring(SCORING)


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The shipped `references/safety.toml`."""
    return read_rules(REFERENCES / "safety.toml")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Simulation → fetch → bundle → cohorts → evidence → rank; `planted` is linear, `logged` is rank_only."""
    from targetfinder.demo.simulate import simulate
    from targetfinder.reference.fetch import fetch

    folder = tmp_path_factory.mktemp("simulated")
    run = Run(references=folder / "references", store=folder / "store", folder=folder)
    simulate(run.references, REFERENCES / "safety.toml", SEED, GENES)
    list(fetch(run.references, run.store))
    run.build()
    run.check()
    for indication in ("planted", "logged"):
        run.rank(indication)
    return run


@pytest.fixture(scope="session")
def truth(simulated: Run) -> pd.DataFrame:
    """The planted role of every simulated gene, indexed by gene id."""
    return pd.read_csv(simulated.references / "truth.tsv", sep="\t").set_index("gene_id", drop=False)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files of the official formats, or a skip that says what is missing."""
    folder = Path(os.environ.get("TARGETFINDER_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        reason = "real files: no folder shared/data beside the repository (TARGETFINDER_SHARED_DATA names another)"
        print(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def real_store() -> Path:
    """The store with both data packages, or a skip that says what is missing."""
    store = Path(os.environ.get("TARGETFINDER_CACHE", ROOT / ".cache")) / "sources"
    missing = [s.file for s in read_registry(REFERENCES / "sources.toml").source if not (store / s.file).is_file()]
    if missing:
        reason = f"real data: {', '.join(missing)} not in {store}; `targetfinder reference fetch` brings them"
        print(reason)
        pytest.skip(reason)
    return store


@pytest.fixture(scope="session")
def real_shipped(real_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Bundle and cohorts of the shipped references, the cohorts not yet judged."""
    run = Run(references=REFERENCES, store=real_store, folder=tmp_path_factory.mktemp("real"))
    run.build()
    return run


@pytest.fixture(scope="session")
def real(real_shipped: Run) -> Run:
    """The same with verdicts, and the ranking of the two indications of the demo."""
    real_shipped.check()
    for indication in ("ewing_sarcoma", "multiple_myeloma"):
        real_shipped.rank(indication)
    return real_shipped
