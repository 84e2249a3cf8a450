import type { Sheet } from "../sheet.ts";
import { type Drawing, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { renderTable } from "./table.ts";

/** One thing that a result tells: in words, as charts, and as tables with the same numbers. */
export interface Part {
  readonly title: string;
  readonly words: string;
  /** `undefined` stands for a chart of nothing, which is not drawn. */
  readonly drawings: readonly (Drawing | undefined)[];
  readonly sheets: readonly (Sheet | undefined)[];
  /** Long tables, which wait folded. */
  readonly folded?: readonly Sheet[];
}

/** What a result does not tell, and why. */
export function missingPart(title: string, why: string): Part {
  return { title, words: why, drawings: [], sheets: [] };
}

export function renderPart({ title, words, drawings, sheets, folded = [] }: Part, id: string): Html {
  const figures = drawings.map(
    (drawing, index) => drawing && renderFigure(drawing, `${id}-chart-${index + 1}`),
  );
  const blank = drawings.some((drawing) => drawing === undefined)
    ? html`<p>Where a chart would be, there is no figure to draw.</p>`
    : undefined;
  const tables = sheets.map((sheet, index) => sheet && renderTable(sheet, `${id}-table-${index + 1}`));
  const long = folded.map(
    (sheet, index) => html`
<details><summary>${sheet.caption}: ${sheet.rows.length} rows</summary>${renderTable(sheet, `${id}-long-${index + 1}`)}</details>`,
  );
  return html`
<section>
<h3>${title}</h3>
<p>${words}</p>${figures}${blank}${tables}${long}
</section>`;
}
