/** A server whose tools do what is known: what the measuring core reads of it can be held against the truth. */
import { z } from "zod";
import { defineTool, ToolRegistry } from "../lib/registry.ts";
import { openHost, type ToolModule } from "../lib/runtimes/host.ts";
import { http } from "../lib/runtimes/http.ts";
import type { Host } from "../lib/runtimes/runtime.ts";

/** Starts it in a process of its own. */
export function openKnownServer(): Promise<Host> {
  return openHost(http, { module: import.meta.path });
}

export const openTools: ToolModule["openTools"] = async () => {
  const kept: Buffer[] = [];
  const registry = new ToolRegistry([
    tool("echo", z.strictObject({ serial: z.int() }), (input) => input),
    tool("block", z.strictObject({ ms: z.number() }), ({ ms }) => {
      Bun.sleepSync(ms);
      return {};
    }),
    tool("allocate", z.strictObject({ bytes: z.int() }), ({ bytes }) => {
      kept.push(Buffer.alloc(bytes, 1));
      return {};
    }),
    tool("free", z.strictObject({}), () => {
      kept.length = 0;
      Bun.gc(true);
      return {};
    }),
    tool("spin", z.strictObject({ percent: z.number(), ms: z.number() }), spin),
    tool("hang", z.strictObject({}), () => new Promise<object>(() => {})),
    tool("die", z.strictObject({}), () => process.exit(1)),
  ]);
  return { registry, [Symbol.asyncDispose]: async () => {} };
};

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

/** Uses this share of a core, or what others leave of it, and answers what it was. */
async function spin({ percent, ms }: { percent: number; ms: number }): Promise<object> {
  const [startCpu, startMs] = [process.cpuUsage(), performance.now()];
  const used = () => {
    const { user, system } = process.cpuUsage(startCpu);
    return { cpu_ms: (user + system) / 1e3, elapsed_ms: performance.now() - startMs };
  };
  for (let now = used(); now.elapsed_ms < ms; now = used())
    if (now.cpu_ms > (now.elapsed_ms * percent) / 100) await Bun.sleep(1);
  return used();
}
