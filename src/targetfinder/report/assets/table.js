// The table: DataTables on the packed columns, with filters of our own.

const bundle = new Blob([JSON.parse(byId("library").textContent)], { type: "text/javascript" });
const address = URL.createObjectURL(bundle);
const { default: DataTable } = await import(address);
URL.revokeObjectURL(address);

const SHOWN = [...DATA.columns].sort((a, b) => a.at - b.at);
const NUMERIC = new Set(["share", "log2 ratio", "number", "count"]);
const CHIPS = new Set(["safety_tier", "safety_tier_before_waiver"]);
const numeric = (column) => NUMERIC.has(column.kind);
const none = (hint) => `<span class="none" role="img" aria-label="${esc(hint)}" title="${esc(hint)}">–</span>`;

function symbolCell(at) {
  const alias = matchedAlias(at);
  const below = alias ? `<span class="alias">${esc(alias)}</span>` : "";
  const hint = esc(raw("name", at) || raw("symbol", at));
  return `<button type="button" class="gene" data-gene="${at}" title="${hint}">${esc(raw("symbol", at))}</button>${below}`;
}

function numberCell(column, at, found) {
  if (column.key === "efficacy") {
    return `<span class="meter" aria-hidden="true"><span style="width:${(found * 100).toFixed(1)}%"></span></span>${found.toFixed(3)}`;
  }
  if (column.key === "prevalence" && raw("prevalence_lo", at) !== null) {
    const interval = `${raw("prevalence_lo", at).toFixed(2)}–${raw("prevalence_hi", at).toFixed(2)}`;
    const sorted = raw("selection_marker", at) === null ? "" : '<span class="bounds">sorted by it</span>';
    return `<span title="bounds ${interval}">${found.toFixed(2)}<span class="bounds">${interval}</span>${sorted}</span>`;
  }
  if (column.key === "priority_rank" && raw("rank_lo", at) !== null) {
    const interval = `${whole(raw("rank_lo", at))} to ${whole(raw("rank_hi", at))}`;
    const front = raw("pareto_front", at) === 1 ? '<span class="front" role="img" aria-label="Pareto front" title="no gene is as good in efficacy and safety tier and better in one">◆</span>' : "";
    return `<span title="90 % interval ${interval}">${front}${whole(found)}<span class="bounds">${interval}</span></span>`;
  }
  if (column.kind === "log2 ratio") return `<span title="${times(found)}">${signed(found)}</span>`;
  if (column.kind === "share") return found.toFixed(column.key === "priority" ? 3 : 2);
  return column.kind === "count" ? whole(found) : amount(found);
}

/** HTML of one cell. Every text passes `esc`. */
function cell(column, at) {
  const found = raw(column.key, at);
  if (column.key === "symbol") return symbolCell(at);
  if (found === null) return none(column.none);
  if (CHIPS.has(column.key)) {
    const tier = value(column.key, at);
    return `<span class="chip ${tier}" title="${esc(DATA.tiers.full[tier])}">${esc(DATA.tiers.short[tier])}</span>`;
  }
  if (numeric(column)) return numberCell(column, at, found);
  const text = String(value(column.key, at));
  if (column.closed) return `<span class="grade ${esc(text)}">${esc(words(text))}</span>`;
  return `<span class="clip" title="${esc(text)}">${esc(text)}</span>`;
}

// Missing values stand last in either direction.
const last = (compare) => (a, b) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : compare(a, b));
const compared = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
DataTable.ext.type.order["missing-last-asc"] = last(compared);
DataTable.ext.type.order["missing-last-desc"] = last((a, b) => compared(b, a));
DataTable.ext.order.exact = (settings) => settings.aoData.map((row) => (isExact(row._aData) ? 0 : 1));

function definition(column) {
  const sorted = column.kind === "text" ? (at) => (raw(column.key, at) === null ? null : raw(column.key, at).toLowerCase()) : (at) => raw(column.key, at);
  return {
    data: (at, kind) => (kind === "display" ? cell(column, at) : sorted(at)),
    type: "missing-last",
    className: `c-${column.key}${numeric(column) ? " number" : ""}`,
    visible: column.shown,
    searchable: false,
    orderSequence: numeric(column) && column.key !== "priority_rank" ? ["desc", "asc"] : ["asc", "desc"],
  };
}

/** Two rows of headings: names with units, and filters. */
function head(changed) {
  const names = make("tr"), controls = make("tr", { class: "filters" });
  for (const column of SHOWN) {
    const unit = column.unit && column.unit !== "share" ? make("span", { class: "unit" }, column.unit) : "";
    names.append(make("th", { scope: "col", title: column.help }, make("span", { class: "label" }, column.label, unit)));
    controls.append(make("td", { "data-filter": column.key }, control(column, changed)));
  }
  for (const row of [names, controls]) row.append(make(row === names ? "th" : "td"));
  return make("thead", {}, names, controls);
}

let waiting = 0;
const later = (action) => {
  clearTimeout(waiting);
  waiting = setTimeout(action, 120);
};

