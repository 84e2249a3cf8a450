import { tableCsv } from "../../result/csv.ts";
import type { Table } from "../../result/table.ts";
import { type Head, toSheet, unknown } from "../sheet.ts";
import { type Tone, toneOf } from "../tone.ts";
import { dataLink } from "./data_link.ts";
import { type Html, html } from "./html.ts";

/** A table in a region of its own, which scrolls where it is too wide, and the link that saves it. */
export function renderTable(table: Table, benchmark: string, id: string): Html {
  const { head, rows } = toSheet(table, "all");
  // What has no label is named by its first cell.
  const labels = Math.max(1, head.filter(({ kind }) => kind === "label").length);
  const titles = head.map(({ title, kind }) => html`<th scope="col" class="${kind}">${title}</th>`);
  const lines = rows.map((cells, n) => {
    const repeated = (column: number) =>
      cells.slice(0, column + 1).every((cell, at) => cell === rows[n - 1]?.[at]) ? html` class="again"` : "";
    const names = cells.slice(0, labels).map((name, n) => html`<th scope="row"${repeated(n)}>${name}</th>`);
    const others = cells.slice(labels).map((cell, n) => renderCell(cell, head[labels + n]?.kind ?? "text"));
    return html`<tr>${names}${others}\n`;
  });
  const caption = `${id}-caption`;
  const file = `${benchmark}-${table.name}.csv`;
  return html`
<div class="scroll" role="group" tabindex="0" aria-labelledby="${caption}">
<table><caption id="${caption}">${table.title}</caption>
<thead><tr>${titles}</tr></thead>
<tbody>
${lines}</tbody></table>
</div>
<p class="downloads">${dataLink(`Save “${table.title}” as CSV`, file, "text/csv", tableCsv(table))}</p>`;
}

function renderCell(text: string, kind: Head["kind"]): Html {
  // Most cells are numbers, and HTML ends a cell where the next begins: a long table is half as long for it.
  if (kind === "number") return html`<td>${text}`;
  return html`<td class="${kind}">${kind === "status" && text !== unknown ? renderStatus(text) : text}`;
}

const marks = { good: "✓", bad: "✗", unsure: "?" } as const satisfies Record<Tone, string>;

/** A verdict: a word, with a mark and a colour that say the same. */
export function renderStatus(text: string): Html {
  const tone = toneOf(text);
  return html`<span class="status ${tone}"><span aria-hidden="true">${marks[tone]}</span> ${text}</span>`;
}
