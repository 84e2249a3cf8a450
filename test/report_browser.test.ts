import { afterAll, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { renderPage } from "../lib/report/html/page.ts";
import type { Result } from "../lib/result/result.ts";
import { temporaryFolder } from "./run_script.ts";
import { sampleLatency, sampleResults } from "./sample_results.ts";

const executablePath = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome");
const inBrowser = test.skipIf(executablePath === null);
const why = executablePath === null ? " (skipped: there is no chromium here)" : "";
const axe = require.resolve("axe-core/axe.min.js");

const folder = temporaryFolder();
let opened: Promise<Browser> | undefined;
afterAll(async () => {
  await (await opened)?.close();
  folder[Symbol.dispose]();
});

const looks = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: "light", viewport: { width: 360, height: 740 } },
} satisfies Record<string, BrowserContextOptions>;

/** A report as its reader opens it from the disk, and what the page then did beyond that. */
async function open(results: readonly Result[], options: BrowserContextOptions = looks.light) {
  opened ??= chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] });
  const path = join(folder.path, "report.html");
  writeFileSync(path, renderPage(results.map((result) => ({ file: `${result.benchmark}.json`, result }))));
  const context = await (await opened).newContext({
    reducedMotion: "reduce",
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const beyond: string[] = [];
  const url = pathToFileURL(path).href;
  page.on("console", (message) => beyond.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => beyond.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => beyond.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (request.url() !== url && request.url() !== "data:,") beyond.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, beyond, [Symbol.asyncDispose]: () => context.close() };
}

const charts = [
  "Latency",
  "Saving against the claim",
  "Times",
  "Throughput against concurrency",
  "The steps of one workflow: dag, direct",
  "The steps of one workflow: dag, http",
  "Heap after each batch of calls",
  "What each way adds: queue_stats",
  "What each way adds: task_list",
];

/** Takes a picture of the whole page and answers its size in bytes: a blank one compresses to next to nothing. */
async function photograph(page: Page, name: string): Promise<number> {
  const path = join(folder.path, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  return statSync(path).size;
}

inBrowser.each(["light", "dark", "phone"] as const)(
  `shows every chart in %s, without an error or a request, and nothing wider than the screen${why}`,
  async (look) => {
    await using report = await open(sampleResults, looks[look]);
    const { page, beyond } = report;
    const drawn = await page.evaluate<{ title: string; height: number; marks: number }[]>(`
      [...document.querySelectorAll("svg[role=img]")].map((svg) => ({
        title: document.getElementById(svg.getAttribute("aria-labelledby")).textContent,
        height: svg.getBoundingClientRect().height,
        marks: svg.querySelectorAll("path, circle, line, rect").length,
      }))`);
    expect(drawn.map(({ title }) => title)).toEqual(charts);
    expect(drawn.filter(({ height, marks }) => height < 60 || marks < 5)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(looks[look].viewport.width);
    const background = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    expect(background).toBe(look === "dark" ? "rgb(21, 23, 26)" : "rgb(253, 253, 251)");
    expect(await photograph(page, look)).toBeGreaterThan(100_000);
    expect(beyond).toEqual([]);
  },
  60_000,
);

inBrowser(
  `has no fault that axe finds, in light, dark and phone width${why}`,
  async () => {
    // The page forbids scripts; axe comes past that as a debugger does.
    await using report = await open(sampleResults, { ...looks.light, bypassCSP: true });
    const { page } = report;
    await page.evaluate(readFileSync(axe, "utf8"));
    const faults = async (options: string) => {
      const { violations } = await page.evaluate<{
        violations: { id: string; impact: string; nodes: { html: string }[] }[];
      }>(`axe.run(${options})`);
      return violations.map(({ id, impact, nodes }) => [impact, id, nodes[0]?.html]);
    };
    expect(await faults("")).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await faults('{ runOnly: ["color-contrast"] }')).toEqual([]);
    await page.setViewportSize(looks.phone.viewport);
    expect(await faults('{ runOnly: ["scrollable-region-focusable", "target-size"] }')).toEqual([]);
  },
  60_000,
);

inBrowser(
  `can be read and operated by keyboard alone${why}`,
  async () => {
    await using report = await open([sampleLatency], looks.phone);
    const { page } = report;
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the verdicts");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.getAttribute('role')")).toBe("group");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  },
  60_000,
);

inBrowser(
  `saves a table and the whole result from the disk${why}`,
  async () => {
    await using report = await open([sampleLatency]);
    const { page, beyond } = report;
    for (const [link, file, begins] of [
      [
        "Save “What a call of each tool takes, and saves” as CSV",
        "p2p_latency-tools.csv",
        "tool_name,runtime,",
      ],
      ["Save the whole result of p2p_latency as JSON", "p2p_latency.json", '{"schema_version":2'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: link, exact: true }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(file);
      expect(readFileSync(await download.path(), "utf8")).toStartWith(begins);
    }
    expect(beyond.filter((what) => !what.startsWith("request: data:"))).toEqual([]);
  },
  60_000,
);

inBrowser(
  `runs nothing that a result holds${why}`,
  async () => {
    const attack = `</style></svg><script>document.title='taken';alert(1)</script><img src=x onerror=alert(2)>"onload="alert(3)`;
    const tables = sampleLatency.tables.map((table) => ({
      ...table,
      title: attack,
      notes: [attack],
      rows: table.rows.map((row) => ({
        ...row,
        tool_name: attack,
        branch: attack,
        status: attack.slice(0, 100),
      })),
    }));
    const result = { ...sampleLatency, question: attack, options: { [attack]: attack }, tables };
    await using report = await open([result]);
    expect(await report.page.title()).toBe("Tool runtime benchmarks: report");
    expect(await report.page.locator("script, img, iframe").count()).toBe(0);
    expect(report.beyond).toEqual([]);
  },
  60_000,
);
