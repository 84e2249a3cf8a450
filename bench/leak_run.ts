/** One run of bench/leaks.ts, as a process: the test of one tool on one runtime, or what that tool leaks in truth. */
import { heapSize } from "bun:jsc";
import { z } from "zod";
import { openArm } from "../lib/measure/latency.ts";
import { ownProbe } from "../lib/measure/memory.ts";
import { runLeakTest } from "../lib/measure/run_leak_test.ts";
import { openDirect } from "../lib/runtimes/direct.ts";
import { leakyCase, openLeakyHost, openLeakyTool } from "../test/leaky_tools.ts";

const [work, name, calls] = z
  .tuple([z.enum(["truth", "direct", "http"]), z.string(), z.coerce.number()])
  .parse(Bun.argv.slice(2));

console.log(JSON.stringify(work === "truth" ? await truth() : await test(work)));

/** Half of the calls go first, then the heap is read twice: no estimator, no runtime, and ten times the calls. */
async function truth(): Promise<number> {
  using leaky = openLeakyTool(name);
  const tool = leaky.registry.get(name);
  const make = async (from: number, to: number) => {
    for (let n = from; n < to; n++) await tool.call({ id: `call-${n}` });
    for (let n = 0; n < 5; n++) Bun.gc(true);
    return heapSize();
  };
  const before = await make(0, 5 * calls);
  const after = await make(5 * calls, 15 * calls);
  return (after - before) / (10 * calls);
}

async function test(runtime: "direct" | "http") {
  using leaky = openLeakyTool(name);
  await using host = runtime === "http" ? await openLeakyHost(name) : undefined;
  const start = performance.now();
  const { verdict } = await runLeakTest({
    arm: openArm(host ?? openDirect(leaky.registry)),
    probe: host?.probe ?? ownProbe,
    testCase: leakyCase(name),
    calls,
    // As in memory_usage.
    mostCalls: 10 * calls,
    thresholdBytes: 16,
    signal: new AbortController().signal,
  });
  return { verdict: verdict.verdict, bytes: verdict.bytes_per_call, ms: performance.now() - start };
}
