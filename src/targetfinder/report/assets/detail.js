// The panel of one gene.

const D = DATA.detail;
const UNIT = D.ranks ? "percentile" : "TPM*";
const panel = byId("detail");
let opened = null; // position of the gene, and what had the focus before
let returnTo = null;

/** The flat list kind, value, kind, value ... as rows. */
function* unpack(list, kinds, width) {
  for (let at = 0; at < list.length; at += width) yield [kinds[list[at]], list[at + 1]];
}

const dash = (hint) => make("span", { class: "absent" }, hint);

function fact(label, content, hint) {
  return make("div", { title: hint || "" }, make("dt", {}, label), make("dd", {}, content));
}

function share(key, at) {
  const found = raw(key, at);
  return found === null ? dash("not measured") : found.toFixed(2);
}

function keyFacts(at) {
  const low = raw("prevalence_lo", at);
  const interval = low === null ? "" : ` (${low.toFixed(2)}–${raw("prevalence_hi", at).toFixed(2)})`;
  const prevalence = raw("prevalence", at) === null ? dash("not measured") : share("prevalence", at) + interval;
  const window_ = raw("window_log2", at);
  const tumour = raw("tumour_median", at);
  const percentile = raw("tumour_percentile", at);
  const probability = raw("surface_probability", at);
  const chance = probability === null ? "" : `, probability ${probability.toFixed(2)}`;
  const tumourText = [
    tumour === null ? "" : `${amount(tumour)} TPM*`,
    percentile === null ? "" : `percentile ${(100 * percentile).toFixed(1)}`,
  ].filter(Boolean).join(", ");
  return make("dl", { class: "key" },
    ...rankFacts(at),
    fact("Efficacy", share("efficacy", at), "weighted mean of the criteria"),
    fact("Presence", share("presence", at)),
    fact("Specificity", share("specificity", at)),
    fact("Prevalence", prevalence, DATA.prevalence),
    fact("Tumour median", tumourText || dash("not measured"), words(value("detection", at))),
    fact("Window", window_ === null ? dash("not computed") : `${signed(window_)} log2 (${times(window_)})`,
      "tumour over the binding tissue"),
    fact("Binding tissue", value("binding_tissue", at) || dash("not measured"),
      value("binding_cells", at) ? `RNA of ${value("binding_cells", at)}` : "the cell atlas cannot tell whose RNA it shows"),
    fact("Surface", `${value("surface_tier", at)}, ${raw("surface_votes", at)} independent lines${chance}`,
      "probability to stand on the cell surface, calibrated on proteins whose place is known"),
    fact("Coverage", share("coverage", at), "share of the expected measurements that exist"),
    ...originFacts(at),
  );
}

/** Whose RNA a tissue shows, and on what that rests; or why nobody can tell. */
function cells(whose, basis) {
  if (basis === null) return "";
  const told = { parenchyma: "the tissue's own cells", mixed: "own cells and guests alike", null: "not told" }[whose]
    || `guests (${whose})`;
  return make("p", { class: "soft" }, `Whose RNA: ${told}. ${basis[0].toUpperCase()}${basis.slice(1)}.`);
}

function finding([kind, number]) {
  const [context, modality, criticality, unit, donors, source, release, rule, tier, before, waiver, said, whose, basis] = kind;
  const mark = tier === "clear" && before === "clear" ? make("span", { class: "chip note" }, "note") : chip(tier);
  const n = donors === null ? "" : `, ${whole(donors)} donors`;
  const text = [make("strong", {}, `${placeOf(context)}: ${said === null ? `${amount(number)} ${unit}` : said}`),
    ` in ${DATA.modality[modality] || modality} (${criticality}${n})`];
  const tolerated = waiver === null ? "" :
    make("p", { class: "waiver" }, `Tolerated, would be ${DATA.tiers.short[before]}: ${waiver}`);
  return make("li", {}, mark, make("div", {}, make("p", {}, ...text),
    make("p", { class: "soft" }, `Rule ${words(rule)}. ${release} (${source}).`), cells(whose, basis), tolerated));
}

