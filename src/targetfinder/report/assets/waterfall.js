// What the priority of a gene is made of: one bar for each criterion, from where the one before ended, then what is taken.

/** One step: from where it starts, what it adds, and what it could have added at most. */
function step_(label, hint, from, by, most) {
  const bar = make("span", { class: "track" }, make("span", { class: "room" }), make("span", { class: by < 0 ? "taken" : "added" }));
  const [room, done] = bar.children;
  const put = (element, start, width) => {
    element.style.left = `${(100 * start).toFixed(1)}%`;
    element.style.width = `${(100 * width).toFixed(1)}%`;
  };
  put(room, from, most);
  put(done, Math.max(0, Math.min(from, from + by)), Math.abs(by));
  return make("tr", { title: hint }, make("th", { scope: "row" }, label), make("td", {}, bar),
    make("td", { class: "number" }, by === 0 && most > 0 && hint === "not measured" ? dash("not measured") : `${by < 0 ? "−" : "+"}${Math.abs(by).toFixed(3)}`));
}

function waterfall(at) {
  const { parts, added } = DATA.waterfall;
  let sum = 0;
  const rows = parts.map(([key, label, weight]) => {
    const by = added[key][at];
    const hint = by === null ? "not measured" : weight === null ? "taken from efficacy" : `at most ${weight.toFixed(3)}`;
    const row = step_(label, hint, sum, by ?? 0, weight ?? 0);
    sum += by ?? 0;
    return row;
  });
  const limit = value("limiting", at);
  return [make("table", { class: "windows waterfall" }, make("tbody", {}, ...rows,
    make("tr", { class: "binding" }, make("th", { scope: "row" }, "Priority"), make("td"), make("td", { class: "number" }, raw("priority", at).toFixed(3))))),
  make("p", { class: "soft" }, "A bar is what a criterion adds, its frame what it could add at most; they add up to priority.",
    limit === null ? "" : ` Limited most by: ${limit}.`)];
}

const chance = (key, at) => (raw(key, at) === null ? null : `${Math.round(100 * raw(key, at))} %`);

/** Rank with its interval, the chance of the first places, and whether any gene surpasses it. */
function rankFacts(at) {
  if (raw("rank_lo", at) === null) return [];
  const front = raw("pareto_front", at) === 1 ? "on the Pareto front: no gene is as good in both and better in one" : "surpassed in both by another gene";
  return [
    fact("Rank", `${whole(raw("priority_rank", at))} (${whole(raw("rank_lo", at))} to ${whole(raw("rank_hi", at))})`,
      "90 % interval: other patients, atlases, weights and sources"),
    fact("First places", `top 20 in ${chance("p_top20", at)}, top 50 in ${chance("p_top50", at)} of the draws`),
    fact("Efficacy and safety", front),
  ];
}
