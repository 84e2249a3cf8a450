/** A process that serves the tools over HTTP, for a parent that measures it. */
import { z } from "zod";
import { openChild, untilParentEnds } from "../child.ts";
import { openToolkit, type ToolkitOptions } from "../toolkit.ts";
import { openHttp } from "./http.ts";
import type { Runtime } from "./runtime.ts";
import { serveTools } from "./server.ts";

/** Starts the tools in a process of their own and reaches them over HTTP. Closing it ends that process. */
export async function openHttpHost(options: ToolkitOptions = {}): Promise<Runtime> {
  await using starting = new AsyncDisposableStack();
  const token = options.brokerToken?.reveal();
  const env = token === undefined ? {} : { BROKER_TOKEN: token };
  const child = starting.use(await openChild(import.meta.path, [JSON.stringify(options)], undefined, env));
  const runtime = await openHttp(child.ready);
  const opened = starting.move();
  return { ...runtime, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

if (import.meta.main) {
  const options = z.strictObject({
    bootstrap: z.array(z.string()).optional(),
    keep: z.int().min(1).optional(),
    broker: z.string().optional(),
  });
  await using toolkit = await openToolkit(options.parse(JSON.parse(Bun.argv[2] ?? "{}")));
  await using server = serveTools(toolkit.registry);
  console.log(server.url);
  await untilParentEnds();
}
