import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { readResult } from "../lib/result/result.ts";
import { runScript, temporaryFolder } from "./run_script.ts";

using folder = temporaryFolder();
const file = join(folder.path, "whole.json");
const flags = [
  "--tool",
  "queue_stats",
  "--tool",
  "task_list",
  "--rounds",
  "3",
  "--iterations",
  "60",
  "--samples",
];
const measured = await runScript("p2p_latency", ...flags, "--output", file);
expect(measured.stderr).toBe("");
const whole = await Bun.file(file).text();
const [row] = readResult(file).tables[0]?.rows ?? [];

/** What verify says of a result with an edit of its text or of a row. */
async function verify(edit: (text: string) => string) {
  using folder = temporaryFolder();
  const file = join(folder.path, "edited.json");
  await Bun.write(file, edit(whole));
  const { stdout, stderr, code } = await runScript("verify", file);
  return { said: (stdout + stderr).replaceAll(file, "FILE").trim(), code };
}

/** The same with another value in a cell of the first row of a table, by its path there. */
function edited(path: readonly (string | number)[], change: (value: unknown) => unknown) {
  return verify((text) => {
    const result = JSON.parse(text);
    let at = result.tables[0].rows[0];
    for (const key of path.slice(0, -1)) at = at[key];
    const last = path.at(-1) ?? "";
    at[last] = change(at[last]);
    return JSON.stringify(result);
  });
}

const direct = `table "tools", row 1 (${row?.tool_name}, ${row?.runtime})`;

describe("verify", () => {
  test("finds that all of a whole result follows", async () => {
    expect(await verify((text) => text)).toEqual({ said: "FILE: all of it follows", code: 0 });
  });

  test("names the place of a headline that its rounds do not give", async () => {
    const { said, code } = await edited(["improvement_percent", "estimate"], (value) => Number(value) + 0.01);
    expect(said).toContain(`FILE: ${direct}, column "improvement_percent": estimate is`);
    expect(code).toBe(1);
  });

  test("names the place of a round that was changed", async () => {
    const { said, code } = await edited(["p50_ms", "per_round", 2], (value) => 1.0001 * Number(value));
    expect(said).toContain(`FILE: ${direct}, column "p50_ms": estimate is`);
    expect(code).toBe(1);
  });

  test("names the place of a sample that was changed", async () => {
    const { said, code } = await edited(["samples_ms", 0], (value) => 1000 * Number(value));
    expect(said).toContain(`FILE: ${direct}, column "latency": avg_ms is`);
    expect(said).toContain('by "samples_ms"');
    expect(code).toBe(1);
  });

  test("names the place of a verdict that was changed", async () => {
    const { said, code } = await edited(["status"], (value) =>
      value === "inconclusive" ? "met" : "inconclusive",
    );
    expect(said).toContain(`${direct}, column "status": it is`);
    expect(code).toBe(1);
  });

  test("names the criterion that the rows of its table do not give", async () => {
    const { said, code } = await verify((text) => {
      const result = JSON.parse(text);
      result.criteria[0].low -= 0.01;
      return JSON.stringify(result);
    });
    expect(said).toMatch(/^FILE: criteria\[0\] \(.*, all tools together\): low is/);
    expect(code).toBe(1);
  });

  test("names the place of a distribution that is another row's", async () => {
    const { said, code } = await verify((text) => {
      const result = JSON.parse(text);
      const { rows } = result.tables[0];
      [rows[0].histogram, rows[1].histogram] = [rows[1].histogram, rows[0].histogram];
      return JSON.stringify(result);
    });
    expect(said).toContain(`FILE: ${direct}, column "latency": avg_ms is`);
    expect(said).toContain('by "histogram"');
    expect(code).toBe(1);
  });

  test("names an option, a version or a machine that was changed, by the hash that they no longer fit", async () => {
    const edits: ((result: {
      options: object;
      versions: object;
      machine: object;
      seed: number;
    }) => unknown)[] = [
      ({ options }) => Object.assign(options, { iterations: 300 }),
      ({ versions }) => Object.assign(versions, { commit: "f00" }),
      ({ machine }) => Object.assign(machine, { cores: 96 }),
      (result) => Object.assign(result, { seed: 7 }),
    ];
    for (const edit of edits) {
      const { said, code } = await verify((text) => {
        const result = JSON.parse(text);
        edit(result);
        return JSON.stringify(result);
      });
      expect(said).toMatch(
        /^Cannot read "FILE": it is no result of a benchmark: comparable_sha256 is \w{12}…, and \w{12}… by its benchmark, seed, options, versions and machine, one of which was changed$/,
      );
      expect(code).toBe(1);
    }
  });

  test("says of half a file that it is no result", async () => {
    const { said, code } = await verify((text) => text.slice(0, text.length / 2));
    expect(said).toStartWith('Cannot read "FILE": ');
    expect(said.split("\n")).toBeArrayOfSize(1);
    expect(code).toBe(1);
  });

  test("refuses a file that is not there, and none", async () => {
    for (const files of [["nowhere.json"], []]) {
      const { stderr, code } = await runScript("verify", ...files);
      expect(stderr.trim()).toMatch(/^Cannot (read "nowhere\.json"|verify nothing): /);
      expect(code).toBe(2);
    }
  });
});
