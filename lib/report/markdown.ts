import type { Result } from "../result/result.ts";
import type { Table } from "../result/table.ts";
import { answers, isWhole, showSilence, showValidity } from "./answers.ts";
import { tableOfCriteria } from "./criteria.ts";
import { showTime } from "./format.ts";
import { toSheet } from "./sheet.ts";

/** GitHub takes a job summary of 1 MiB; these keep it far below. */
const mostBytes = 900_000;
const mostRows = 100;
const longestText = 200;

/** Results as one summary for a job's page: the verdicts, whether they can be relied on, and the key figures. */
export function renderMarkdown(results: readonly Result[]): string {
  let summary = "# Tool runtime benchmarks\n";
  for (const [index, result] of results.entries()) {
    const section = renderResult(result);
    if (Buffer.byteLength(summary) + Buffer.byteLength(section) > mostBytes)
      return `${summary}\n${results.length - index} more results are too long for a summary; the page has them.\n`;
    summary += section;
  }
  return summary;
}

function renderResult(result: Result): string {
  const { benchmark, question, machine, versions, seed, tables, criteria } = result;
  const said = answers(result)
    .slice(0, mostRows)
    .map(({ status, sentence }) => `- ${status === null ? "" : `**${status}**: `}${plain(sentence, 2000)}\n`);
  const ran = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.os}`,
    `load ${machine.load_before.toFixed(2)} before and ${machine.load_after.toFixed(2)} after`,
    `Bun ${versions.bun}, commit ${versions.commit ?? "unknown"}, seed ${seed}`,
    `${result.started_at}, ${showTime(Date.parse(result.ended_at) - Date.parse(result.started_at))} long`,
  ];
  const verdicts = said.join("") || `${showSilence(result)}\n`;
  const summed = tables.filter(({ columns }) => columns.some(({ headline }) => headline));
  const relied = `**${result.validity}**: ${plain(showValidity(result), 2000)}\n`;
  return `
## ${benchmark.replaceAll("_", "\\_")}

${plain(question, 500)}

${(isWhole(result) ? [verdicts, relied] : [relied, verdicts]).join("\n")}
${[...summed, tableOfCriteria(criteria)].map(renderTable).join("\n")}
Measured on ${ran.map((line) => plain(line)).join("; ")}.
`;
}

function renderTable(table: Table): string {
  const { head, rows } = toSheet(table, "headline");
  const title = `**${plain(table.title)}**`;
  if (rows.length === 0)
    return `${title}: ${plain(table.empty ?? "nothing was measured to the end.", 1000)}\n`;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const left = rows.length - mostRows;
  return [
    `${title}\n\n`,
    line(head.map(({ title }) => plain(title))),
    line(head.map(({ kind }) => (kind === "number" ? "--:" : "---"))),
    ...rows.slice(0, mostRows).map((row) => line(row.map((cell) => plain(cell)))),
    left > 0 ? `\n${left} more rows are in the page.\n` : "",
  ].join("");
}

/** Text that Markdown shows as it is: no markup, no list, no link, nobody mentioned, on one line. */
function plain(text: string, longest = longestText): string {
  const characters = [...text.toWellFormed()];
  const short =
    characters.length > longest ? `${characters.slice(0, longest).join("")}…` : characters.join("");
  return short
    .replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+/gu, " ")
    .replace(/[\\`*_[\]<>~|#!&$]|:(?=[^\s\d])/g, "\\$&")
    .replace(/@/g, "@\u2060")
    .replace(/www\./gi, "$&\u2060")
    .trim()
    .replace(/^[-+=](?=[-=\s]|$)|(?<=^\d+)[.)](?=\s|$)/, "\\$&");
}
