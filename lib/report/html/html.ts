/** A piece of a page in which everything that came from elsewhere is escaped. Only `html` and `trusted` make one. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template: lists are joined, and `undefined` is nothing. */
export type Content = Html | string | number | undefined | readonly Content[];

/** Markup with values in it, each escaped so that it is text, or a quoted attribute's value, and never more. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.reduce((before, part, index) => before + show(values[index - 1]) + part));
}

/** Markup of our own making, taken as it is. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function show(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Html) return content.toString();
  return typeof content === "object" ? content.map(show).join("") : escapeText(String(content));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters would not be shown, and those that turn the direction of writing would show other text. */
function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
