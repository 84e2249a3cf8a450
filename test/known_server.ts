/** A server whose tools do what is known: what the measuring core reads of it can be held against the truth. */
import { z } from "zod";
import { openChild, untilParentEnds } from "../lib/child.ts";
import { openHttp } from "../lib/runtimes/http.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";
import { serveTools } from "../lib/runtimes/server.ts";
import { defineTool, ToolRegistry } from "../lib/tools/registry.ts";

/** Starts it in a process of its own. */
export async function openKnownServer(): Promise<Runtime> {
  await using starting = new AsyncDisposableStack();
  const child = starting.use(await openChild(import.meta.path));
  const runtime = await openHttp(child.ready);
  const opened = starting.move();
  return { ...runtime, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

if (import.meta.main) {
  const kept: Buffer[] = [];
  const tools = [
    tool("echo", z.strictObject({ serial: z.int() }), (input) => input),
    tool("block", z.strictObject({ ms: z.number() }), ({ ms }) => {
      Bun.sleepSync(ms);
      return {};
    }),
    tool("allocate", z.strictObject({ bytes: z.int() }), ({ bytes }) => {
      kept.push(Buffer.alloc(bytes, 1));
      return {};
    }),
    tool("spin", z.strictObject({ percent: z.number(), ms: z.number() }), spin),
    tool("hang", z.strictObject({}), () => new Promise<object>(() => {})),
    tool("die", z.strictObject({}), () => process.exit(1)),
  ];
  await using server = serveTools(new ToolRegistry(tools));
  console.log(server.url);
  await untilParentEnds();
}

function tool<I extends z.ZodType>(
  name: string,
  input: I,
  handler: (input: z.output<I>) => object | Promise<object>,
) {
  const output = z.record(z.string(), z.unknown());
  const [category, description, home] = ["known", "", "http"] as const;
  return defineTool({
    name,
    category,
    home,
    description,
    input,
    output,
    handler: async (value) => ({ ...(await handler(value)) }),
  });
}

/** Uses this share of a core by its own processor time, however much of it others take. */
async function spin({ percent, ms }: { percent: number; ms: number }): Promise<object> {
  const [startCpu, startMs] = [process.cpuUsage(), performance.now()];
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs = performance.now() - startMs) {
    const { user, system } = process.cpuUsage(startCpu);
    if ((user + system) / 1e3 > (elapsedMs * percent) / 100) await Bun.sleep(1);
  }
  return {};
}
