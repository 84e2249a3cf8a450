/** A process that serves the tools over HTTP, for a parent that measures it. */
import { z } from "zod";
import { type ChildOptions, openChild, untilParentEnds } from "../child.ts";
import { MeasurementError } from "../errors.ts";
import { openHeapCommands } from "../measure/heap_commands.ts";
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
  /** Where it serves, without a trailing slash. */
  readonly url: string;
  /** Gives it a command of lib/measure/heap_commands.ts, in the same way. Throws a `MeasurementError` when it is gone. */
  command(line: string): Promise<void>;
}

const commandMs = 30_000;

/** Starts the tools in a process of their own and reaches them over HTTP. Closing it ends that process. */
export async function openHttpHost(options: ToolkitOptions = {}, child: ChildOptions = {}): Promise<Host> {
  const token = options.brokerToken?.reveal();
  const env = { ...child.env, ...(token !== undefined && { BROKER_TOKEN: token }) };
  return openHost(import.meta.path, [JSON.stringify(options)], { ...child, env });
}

/** The same for a module (an absolute path) that calls `hostTools`. */
export async function openHost(
  module: string,
  args: readonly string[] = [],
  options: ChildOptions = {},
): Promise<Host> {
  await using starting = new AsyncDisposableStack();
  const child = starting.use(await openChild(module, args, options));
  const runtime = await openHttp(child.ready);
  const opened = starting.move();
  return {
    ...runtime,
    probe: openProbe(child),
    url: child.ready,
    async command(line) {
      await child.ask(line, commandMs).catch((cause) => {
        throw new MeasurementError(`Cannot have process ${child.pid} ${line}: ${cause.message}`, { cause });
      });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** The child's side: serves a registry until its parent ends. */
export async function hostTools(registry: ToolRegistry): Promise<void> {
  await using server = serveTools(registry);
  console.log(server.url);
  const heap = openHeapCommands();
  await untilParentEnds(async (line) => {
    const done = heap.answer(line);
    if (done) console.log(JSON.stringify(done));
    else await answerProbe(line);
  });
}

if (import.meta.main) {
  const { openToolkit } = await import("../toolkit.ts");
  const options = z.strictObject({
    bootstrap: z.array(z.string()).optional(),
    keep: z.int().min(1).optional(),
    broker: z.string().optional(),
  });
  await using toolkit = await openToolkit(options.parse(JSON.parse(Bun.argv[2] ?? "{}")));
  await hostTools(toolkit.registry);
}
