import { ToolError } from "../errors.ts";
import { Histogram } from "../measure/histogram.ts";
import type { Runtime } from "./runtime.ts";

export interface RouterOptions {
  /** The runtimes to choose from, by name. */
  readonly runtimes: readonly Runtime[];
  /** The runtime of tools whose home is not among them, by name; it also lists the tools. */
  readonly fallback: string;
  /** Tools that go elsewhere than home, with the name of the runtime. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** What went through one runtime. */
export interface RuntimeTraffic {
  calls: number;
  /** Failed calls by the code they failed with. */
  readonly errors: Map<string, number>;
  /** Times of the calls that succeeded. */
  readonly latency: Histogram;
}

export interface Router extends Runtime {
  /** What each runtime was actually used for, by its name. */
  readonly traffic: ReadonlyMap<string, RuntimeTraffic>;
  route(tool: string): Runtime;
  /** Refuses further calls with `conflict`, and waits for those under way. */
  drain(): Promise<void>;
}

/**
 * Sends each tool to its home runtime. A call is made once: the failure of its runtime is its own. Closing the router
 * drains it and leaves the runtimes to their owner. Throws a `RangeError` when it is told a runtime that is not there.
 */
export async function openRouter({ runtimes, fallback, overrides = {} }: RouterOptions): Promise<Router> {
  const byName = new Map(runtimes.map((runtime) => [runtime.name, runtime]));
  const named = (name: string) => {
    const runtime = byName.get(name);
    if (!runtime) throw new RangeError(`Cannot route to "${name}": there is no such runtime`);
    return runtime;
  };
  const otherwise = named(fallback);
  const homes = new Map(
    (await otherwise.list()).map(({ name, home }) => [name, byName.get(home) ?? otherwise]),
  );
  for (const [tool, name] of Object.entries(overrides)) homes.set(tool, named(name));
  const route = (tool: string) => homes.get(tool) ?? otherwise;

  const traffic = new Map(
    runtimes.map(({ name }): [string, RuntimeTraffic] => [
      name,
      { calls: 0, errors: new Map(), latency: new Histogram() },
    ]),
  );
  const underWay = new Set<Promise<unknown>>();
  let draining = false;

  const drain = async () => {
    draining = true;
    await Promise.allSettled(underWay);
  };

  return {
    name: "dual",
    pid: process.pid,
    traffic,
    route,
    drain,
    list: () => otherwise.list(),
    async call(tool, input) {
      if (draining) throw new ToolError("conflict", `Cannot call "${tool}": the router is closing`);
      const runtime = route(tool);
      const used = traffic.get(runtime.name);
      const call = runtime.call(tool, input);
      underWay.add(call);
      const start = Bun.nanoseconds();
      try {
        const reply = await call;
        used?.latency.record(Bun.nanoseconds() - start);
        return reply;
      } catch (error) {
        const code = error instanceof ToolError ? error.code : "internal";
        used?.errors.set(code, (used.errors.get(code) ?? 0) + 1);
        throw error;
      } finally {
        if (used) used.calls += 1;
        underWay.delete(call);
      }
    },
    [Symbol.asyncDispose]: drain,
  };
}
