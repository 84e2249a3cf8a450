import { ToolError } from "../errors.ts";
import type { Runtime } from "./runtime.ts";

export interface RouterOptions {
  /** The runtimes to choose from, by name. */
  readonly runtimes: readonly Runtime[];
  /** The runtime of tools whose home is not among them, by name; it also lists the tools. */
  readonly fallback: string;
  /** Tools that go elsewhere than home, with the name of the runtime. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Is told of each call once it has ended. */
  onCall?(call: RoutedCall): void;
}

/** A call that went through a router. */
export interface RoutedCall {
  /** The name of the runtime that it was sent to. */
  readonly runtime: string;
  readonly ns: number;
  /** The code it failed with; `null` when it succeeded. */
  readonly error: string | null;
}

export interface Router extends Runtime {
  route(tool: string): Runtime;
  /** Refuses further calls with `conflict`, and waits for those under way. */
  drain(): Promise<void>;
}

/**
 * Sends each tool to its home runtime. A call is made once: the failure of its runtime is its own. Closing the router
 * drains it and leaves the runtimes to their owner. Throws a `RangeError` when it is told a runtime that is not there.
 */
export async function openRouter(options: RouterOptions): Promise<Router> {
  const { runtimes, fallback, overrides = {}, onCall } = options;
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

  const underWay = new Set<Promise<unknown>>();
  let draining = false;

  const drain = async () => {
    draining = true;
    await Promise.allSettled(underWay);
  };

  return {
    name: "dual",
    pid: process.pid,
    route,
    drain,
    list: () => otherwise.list(),
    async call(tool, input) {
      if (draining) throw new ToolError("conflict", `Cannot call "${tool}": the router is closing`);
      const runtime = route(tool);
      const startNs = Bun.nanoseconds();
      const call = runtime.call(tool, input);
      underWay.add(call);
      let error: string | null = null;
      try {
        return await call;
      } catch (cause) {
        error = cause instanceof ToolError ? cause.code : "internal";
        throw cause;
      } finally {
        underWay.delete(call);
        onCall?.({ runtime: runtime.name, ns: Bun.nanoseconds() - startNs, error });
      }
    },
    [Symbol.asyncDispose]: drain,
  };
}
