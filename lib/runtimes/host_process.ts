/** A process that serves tools on a runtime, for a parent that measures it. */
import { joinParent } from "../child.ts";
import { ToolError } from "../errors.ts";
import { tellStrays } from "../strays.ts";
import { openHeap } from "./heap_commands.ts";
import { type HostSays, type HostTask, openSource, type Question } from "./host.ts";
import { ownProbe } from "./probe.ts";
import { findRuntime } from "./runtimes.ts";

const heap = openHeap();
const opened = new AsyncDisposableStack();
const parent = joinParent<HostTask | Question>();
for await (const told of parent.tells) await parent.say(await answer(told));
await opened.disposeAsync();
process.exit();

/** Kept so plain because what the engine makes of this code is in what it reads. */
async function answer(told: HostTask | Question): Promise<HostSays> {
  if (told === "read" || told === "rehearse")
    return { reading: await ownProbe.read({ wait: told === "read" }) };
  if (told === "types") return { types: await ownProbe.types() };
  if (told === "collect") await heap.collect();
  else if (told === "release") await heap.release();
  else if ("hold" in told) await heap.hold(told.hold);
  else return serve(told);
  return {};
}

async function serve({ runtime, source }: HostTask): Promise<HostSays> {
  const kind = findRuntime(runtime);
  if (!kind || !("serve" in kind)) throw new TypeError(`Cannot serve on ${runtime}: no process is for that`);
  try {
    const { registry } = opened.use(await openSource(source));
    const { address } = opened.use(await kind.serve(registry));
    tellStrays();
    return { address };
  } catch (error) {
    if (error instanceof ToolError) return { failed: error.message };
    throw error;
  }
}
