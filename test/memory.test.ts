import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openChild } from "../lib/child.ts";
import { MeasurementError } from "../lib/errors.ts";
import { answerProbe, openProbe, ownProbe, type Probe, readMemory } from "../lib/measure/memory.ts";
import { openLeakyHost } from "./leaky_tools.ts";

const module = join(import.meta.dir, "leaky_tools.ts");

async function rehearse(probe: Probe, count: number) {
  for (let n = 0; n < count; n++) await probe.read({ wait: false });
}

describe("a reading of a process's own memory", () => {
  interface Kind {
    readonly what: string;
    readonly count: number;
    /** Of each, as JavaScriptCore sizes it, and the part of it outside the cells. */
    readonly bytes: number;
    readonly external: number;
    readonly objects: number;
    make(n: number): unknown;
  }
  const kinds: Kind[] = [
    {
      what: "objects of 64 bytes",
      ...{ count: 20_000, bytes: 64, external: 0, objects: 1 },
      make: (n) => ({ a: n, b: 1, c: 2, d: 3, e: 4, f: 5 }),
    },
    {
      what: "strings of 1,000 characters",
      ...{ count: 10_000, bytes: 1016, external: 1000, objects: 1 },
      make: (n) => Buffer.alloc(1000, `${n}.`).toString("latin1"),
    },
    {
      what: "buffers of 1 KiB",
      ...{ count: 10_000, bytes: 1072, external: 1024, objects: 1 },
      make: () => Buffer.alloc(1024, 1),
    },
    {
      what: "arrays of 512 numbers",
      ...{ count: 2_000, bytes: 5376, external: 0, objects: 1 },
      make: () => new Array(512).fill(0),
    },
  ];

  test.each(kinds.map((kind) => [kind.what, kind] as const))("shows %s within 2 %%", async (_, kind) => {
    const { count, make } = kind;
    const due = { heap: kind.bytes * count, external: kind.external * count, objects: kind.objects * count };
    await rehearse(ownProbe, 500);
    const kept = new Array<unknown>(count).fill(null);
    const before = await readMemory();
    for (let n = 0; n < count; n++) kept[n] = make(n);
    const held = await readMemory();
    kept.fill(null);
    const freed = await readMemory();
    const near = (value: number, truth: number, scale = truth) =>
      expect(value).toBeWithin(truth - 0.02 * scale, truth + 0.02 * scale);
    near(held.heap_bytes - before.heap_bytes, due.heap);
    near(held.external_bytes - before.external_bytes, due.external, due.heap);
    near(held.object_count - before.object_count, due.objects);
    near(freed.heap_bytes - before.heap_bytes, 0, due.heap);
    near(freed.object_count - before.object_count, 0, due.objects);
  });

  test("counts objects by type, and those alone that the program has", async () => {
    const kept = new Array<unknown>(2_000).fill(null);
    const before = { ...(await readMemory()), types: await ownProbe.types() };
    for (let n = 0; n < 2_000; n++) kept[n] = new Function(`return ${n}`);
    const held = { ...(await readMemory()), types: await ownProbe.types() };
    expect((held.types.Function ?? 0) - (before.types.Function ?? 0)).toBeWithin(1_980, 2_080);
    expect(held.object_count - before.object_count).toBeWithin(1_800, 2_800);
    expect(held.types.FunctionExecutable).toBeUndefined();
    expect(kept).toBeArrayOfSize(2_000);
  });
});

describe("the probe of another process", () => {
  test("reads an idle one 100 times within 8 KiB, and it does not grow", async () => {
    await using host = await openLeakyHost("short_string");
    await rehearse(host.probe, 1500);
    // Collecting for the first time in earnest drops what was compiled and is idle.
    for (let n = 0; n < 10; n++) await host.probe.read();
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
