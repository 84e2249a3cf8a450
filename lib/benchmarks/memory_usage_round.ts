/** One test of memory_usage on one runtime, as a process. */
import { openChild } from "../child.ts";
import { MeasurementError } from "../errors.ts";
import { counting, logging } from "../measure/gc_log.ts";
import { measureBaseline } from "./memory_baseline.ts";
import { measureCollections } from "./memory_collections.ts";
import { measureLeak } from "./memory_leaks.ts";
import { measureRequests } from "./memory_requests.ts";
import { openLogPath, openSubject } from "./memory_subject.ts";
import { jobSchema, type MemoryEvent, readMemoryEvent, roundModule } from "./memory_usage.ts";
import { runRound } from "./round.ts";

const job = jobSchema.parse(JSON.parse(Bun.argv[2] ?? ""));
const { test, runtime } = job;

await runRound<MemoryEvent>(async (opened, say) => {
  if (test === "baseline") return measureBaseline(job, opened, say);
  const env = { per_request: counting, leak_detection: null, gc_impact: logging }[test];
  if (env && runtime === "direct" && job.log_path === null) return passOn(env, opened, say);
  const subject = await openSubject(job, env, opened);
  say({ event: "ready", test, runtime, pid: subject.runtime.pid });
  const measure = {
    per_request: measureRequests,
    leak_detection: measureLeak,
    gc_impact: measureCollections,
  }[test];
  await measure(job, subject, say);
});

/** A process logs its collections only when it is told so at its start, so that another one does the work. */
async function passOn(
  env: Readonly<Record<string, string>>,
  opened: AsyncDisposableStack,
  say: (event: MemoryEvent) => void,
): Promise<void> {
  const stderrPath = openLogPath(opened);
  const args = [JSON.stringify({ ...job, log_path: stderrPath })];
  const child = opened.use(await openChild(roundModule, args, { graceMs: 2_000, env, stderrPath }));
  say(readMemoryEvent(JSON.parse(child.ready)));
  for await (const line of child.lines) say(readMemoryEvent(JSON.parse(line)));
  const code = await child.exited;
  if (code !== 0)
    throw new MeasurementError(`Cannot measure ${runtime}: process ${child.pid} ended with code ${code}`);
}
