import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Figure, figuresOf } from "../lib/report/figures.ts";
import { anyResult } from "./any_result.ts";
import { sampleComparison, sampleLatency, sampleResults, sampleWorkflows } from "./sample_results.ts";

const named = (figures: readonly Figure[], name: string) => figures.find((figure) => figure.name === name);

test.each([
  [sampleLatency, "p2p_latency/overall/saving", { unit: "percent", better: "higher" }],
  [sampleComparison, "runtime_comparison/mixed/dual/throughput", { unit: "per_s", better: "higher" }],
  [
    sampleComparison,
    "runtime_comparison/mixed/dual/general/service_time/p95",
    { unit: "ms", better: "lower" },
  ],
  [sampleWorkflows, "concurrent_workflows/dag/http/together", undefined],
] as const)("%# tells %s", (result, name, expected) => {
  const figure = named(figuresOf(result), name);
  if (expected) expect(figure).toMatchObject(expected);
  else expect(figure).toBeUndefined();
});

test("a median has the interval of the rounds' medians, and another percentile none", () => {
  const [tool] = sampleLatency.tools;
  if (!tool) throw new RangeError("Cannot take a tool of 0");
  const control = { direct: null, http: null };
  const per_round = [1, 2, 4].map((direct) => ({ p50_ms: { direct, http: 10 }, control }));
  const figures = figuresOf({ ...sampleLatency, tools: [{ ...tool, per_round }] });
  const path = `p2p_latency/${tool.tool_name}`;
  // Logarithms 0, ln 2 and 2 ln 2: mean ln 2, and half an interval of 4.30265 ln 2 / sqrt(3).
  const half = 2 ** (4.30265 / Math.sqrt(3));
  const p50 = named(figures, `${path}/direct/p50`);
  expect(p50?.value).toBeCloseTo(2, 10);
  expect(p50?.low).toBeCloseTo(2 / half, 10);
  expect(p50?.high).toBeCloseTo(2 * half, 10);
  expect(named(figures, `${path}/http/p50`)?.value).toBeCloseTo(10, 10);
  expect(named(figures, `${path}/direct/p95`)).toMatchObject({ low: null, high: null, better: "lower" });
});

test("a percentile that nobody knows is no figure", () => {
  const tools = sampleLatency.tools.map((tool) => ({
    ...tool,
    runtimes: { ...tool.runtimes, http: { ...tool.runtimes.http, p99_ms: null } },
  }));
  const names = figuresOf({ ...sampleLatency, tools }).map(({ name }) => name);
  expect(names.filter((name) => name.endsWith("http/p95"))).toHaveLength(tools.length);
  expect(names.filter((name) => name.endsWith("http/p99"))).toEqual([]);
});

test("a name out of a file cannot pass for two parts, nor break an encoder", () => {
  const tools = sampleLatency.tools.slice(0, 1).map((tool) => ({ ...tool, tool_name: "a/\ud800" }));
  const [first] = figuresOf({ ...sampleLatency, tools });
  expect(first?.name).toBe("p2p_latency/a%2F%EF%BF%BD/direct/p50");
});

test("the same run measured again has the same names", () => {
  for (const result of sampleResults) {
    const names = (of: typeof result) => figuresOf(of).map(({ name }) => name);
    expect(names({ ...result, seed: 2, started_at: "2027-01-01T00:00:00Z" })).toEqual(names(result));
  }
});

test("whatever the schema allows, names are unique and short, and figures are finite", () => {
  fc.assert(
    fc.property(anyResult(), (result) => {
      const figures = figuresOf(result);
      expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
      for (const { name, value, low, high } of figures) {
        expect(name).toStartWith(`${result.benchmark}/`);
        expect(name.length).toBeLessThan(1024);
        expect([value, low ?? 0, high ?? 0].every(Number.isFinite)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});
