import type { Sheet } from "../sheet.ts";
import { dataLink } from "./data_link.ts";
import { type Html, html } from "./html.ts";

/** A table in a region of its own, which scrolls where it is too wide, and the link that saves it. */
export function renderTable(sheet: Sheet, id: string): Html {
  if (sheet.rows.length === 0) return html`<p>${sheet.caption}: nothing was measured.</p>`;
  const head = sheet.head.map(({ title, kind }) => html`<th scope="col" class="${kind}">${title}</th>`);
  const rows = sheet.rows.map((cells) => {
    const [name = "", ...rest] = cells;
    const figures = rest.map((cell, index) => renderCell(cell, sheet.head[index + 1]?.kind ?? "text"));
    return html`<tr><th scope="row">${name}</th>${figures}\n`;
  });
  const caption = `${id}-caption`;
  return html`
<div class="scroll" role="group" tabindex="0" aria-labelledby="${caption}">
<table><caption id="${caption}">${sheet.caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody></table>
</div>
<p class="downloads">${dataLink(`Save “${sheet.caption}” as CSV`, `${sheet.name}.csv`, "text/csv", sheet.csv)}</p>`;
}

function renderCell(text: string, kind: Sheet["head"][number]["kind"]): Html {
  // Most cells are numbers, and HTML ends a cell where the next begins: a long table is half as long for it.
  if (kind === "number") return html`<td>${text}`;
  return html`<td class="${kind}">${kind === "status" ? renderStatus(text) : text}`;
}

const tones: Readonly<Record<string, readonly [tone: string, mark: string]>> = {
  met: ["good", "✓"],
  valid: ["good", "✓"],
  passed: ["good", "✓"],
  "no leak": ["good", "✓"],
  found: ["good", "✓"],
  missed: ["bad", "✗"],
  invalid: ["bad", "✗"],
  failed: ["bad", "✗"],
  leak: ["bad", "✗"],
};

/** A verdict: a word, with a mark and a colour that say the same. */
export function renderStatus(text: string): Html {
  const [, word = text] = /^([a-z ]+?)(?:,| \(|$)/.exec(text) ?? [];
  const [tone, mark] = (Object.hasOwn(tones, word) ? tones[word] : undefined) ?? ["unsure", "?"];
  return html`<span class="status ${tone}"><span aria-hidden="true">${mark}</span> ${text}</span>`;
}
