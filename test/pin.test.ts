import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openChild } from "../lib/child.ts";
import { allowedCores, bind } from "../lib/measure/cores.ts";
import { watchNoise } from "../lib/measure/noise.ts";
import { pinTogether, whilePinned } from "../lib/measure/pin.ts";

const cores = allowedCores();
const told = join(import.meta.dir, "fixtures", "told_child.ts");

/** The cores that any thread of a process may run on, as the system tells them. */
function coresOf(pid: number): number[] {
  const folder = `/proc/${pid}/task`;
  const all = readdirSync(folder).flatMap((tid) => {
    const status = readFileSync(`${folder}/${tid}/status`, "utf8");
    const [, list = ""] = /^Cpus_allowed_list:\s*(.*)$/m.exec(status) ?? [];
    return list.split(",").flatMap((range) => {
      const [from = 0, to = from] = range.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, n) => from + n);
    });
  });
  return [...new Set(all)].sort((one, other) => one - other);
}

describe.skipIf(cores.length < 2)("client and server (on two cores at least)", () => {
  test.each([
    ["same", 1],
    ["apart", 2],
  ] as const)("that are pinned %s are on %d cores, and anywhere again after that", async (mode, count) => {
    await using child = await openChild(told, "ready");
    const seen = await whilePinned(mode, [child.pid], async () => [coresOf(process.pid), coresOf(child.pid)]);
    expect(seen.map(({ length }) => length)).toEqual([1, 1]);
    expect(new Set(seen.flat()).size).toBe(count);
    expect([coresOf(process.pid), coresOf(child.pid)]).toEqual([cores, cores]);
  });

  test("that are not pinned are where they were, which is told", () => {
    expect(pinTogether("none", [])).toEqual({ mode: "none", cores, threads: 0, refused: 0 });
    expect(coresOf(process.pid)).toEqual(cores);
  });

  test("stay where they are on a core that is not there, which is told", async () => {
    await using child = await openChild(told, "ready");
    const { threads, refused } = bind(child.pid, [1_000]);
    expect([threads > 0, refused]).toEqual([true, threads]);
    expect(coresOf(child.pid)).toEqual(cores);
  });
});

describe.skipIf(cores.length === 0)("the noise around processes", () => {
  const spin = (ms: number) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  test("is what happened since they were watched, on all of their cores", () => {
    spin(20);
    const stop = watchNoise([process.pid], cores);
    spin(60);
    const noise = stop();
    if (!noise) throw new Error("there is none");
    const { elapsedMs, ranMs, coreMs, busyMs } = noise;
    expect(coreMs).toBeCloseTo(elapsedMs * cores.length, 6);
    // Others may have had the core half of the time; a tick of the kernel's accounts is 10 ms.
    expect(ranMs).toBeWithin(10, coreMs + 10);
    expect(busyMs).toBeWithin(10, coreMs + 10 * cores.length + 10);
  });

  test("tells that two wait for each other on one core", async () => {
    await using child = await openChild(join(import.meta.dir, "..", "bench", "busy.ts"), 100);
    const noise = await whilePinned("same", [child.pid], async () => {
      const stop = watchNoise([process.pid, child.pid], cores);
      spin(100);
      return stop();
    });
    expect(noise?.waitedMs).toBeGreaterThan(20);
  });
});
