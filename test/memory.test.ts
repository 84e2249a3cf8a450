import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { openChild } from "../lib/child.ts";
import { MeasurementError } from "../lib/errors.ts";
import { answerProbe, memoryReading, openProbe, type Probe, typeCounts } from "../lib/measure/memory.ts";
import { kinds } from "./fixtures/holder.ts";
import { openLeakyHost } from "./leaky_tools.ts";

const module = join(import.meta.dir, "leaky_tools.ts");
const holder = join(import.meta.dir, "fixtures/holder.ts");

const reading = memoryReading.extend({ types: typeCounts });
const readings = z.strictObject({ before: reading, held: reading, freed: reading });

async function rehearse(probe: Probe, count: number) {
  for (let n = 0; n < count; n++) await probe.read({ wait: false });
}

/** What a fresh process reads of itself: in this one, other tests' leftovers may be let go of between two readings. */
function readHolder(what: string) {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, holder, what]);
  expect(stderr.toString()).toBe("");
  return readings.parse(JSON.parse(stdout.toString()));
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
    await using child = await openChild(module, ["short_string"]);
    process.kill(child.pid, "SIGSTOP");
    const reading = openProbe(child).read();
    process.kill(child.pid, "SIGKILL");
    await expect(reading).rejects.toThrow(
      new MeasurementError(`Cannot read the memory of process ${child.pid}: it ended with exit code 137`),
    );
    await expect(openProbe(child).types()).rejects.toThrow(
      `Cannot read the memory of process ${child.pid}: `,
    );
  });

  test("names the process that does not answer", async () => {
    await using child = await openChild(module, ["short_string"]);
    process.kill(child.pid, "SIGSTOP");
    await expect(openProbe(child, 20).read()).rejects.toThrow(
      new MeasurementError(
        `Cannot read the memory of process ${child.pid}: it has not answered within 20 ms`,
      ),
    );
    process.kill(child.pid, "SIGKILL");
  });

  test.each(["", "memory"])("refuses the question %j", async (line) => {
    await expect(answerProbe(line)).rejects.toThrow(new RangeError(`Cannot answer "${line}"`));
  });
});
