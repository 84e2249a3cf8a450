import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openLeakyHost } from "../lib/benchmarks/self_check/leaky_tools.ts";
import { type Child, openChild } from "../lib/child.ts";
import { MeasurementError } from "../lib/errors.ts";
import { type HostSays, type HostTask, lookInto } from "../lib/runtimes/host.ts";
import type { Probe } from "../lib/runtimes/probe.ts";
import { kinds, type Readings } from "./fixtures/holder.ts";

const holder = join(import.meta.dir, "fixtures/holder.ts");
const hostModule = join(import.meta.dir, "../lib/runtimes/host_process.ts");

async function rehearse(probe: Probe, count: number) {
  for (let n = 0; n < count; n++) await probe.read({ wait: false });
}

/** What a fresh process reads of itself: in this one, other tests' leftovers may be let go of between two readings. */
function readHolder(what: string): Readings {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, holder, what]);
  expect(stderr.toString()).toBe("");
  return JSON.parse(stdout.toString());
}

describe("a reading of a process's own memory", () => {
  test.each(Object.entries(kinds))("shows %s within 2 %%", (what, { count, bytes, external }) => {
    const { before, held, freed } = readHolder(what);
    const due = { heap: bytes * count, external: external * count, objects: count };
    const near = (value: number, truth: number, scale = truth) =>
      expect(value).toBeWithin(truth - 0.02 * scale, truth + 0.02 * scale);
    near(held.heap_bytes - before.heap_bytes, due.heap);
    near(held.external_bytes - before.external_bytes, due.external, due.heap);
    near(held.object_count - before.object_count, due.objects);
    near(freed.heap_bytes - before.heap_bytes, 0, due.heap);
    near(freed.object_count - before.object_count, 0, due.objects);
  });

  test("counts objects by type, and those alone that the program has", () => {
    const { before, held } = readHolder("functions");
    expect((held.types.Function ?? 0) - (before.types.Function ?? 0)).toBe(2_000);
    expect(held.object_count - before.object_count).toBeWithin(1_990, 2_010);
    expect(held.types.FunctionExecutable).toBeUndefined();
  });
});

describe("the probe of another process", () => {
  test("reads an idle one 100 times within 8 KiB, and it does not grow", async () => {
    await using host = await openLeakyHost("short_string");
    await rehearse(host.probe, 1500);
    // The first 60 full collections drop up to 9 KB of code that is idle.
    for (let n = 0; n < 60; n++) await host.probe.read();
    const readings = [];
    for (let n = 0; n < 100; n++) readings.push(await host.probe.read());
    const heap = readings.map((reading) => reading.heap_bytes);
    const objects = readings.map((reading) => reading.object_count);
    expect(Math.max(...heap) - Math.min(...heap)).toBeLessThanOrEqual(8 * 1024);
    expect(Math.max(...objects) - Math.min(...objects)).toBeLessThanOrEqual(50);
    expect(readings.filter(({ settled }) => !settled)).toBeEmpty();
  });

  test("is no call of the tools", async () => {
    await using host = await openLeakyHost("short_string");
    await host.probe.read();
    const { calls } = await host.call("short_string", { id: "a" });
    expect(calls).toBe(1);
  });

  test("names the process that dies while it is asked", async () => {
    await using child = await openStopped();
    const { probe, heap } = lookInto(child);
    const reading = probe.read();
    process.kill(child.pid, "SIGKILL");
    await expect(reading).rejects.toThrow(
      new MeasurementError(`Cannot read the memory of process ${child.pid}: it ended with exit code 137`),
    );
    await expect(probe.types()).rejects.toThrow(`Cannot read the memory of process ${child.pid}: `);
    await expect(heap.hold(1)).rejects.toThrow(`Cannot grow the heap of process ${child.pid}: `);
  });

  test("names the process that does not answer", async () => {
    await using child = await openStopped();
    await expect(lookInto(child, 20).probe.read()).rejects.toThrow(
      new MeasurementError(
        `Cannot read the memory of process ${child.pid}: it has not answered within 20 ms`,
      ),
    );
    process.kill(child.pid, "SIGKILL");
  });
});

/** A process that serves a tool, and does nothing more. */
async function openStopped(): Promise<Child<HostSays>> {
  const source = {
    module: join(import.meta.dir, "../lib/benchmarks/self_check/leaky_tools.ts"),
    task: "short_string",
  };
  const task: HostTask = { runtime: "http", source };
  const child = await openChild<HostSays>(hostModule, task);
  process.kill(child.pid, "SIGSTOP");
  return child;
}
