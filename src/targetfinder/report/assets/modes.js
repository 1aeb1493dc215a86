// The order of the table as if T cells or NK cells carried the CAR; a click on a heading leaves both.

const modeColumn = (mode) => SHOWN.findIndex((column) => column.key === `rank_${mode}`);

function pressMode() {
  const [by, direction] = table.order()[0] || [];
  const key = direction === "asc" ? SHOWN[by]?.key : null;
  const mode = key === "priority_rank" ? value("mode", 0) : key?.replace("rank_", "");
  for (const button of document.querySelectorAll("button.mode")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
}

for (const button of document.querySelectorAll("button.mode")) {
  button.disabled = false;
  button.addEventListener("click", () => {
    const at = modeColumn(button.dataset.mode);
    table.column(at).visible(true);
    table.order([[at, "asc"]]).draw();
  });
}
table.on("order", pressMode);
pressMode();
