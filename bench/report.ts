/** How large is a report, and how long does a browser take to show it? Takes result files, by default those of results/. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { median } from "../lib/judge/stats.ts";
import { findResults } from "../lib/report/find_results.ts";
import { renderPage } from "../lib/report/html/page.ts";
import { readResult } from "../lib/result/result.ts";

const repetitions = 5;
const files = findResults(Bun.argv.slice(2), "results");
const started = performance.now();
const page = renderPage(files.map((file) => ({ file, result: readResult(file) })));
console.log(`${files.length} results read and drawn in ${(performance.now() - started).toFixed(0)} ms`);
console.log(`${(Buffer.byteLength(page) / 1e6).toFixed(2)} MB (at most 1)`);

const folder = mkdtempSync(join(tmpdir(), "report-"));
try {
  const path = join(folder, "report.html");
  await Bun.write(path, page);
  const browser = await chromium.launch({
    executablePath: Bun.which("chromium") ?? "chromium",
    args: ["--no-sandbox"],
  });
  try {
    console.log(
      `shown after ${(await timeToShowMs(browser, pathToFileURL(path).href)).toFixed(0)} ms (at most 1000)`,
    );
  } finally {
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** From asking for the page to its second frame, the median of fresh tabs. */
async function timeToShowMs(browser: Browser, url: string): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < repetitions; n++) {
    const tab = await browser.newPage();
    const before = performance.now();
    await tab.goto(url);
    await tab.evaluate("new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))");
    times.push(performance.now() - before);
    await tab.close();
  }
  return median(times);
}
