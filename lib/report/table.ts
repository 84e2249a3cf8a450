import Table from "cli-table3";

const borders = [
  "top",
  "top-mid",
  "top-left",
  "top-right",
  "bottom",
  "bottom-mid",
  "bottom-left",
  "bottom-right",
];
const lines = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"];
const none = Object.fromEntries([...borders, ...lines].map((part) => [part, ""]));

/** Rows in columns without any lines; the first and the last are set left, the others right. */
export function renderColumns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(0, ...rows.map(({ length }) => length));
  const table = new Table({
    chars: { ...none, middle: " " },
    style: { head: [], border: [], "padding-left": 1, "padding-right": 0 },
    colAligns: Array.from({ length: width }, (_, n) => (n === 0 || n === width - 1 ? "left" : "right")),
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}
