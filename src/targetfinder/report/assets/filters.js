// What is shown: the search, the filters of the columns and the tiers pressed above the table.

const FILTERS = new Map(); // column -> {low, high} | {text} | {only: Set of raw values}
const search = { words: [], exact: "" };
const HAYSTACK = Array.from({ length: GENES }, (_, at) =>
  [raw("symbol", at), raw("aliases", at), raw("name", at), raw("gene_id", at)].join("\n").toLowerCase(),
);
const SYMBOLS = DATA.data.symbol.map((symbol) => symbol.toLowerCase());
const ALIASES = Array.from({ length: GENES }, (_, at) => aliasesOf(at).map((alias) => alias.toLowerCase()));

function setSearch(text) {
  search.exact = text.trim().toLowerCase();
  search.words = search.exact.split(/\s+/).filter(Boolean);
}

/** Whether the whole query is the symbol or an alias: such genes come first. */
const isExact = (at) =>
  search.exact !== "" && (SYMBOLS[at] === search.exact || ALIASES[at].includes(search.exact));

/** The alias that answers the query where the symbol does not; "" if none. */
function matchedAlias(at) {
  if (!search.words.length || SYMBOLS[at] === search.exact) return "";
  const names = aliasesOf(at);
  const exact = ALIASES[at].indexOf(search.exact);
  if (exact >= 0) return names[exact];
  if (search.words.every((word) => SYMBOLS[at].includes(word))) return "";
  return names.find((name) => search.words.some((word) => name.toLowerCase().includes(word))) || "";
}

function passes(at) {
  if (!search.words.every((word) => HAYSTACK[at].includes(word))) return false;
  for (const [key, wanted] of FILTERS) {
    const found = raw(key, at);
    if (wanted.only && !wanted.only.has(found)) return false;
    if (wanted.text && !(found !== null && String(value(key, at)).toLowerCase().includes(wanted.text))) return false;
    if (wanted.low !== undefined && !(found !== null && found >= wanted.low)) return false;
    if (wanted.high !== undefined && !(found !== null && found <= wanted.high)) return false;
  }
  return true;
}

/** Keep a filter only while it says something. */
function setFilter(key, filter) {
  const empty = !filter.text && filter.low === undefined && filter.high === undefined && !(filter.only && filter.only.size);
  if (empty) FILTERS.delete(key);
  else FILTERS.set(key, filter);
}

const numberIn = (input) => (input.value.trim() === "" || Number.isNaN(input.valueAsNumber) ? undefined : input.valueAsNumber);

function rangeFilter(column, changed) {
  const bound = (sign, name) =>
    make("input", { type: "number", step: "any", placeholder: sign, title: name, "aria-label": `${column.label}, ${name}` });
  const [low, high] = [bound("≥", "minimum"), bound("≤", "maximum")];
  const update = () => changed(column.key, { low: numberIn(low), high: numberIn(high) });
  low.addEventListener("input", update);
  high.addEventListener("input", update);
  return make("div", { class: "range" }, low, high);
}

function choiceFilter(column, changed) {
  const labels = column.key.startsWith("safety_tier") ? DATA.tiers.short : {};
  const select = make("select", { "aria-label": `${column.label}, choose` }, make("option", { value: "" }, "any"));
  column.values.forEach((name, at) => select.append(make("option", { value: String(at) }, labels[name] || words(name))));
  select.addEventListener("change", () => {
    changed(column.key, { only: new Set(select.value === "" ? [] : [Number(select.value)]) });
  });
  return select;
}

function textFilter(column, changed) {
  const input = make("input", { type: "search", placeholder: "contains", "aria-label": `${column.label}, contains` });
  input.addEventListener("input", () => changed(column.key, { text: input.value.trim().toLowerCase() }));
  return input;
}

/** The control of one column: a choice for closed lists, a range for numbers, text for the rest. */
function control(column, changed) {
  if (column.kind === "category" && column.closed) return choiceFilter(column, changed);
  if (column.kind === "text" || column.kind === "category") return textFilter(column, changed);
  return rangeFilter(column, changed);
}
