import { p2pCases } from "../cases.ts";
import { MeasurementError } from "../errors.ts";
import { openClient } from "../measure/client.ts";
import type { GcLog } from "../measure/gc_log.ts";
import { openRandom } from "../random.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import type { Subject } from "./memory_subject.ts";
import { gcModes, type MemoryEvent, type MemoryJob } from "./memory_usage.ts";

/** After how many calls garbage is collected by force, or the heap grows, and by how many objects. */
export const gcEvery = { calls: 100, objects: 10_000 } as const;

type Mode = (typeof gcModes)[number];

/** The same calls while garbage is collected when the engine wants to, often, and with a heap that grows. */
export async function measureCollections(
  job: MemoryJob,
  { runtime, command, log }: Subject,
  say: (event: MemoryEvent) => void,
): Promise<void> {
  if (!log) throw new MeasurementError(`Cannot see ${job.runtime} collect: its process does not log`);
  const cases = p2pCases.filter(({ tool }) => job.tools.includes(tool));
  const plan = Array.from({ length: job.iterations }, (_, n) => cases[n % cases.length] ?? []).flat();
  const watch = watchCalls(runtime, log, plan.length);
  let serials = 1_000_000;

  const run = async (mode: Mode, random: ReturnType<typeof openRandom>) => {
    const shuffled = random.shuffle(plan).map((testCase) => ({ group: "p2p", testCase }));
    using client = await openClient(
      { runtime: watch.runtime, plan: shuffled, serial: () => serials++ },
      Bun.nanoseconds,
    );
    for (const [made, lane] of client.lanes.entries()) {
      if (mode !== "natural" && made % gcEvery.calls === gcEvery.calls - 1)
        await command(mode === "forced" ? "collect" : `hold ${gcEvery.objects}`);
      const trial = await client.prepare(lane);
      watch.next();
      await client.make(lane, trial);
    }
    return client.conclude();
  };

  await run("natural", openRandom(job.seed, job.round, 0));
  const first = job.round % gcModes.length;
  for (const mode of [...gcModes.slice(first), ...gcModes.slice(0, first)]) {
    await command("release");
    log.grew();
    log.take();
    await command("collect");
    log.grew();
    // What was forced must stand in the log; else it says nothing of what was not.
    const logs = log.take().length > 0;
    watch.clear();
    const { elapsedMs } = await run(mode, openRandom(job.seed, job.round, 1));
    log.grew();
    const collections = log.take();
    const full = collections.filter(({ kind }) => kind === "full").length;
    say({
      event: "collected",
      runtime: job.runtime,
      mode,
      logs,
      elapsed_ms: elapsedMs,
      ...watch.samples(),
      eden: collections.length - full,
      full,
      pauses_ms: collections.flatMap(({ pausesMs }) => pausesMs),
    });
  }
}

/** Times the calls that are announced, and notes into which of them a collection of the log's process fell. */
function watchCalls(runtime: Runtime, log: GcLog, most: number) {
  const ns = new Float64Array(most);
  const overlapping = new Uint8Array(most);
  let taken = 0;
  let announced = false;
  const call: Runtime["call"] = async (tool, input) => {
    if (!announced) return runtime.call(tool, input);
    announced = false;
    log.grew();
    const start = Bun.nanoseconds();
    const reply = await runtime.call(tool, input);
    ns[taken] = Bun.nanoseconds() - start;
    overlapping[taken] = Number(log.grew());
    taken += 1;
    return reply;
  };
  const select = (wanted: number) =>
    Array.from(ns.subarray(0, taken)).filter((_, n) => overlapping[n] === wanted);
  return {
    runtime: { ...runtime, call },
    next: () => {
      announced = true;
    },
    clear: () => {
      taken = 0;
    },
    samples: () => ({ clear_ns: select(0), overlapping_ns: select(1) }),
  };
}
