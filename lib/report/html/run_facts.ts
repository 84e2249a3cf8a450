import prettyBytes from "pretty-bytes";
import type { Result } from "../../result/result.ts";
import { declareTable } from "../../result/table.ts";
import { showValidity } from "../answers.ts";
import { showTime } from "../format.ts";
import { dataLink } from "./data_link.ts";
import { type Content, type Html, html } from "./html.ts";
import { renderStatus, renderTable } from "./table.ts";

const auditTable = declareTable("audit", "What the audit found", {
  check: { kind: "text", title: "check" },
  detail: { kind: "text", title: "detail" },
  status: { kind: "status", title: "outcome" },
});

/** Whether a run can be relied on, what it ran on, and how it was made. */
export function renderFacts(result: Result, id: string): Html {
  const { benchmark, machine, versions, options, audit } = result;
  const checks = { ...auditTable.of(audit), title: `What the audit of ${benchmark} found` };
  const facts: readonly (readonly [string, Content])[] = [
    ["run", html`${showInstant(result.started_at)}, ${showTime(lastedMs(result))} long`],
    [
      "machine",
      html`${machine.cpu}, ${machine.cores} cores, ${prettyBytes(machine.memory_bytes, { binary: true })}, ${machine.os}`,
    ],
    ["load average", `${machine.load_before.toFixed(2)} before, ${machine.load_after.toFixed(2)} after`],
    ["processes", machine.pinned ? "bound to cores" : "not bound to cores"],
    ["timer floor", showTime(machine.timer_floor_ms)],
    [
      "versions",
      html`Bun ${versions.bun}, suite ${versions.project}, commit ${versions.commit ?? "unknown"}`,
    ],
    ["seed", result.seed],
    ["options", html`<ul class="options">${Object.entries(options).map(renderOption)}</ul>`],
  ];
  const dependencies = Object.entries(versions.dependencies);
  return html`
${renderValidity(result)}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
${audit.length > 0 ? renderTable(checks, benchmark, `${id}-audit`) : html`<p>The audit made no checks.</p>`}
<details><summary>Dependencies: ${dependencies.length}</summary><ul class="options">${dependencies.map(renderOption)}</ul></details>
<p class="downloads">${dataLink(`Save the whole result of ${benchmark} as JSON`, `${benchmark}.json`, "application/json", `${JSON.stringify(result)}\n`)}</p>`;
}

/** Whether a run can be relied on, as a word and as a sentence. */
export function renderValidity(result: Result): Html {
  const word = result.validity === "valid" && !result.complete ? "incomplete" : result.validity;
  return html`<p class="validity">${renderStatus(word)} ${showValidity(result)}</p>`;
}

function renderOption([name, value]: readonly [string, unknown]): Html {
  return html`<li><span>${name}</span> <code>${typeof value === "string" ? value : JSON.stringify(value)}</code></li>\n`;
}

function showInstant(iso: string): Html {
  return html`<time datetime="${iso}">${iso.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC")}</time>`;
}

function lastedMs({ started_at, ended_at }: Result): number {
  return Date.parse(ended_at) - Date.parse(started_at);
}
