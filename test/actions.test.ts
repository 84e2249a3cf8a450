import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../lib/fields.ts";
import { actions, type Output } from "../lib/p2p/workflows/actions.ts";
import { ResultStore } from "../lib/p2p/workflows/store.ts";

const store = new ResultStore(10_000);
const left = { rows: [row(2, "b", 4), row(1, "a", 2)] };
const right = { rows: [{ id: 1, extra: "x" }, row(3, "a", 6)] };

function row(id: number, category: string, value: number) {
  return { id, category, value };
}

function act(name: string, inputs: JsonObject = {}, ...upstream: Output[]) {
  const { signal } = new AbortController();
  const named = new Map(upstream.map((output, index) => [`s${index}`, output]));
  return actions.get(name)?.(inputs, named, { signal, store });
}

test.each([
  ["init", { b: 1, a: { z: 1 }, c: null }, [], { config: { a: { z: 1 }, b: 1 } }],
  [
    "process",
    { factor: 10 },
    [{ rows: [row(1, "a", 2)] }],
    { rows: [{ ...row(1, "a", 2), scaled: 20, share: 1 }] },
  ],
  ["transform", {}, [left], { rows: [row(2, "b", 1), row(1, "a", 0)] }],
  ["transform", {}, [{ rows: [row(1, "a", 7)] }], { rows: [row(1, "a", 0)] }],
  ["merge", {}, [left, right], { rows: [{ ...row(1, "a", 2), extra: "x" }, row(2, "b", 4), row(3, "a", 6)] }],
  ["merge_data", {}, [{ count: 1 }, left], { rows: [row(1, "a", 2), row(2, "b", 4)] }],
  ["analyze", {}, [left], { count: 2, mean: 3, stdev: 1, min: 2, max: 4 }],
  ["analyze", {}, [], { count: 0, mean: null, stdev: null, min: null, max: null }],
  ["analyze", { field: "id" }, [left], { count: 2, mean: 1.5, stdev: 0.5, min: 1, max: 2 }],
  [
    "aggregate",
    {},
    [left, { rows: [row(3, "a", 6)] }],
    {
      groups: [
        { group: "a", count: 2, sum: 8 },
        { group: "b", count: 1, sum: 4 },
      ],
    },
  ],
] satisfies [string, JsonObject, Output[], Output][])("%s of %j", (name, inputs, upstream, output) => {
  expect(act(name, inputs, ...upstream)).toEqual(output);
});

describe("fetch_data", () => {
  test("makes the same table of the same seed, and another of another", () => {
    const table = act("fetch_data", { seed: 7, rows: 200 });
    expect(act("fetch_data", { seed: 7, rows: 200 })).toEqual(table);
    expect(act("fetch_data", { seed: 8, rows: 200 })).not.toEqual(table);
    expect(act("aggregate", {}, { ...table })).toMatchObject({
      groups: [{ group: "alpha" }, { group: "beta" }, { group: "delta" }, { group: "gamma" }],
    });
  });

  test("makes 50 rows unless told", () => expect(act("fetch_data")).toHaveProperty("rows.length", 50));
});

describe("store_result", () => {
  test("keeps what came from upstream under the SHA-256 of it", () => {
    const text = JSON.stringify([["s0", left]]);
    const key = new Bun.CryptoHasher("sha256").update(text).digest("hex");
    expect(act("store_result", {}, left)).toEqual({ key, byte_length: text.length });
    expect(store.get(key)).toBe(text);
  });

  test("gives up the oldest when its room is used up, and refuses what exceeds it alone", () => {
    const small = new ResultStore(10);
    const [first, second] = [small.put("ééé"), small.put("1234")];
    expect(small.put("1234")).toBe(second);
    expect(small.get(first)).toBe("ééé");
    const third = small.put("x");
    expect([first, second, third].map((key) => small.get(key))).toEqual([undefined, "1234", "x"]);
    expect(() => small.put("12345678901")).toThrow(RangeError);
  });
});

describe("an action refuses", () => {
  const wide = { rows: Array.from({ length: 10_000 }, (_, id) => row(id, "a", id)) };
  const eleven = Array.from({ length: 11 }, () => wide);
  test.each([
    ["fetch_data", { rows: 10_001 }, [], "rows"],
    ["fetch_data", { seed: -1 }, [], "seed"],
    ["fetch_data", { url: "http://example.org" }, [], "url"],
    ["merge", { by: "name" }, [], "by"],
    ["transform", { field: "category" }, [left], 'Cannot read "category": row 2 has no such number'],
    ["transform", { field: "toString" }, [left], 'Cannot read "toString": row 2 has no such number'],
    ["analyze", { field: "__proto__" }, [left], "reserved"],
    ["merge", {}, eleven, "110000 rows, more than 100000"],
    ["store_result", {}, eleven, "110000 rows, more than 100000"],
    ["fail", {}, [], "asked to fail"],
    ["fail", { message: "no" }, [], "no"],
  ] satisfies [string, JsonObject, Output[], string][])("%s of %j", (name, inputs, upstream, message) => {
    expect(() => act(name, inputs, ...upstream)).toThrow(message);
  });
});

test("hold lasts its time, and ends at once when it is aborted", async () => {
  expect(await act("hold", { ms: 0 })).toEqual({ held_ms: 0 });
  const abort = new AbortController();
  const held = actions.get("hold")?.({ ms: 60_000 }, new Map(), { signal: abort.signal, store });
  abort.abort();
  await expect(Promise.resolve(held)).rejects.toThrow("aborted");
});
