import { describe, expect, test } from "bun:test";
import { conflict, fakeRuntime } from "../lib/benchmarks/self_check/fake_runtime.ts";
import { ToolError } from "../lib/errors.ts";
import { openRouter, type RoutedCall } from "../lib/runtimes/router.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";

const listing = { category: "test", description: "", input_schema: {}, output_schema: {} };
const listings = [
  { ...listing, name: "near", home: "direct" },
  { ...listing, name: "far", home: "http" },
  { ...listing, name: "lost", home: "mcp" },
];

/** Runtimes that note which tools they were asked for. */
function pair(answer: (call: number) => unknown = () => "done") {
  const asked: string[] = [];
  const open = (name: string): Runtime => {
    const runtime = fakeRuntime(answer, name);
    return {
      ...runtime,
      list: async () => listings,
      call(tool, input) {
        asked.push(`${tool} on ${name}`);
        return runtime.call(tool, input);
      },
    };
  };
  return { asked, runtimes: [open("direct"), open("http")] };
}

describe("a router", () => {
  test("sends a tool home, and one whose home is not there to the fallback", async () => {
    const { asked, runtimes } = pair();
    await using router = await openRouter({ runtimes, fallback: "http" });
    for (const tool of ["near", "far", "lost", "unknown"]) await router.call(tool, {});
    expect(asked).toEqual(["near on direct", "far on http", "lost on http", "unknown on http"]);
    expect(router.route("near").name).toBe("direct");
  });

  test("lets its caller send a tool elsewhere", async () => {
    const { asked, runtimes } = pair();
    await using router = await openRouter({
      runtimes,
      fallback: "http",
      overrides: { near: "http", far: "direct" },
    });
    await router.call("near", {});
    await router.call("far", {});
    expect(asked).toEqual(["near on http", "far on direct"]);
  });

  test("refuses a runtime that is not there", async () => {
    const { runtimes } = pair();
    const refusal = (name: string) => new RangeError(`Cannot route to "${name}": there is no such runtime`);
    await expect(openRouter({ runtimes, fallback: "mcp" })).rejects.toThrow(refusal("mcp"));
    const overrides = { near: "tcp" };
    await expect(openRouter({ runtimes, fallback: "http", overrides })).rejects.toThrow(refusal("tcp"));
  });

  test("makes a call once, and its runtime's failure is its own", async () => {
    const { asked, runtimes } = pair(conflict);
    await using router = await openRouter({ runtimes, fallback: "http" });
    await expect(router.call("near", {})).rejects.toMatchObject({ code: "conflict" });
    expect(asked).toEqual(["near on direct"]);
  });

  test("tells of each call, once it has ended, where it went, how long it took and with which error", async () => {
    const told: RoutedCall[] = [];
    const { runtimes } = pair(async (call) => {
      if (call === 2) conflict();
      if (call === 3) throw new TypeError("a fault");
      await Bun.sleep(5);
      return "done";
    });
    const onCall = (call: RoutedCall) => told.push(call);
    await using router = await openRouter({ runtimes, fallback: "http", onCall });
    const first = router.call("near", {});
    expect(told).toEqual([]);
    await first;
    for (const tool of ["near", "near", "far"]) await router.call(tool, {}).catch(() => {});
    expect(told.map(({ runtime, error }) => [runtime, error])).toEqual([
      ["direct", null],
      ["direct", "conflict"],
      ["direct", "internal"],
      ["http", null],
    ]);
    expect(told.map(({ ns }) => ns >= 4.9e6)).toEqual([true, false, false, true]);
  });

  test("drains: it waits for the calls under way and takes no further ones", async () => {
    const gate = Promise.withResolvers<string>();
    const { runtimes } = pair(() => gate.promise);
    const router = await openRouter({ runtimes, fallback: "http" });
    const underWay = router.call("near", {});
    let drained = false;
    const drain = router.drain().then(() => {
      drained = true;
    });
    const refusal = new ToolError("conflict", 'Cannot call "near": the router is closing');
    await expect(router.call("near", {})).rejects.toThrow(refusal);
    expect(drained).toBe(false);
    gate.resolve("done");
    expect((await underWay).output).toBe("done");
    await drain;
    expect(drained).toBe(true);
  });
});
