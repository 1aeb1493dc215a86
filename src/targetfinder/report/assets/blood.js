// Blood and effector cells in the panel of one gene, and the two orders: as if T cells or NK cells carried the CAR.

const EFFECTORS = [["t", "T cells", "CAR-T"], ["nk", "NK cells", "CAR-NK"]];
/** How loud a flag of fratricide or cytopenia is: the chip of a tier. */
const LOUD = { carried: "gate_needed", reported: "gate_needed", possible: "caution", unknown: "note", "not seen": "note" };

function flagged(label, flag, basis) {
  return make("li", {}, make("span", { class: `chip ${LOUD[flag]}` }, flag),
    make("div", {}, make("p", {}, label), make("p", { class: "soft" }, basis)));
}

function effector(prefix, cells, car, at) {
  const resting = raw(`${prefix}_cell`, at);
  const order = `rank ${whole(raw(`rank_car_${prefix}`, at))} as ${car}`;
  const rest = resting === null ? "not measured at rest" : `${amount(resting)} nTPM at rest`;
  return flagged(`Fratricide of ${cells}: ${order}, ${rest}`, value(`${prefix}_fratricide`, at), value(`${prefix}_fratricide_basis`, at));
}

function blood(at) {
  const stem = raw("hsc", at);
  const stemText = stem === null ? dash(value("hsc_basis", at)) : `${amount(stem)} TPM* (${value("hsc_basis", at)})`;
  return [
    make("ul", { class: "findings" }, ...EFFECTORS.map(([prefix, cells, car]) => effector(prefix, cells, car, at)),
      flagged("Cytopenia", value("cytopenia", at), value("cytopenia_basis", at))),
    make("dl", { class: "blood" }, fact("Blood stem and progenitor cells", stemText), fact("Lineages that may be lost", value("blood_lineages", at))),
    make("p", { class: "soft" }, "Unknown is not low: nobody looked. Cytopenia follows lymphodepletion and inflammation too, whatever the target: it is the most common severe toxicity of CAR T cells against BCMA (",
      make("a", { href: "https://doi.org/10.1186/s13045-023-01465-x", rel: "noreferrer" }, "doi:10.1186/s13045-023-01465-x"), ")."),
  ];
}
