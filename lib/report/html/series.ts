import { type Html, html } from "./html.ts";

/** How one runtime or arm is drawn everywhere: told apart by colour, by symbol and by dash. */
export interface Series {
  readonly name: string;
  readonly tone: number;
  /** A colour of the page's style sheet, which follows light and dark. */
  readonly color: string;
  readonly symbol: "circle" | "square" | "triangle" | "diamond" | "star" | "wye";
  readonly dash: string;
}

const symbols = ["circle", "square", "triangle", "diamond", "star", "wye"] as const;
const dashes = ["none", "6 3", "2 3", "8 3 2 3", "1 2", "12 4"];
const known: readonly string[] = ["direct", "http", "dual"];

/** The series of these names; a runtime that is well known looks the same in every chart. */
export function toSeries(names: readonly string[]): Series[] {
  const others = [...new Set(names)].filter((name) => !known.includes(name));
  return [...new Set(names)].map((name) => {
    const place = known.indexOf(name);
    const tone = (place < 0 ? known.length + others.indexOf(name) : place) % symbols.length;
    return {
      name,
      tone,
      color: `var(--series-${tone})`,
      symbol: symbols[tone] ?? "circle",
      dash: dashes[tone] ?? "none",
    };
  });
}

const glyphs = { circle: "●", square: "■", triangle: "▲", diamond: "◆", star: "★", wye: "Y" } as const;

export function renderLegend(series: readonly Series[]): Html {
  const keys = series.map(
    ({ name, tone, symbol }) =>
      html`<li><span class="key tone-${tone}" aria-hidden="true">${glyphs[symbol]}</span> ${name}</li>`,
  );
  return html`<ul class="legend" aria-label="Legend">${keys}</ul>`;
}
