"""Tables of the benchmark: how well orders find known targets."""

from __future__ import annotations

from targetfinder.tables._schema import COUNT, FLAG, REAL, TEXT, Column, Table, gene, share

#: Kinds of orders, and parts of a list that are judged.
ORDERS = ("ours", "rule", "ablation")
SUBSETS = ("all", "verified", "earlier", "later")

_CASE = (
    Column("list", TEXT, "list of known targets, or other_diseases: the mean over diseases that no aim was set for"),
    Column("indication", TEXT, "indication that was ranked; all for a mean"),
)
_DRAWS = "of 90 % of the bootstrap draws over positives, and over diseases for a mean"

BENCHMARK = Table(
    "benchmark",
    "How early each order finds known targets; those outside the universe count as last. For research use only.",
    (
        *_CASE,
        Column(
            "subset", TEXT, "targets of the list that were judged; earlier and later are split by year", values=SUBSETS
        ),
        Column("method", TEXT, "the order"),
        Column("kind", TEXT, "whose order it is", values=ORDERS),
        Column("metric", TEXT, "ap, auroc, bedroc (alpha 20), or recall among the first ranks"),
        share("value", "value of the metric", nullable=False),
        share("lo", f"lower end {_DRAWS}", nullable=False),
        share("hi", f"upper end {_DRAWS}", nullable=False),
        share("p_value", "share of lists of like genes that do as well; null where not tested"),
        Column("n_positives", COUNT, "targets judged; diseases for a mean", low=1),
        Column("n_absent", COUNT, "targets among them that are not in the universe", low=0),
        Column("n_genes", COUNT, "genes of the universe", low=1),
        Column("universe", TEXT, "SHA-256 of the gene ids of the universe"),
    ),
    ("list", "indication", "subset", "method", "metric"),
)

BENCHMARK_METHODS = Table(
    "benchmark_methods",
    "What each order of the benchmark is.",
    (
        Column("method", TEXT, "word of the other tables"),
        Column("kind", TEXT, "whose order it is", values=ORDERS),
        Column("title", TEXT, "name for people"),
        Column("formula", TEXT, "what genes are ordered by"),
        Column("citation", TEXT, "where the formula is from; null if it is nobody's", nullable=True),
    ),
    ("method",),
)

BENCHMARK_DIFFERENCES = Table(
    "benchmark_differences",
    "Our orders less each other order, on the same draws of the same positives. For research use only.",
    (
        *_CASE,
        Column("order", TEXT, "our order"),
        Column("against", TEXT, "the other order"),
        Column("metric", TEXT, "as in benchmark"),
        Column("difference", REAL, "value of our order less that of the other", low=-1, high=1),
        Column("lo", REAL, f"lower end {_DRAWS}", low=-1, high=1),
        Column("hi", REAL, f"upper end {_DRAWS}", low=-1, high=1),
    ),
    ("list", "indication", "order", "against", "metric"),
)

BENCHMARK_POSITIVES = Table(
    "benchmark_positives",
    "Where each known target stands, and what holds it down. For research use only.",
    (
        *_CASE,
        *gene(),
        Column("level", TEXT, "how far the target got in the disease"),
        Column("year", COUNT, "first report as far as the curator knows", nullable=True),
        Column("verified", FLAG, "whether the curator saw the reference"),
        Column(
            "efficacy_rank",
            REAL,
            "rank by efficacy, ties by their average; null if not in the universe",
            nullable=True,
            low=1,
        ),
        Column(
            "priority_rank",
            REAL,
            "rank by priority, ties by their average; null if not in the universe",
            nullable=True,
            low=1,
        ),
        Column("held_down_by", TEXT, "criterion that lacks most of its best value, or safety", nullable=True),
        Column("lost", REAL, "priority that it costs", "share", nullable=True, low=0),
        Column("best_rule", TEXT, "simple rule that places it highest"),
        Column("best_rule_rank", REAL, "rank by that rule", low=1),
    ),
    ("list", "indication", "gene_id"),
)
