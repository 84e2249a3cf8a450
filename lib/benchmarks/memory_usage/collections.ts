import { casesOf } from "../../bring/called.ts";
import type { Case } from "../../case.ts";
import { type Caller, cannotMeasure, openCaller, type Series } from "../../measure/caller.ts";
import { type GcLog, openGcLog } from "../../measure/gc_log.ts";
import { openRandom } from "../../random.ts";
import type { HeapCommands } from "../../runtimes/heap_commands.ts";
import type { Host } from "../../runtimes/runtime.ts";
import type { MemoryJob } from "./plan.ts";
import { type CollectedSaid, type GcMode, gcEvery, gcModes, type Said } from "./said.ts";

/** The same calls while garbage is collected when the engine wants to, often, and with a heap that grows. */
export async function measureCollections(
  { given, round, subjects, logPath }: MemoryJob,
  host: Host,
  say: (said: Said) => void,
): Promise<void> {
  const { heap } = host;
  using log = openGcLog(logPath);
  using caller = openCaller(host, { timeoutMs: given.timeout * 1e3 });
  const cases = await casesOf(given, subjects);
  const plan = Array.from({ length: 2 * given.iterations }, (_, n) => cases[n % cases.length] ?? []).flat();
  const calls = openWatchedCalls(caller, log, plan.length);

  await calls.make(openRandom(given.seed, round, 0).shuffle(plan), async () => {});
  const first = round % gcModes.length;
  for (const mode of [...gcModes.slice(first), ...gcModes.slice(0, first)]) {
    await heap.release();
    log.grew();
    log.take();
    await heap.collect();
    log.grew();
    // What was forced must stand in the log; else it says nothing of what was not.
    const logs = log.take().length > 0;
    const order = openRandom(given.seed, round, 1).shuffle(plan);
    const times = await calls.make(order, async (made) => {
      if (made % gcEvery.calls === gcEvery.calls - 1) await act(mode, heap);
    });
    log.grew();
    const collections = log.take();
    const full = collections.filter(({ kind }) => kind === "full").length;
    const pausesMs = collections.flatMap((collection) => collection.pausesMs);
    say({ kind: "collected", mode, logs, ...times, eden: collections.length - full, full, pausesMs });
  }
  caller.conclude();
}

async function act(mode: GcMode, heap: HeapCommands): Promise<void> {
  if (mode === "forced") await heap.collect();
  if (mode === "growing") await heap.hold(gcEvery.objects);
}

/** Makes calls one at a time, and notes into which of them a collection of the log's process fell. */
function openWatchedCalls(caller: Caller, log: GcLog, most: number) {
  const ns = new Float64Array(most);
  const overlapping = new Uint8Array(most);
  const select = (wanted: number) => Array.from(ns).filter((_, n) => overlapping[n] === wanted);
  return {
    async make(
      plan: readonly Case[],
      before: (made: number) => Promise<void>,
    ): Promise<Pick<CollectedSaid, "elapsedMs" | "clearNs" | "overlappingNs">> {
      const opened = new Map<Case, Series>();
      for (const testCase of new Set(plan)) opened.set(testCase, await caller.open(testCase));
      const order = plan.flatMap((testCase) => opened.get(testCase) ?? []);
      const start = caller.now();
      for (const [made, series] of order.entries()) {
        await before(made);
        const trial = await series.prepare();
        log.grew();
        const { startNs, endNs, fault } = await series.make(trial);
        overlapping[made] = Number(log.grew());
        ns[made] = endNs - startNs;
        if (fault) throw cannotMeasure(series.tool, caller.runtime, fault.what, fault.cause);
        await trial.restore?.();
      }
      const elapsedMs = (caller.now() - start) / 1e6;
      for (const series of opened.values()) await series.close();
      return { elapsedMs, clearNs: select(0), overlappingNs: select(1) };
    },
  };
}
