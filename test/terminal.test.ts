import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { renderColumns, toLine } from "../lib/report/columns.ts";
import { renderResult } from "../lib/report/terminal.ts";
import type { Result } from "../lib/result/result.ts";
import { declareTable } from "../lib/result/table.ts";
import { anyResult } from "./any_result.ts";
import { incomplete, invalid, sampleComparison, sampleLatency, sampleMemory } from "./sample_results.ts";

test.each([
  ["several lines", "a\r\n\tb\u2028c", "a b c"],
  ["a colour and a title", "\u001b[31mred\u001b]0;title\u0007", "�[31mred�]0;title�"],
  ["a C1 escape", "\u009b31m", "�31m"],
  ["a change of direction", "a\u202eb\u2066c\u200f", "a�b�c�"],
  ["a hidden character", "a\u200bb\ufeffc\u00adx", "a�b c�x"],
  ["half a character", "\ud800", "�"],
  ["a command of GitHub", "\n::error::no", "�:error::no"],
  ["an older command of GitHub", "a ##[add-mask]x", "a �#[add-mask]x"],
  ["a command of Azure", "##vso[task.complete]", "�#vso[task.complete]"],
  ["letters, marks and joined emojis", "é ü 日本 std::map 👩‍💻 ##", "é ü 日本 std::map 👩‍💻 ##"],
])("shows %s as a line that is not obeyed", (_, text, line) => {
  expect(toLine(text)).toBe(line);
});

test("lines columns up by their width on a screen, figures to the right", () => {
  expect(
    renderColumns([
      ["a", "1", "x"],
      ["日本", "10", "y"],
      [["bold", "é"], "", ""],
    ]),
  ).toBe(["a      1  x", "日本  10  y", "é"].join("\n"));
});

test("cuts what would push columns away, and shows the last one whole but for what nobody reads", () => {
  const declared = declareTable("left_out", "Left out", {
    tool: { kind: "label", title: "tool" },
    path: { kind: "text", title: "path" },
    reason: { kind: "text", title: "reason" },
  });
  const show = (path: string, reason: string) => {
    const tables = [declared.of([{ tool: "a", path, reason }])];
    return renderResult({ ...sampleLatency, criteria: [], tables }).split("\n")[2];
  };
  expect(show("p".repeat(57), "r".repeat(300))).toBe(`a     ${"p".repeat(55)}…  ${"r".repeat(300)}`);
  expect(show("p", "r".repeat(301))).toEndWith(`${"r".repeat(299)}…`);
});

test("lets nothing of a result be obeyed by a terminal or a log, whatever it holds", () => {
  fc.assert(
    fc.property(anyResult(), (result) => {
      const text = renderResult(result);
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]|^\s*::|##\w*\[/mu);
      expect(text.isWellFormed()).toBe(true);
    }),
    { numRuns: 100 },
  );
}, 30_000);

test("lets no result add a line", () => {
  const withText = (text: string) => {
    const [table] = sampleLatency.tables;
    if (!table) throw new Error("there is a table");
    const rows = table.rows.map((row) => ({ ...row, tool_name: text, branch: text }));
    const audit = [{ check: text, status: "suspect", detail: text } as const];
    const criteria = sampleLatency.criteria.map((one) => ({ ...one, name: text, about: { [text]: text } }));
    return renderResult({
      ...sampleLatency,
      audit,
      criteria,
      tables: [{ ...table, title: text, notes: [text], rows }],
    });
  };
  const lines = (text: string) => withText(text).split("\n").length;
  expect(lines("a\nb\r\u0085c\u2028d\u000b")).toBe(lines("a"));
});

/** A result whose rows are three tools on as many runtimes. */
function withRuntimes(count: number): Result {
  const table = declareTable("tools", "Tools", {
    tool_name: { kind: "label", title: "tool" },
    runtime: { kind: "label", title: "runtime" },
    calls: { kind: "count", title: "calls" },
  });
  const runtimes = Array.from({ length: count }, (_, n) => `runtime-${n + 1}`);
  const rows = ["one", "two", "three"].flatMap((tool_name, tool) =>
    runtimes.map((runtime, n) => ({ tool_name, runtime, calls: 10 ** tool + n })),
  );
  return { ...sampleMemory, tables: [table.of(rows, ["So it is."])] };
}

test.each([1, 2, 3, 5])("shows %d runtimes of a tool as a group, named once", (count) => {
  const [title, head, ...lines] = renderResult(withRuntimes(count)).split("\n");
  expect([title, head]).toEqual(["Tools", "tool   runtime    calls"]);
  const rows = lines.slice(0, 3 * count);
  expect(rows.map((row) => row.slice(0, 5).trim())).toEqual(
    ["one", "two", "three"].flatMap((name) => [name, ...Array.from({ length: count - 1 }, () => "")]),
  );
  expect(rows.map((row) => row.slice(7, 16))).toEqual(
    Array.from({ length: 3 * count }, (_, n) => `runtime-${(n % count) + 1}`),
  );
  expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([head?.length ?? 0]));
  expect(lines[3 * count]).toBe("So it is.");
});

test("ends with each verdict, what it rests on, and whether the run can be relied on", () => {
  expect(renderResult(sampleComparison).split("\n").slice(-4)).toEqual([
    "met  mixed: what a general tool takes more: 1.0 (1.0 to 1.0) %, target at most 5 %; the run could have seen 5.1 %",
    "Brackets hold 95 % intervals.",
    "",
    "The run is valid: the one check of its audit passed.",
  ]);
});

