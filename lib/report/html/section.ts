import type { Table } from "../../result/table.ts";
import { tableOfBins } from "./charts/distribution.ts";
import { draw } from "./charts/draw.ts";
import { renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { renderTable } from "./table.ts";

/** A table of a result: in words, as charts, and with all its columns. */
export function renderSection(table: Table, tables: readonly Table[], benchmark: string, id: string): Html {
  const { title, description, empty, notes, charts, rows } = table;
  const words = notes.map((text) => html`<p>${text}</p>\n`);
  if (rows.length === 0)
    return html`
<section>
<h3>${title}</h3>
<p>${empty ?? "Nothing was measured."}</p>
${words}</section>`;
  const drawings = charts.flatMap((chart) => draw(chart, table, tables));
  const figures = drawings.map((drawing, n) => drawing && renderFigure(drawing, `${id}-chart-${n + 1}`));
  const blank = drawings.includes(undefined)
    ? html`<p>Where a chart would be, there is no figure to draw.</p>`
    : undefined;
  const bins = charts.flatMap((chart) =>
    chart.type === "distribution" ? [tableOfBins({ chart, table })] : [],
  );
  const shown = [table, ...bins.filter(({ rows }) => rows.length > 0)];
  return html`
<section class="part">
<h3>${title}</h3>
${description === undefined ? undefined : html`<p>${description}</p>\n`}${words}${figures}${blank}${shown.map((one, n) => renderRows(one, benchmark, `${id}-table-${n + 1}`))}
</section>`;
}

function renderRows(table: Table, benchmark: string, id: string): Html {
  const explained = table.columns.flatMap(({ title, description }) =>
    description === undefined ? [] : [`${title || "times"}: ${description}`],
  );
  const shown = html`${renderTable(table, benchmark, id)}${
    explained.length > 0 ? html`<p class="note">${explained.join(". ")}.</p>` : undefined
  }`;
  if (!table.folded) return shown;
  return html`
<details><summary>${table.title}: ${table.rows.length} rows</summary>${shown}</details>`;
}
