// Words and numbers: everything that turns a value into text. Nothing here trusts its input.
"use strict";
const DATA = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const COLUMNS = new Map(DATA.columns.map((column) => [column.key, column]));
const GENES = DATA.data.symbol.length;

/** Raw value of a column for the gene at a position; null if missing. */
const raw = (key, at) => (DATA.data[key] ? DATA.data[key][at] : null);

/** Value as it stands in the files: categories by name. */
const value = (key, at) => {
  const found = raw(key, at);
  const column = COLUMNS.get(key);
  return found !== null && column && column.kind === "category" ? column.values[found] : found;
};

const ESCAPED = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const esc = (text) => String(text).replace(/[&<>"']/g, (character) => ESCAPED[character]);
const words = (text) => String(text).replaceAll("_", " ");
const whole = (number) => number.toLocaleString("en-US");

/** Amount (TPM*, nTPM): three significant digits below 100, whole numbers above. */
function amount(number) {
  if (number >= 100) return whole(Math.round(number));
  if (number === 0) return "0";
  if (number < 0.01) return "<0.01";
  return number.toFixed(number >= 10 ? 1 : 2);
}

const signed = (number) => (number > 0 ? "+" : number < 0 ? "−" : "") + Math.abs(number).toFixed(2);

/** A log2 ratio as times: +3 is 8×, −1 is 0.5×. */
function times(log2) {
  const ratio = 2 ** log2;
  return ratio >= 10 ? `${whole(Math.round(ratio))}×` : `${ratio.toFixed(ratio >= 1 ? 1 : 2)}×`;
}

const aliasesOf = (at) => (raw("aliases", at) || "").split("|").filter(Boolean);

/** An element with text or children; text is never read as HTML. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, content] of Object.entries(properties)) {
    if (name === "class") element.className = content;
    else if (name in element && !name.startsWith("aria")) element[name] = content;
    else element.setAttribute(name, content);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function chip(tier) {
  const { short, full } = DATA.tiers;
  return make("span", { class: `chip ${tier}`, title: full[tier] }, short[tier]);
}
