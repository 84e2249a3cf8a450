import { styleText } from "node:util";
import type { Tone } from "./tone.ts";

export type Style = Parameters<typeof styleText>[0];

export const tones = { good: "green", bad: "red", unsure: "yellow" } as const satisfies Record<Tone, Style>;

/** A text, and how it is set where a terminal can. */
export type Cell = string | readonly [style: Style, text: string];

/**
 * Text from anywhere as a part of one line: folded, and with nothing in it that a terminal or the log of a CI would obey.
 * In the place of each such character stands �.
 */
export function toLine(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/[\s\u0085]+/gu, " ")
      // All control and format characters but the joiners of letters and emojis; commands as GitHub (::error::, ##[error])
      // and Azure (##vso[) take them.
      .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}]|^ ?:(?=:)|#(?=#\w*\[)/gu, "\ufffd")
  );
}

/** A cell as one line. */
export function paint(cell: Cell): string {
  if (typeof cell === "string") return toLine(cell);
  const [style, text] = cell;
  return styleText(style, toLine(text));
}

/** Rows in columns without any lines. The first and the last are set left, the others right, unless told otherwise. */
export function renderColumns(
  rows: readonly (readonly Cell[])[],
  isLeft = (column: number, columns: number) => column === 0 || column === columns - 1,
): string {
  const columns = Math.max(0, ...rows.map(({ length }) => length));
  const painted = rows.map((row) => row.map(paint));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...painted.map((row) => Bun.stringWidth(row[column] ?? ""))),
  );
  const lines = painted.map((row) =>
    widths.map((width, column) => {
      const text = row[column] ?? "";
      const gap = " ".repeat(width - Bun.stringWidth(text));
      return isLeft(column, columns) ? `${text}${gap}` : `${gap}${text}`;
    }),
  );
  return lines.map((line) => line.join("  ").trimEnd()).join("\n");
}
