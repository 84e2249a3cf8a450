import { describe, expect, test } from "bun:test";
import type { Arm } from "../lib/runtimes/arms.ts";
import { baseOf, branchOf, topsOf, usualRungs } from "../lib/runtimes/rungs.ts";
import { runtimes } from "../lib/runtimes/runtimes.ts";

const armsOf = (...names: string[]): Arm[] => names.map((name) => ({ name, runtime: name }));
const all = armsOf(...runtimes.map(({ name }) => name));
const namesOf = (arms: readonly Arm[]) => arms.map(({ name }) => name);

describe("the ladder", () => {
  test("is built upon one way, and no way upon itself", () => {
    const grounds = all.map((arm) => branchOf(arm, all)[0]?.name);
    expect(new Set(grounds)).toEqual(new Set(["direct"]));
    expect(runtimes.filter(({ base }) => base === undefined).map(({ name }) => name)).toEqual(["direct"]);
  });

  test("has each way that speaks MCP upon ways of its own era, or of none", () => {
    const eraOf = (name: string) => runtimes.find((one) => one.name === name)?.era;
    for (const { name, era } of runtimes)
      for (const below of namesOf(branchOf({ name, runtime: name }, all)))
        expect([era, undefined]).toContain(eraOf(below));
  });

  test("has one era of each way unless more is asked for", () => {
    expect(usualRungs).toContain("mcp-http");
    expect(usualRungs).not.toContain("mcp-http-modern");
    expect(usualRungs.length).toBeLessThan(runtimes.length);
  });
});

test.each([
  ["mcp-http", ["direct", "json", "handle", "http", "mcp-http"], "http"],
  ["mcp-stdio", ["direct", "mcp-memory", "mcp-stdio"], "mcp-memory"],
  ["mcp-http", ["direct", "json", "mcp-http"], "json"],
  ["mcp-http", ["mcp-http", "direct"], "direct"],
  ["mcp-http", ["mcp-stdio", "mcp-http"], undefined],
  ["direct", ["direct", "json"], undefined],
])("%s among %j stands on %p", (name, chosen, base) => {
  const arms = armsOf(...chosen);
  expect(baseOf({ name, runtime: name }, arms)?.name).toBe(base);
});

test("the branch of a way leads from the ground up to it, by those that were chosen", () => {
  const arms = armsOf("direct", "handle", "mcp-memory", "http", "mcp-http");
  expect(namesOf(branchOf({ name: "mcp-http", runtime: "mcp-http" }, arms))).toEqual([
    "direct",
    "handle",
    "http",
    "mcp-http",
  ]);
});

test("the tops are what nothing else stands on, but for a ground alone", () => {
  expect(namesOf(topsOf(armsOf("direct", "json", "handle", "unix", "http", "mcp-memory")))).toEqual([
    "unix",
    "http",
    "mcp-memory",
  ]);
  expect(topsOf(armsOf("direct"))).toEqual([]);
  expect(topsOf(armsOf("mcp-stdio", "mcp-http"))).toEqual([]);
});

test("a way that is there twice stands on one base, and is one itself once", () => {
  const twice = [...armsOf("direct", "http", "mcp-http"), { name: "http (2)", runtime: "http" }];
  expect(baseOf({ name: "http (2)", runtime: "http" }, twice)?.name).toBe("direct");
  expect(baseOf({ name: "mcp-http", runtime: "mcp-http" }, twice)?.name).toBe("http");
  expect(namesOf(topsOf(twice))).toEqual(["mcp-http", "http (2)"]);
});
