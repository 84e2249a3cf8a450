import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { z } from "zod";
import { MeasurementError } from "../lib/errors.ts";
import { openMeter } from "../lib/measure/meter.ts";
import { parsePs, readStat } from "../lib/measure/process_stat.ts";
import { openKnownServer } from "./known_server.ts";
import { gone, readUntil } from "./run_script.ts";

const spun = z.object({ cpu_ms: z.number(), elapsed_ms: z.number() });

describe("a meter", () => {
  test("reads the processor share of a process within 5 points, over the stretches of an account", async () => {
    await using server = await openKnownServer();
    using meter = openMeter([server.pid]);
    const spin = (account: string, percent: number) =>
      meter.during(account, async () => {
        const { output } = await server.call("spin", { percent, ms: 500 });
        return spun.parse(output);
      });
    const stretches = [await spin("busy", 90), await spin("busy", 30)];
    const idle = await spin("idle", 1);
    const share = (of: readonly z.infer<typeof spun>[]) => {
      const sum = (key: "cpu_ms" | "elapsed_ms") => of.reduce((total, one) => total + one[key], 0);
      return (sum("cpu_ms") / sum("elapsed_ms")) * 100;
    };
    const off = (account: string, of: readonly z.infer<typeof spun>[]) =>
      Math.abs(meter.usage(account, server.pid).cpuPercent - share(of));
    expect(off("busy", stretches)).toBeLessThan(5);
    expect(off("idle", [idle])).toBeLessThan(5);
    expect(() => meter.usage("neither", server.pid)).toThrow(
      new RangeError(`Cannot tell what process ${server.pid} used on "neither": it was not metered`),
    );
  });

  test("reads 100 MB that a process allocates within 5 %, and keeps the most", async () => {
    await using server = await openKnownServer();
    using meter = openMeter([server.pid, process.pid]);
    await meter.during("before", () => server.call("echo", { serial: 1 }));
    await meter.during("after", () => server.call("allocate", { bytes: 100e6 }));
    await meter.during("after", () => server.call("free", {}));
    const bytes = (account: string) => meter.usage(account, server.pid).rssBytes;
    expect(bytes("after") - bytes("before")).toBeWithin(95e6, 105e6);
  });

  test("answers what was done meanwhile, and fails as it does", async () => {
    using meter = openMeter([process.pid]);
    expect(await meter.during("one", async () => "done")).toBe("done");
    const failure = new MeasurementError("Cannot go on: it broke");
    await expect(meter.during("two", () => Promise.reject(failure))).rejects.toThrow(failure);
    expect(() => meter.usage("two", process.pid)).toThrow(RangeError);
  });

  test("names the process that ended while it was metered", async () => {
    const server = await openKnownServer();
    using meter = openMeter([server.pid]);
    const ended = meter.during("end", async () => server[Symbol.asyncDispose]());
    await expect(ended).rejects.toThrow(`Cannot watch process ${server.pid}: it has ended`);
    expect(() => openMeter([server.pid])).toThrow(`Cannot watch process ${server.pid}: it has ended`);
  });
});

test.skipIf(process.platform !== "linux")(
  "a process that has ended is none, though nobody has noticed",
  async () => {
    // The shell becomes a program that never asks for its child.
    await using parent = Bun.spawn(["sh", "-c", "sleep 0.05 & echo $!; exec sleep 60"], { stdout: "pipe" });
    const pid = Number((await readUntil(parent.stdout, /\d+\n/))[0]);
    await gone(pid);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    expect(await readStat(pid)).toBeNull();
  },
);

test.each([
  ["  42612   0:00.03\n", { cpuMs: 30, rssBytes: 42612 * 1024 }],
  ["1024 123:45.67\n", { cpuMs: (123 * 60 + 45.67) * 1e3, rssBytes: 1024 ** 2 }],
  ["8 2-03:04:05", { cpuMs: ((51 * 60 + 4) * 60 + 5) * 1e3, rssBytes: 8192 }],
  ["", null],
])("ps that prints %j is understood", (text, stat) => {
  expect(parsePs(text)).toEqual(stat);
});
