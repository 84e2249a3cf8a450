import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { comparisonOptions, type Given } from "../lib/benchmarks/runtime_comparison/options.ts";
import { openSides, serversOf } from "../lib/benchmarks/runtime_comparison/sides.ts";

const tools = join(import.meta.dir, "..", "examples", "own_tools.ts");
const common = { branch: "", varies: [], slow: false } as const;

/** The sides of a comparison of two tools, one of them at home in this process. */
async function open(opened: AsyncDisposableStack, change: Partial<Given> = {}) {
  const called = [
    { ...common, tool: "word_count", input: { text: "two words" }, home: "http" },
    { ...common, tool: "note_add", input: null, home: "direct" },
  ];
  const given = { ...comparisonOptions.parse({ tools }), called, ...change };
  return openSides(given, [], 0, { opened, turn: async () => {} });
}

describe("the sides of a comparison", () => {
  test("are each runtime, dual that calls general tools where the reference does, and the reference once more", async () => {
    await using opened = new AsyncDisposableStack();
    const sides = await open(opened);
    const [direct, http, dual, control] = sides.all;
    expect(sides.all.map(({ name }) => name)).toEqual(["direct", "http", "dual", "http (control)"]);
    const here = process.pid;
    expect(direct?.serverPid).toBe(here);
    expect(http?.serverPid).not.toBe(here);
    expect([dual?.serverPid, control?.serverPid]).toEqual([http?.serverPid, http?.serverPid]);
    expect(serversOf(sides)).toEqual([http?.serverPid ?? 0]);
    expect(sides.subject).toMatchObject({ p2p: [{ tool: "note_add" }], general: [{ tool: "word_count" }] });

    const pathOf = async (side: typeof dual, tool: string, input: object) => {
      const { runtime, pid } = (await side?.caller.runtime.call(tool, input)) ?? {};
      return [runtime, pid];
    };
    const text = { text: "a" };
    expect(await pathOf(dual, "word_count", text)).toEqual(["http", http?.serverPid]);
    expect(await pathOf(dual, "note_add", { id: "a", text: "a" })).toEqual(["direct", here]);
    // The process of these tests keeps notes.
    expect(await pathOf(direct, "note_remove", { id: "a" })).toEqual(["direct", here]);
    expect(await pathOf(control, "word_count", text)).toEqual(["http", http?.serverPid]);
    expect(await pathOf(direct, "word_count", text)).toEqual(["direct", here]);
  });

  test("call a tool on the reference whose home is not there", async () => {
    await using opened = new AsyncDisposableStack();
    const flags = { tools, runtimes: "direct,json,dual", reference: "json" };
    const { runtimes, reference } = comparisonOptions.parse(flags);
    const { all } = await open(opened, { runtimes, reference });
    const { runtime } = (await all[2]?.caller.runtime.call("word_count", { text: "a" })) ?? {};
    expect([all.at(-1)?.name, runtime]).toEqual(["json (control)", "json"]);
  });

  test("answer alike, or the run ends", async () => {
    await using opened = new AsyncDisposableStack();
    const noise = { ...common, tool: "where", input: {}, home: "http" };
    const path = join(import.meta.dir, "fixtures", "where_tools.ts");
    await expect(open(opened, { tools: path, called: [noise] })).rejects.toThrow(
      /^Cannot compare "where": direct answered \{"pid":\d+\}, http answered \{"pid":\d+\}$/,
    );
  });
});
