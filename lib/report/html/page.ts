import type { Result } from "../../result/result.ts";
import { answers, isWhole, showSilence } from "../answers.ts";
import { tableOfCriteria } from "../criteria.ts";
import { type Html, html, trusted } from "./html.ts";
import css from "./page.css" with { type: "text" };
import { renderFacts, renderValidity } from "./run_facts.ts";
import { renderSection } from "./section.ts";
import { renderStatus, renderTable } from "./table.ts";

/** A result, and what its file is called. */
export interface Reported {
  readonly file: string;
  readonly result: Result;
}

const styleHash = new Bun.CryptoHasher("sha256").update(css).digest("base64");
/** The page has no script and loads nothing; `data:` is for its empty icon, without which a browser asks for one. */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'`;

/** Results as one page that needs nothing else: no network, no script, no other file. */
export function renderPage(reported: readonly Reported[]): string {
  const numbered = reported.map((one, index) => ({ ...one, id: `run-${index + 1}` }));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Tool runtime benchmarks: report</title>
<link rel="icon" href="data:,">
<style>${trusted(css)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the verdicts</a>
<header>
<h1>Tool runtime benchmarks</h1>
<p>What it costs to reach a tool: ${reported.length === 1 ? "one result" : `${reported.length} results`}.</p>
<nav aria-label="Contents"><ul><li><a href="#verdicts">Verdicts</a></li>${numbered.map(
    ({ id, result, file }) => html`<li><a href="#${id}">${result.benchmark}</a> <small>${file}</small></li>`,
  )}</ul></nav>
</header>
<main id="main" tabindex="-1">
<section aria-labelledby="verdicts">
<h2 id="verdicts">Verdicts</h2>
${numbered.map(renderVerdicts)}
</section>
${numbered.map(renderResult)}
</main>
<footer><p>Times are wall-clock times of successful calls whose answers were checked. Intervals are 95 % intervals over rounds, each a fresh set of processes.</p></footer>
</body>
</html>
`;
  return page.toString();
}

function renderVerdicts({ result, id }: Reported & { id: string }): Html {
  const { benchmark, question, criteria } = result;
  const said = answers(result).map(
    ({ status, sentence }) =>
      html`<li>${status === null ? undefined : renderStatus(status)} ${unbroken(sentence)}</li>\n`,
  );
  const verdicts =
    said.length > 0 ? html`<ul class="answers">${said}</ul>` : html`<p>${showSilence(result)}</p>`;
  // What cannot be relied on is told before what it says.
  const relied = renderValidity(result);
  const table = { ...tableOfCriteria(criteria), title: `Criteria of ${benchmark}` };
  return html`
<section class="verdict">
<h3>${question}</h3>
${isWhole(result) ? [verdicts, relied] : [relied, verdicts]}
${criteria.length > 0 ? renderTable(table, benchmark, `${id}-criteria`) : undefined}
</section>`;
}

function renderResult({ result, id, file }: Reported & { id: string }): Html {
  const { benchmark, tables } = result;
  return html`
<section class="result" aria-labelledby="${id}">
<h2 id="${id}">${benchmark} <small>${file}</small></h2>
<section>
<h3>The run</h3>
${renderFacts(result, id)}
</section>
${tables.map((table, n) => renderSection(table, tables, benchmark, `${id}-part-${n + 1}`))}
</section>`;
}

/** A figure and its unit stay on one line. */
function unbroken(sentence: string): string {
  return sentence.replace(/(?<=[\d)]) (?=%)/g, "\u00a0");
}
