import { describe, expect, test } from "bun:test";
import { parsePs } from "../lib/measure/process_stat.ts";
import { openMonitor } from "../lib/measure/resources.ts";
import { openKnownServer } from "./known_server.ts";

describe("a monitor", () => {
  test("reads the processor share of a process within 5 points", async () => {
    await using server = await openKnownServer();
    using monitor = await openMonitor([server.pid]);
    await server.call("spin", { percent: 50, ms: 1500 });
    const usage = (await monitor.stop()).get(server.pid);
    expect(usage?.cpu_percent.mean).toBeWithin(45, 55);
    expect(usage?.cpu_percent.max).toBeWithin(usage?.cpu_percent.mean ?? 0, 60);
    expect(usage?.samples).toBeWithin(15, 31);
  });

  test("reads 100 MB that a process allocates within 5 %", async () => {
    await using server = await openKnownServer();
    using monitor = await openMonitor([server.pid, process.pid]);
    await server.call("allocate", { bytes: 100e6 });
    await server.call("spin", { percent: 1, ms: 200 });
    const { rss_bytes: rss } = (await monitor.stop()).get(server.pid) ?? {};
    expect(rss).toBeDefined();
    if (!rss) return;
    expect(rss.last - rss.first).toBeWithin(95e6, 105e6);
    expect(rss.max).toBeGreaterThanOrEqual(rss.last);
    expect(rss.mean).toBeWithin(rss.first, rss.max);
  });

  test("names the process that ended while it was watched", async () => {
    const server = await openKnownServer();
    using monitor = await openMonitor([server.pid]);
    await server[Symbol.asyncDispose]();
    await expect(monitor.stop()).rejects.toThrow(`Cannot watch process ${server.pid}: it has ended`);
    await expect(openMonitor([server.pid])).rejects.toThrow(
      `Cannot watch process ${server.pid}: it has ended`,
    );
  });

  test("has read at least once, however soon it is stopped", async () => {
    using monitor = await openMonitor([process.pid]);
    expect((await monitor.stop()).get(process.pid)?.samples).toBe(1);
  });
});

test.each([
  ["  42612   0:00.03\n", { cpuMs: 30, rssBytes: 42612 * 1024 }],
  ["1024 123:45.67\n", { cpuMs: (123 * 60 + 45.67) * 1e3, rssBytes: 1024 ** 2 }],
  ["8 2-03:04:05", { cpuMs: ((51 * 60 + 4) * 60 + 5) * 1e3, rssBytes: 8192 }],
  ["", null],
])("ps that prints %j is understood", (text, stat) => {
  expect(parsePs(text)).toEqual(stat);
});