function findings(at) {
  const rows = [...unpack(D.findings[at], D.finding_kinds, 2)];
  if (!rows.length) return [make("p", { class: "soft" }, "No finding in what was measured.")];
  const notes = rows.every(([kind]) => kind[8] === "clear" && kind[9] === "clear")
    ? [make("p", { class: "soft" }, "Notes explain; they move no tier.")] : [];
  const more = D.more[at] ? [make("p", { class: "soft" }, `${D.more[at]} more in safety.parquet.`)] : [];
  return [make("ul", { class: "findings" }, ...rows.map(finding)), ...notes, ...more];
}

/** One tissue: its bar, the mark of the tumour, and the window. */
function tissueRow([kind, number], tumour, top, binding) {
  const [context, criticality, source, release, tolerated] = kind;
  const on = (amountOf) => `${((D.ranks ? amountOf : Math.log2(amountOf + 1)) / top * 100).toFixed(1)}%`;
  const bar = make("span", { class: "track" }, make("span", { class: "normal" }));
  bar.firstChild.style.width = on(number);
  if (tumour !== null) {
    const mark = make("span", { class: "mark" });
    mark.style.left = on(tumour);
    bar.append(mark);
  }
  const text = D.ranks ? (100 * number).toFixed(1) : amount(number);
  const gap = tumour === null ? dash("–")
    : D.ranks ? signed(100 * (tumour - number)).replace(/\.(\d)\d$/, ".$1")
      : signed(Math.log2((tumour + 1) / (number + 1)));
  return make("tr", { class: context === binding ? "binding" : "", title: `${release} (${source})` },
    make("th", { scope: "row" }, context,
      context === binding ? make("span", { class: "tag" }, "binding") : "",
      tolerated === null ? "" : make("span", { class: "tag quiet", title: `never binds: ${tolerated}` }, "tolerated")),
    make("td", { class: "soft" }, criticality || "not classified"), make("td", {}, bar),
    make("td", { class: "number" }, text), make("td", { class: "number" }, gap));
}

function windows(at) {
  const rows = [...unpack(D.windows[at], D.window_kinds, 2)];
  if (!rows.length) return [make("p", { class: "soft" }, "No normal tissue was measured.")];
  const tumour = raw(D.ranks ? "tumour_percentile" : "tumour_median", at);
  const highest = Math.max(tumour ?? 0, ...rows.map(([, number]) => number), 1);
  const top = D.ranks ? 1 : Math.log2(highest + 1);
  const heading = (text, hint) => make("th", { scope: "col", title: hint }, text);
  const binding = value("binding_tissue", at);
  return [make("table", { class: "windows" },
    make("thead", {}, make("tr", {}, heading("Tissue", ""), heading("Class", ""),
      heading(make("span", { class: "hidden" }, "Tissue as bar, tumour as line"), ""),
      heading(UNIT, "highest atlas, upper tail"), heading(D.ranks ? "Difference" : "Window log2", "tumour against tissue"))),
    make("tbody", {}, ...rows.map((row) => tissueRow(row, tumour, top, binding)))),
    make("p", { class: "soft" }, D.ranks
      ? "Rank only: percentiles within sample and tissue. The line marks the tumour. All tissues are in evidence.parquet."
      : "Bars are normal tissues on a log scale, the line marks the tumour median. All tissues are in evidence.parquet.")];
}

function statements(list, kinds, say, none) {
  const rows = [...unpack(list, kinds, 1)];
  if (!rows.length) return make("p", { class: "soft" }, none);
  return make("ul", {}, ...rows.map(([kind]) => make("li", {}, say(kind))));
}

function missing(at) {
  const detection = value("detection", at);
  const tumour = detection === "measured" ? [] : [make("p", {}, detection === "unmeasured"
    ? "The tumour was not measured: the gene is absent from every cohort of the study."
    : "Below detection in the tumour: absent here, present in a sister cohort of the study.")];
  const immune = ["t_cell", "nk_cell"].filter((key) => raw(key, at) === null).map((key) => COLUMNS.get(key)?.label || words(key));
  const cells = immune.length ? [make("p", {}, `Not measured: ${immune.join(", ")}.`)] : [];
  return [...tumour, ...cells, statements(D.gaps[at], D.gap_kinds, ([text]) => text,
    "Every tissue of every RNA atlas of this reference set has a value."),
    make("p", { class: "soft" }, "No protein atlas is part of an RNA-only reference set: protein on normal cells is unknown.")];
}