test("begins with the answers where the rest is longer than a screen", () => {
  const long = renderResult(sampleComparison);
  expect(long).toStartWith("met  What a general tool takes more, target at most 5 %: met for mixed");
  expect(long.match(/The run is valid/g)?.length).toBe(2);
  const short = renderResult(sampleLatency);
  expect(short).toStartWith("What a call of each tool takes, and saves\n");
  expect(short.match(/The run is valid/g)?.length).toBe(1);
});

test("tells first what speaks against relying on a run", () => {
  const tables = sampleComparison.tables;
  expect(renderResult({ ...incomplete, tables })).toStartWith(
    "The run is valid: the one check of its audit passed. It was",
  );
  const nothing = renderResult({ ...invalid, tables });
  expect(nothing).toStartWith("The run is invalid, so that its figures say nothing: 1 of 1 checks");
  expect(nothing.split("\n")[1]).toBe("An invalid run gives no answer.");
});

test("draws lines as a plot with every series, and none of nothing", () => {
  const plot =
    /Throughput against concurrency\n([\s\S]*?└.*\n.*)/.exec(renderResult(sampleComparison))?.[1] ?? "";
  expect(
    plot
      .split("\n")
      .map((line) => line.slice(0, 7).trim())
      .filter(Boolean),
  ).toEqual(["direct", "http", "dual"]);
  expect(plot).toContain("5972/s");
  expect(plot).toEndWith("1                                               16");
  expect(plot).toMatch(/[⠁-⣿]/);
  const sweep = sampleComparison.tables.map((table) => ({ ...table, rows: table.rows.slice(0, 1) }));
  expect(renderResult({ ...sampleComparison, tables: sweep })).not.toContain("┌");
});

test("draws lines by the logarithm of both axes where that is asked for", () => {
  const tables = sampleComparison.tables.map((table) => ({
    ...table,
    charts: table.charts.map((chart) => (chart.type === "lines" ? { ...chart, log: true as const } : chart)),
  }));
  const drawn = (text: string) => /Throughput against concurrency\n([\s\S]*?└.*)/.exec(text)?.[1] ?? "";
  const [linear, log] = [sampleComparison, { ...sampleComparison, tables }].map((one) =>
    drawn(renderResult(one)),
  );
  // The lowest of both axes is the least that there is, and not 0.
  expect([linear, log].map((plot) => /([\d.]+\/s) *\n.*└/.exec(plot ?? "")?.[1])).toEqual(["0/s", "2000/s"]);
  expect(log).toContain("5972/s");
  expect(log).not.toBe(linear);
});

test("draws a series that is called as something every object has", () => {
  const tables = sampleComparison.tables.map((table) => ({
    ...table,
    rows: table.rows.map((row) => ({ ...row, arm: row.arm === "http" ? "constructor" : row.arm })),
  }));
  const drawn = renderResult({ ...sampleComparison, tables });
  expect(drawn).toContain("constructor");
  expect(drawn).not.toMatch(/native|undefined/);
});

test("says of a table without rows what that means, and leaves out what is long", () => {
  const [load, sweep] = sampleComparison.tables;
  if (!load || !sweep) throw new Error("there are tables");
  const none = renderResult({
    ...sampleComparison,
    tables: [
      { ...load, rows: [] },
      { ...sweep, rows: [] },
    ],
  });
  expect(none).toStartWith(
    "Throughput at each concurrency: This run made no sweep over concurrencies.\n\nmet",
  );
  expect(renderResult(sampleMemory)).toStartWith("What calls leave behind\n4 rows, which the report shows\n");
});

/** What a script prints on a terminal. */
async function onTerminal(env: Record<string, string>): Promise<string> {
  let printed = "";
  const code = `
    import { openProgress } from "${join(import.meta.dir, "../lib/report/progress.ts")}";
    import { renderResult } from "${join(import.meta.dir, "../lib/report/terminal.ts")}";
    import { sampleComparison } from "${join(import.meta.dir, "sample_results.ts")}";
    const progress = openProgress(2, { verbose: false });
    progress.step("one");
    progress[Symbol.dispose]();
    console.log(renderResult(sampleComparison));`;
  // A colour is a matter of the terminal here; the log of a CI system, which CI stands for, gets none.
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...plain } = process.env;
  // What a process printed last can come after its exit is known, but never after its terminal's end.
  const ended = Promise.withResolvers<void>();
  await using script = Bun.spawn([process.execPath, "-e", code], {
    env: { ...plain, TERM: "xterm-256color", ...env },
    terminal: {
      cols: 200,
      data: (_terminal, bytes) => {
        printed += Buffer.from(bytes).toString();
      },
      exit: () => ended.resolve(),
    },
  });
  expect(await script.exited).toBe(0);
  await ended.promise;
  return printed;
}

const onTerminals = test.skipIf(process.platform === "win32");

onTerminals("colours verdicts and shows progress on a terminal", async () => {
  const printed = await onTerminal({});
  expect(printed).toContain("\u001b[32mmet\u001b[39m");
  expect(printed).toContain("50 %");
});

onTerminals.each([{ NO_COLOR: "1" }, { TERM: "dumb" }])("gives a terminal no escape with %j", async (env) => {
  const printed = await onTerminal(env);
  expect(printed).toContain("met  mixed: what a general tool");
  expect(printed).not.toContain("\u001b");
});