const element = byId("table");
element.append(head((key, filter) => {
  setFilter(key, filter);
  if (key === "safety_tier") pressTiers();
  later(redraw);
}));
const table = new DataTable(element, {
  data: Array.from({ length: GENES }, (_, at) => at),
  columns: [
    ...SHOWN.map(definition),
    { data: (at) => at, orderDataType: "exact", type: "missing-last", visible: false, searchable: false },
  ],
  titleRow: 0,
  orderCellsTop: true,
  order: [[SHOWN.findIndex((column) => column.key === "priority_rank"), "asc"]],
  autoWidth: false,
  deferRender: true,
  pageLength: 50,
  lengthMenu: [25, 50, 100, 250],
  layout: { topStart: null, topEnd: null, bottomStart: "pageLength", bottomEnd: { paging: { type: "full_numbers" } } },
  language: { emptyTable: "The universe is empty.", zeroRecords: "No target passes these filters.", lengthMenu: "_MENU_ rows a page" },
  rowCallback: (row, at) => {
    row.classList.toggle("exact", isExact(at));
    row.classList.toggle("opened", at === opened);
  },
});
table.search.fixed("own", (_, at) => passes(at));

function redraw() {
  // Exact matches of the search come first; without a search the table has no hidden order.
  table.order.fixed(search.exact ? { pre: [[SHOWN.length, "asc"]] } : { pre: [] });
  // Aliases that match are part of the cell of the symbol: rows that were drawn before are drawn anew.
  table.rows((_, at, node) => node !== null).invalidate("data");
  table.draw();
  const shown = table.page.info().recordsDisplay;
  byId("shown").textContent = shown === GENES ? `${whole(GENES)} targets` : `${whole(shown)} of ${whole(GENES)} targets`;
  byId("reset").disabled = !FILTERS.size && !search.exact;
  byId("sheet").querySelector(".dt-layout-table").scrollTop = 0;
}

function pressTiers() {
  const only = FILTERS.get("safety_tier")?.only || new Set();
  for (const button of document.querySelectorAll("button.tier")) {
    const pressed = only.has(DATA.tiers.values.indexOf(button.dataset.tier));
    button.setAttribute("aria-pressed", String(pressed));
  }
}

function markOpened() {
  for (const row of document.querySelectorAll("#table tbody tr")) {
    row.classList.toggle("opened", opened !== null && row.querySelector("button.gene")?.dataset.gene === String(opened));
  }
}

const ordered = () => table.rows({ search: "applied", order: "applied" }).data().toArray();

/** Go to the gene before or after the open one, in the order of the table. */
function step(by) {
  const genes = ordered();
  const next = genes[genes.indexOf(opened) + by];
  if (next === undefined) return;
  table.page(Math.floor(genes.indexOf(next) / table.page.len())).draw("page");
  openDetail(next);
}

/** One field of CSV; text that a spreadsheet would read as a formula is made plain with an apostrophe. */
function field(key, at) {
  const found = value(key, at);
  if (found === null) return "";
  const text = typeof found === "string" && /^[=+\-@\t\r]/.test(found) ? `'${found}` : String(found);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function exportCsv() {
  const keys = DATA.columns.map((column) => column.key);
  const lines = [keys.join(","), ...ordered().map((at) => keys.map((key) => field(key, at)).join(","))];
  const link = make("a", {
    href: URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv;charset=utf-8" })),
    download: `${DATA.indication}_targets_filtered.csv`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function columnMenu() {
  SHOWN.forEach((column, at) => {
    if (column.key === "priority_rank" || column.key === "symbol") return;
    const box = make("input", { type: "checkbox", checked: column.shown });
    box.addEventListener("change", () => table.column(at).visible(box.checked));
    byId("columns-list").append(make("label", { title: column.help }, box, column.label));
  });
}

function reset() {
  FILTERS.clear();
  byId("search").value = "";
  setSearch("");
  for (const input of document.querySelectorAll("#table thead input, #table thead select")) input.value = "";
  pressTiers();
  redraw();
}

function listen() {
  byId("search").addEventListener("input", (event) => {
    setSearch(event.target.value);
    later(redraw);
  });
  byId("reset").addEventListener("click", reset);
  byId("csv").addEventListener("click", exportCsv);
  element.tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    const button = row?.querySelector("button.gene");
    if (button && !String(getSelection()).length) openDetail(Number(button.dataset.gene), button);
  });
  element.tBodies[0].addEventListener("keydown", (event) => {
    const to = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const button = to && event.target.closest("tr")?.[to]?.querySelector("button.gene");
    if (!button) return;
    event.preventDefault();
    button.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("columns-menu").open) closeDetail();
    if (event.key === "Escape") byId("columns-menu").open = false;
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#columns-menu")) byId("columns-menu").open = false;
    const link = event.target.closest('a[href^="#gene="]');
    if (!link) return;
    event.preventDefault();
    openNamed(link.hash, link);
  });
  for (const button of document.querySelectorAll("button.tier")) {
    button.addEventListener("click", () => {
      const only = new Set(FILTERS.get("safety_tier")?.only);
      const at = DATA.tiers.values.indexOf(button.dataset.tier);
      if (!only.delete(at)) only.add(at);
      setFilter("safety_tier", { only });
      const select = document.querySelector('#table [data-filter="safety_tier"] select');
      if (select) select.value = only.size === 1 ? String([...only][0]) : "";
      pressTiers();
      redraw();
    });
  }
}

/** report.html#gene=SYMBOL opens that gene. */
function openNamed(hash, from) {
  const named = new URLSearchParams(hash.slice(1)).get("gene");
  const at = named === null ? -1 : DATA.data.symbol.indexOf(named);
  if (at >= 0) openDetail(at, from);
}

columnMenu();
listen();
for (const id of ["search", "csv"]) byId(id).disabled = false;
redraw();
openNamed(location.hash);
addEventListener("hashchange", () => openNamed(location.hash));
document.body.dataset.ready = "true";
