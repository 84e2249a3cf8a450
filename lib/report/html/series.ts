import { type Html, html } from "./html.ts";

const symbols = ["circle", "square", "triangle", "diamond", "star", "wye"] as const;
const dashes = ["none", "6 3", "2 3", "8 3 2 3", "1 2", "12 4"];
const glyphs = { circle: "●", square: "■", triangle: "▲", diamond: "◆", star: "★", wye: "Y" } as const;

/** So many look different: each colour with each symbol. */
export const mostSeries = symbols.length ** 2;

/** How one runtime, or whatever else a row is told apart by, is drawn: by colour, by symbol and by dash. */
export interface Series {
  readonly name: string;
  readonly tone: number;
  /** A colour of the page's style sheet, which follows light and dark. */
  readonly color: string;
  readonly symbol: (typeof symbols)[number];
  readonly dash: string;
}

/** The series of these names, each by its place in the order, so that one name looks the same in every chart of a result. */
export function toSeries(names: readonly string[], order: readonly string[]): Series[] {
  return [...new Set(names)].map((name) => {
    const place = Math.max(0, order.indexOf(name));
    const tone = place % symbols.length;
    // Where the colours begin again, the symbols do not.
    const mark = (tone + Math.floor(place / symbols.length)) % symbols.length;
    return {
      ...{ name, tone, color: `var(--series-${tone})` },
      ...{ symbol: symbols[mark] ?? "circle", dash: dashes[mark] ?? "none" },
    };
  });
}

export function renderLegend(series: readonly Series[]): Html {
  const keys = series.map(
    ({ name, tone, symbol }) =>
      html`<li><span class="key tone-${tone}" aria-hidden="true">${glyphs[symbol]}</span> ${name}</li>`,
  );
  return html`<ul class="legend" aria-label="Legend">${keys}</ul>`;
}
