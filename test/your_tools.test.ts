import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { readResult } from "../lib/result/result.ts";
import { copyProject } from "./project_copy.ts";
import { readSteps } from "./steps.ts";

setDefaultTimeout(180_000);

const copy = copyProject();
afterAll(() => copy[Symbol.dispose]());

/** The lines of the page; with a round or so they say no less of whether they can be followed. */
const lines = readSteps("your_tools.md").map(({ text }) => text);
const sizes = {
  p2p_latency: "--rounds 1 --iterations 5",
  memory_usage: "--rounds 1 --iterations 100 --runtimes direct",
  runtime_comparison: "--rounds 1 --iterations 2 --sweep none",
  path_ladder: "--rounds 1 --iterations 8 --warmup 50 --cold 1 --runtimes direct,http,mcp-stdio",
  compare: "--budget 2",
};
const shortened = (line: string) =>
  Object.entries(sizes).reduce(
    (before, [script, size]) =>
      before.replace(new RegExp(`(scripts/${script}\\.ts)( --quick| --budget \\d+|)`), `$1 ${size}`),
    line,
  );

describe("who follows the page on one's own tools", () => {
  test.each(lines)("runs %s", (line) => {
    const { code, said } = copy.run(shortened(line));
    // Whether one of two servers is slower is theirs to know.
    const isFine = code === 0 || (code === 1 && line.includes("compare.ts"));
    expect({ line, isFine, said: isFine ? "" : said }).toEqual({ line, isFine: true, said: "" });
  });

  test("has seen every example", () => {
    const examples = Bun.spawnSync(["ls", "examples"], { cwd: copy.path })
      .stdout.toString()
      .trim()
      .split("\n");
    expect(examples.filter((name) => !lines.some((line) => line.includes(`examples/${name}`)))).toEqual([]);
  });

  test("has seen what own tools leave behind, and what they take at home and all over HTTP", () => {
    const rowsOf = (benchmark: string, name: string) => {
      const { complete, tables } = readResult(join(copy.path, "results", `${benchmark}.json`));
      expect(complete).toBe(true);
      return tables.find((one) => one.name === name)?.rows ?? [];
    };
    const leaks = rowsOf("memory_usage", "leak_detection").map(({ tool_name }) => tool_name);
    expect(leaks).toEqual(expect.arrayContaining(["word_count", "note_add", "known_leak"]));
    const allocated = rowsOf("memory_usage", "per_request").map(({ tool_name }) => tool_name);
    expect(new Set(allocated)).toEqual(new Set(["word_count", "note_add"]));
    const loads = rowsOf("runtime_comparison", "workloads");
    const [mixed] = loads.filter(({ workload, runtime }) => workload === "mixed" && runtime === "dual");
    expect(mixed).toMatchObject({ p2p: expect.any(Object), general: expect.any(Object) });
    for (const benchmark of ["memory_usage", "runtime_comparison"])
      expect(rowsOf(benchmark, "left_out").map(({ tool_name }) => tool_name)).toEqual(["note_remove"]);
    expect(rowsOf("text_length", "texts")).toBeArrayOfSize(6);
  });
});
