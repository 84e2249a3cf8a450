import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Html, html, trusted } from "./html.ts";
import { renderLegend, type Series } from "./series.ts";

export interface Drawing {
  /** What is drawn, in a few words. */
  readonly title: string;
  /** How to read it, and what it shows, for those who do not see it. */
  readonly description: string;
  readonly series: readonly Series[];
  readonly plot: Plot.PlotOptions;
}

/** As much of the DOM as is read; its types are not among this project's. */
interface DrawnNode {
  readonly nodeType: number;
  readonly localName: string;
  readonly textContent: string | null;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly childNodes: Iterable<DrawnNode>;
}

const elements = new Set(["svg", "g", "path", "line", "rect", "circle", "text", "tspan"]);
const attributes = new Set(
  (
    "viewBox width height x y x1 y1 x2 y2 dx dy cx cy r d transform fill fill-opacity stroke stroke-opacity opacity " +
    "stroke-width stroke-dasharray stroke-linecap stroke-linejoin stroke-miterlimit text-anchor font-size font-variant font-weight"
  ).split(" "),
);

/** A chart as SVG, drawn by Observable Plot into a document of linkedom's, without any browser. */
export function renderFigure({ title, description, series, plot }: Drawing, id: string): Html {
  const { document } = parseHTML("<html></html>");
  const drawn: DrawnNode = Plot.plot({ width: 720, marginTop: 8, ...plot, document });
  const size = renderAttributes(drawn, new Set(["viewBox", "width", "height"]));
  return html`
<figure>
<figcaption id="${id}-title">${title}</figcaption>
<div class="scroll" role="group" tabindex="0" aria-labelledby="${id}-title">
<svg class="chart"${size} text-anchor="middle" fill="currentColor" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc">${renderChildren(drawn)}</svg>
</div>
${series.length > 1 ? renderLegend(series) : undefined}<p class="note" id="${id}-desc">${description}</p>
</figure>`;
}

/** Only drawing passes: no style, link, script or address, whatever a label or a colour has become. */
function renderChildren(parent: DrawnNode): Html[] {
  return [...parent.childNodes].map((node) => {
    if (node.nodeType === 3) return html`${node.textContent ?? ""}`;
    return node.nodeType === 1 && elements.has(node.localName) ? renderElement(node) : html``;
  });
}

function renderElement(element: DrawnNode): Html {
  const name = trusted(element.localName);
  const given = renderAttributes(element, attributes);
  const inside = renderChildren(element);
  return inside.length > 0 ? html`<${name}${given}>${inside}</${name}>` : html`<${name}${given}/>`;
}

function renderAttributes(element: DrawnNode, allowed: ReadonlySet<string>): Html[] {
  return [...element.attributes].flatMap(({ name, value }) =>
    allowed.has(name) && !/url|:/i.test(value) ? [html` ${trusted(name)}="${shorten(value)}"`] : [],
  );
}

/** A tenth of a pixel is as fine as anybody sees, and half the bytes. */
function shorten(value: string): string {
  return value.replace(/-?\d+\.\d{2,}/g, (digits) => String(Math.round(Number(digits) * 10) / 10));
}
