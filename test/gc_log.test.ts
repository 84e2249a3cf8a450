import { describe, expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openChild } from "../lib/child.ts";
import { MeasurementError } from "../lib/errors.ts";
import { countAllocated } from "../lib/measure/count_allocated.ts";
import { counting, logging, openGcLog, parseGcLog } from "../lib/measure/gc_log.ts";
import type { Allocated, Allocation } from "./fixtures/allocator.ts";
import { temporaryFolder } from "./run_script.ts";

/** Runs the allocating program, and answers what it saw of itself and of its log. */
async function allocate(env: Readonly<Record<string, string>>, kind: string, times: number) {
  using folder = temporaryFolder();
  const stderrPath = join(folder.path, "log");
  const module = join(import.meta.dir, "fixtures", "allocator.ts");
  const task: Allocation = { kind, times, logPath: stderrPath };
  await using child = await openChild<Allocated>(module, task, { env, stderrPath });
  return child.ready;
}

describe("the log of the collector", () => {
  test.each([
    ["small objects", 1024],
    ["buffers", 16 * 1024],
  ])("shows what a program allocates in %s, within 5 %", async (kind, bytes) => {
    const { bytesPerCall } = await allocate(counting, kind, 10_000);
    expect(bytesPerCall).toBeWithin(bytes * 0.95, bytes * 1.05);
  });

  test("shows nothing where a program allocates too little to be seen", async () => {
    const { bytesPerCall, pauses } = await allocate(counting, "nothing", 1_000);
    expect(bytesPerCall).toBeNull();
    expect(pauses).toEqual([]);
  });

  test("grows whenever the collector stops the program, and its pauses are no longer than the program stood still", async () => {
    const { loops, pauses } = await allocate(logging, "buffers", 4_000);
    // 62.5 MiB, of which a collection takes 8 MiB at a time.
    expect(pauses.length).toBeWithin(4, 9);
    const stoodStill = loops.filter(({ logged }) => logged);
    const pausedMs = pauses.flat().reduce((sum, ms) => sum + ms, 0);
    expect(pausedMs).toBeGreaterThan(0);
    expect(pausedMs).toBeLessThanOrEqual(stoodStill.reduce((sum, { ms }) => sum + ms, 0));
  });

  test("shows a collection that the program waits for as one pause, about as long as it waited", async () => {
    const { forced, forcedMs } = await allocate(logging, "nothing", 10);
    expect(forced.map(({ kind, pausesMs }) => [kind, pausesMs.length])).toEqual([["full", 1]]);
    expect(forced[0]?.pausesMs[0]).toBeWithin(forcedMs / 2, forcedMs);
  });
});

test("what a program writes itself is no collection", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log");
  writeFileSync(path, "");
  using log = openGcLog(path);
  expect(await countAllocated(log, () => appendFileSync(path, "Cannot do it\n"), 100)).toBeNull();
  const unknown = () => appendFileSync(path, "[GC<0x1>: => EdenCollection, ");
  await expect(countAllocated(log, unknown, 100)).rejects.toThrow(
    new MeasurementError("Cannot count allocations: this Bun does not log them as 1.4.5 does"),
  );
});

test("a log is read among other lines, a collection with its kind, its pauses and what was allocated before", () => {
  const text = [
    "[GC<0x1>: starting 0.034101ms]",
    "Requesting GC because bytes allocated this cycle: 8390132 exceed bytes allowed: 8388608",
    "[GC<0x1>: START M 9634kb => EdenCollection, v=0kb i#1:N<CsMsrShDMsm(5)SrbBcs> p=0.896418ms (max 0.896418)...]",
    "[GC<0x1>: M a=2292kb hf=0.699 => 3801kb, p=2.005493ms (max 2.005493), cycle 4.113889ms END]",
    "GC END!",
    "somebody else's line",
    "[GC<0x1>: START M 880kb => FullCollection, a=0kb => 1360kb, p=0.798832ms (max 0.798832), cycle 0.77ms END]",
    "[GC<0x1>: Full sweep: 1965kb => 1933kb, 0.371645ms]",
  ].join("\n");
  expect(parseGcLog(text)).toEqual([
    { kind: "eden", pausesMs: [0.896418, 2.005493], allocatedBytes: 8390132 },
    { kind: "full", pausesMs: [0.77 + 0.371645], allocatedBytes: null },
  ]);
  expect(parseGcLog("nothing of the kind")).toEqual([]);
});