const unverified = (verified) => (verified ? "" : make("span", { class: "chip note", title: "no curator saw a reference for it" }, "unverified"));

/** References as links; they are followed only when clicked. */
const cited = (parts) => (parts || []).map(([text, address]) =>
  address ? make("a", { href: address, rel: "noreferrer" }, text) : text);

function liability([kind, statement, agent, indication, evidence, cites, verified]) {
  const circumstance = [agent, indication, `seen in ${evidence}`].filter(Boolean).join(" · ");
  return make("li", {}, make("span", { class: "chip note" }, words(kind)), make("div", {}, make("p", {}, statement),
    make("p", { class: "soft" }, `${circumstance}${cites ? " · " : ""}`, ...cited(cites), " ", unverified(verified))));
}

function liabilities(at) {
  const rows = [...unpack(D.liabilities[at], D.liability_kinds, 1)];
  if (!rows.length) return [make("p", { class: "soft" }, "No liability on file.")];
  return [make("ul", { class: "findings" }, ...rows.map(([kind]) => liability(kind))),
    make("p", { class: "soft" }, "What curators wrote down; what is not listed may still exist.")];
}

const binderLine = ([text, cites, verified, source, release]) => make("span", { title: `${release} (${source})` },
  text, " ", ...cited(cites), " ", unverified(verified));

const part = (title, ...content) => make("section", {}, make("h3", {}, title), ...content);

/** A mark beside the symbol when the tumour gives no number. */
function unseen(at) {
  const detection = value("detection", at);
  return detection === "measured" ? "" : make("span", { class: "chip note" }, `${words(detection)} in the tumour`);
}

function fill(at) {
  const tier = value("safety_tier", at);
  const heading = make("h2", { id: "detail-title", tabIndex: -1 }, raw("symbol", at));
  const button = (label, text, action) => {
    const made = make("button", { type: "button", "aria-label": label, title: label }, text);
    made.addEventListener("click", action);
    return made;
  };
  const names = aliasesOf(at);
  panel.replaceChildren(
    make("div", { class: "bar" }, make("span", { class: "soft" }, `Rank ${whole(raw("priority_rank", at))} of ${whole(GENES)}`),
      make("span", { class: "push" }), button("Previous target in the table", "↑", () => step(-1)),
      button("Next target in the table", "↓", () => step(1)), button("Close", "×", closeDetail)),
    make("div", { class: "title" }, heading, chip(tier), unseen(at)),
    make("p", {}, raw("name", at) || ""),
    make("p", { class: "soft" }, make("code", {}, raw("gene_id", at)), names.length ? ` · also ${names.join(", ")}` : ""),
    make("p", { class: "verdict" }, raw("safety_reasons", at) || "No finding in what was measured (RNA only)."),
    ...notices(at),
    keyFacts(at),
    part("What the rank is made of", ...waterfall(at)),
    part("Safety findings", ...findings(at)),
    part("Worst normal cell type", ...worstCell(at)),
    part("Window in the highest normal tissues", ...windows(at)),
    part("Blood and effector cells", ...blood(at)),
    part("Surface evidence", statements(D.votes[at], D.vote_kinds,
      ([voter, source, release]) => `${voter}: ${release} (${source})`, "No source calls it a surface protein.")),
    part("Precedent", make("p", { class: raw("precedent", at) ? "" : "soft" },
      raw("precedent", at) || "None in the sources of this reference set.")),
    part("Liabilities", ...liabilities(at)),
    part("Making a binder", statements(D.binder[at], D.binder_kinds, binderLine,
      "Nothing on file on orthologues, paralogues or polarity.")),
    part("What is unmeasured", ...missing(at)),
  );
  return heading;
}

function openDetail(at, from) {
  if (from) returnTo = from;
  opened = at;
  const heading = fill(at);
  panel.hidden = false;
  document.body.classList.add("detail-open");
  panel.scrollTop = 0;
  heading.focus({ preventScroll: true });
  markOpened();
}

function closeDetail() {
  if (panel.hidden) return;
  const at = opened;
  opened = null;
  panel.hidden = true;
  document.body.classList.remove("detail-open");
  markOpened();
  const row = document.querySelector(`#table button[data-gene="${at}"]`);
  ((returnTo?.matches("a") ? returnTo : row) || returnTo || byId("search")).focus();
}
