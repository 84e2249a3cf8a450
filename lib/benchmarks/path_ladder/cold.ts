import { casesOf } from "../../bring/called.ts";
import { foreignServer } from "../../bring/place.ts";
import type { JobTools } from "../../experiment.ts";
import { openCaller } from "../../measure/caller.ts";
import { pinTogether } from "../../measure/pin.ts";
import { serversOf } from "../../measure/servers.ts";
import { kindOf } from "../../runtimes/arms.ts";
import { openForeign } from "../../runtimes/foreign/open.ts";
import { openSource, startServer } from "../../runtimes/host.ts";
import { coldCallOf } from "./options.ts";
import type { Job, Said } from "./said.ts";

type ColdJob = Extract<Job, { kind: "cold" }>;

/**
 * Reaches a tool by one way for the first time in this process, and goes on until both ends are warm. What every way needs
 * is loaded by then, such as zod; what one of them needs is not.
 */
export async function startCold(job: ColdJob, { opened, say, turn }: JobTools<Said>): Promise<void> {
  const { given, arm } = job;
  const { tool, calls } = coldCallOf(given);
  await turn();
  const startMs = performance.now();
  const { importedMs, servedMs, runtime } = await reach(job, opened);
  const openedMs = performance.now();
  const [testCase] = await casesOf(given, [tool]);
  if (!testCase) throw new RangeError(`Cannot call "${tool}": it has no case`);
  const caller = opened.use(openCaller(runtime, { timeoutMs: given.timeout * 1e3 }));
  const series = await caller.open(testCase);
  const callsNs = [(await series.attempt()).ns];
  // A start has all cores, as it has in life; what follows is taken as the ladder is.
  pinTogether(given.pin, serversOf([runtime]));
  while (callsNs.length < calls) callsNs.push((await series.attempt()).ns);
  await series.close();
  caller.conclude();
  say({
    ...{ kind: "cold", runtime: arm.name, callsNs, importsMs: importedMs - startMs },
    spawnMs: servedMs === null ? null : servedMs - importedMs,
    handshakeMs: openedMs - (servedMs ?? importedMs),
  });
}

/** Opens the way as `openHost` does, and looks at the clock on the way. */
async function reach({ given, arm, source }: ColdJob, opened: AsyncDisposableStack) {
  const kind = kindOf(arm);
  const foreign = foreignServer(given);
  await kind.load?.();
  if (foreign) {
    const importedMs = performance.now();
    return { importedMs, servedMs: null, runtime: opened.use(await openForeign(foreign)) };
  }
  if ("open" in kind) {
    const { registry } = opened.use(await openSource(source));
    const importedMs = performance.now();
    return { importedMs, servedMs: null, runtime: opened.use(await kind.open(registry)) };
  }
  const importedMs = performance.now();
  const { address, pipes } = opened.use(await startServer(kind, source));
  const servedMs = performance.now();
  return { importedMs, servedMs, runtime: opened.use(await kind.connect(address, pipes)) };
}
