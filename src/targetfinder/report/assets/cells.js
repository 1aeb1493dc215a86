// The normal cell type that carries most of a gene, as a sentence with what stands behind it.

const NO_INTERVAL = {
  "no donors": "The atlas joins the cells of all donors: there is no interval, and nothing shows that a second donor has it.",
  "one donor": "The atlas has one donor of these cells: there is no interval, and no tier moves.",
};

/** `kidney: Tubule cells` as words: kidney, tubule cells; T cells stay T cells. */
function placeOf(context) {
  const [tissue, ...rest] = context.split(": ");
  const cell = rest.join(": ");
  return cell ? `${tissue}, ${/^.[a-z]/.test(cell) ? cell[0].toLowerCase() : cell[0]}${cell.slice(1)}` : tissue;
}

const percent = (number) => (100 * number).toFixed(0);

/** Share of cells, then the mean, each with its interval over donors where there is one. */
function carriedText(at) {
  const unit = value("worst_cell_unit", at);
  const [share, low, high] = ["", "_lo", "_hi"].map((end) => raw(`worst_cell_detected${end}`, at));
  const [mean, least, most] = ["", "_lo", "_hi"].map((end) => raw(`worst_cell_mean${end}`, at));
  if (share === null) return `${amount(raw("worst_cell_level", at))} ${unit}`;
  const donors = raw("worst_cell_donors", at);
  const cells = `${whole(raw("worst_cell_cells", at))} cells`;
  const basis = low === null ? cells : `90 % interval ${percent(low)} to ${percent(high)}, ${donors} donors, ${cells}`;
  const spread = least === null ? "" : ` (${amount(least)} to ${amount(most)})`;
  return `detected in ${percent(share)} % of cells (${basis}), ${amount(mean)} ${unit}${spread}`;
}

function worstCell(at) {
  const context = value("worst_cell", at);
  if (context === null) return [make("p", { class: "soft" }, "No atlas of cells measured it.")];
  const why = value("worst_cell_no_interval", at);
  const dismissed = value("worst_cell_dismissed", at);
  const level = raw("worst_cell_detected", at) === null || raw("worst_cell_donors", at) < 2 ? ""
    : `Safety rests on ${amount(raw("worst_cell_level", at))} ${value("worst_cell_unit", at)}: what two donors show, less ambient RNA.`;
  return [make("p", {}, make("strong", {}, placeOf(context)), `: ${carriedText(at)}`),
    make("p", { class: "soft" }, [level, why === null ? "" : NO_INTERVAL[why] || why,
      dismissed === null ? "" : `The highest donor does not count: ${dismissed}.`].filter(Boolean).join(" "))];
}
