/** The least a server can do: what a call to it takes is mostly the client, and its stalls, where it has them. */
import { joinParent, openChild } from "../../child.ts";
import type { Reply, Runtime } from "../../runtimes/runtime.ts";

const stallMs = 200;
const everyMs = 1000;

export interface PlainServer extends AsyncDisposable {
  readonly url: string;
  /** Reaches it with a bare fetch. */
  readonly runtime: Runtime;
}

/** Starts it in a process of its own. With `stalls` it answers nothing for 200 ms of every second. */
export async function openPlainServer(behaviour: "steady" | "stalls"): Promise<PlainServer> {
  const child = await openChild<string>(import.meta.path, behaviour);
  const close = () => child[Symbol.asyncDispose]();
  const url = child.ready;
  const runtime: Runtime = {
    name: "plain",
    pid: child.pid,
    list: async () => [],
    async call() {
      const response = await fetch(url);
      const calls = Number(await response.text());
      return { output: {}, runtime: "plain", pid: child.pid, calls } satisfies Reply;
    },
    [Symbol.asyncDispose]: close,
  };
  return { url, runtime, [Symbol.asyncDispose]: close };
}

if (import.meta.main) {
  const parent = joinParent<"steady" | "stalls">();
  const { value: behaviour } = await parent.tells.next();
  let calls = 0;
  let stalled: Promise<void> | undefined;
  await using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch() {
      // Requests are accepted meanwhile: 200 connections at once would take it 5 ms more after each stall.
      if (stalled) await stalled;
      calls += 1;
      return new Response(`${calls}`);
    },
  });
  await parent.say(server.url.href);
  if (behaviour === "stalls")
    void stallForEver((stall) => {
      stalled = stall;
    });
  await parent.ended;
  process.exit();
}

async function stallForEver(enter: (stall: Promise<void> | undefined) => void): Promise<never> {
  for (let dueMs = performance.now(); ; dueMs += everyMs) {
    await until(dueMs);
    const { promise, resolve } = Promise.withResolvers<void>();
    enter(promise);
    await until(dueMs + stallMs);
    enter(undefined);
    resolve();
  }
}

async function until(instantMs: number): Promise<void> {
  await Bun.sleep(Math.max(0, instantMs - performance.now() - 2));
  while (performance.now() < instantMs) await new Promise<void>((resolve) => setImmediate(resolve));
}
