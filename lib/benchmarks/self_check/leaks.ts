import { join } from "node:path";
import { openChild } from "../../child.ts";
import { keepingCode } from "../../measure/run_leak_test.ts";
import type { LeakRun, LeakRunSays } from "./leak_run.ts";
import { cleanHabits, leaks } from "./leaky_tools.ts";
import { defineMerit, type Scope, share } from "./merit.ts";

const module = join(import.meta.dir, "leak_run.ts");

async function testLeak(task: Omit<LeakRun, "calls">): Promise<LeakRunSays> {
  await using child = await openChild<LeakRunSays>(module, { ...task, calls: 1_000 }, { env: keepingCode });
  return child.ready;
}

const runtime = "http";
const offPercent = 15;

/** Whether leaks of known size are found at that size, and what only looks like one is left alone. */
export function leaksMerit(run = testLeak) {
  return defineMerit({
    name: "leaks",
    asks: {
      leaks_found: {
        what: "tests of leaky tools that found the leak, within 15 % of its size",
        truth: `${Object.keys(leaks).length} tools that keep from 16 bytes to 4 KB a call`,
        ...({ bound: "at_least", target: 100, unit: "percent" } as const),
      },
      false_leaks: {
        what: "tests of clean tools that found a leak",
        truth: `${Object.keys(cleanHabits).length} tools that grow for a while and stop`,
        ...({ bound: "at_most", target: 0, unit: "percent" } as const),
      },
    },
    async measure({ full }: Scope) {
      const times = full ? 5 : 1;
      let found = 0;
      const amiss: string[] = [];
      for (const tool of Object.keys(leaks)) {
        const { bytes: truth } = await run({ work: "truth", tool });
        for (let n = 0; n < times; n++) {
          const { verdict, bytes } = await run({ work: runtime, tool, thresholdBytes: 8 });
          const off = Math.abs(100 * (bytes / truth - 1));
          if (verdict === "leak" && off <= offPercent) found += 1;
          else amiss.push(`${tool}: ${verdict}, ${bytes.toFixed(1)} of ${truth.toFixed(1)} bytes`);
        }
      }
      let blamed = 0;
      for (const tool of Object.keys(cleanHabits))
        for (let n = 0; n < times; n++)
          if ((await run({ work: runtime, tool })).verdict === "leak") {
            blamed += 1;
            amiss.push(`${tool}: leak`);
          }
      const [leaky, clean] = [leaks, cleanHabits].map((tools) => times * Object.keys(tools).length);
      const detail = (count: number) =>
        `${count} tests on ${runtime}${amiss.length > 0 ? `; ${amiss.join("; ")}` : ""}`;
      return {
        leaks_found: { figure: share(found, leaky ?? 0), detail: detail(leaky ?? 0) },
        false_leaks: { figure: share(blamed, clean ?? 0), detail: detail(clean ?? 0) },
      };
    },
  });
}

/** Whether the least leak that matters is found every time. */
export const smallLeak = defineMerit({
  name: "small_leak",
  long: true,
  asks: {
    small_leak_found: {
      what: "tests that found a leak of 16 bytes a call in 1,000 calls",
      truth: "a tool that keeps 33 bytes in every other call",
      ...({ bound: "at_least", target: 100, unit: "percent" } as const),
    },
  },
  async measure() {
    const tests = 100;
    let found = 0;
    for (let n = 0; n < tests; n++)
      if ((await testLeak({ work: "direct", tool: "sixteen_bytes", thresholdBytes: 8 })).verdict === "leak")
        found += 1;
    return { small_leak_found: { figure: share(found, tests), detail: `${tests} tests on direct` } };
  },
});
