import { expect, test } from "bun:test";
import { exitCode } from "../lib/command.ts";
import { p2pLatency } from "../lib/results/p2p_latency.ts";

const figure = { estimate: 60, low: 50, high: 70 };

/** A result with these verdicts. */
function result(
  validity: "valid" | "suspect" | "invalid",
  ...statuses: ("met" | "missed" | "inconclusive")[]
) {
  return p2pLatency.parse({
    benchmark: "p2p_latency",
    schema_version: 1,
    complete: true,
    started_at: "2026-01-01T00:00:00Z",
    ended_at: "2026-01-01T00:00:01Z",
    seed: 1,
    options: {},
    machine: {
      os: "any",
      cpu: "any",
      cores: 2,
      memory_bytes: 1,
      load_before: 0,
      load_after: 0,
      pinned: false,
      timer_floor_ms: 0,
    },
    versions: { bun: "1.4.5", project: "0.1.0", commit: null, dependencies: {} },
    validity,
    audit: [],
    criteria: statuses.map((status) => ({
      name: status,
      target: "any",
      ...figure,
      unit: "%",
      smallest_effect: null,
      status,
    })),
    tools: [],
    aggregate: null,
  });
}

test.each([
  [result("valid", "met"), {}, 0],
  [result("valid", "missed"), {}, 0],
  [result("valid", "inconclusive"), {}, 0],
  [result("suspect", "met"), {}, 0],
  [result("suspect", "met"), { check: true }, 1],
  [result("suspect", "met"), { strict: true }, 4],
  [result("valid"), { check: true }, 1],
  [result("valid", "met"), { check: true }, 0],
  [result("valid", "met", "missed"), { check: true }, 1],
  [result("valid", "met", "inconclusive"), { check: true }, 1],
  [result("valid", "met", "inconclusive"), { strict: true }, 4],
  [result("valid", "missed", "inconclusive"), { check: true, strict: true }, 1],
  [result("valid", "met", "inconclusive"), { check: true, strict: true }, 4],
  [result("invalid", "met"), {}, 3],
  [result("invalid", "missed"), { check: true, strict: true }, 3],
] as const)("case %#: the verdicts and flags decide the exit code", (found, flags, code) => {
  expect(exitCode(found, { check: false, strict: false, ...flags })).toBe(code);
});
