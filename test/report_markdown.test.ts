import { expect, test } from "bun:test";
import fc from "fast-check";
import { renderMarkdown } from "../lib/report/markdown.ts";
import { anyResult } from "./any_result.ts";
import { anyToken, textPerToken, withTexts } from "./result_tokens.ts";
import { sampleLatency, sampleResults } from "./sample_results.ts";

/** The elements that Markdown becomes, in order. */
function elements(markdown: string): string[] {
  const found: string[] = [];
  new HTMLRewriter()
    .on("*", {
      element({ tagName, attributes }) {
        found.push([tagName, ...[...attributes].map(([name, value]) => `${name}=${value}`)].join(" "));
      },
    })
    .transform(Bun.markdown.html(markdown, { autolinks: true }));
  return found;
}

test("tells verdicts, validity, key figures and criteria of each benchmark", () => {
  const summary = renderMarkdown(sampleResults);
  expect(summary).toContain(
    "- **met**: Called directly, the 3 tools together take 66.0 % less time than over HTTP",
  );
  expect(summary).toContain("**valid**: The run is valid: the one check of its audit passed.");
  expect(summary).toContain("| task\\_submit | 17.0 µs | 51.0 µs | 66.0 (62.7 to 69.3) | missed |");
  expect(summary).toContain("| mixed | dual | 2000 (1800 to 2200) | 150 µs | 300 µs | 200 µs | 400 µs |");
  expect(summary).toContain("| dag | http | 333 µs | 2.00 ms | 900 (810 to 990) | 810 (729 to 891) |");
  expect(summary).toContain(
    "| direct | 19.1 MiB (17.2 MiB to 21 MiB) | 85.8 MiB (77.2 MiB to 94.4 MiB) | 2.0 (1.8 to 2.2) | 1 | 0 |",
  );
  expect(elements(summary).filter((element) => element === "table")).toHaveLength(2 * sampleResults.length);
});

test.each([
  "<img src=x onerror=alert(1)>",
  "[a](https://example.com)",
  "https://example.com www.example.com me@example.com",
  "a | b\n\n# heading\n- item",
  "`code` **bold** __bold__ ~~gone~~ $x$ &lt;b&gt; :smile: @everyone",
])("shows %p as it is", (text) => {
  const summary = renderMarkdown([
    { ...sampleLatency, machine: { ...sampleLatency.machine, cpu: text, os: text } },
  ]);
  expect(elements(summary)).toEqual(elements(renderMarkdown([sampleLatency])));
  expect(summary).not.toContain("@everyone");
});

test("stays below what a job summary may have", () => {
  const [tool] = sampleLatency.tools;
  if (!tool) throw new Error("there is a tool");
  const long = { ...tool, tool_name: "<".repeat(1000) };
  const result = { ...sampleLatency, tools: Array.from({ length: 300 }, () => long) };
  expect(renderMarkdown([result])).toContain("200 more rows are in the page.");
  const summary = renderMarkdown(Array.from({ length: 40 }, () => result));
  expect(Buffer.byteLength(summary)).toBeLessThan(1_000_000);
  expect(summary).toMatch(/\d+ more results are too long for a summary; the page has them\.\n$/);
});

test("sums up whatever a result may hold, and lets no text of it become markup", () => {
  const hostile = fc
    .oneof(
      fc.string({
        unit: fc.constantFrom(..."<>&|\\`*_[]()!#~$:/@.-+=1 \n\"'aw"),
        minLength: 1,
        maxLength: 12,
      }),
      fc.string({ unit: "binary" }),
    )
    .map((text) => `${text.replaceAll(": ", ":\t")}x`)
    .filter((text) => text !== "__proto__");
  fc.assert(
    fc.property(anyResult({ texts: anyToken }), textPerToken(hostile), (result, texts) => {
      expect(elements(renderMarkdown([withTexts(result, texts)]))).toEqual(
        elements(renderMarkdown([result])),
      );
    }),
    { numRuns: 60 },
  );
}, 30_000);
