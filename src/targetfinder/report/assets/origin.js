// Where in the tumour a gene comes from: malignant cells or perhaps others; its protein; and what to heed beside them.

const STROMA = "Bulk RNA holds every cell of a tumour. Single malignant cells, sorted cells, cell lines and PDX tell whose a gene is; "
  + "“stroma possible” says that none of them is known to carry it, not that they lack it.";

function originText(at) {
  const origin = value("tumour_origin", at);
  if (origin === null) return dash("not present, or not measured");
  return origin.startsWith("stroma") ? dash(origin) : origin;
}

/** Rank of the protein among all that were measured, and its level in each cohort of proteins. */
function proteinText(at) {
  const rank = raw("protein_percentile", at);
  const levels = [...unpack(D.proteins[at], D.protein_kinds, 2)].map(([[cohort, unit], level]) => `${signed(level)} ${unit} in ${cohort}`);
  return [rank === null ? "" : `percentile ${(100 * rank).toFixed(1)}`, ...levels].filter(Boolean).join(", ") || dash("not measured");
}

const originFacts = (at) => [
  fact("Origin", originText(at), STROMA),
  fact("Malignant cells with a count", share("cells_positive", at),
    "mean over cohorts of single cells; a transcript is caught in only a part of the cells that have it"),
  fact("Protein", proteinText(at), "rank among the proteins that were measured in the tumour; a panel gives levels but no rank"),
];

const notice = (mark, text) => make("p", { class: "verdict" }, make("span", { class: "chip caution" }, mark), ` ${text}`);

/** What must be known before the numbers are read: cells were chosen by this very protein, or RNA and protein disagree. */
function notices(at) {
  const cohorts = value("selection_marker", at);
  const against = value("rna_protein", at);
  return [
    cohorts === null ? "" : notice("selection marker",
      `The cells of ${cohorts} were sorted by this protein: its level and prevalence there are selected for.`),
    against === null ? "" : notice("RNA against protein", `${against}. The rank rests on RNA.`),
  ];
}
