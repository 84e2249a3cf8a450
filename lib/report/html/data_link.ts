import { type Html, html } from "./html.ts";

/** Above this a file is compressed: a page of all benchmarks stays below 1 MB, and one with every sample opens at once. */
const mostPlain = 60_000;

/** A link that saves text as a file, without any server or script. */
export function dataLink(label: string, file: string, type: string, text: string): Html {
  if (text.length <= mostPlain) return link(label, file, `${type};charset=utf-8`, Buffer.from(text));
  return link(`${label}, compressed`, `${file}.gz`, "application/gzip", Bun.gzipSync(text));
}

function link(label: string, file: string, type: string, bytes: Uint8Array): Html {
  return html`<a class="download" download="${file}" href="data:${type};base64,${bytes.toBase64()}">${label}</a>`;
}
