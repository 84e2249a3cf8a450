/** A process that serves the tools over HTTP, for a parent that measures it. */
import { z } from "zod";
import { openChild, untilParentEnds } from "../child.ts";
import { answerProbe, openProbe, type Probe } from "../measure/memory.ts";
import type { ToolkitOptions } from "../toolkit.ts";
import type { ToolRegistry } from "../tools/registry.ts";
import { openHttp } from "./http.ts";
import type { Runtime } from "./runtime.ts";
import { serveTools } from "./server.ts";

/** A runtime in a process of its own, whose memory can be read. */
export interface Host extends Runtime {
  /** Asks that process over its standard input and output: no tool call, which a server would count. */
  readonly probe: Probe;
}

/** Starts the tools in a process of their own and reaches them over HTTP. Closing it ends that process. */
export async function openHttpHost(options: ToolkitOptions = {}): Promise<Host> {
  return openHost(import.meta.path, [JSON.stringify(options)]);
}

/** The same for a module (an absolute path) that calls `hostTools`. */
export async function openHost(module: string, args: readonly string[] = []): Promise<Host> {
  await using starting = new AsyncDisposableStack();
  const child = starting.use(await openChild(module, args));
  const runtime = await openHttp(child.ready);
  const opened = starting.move();
  return { ...runtime, probe: openProbe(child), [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** The child's side: serves a registry until its parent ends. */
export async function hostTools(registry: ToolRegistry): Promise<void> {
  await using server = serveTools(registry);
  console.log(server.url);
  await untilParentEnds(answerProbe);
}

if (import.meta.main) {
  const { openToolkit } = await import("../toolkit.ts");
  const options = z.strictObject({ bootstrap: z.array(z.string()).optional() });
  await using toolkit = await openToolkit(options.parse(JSON.parse(Bun.argv[2] ?? "{}")));
  await hostTools(toolkit.registry);
}
