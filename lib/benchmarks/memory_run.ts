import { openMemoryLimit } from "../measure/memory_limit.ts";
import { runRounds } from "../measure/rounds.ts";
import { type MemoryJob, readMemoryEvent, roundModule } from "./memory_usage.ts";

export interface MemoryRun {
  readonly jobs: readonly MemoryJob[];
  /** In bytes; a process above it is killed, and the run ends. */
  readonly maxMemory: number;
  onEvent(job: MemoryJob, event: ReturnType<typeof readMemoryEvent>): void;
  save(): void;
  readonly signal: AbortSignal;
}

/**
 * Runs each job in processes of its own; looks for leaks last, and two at a time: a heap does not mind what else runs,
 * times do. Throws a `MeasurementError` when a process takes too much memory, fails or ends.
 */
export async function runMemoryJobs({ jobs, maxMemory, onEvent, save, signal }: MemoryRun): Promise<void> {
  using limit = openMemoryLimit(maxMemory);
  const run = (some: readonly MemoryJob[], sideBySide: number) =>
    runRounds({
      module: roundModule,
      jobs: some,
      sideBySide,
      onEvent(index, line) {
        const event = readMemoryEvent(line);
        if (event.event === "ready") limit.watch(event.pid);
        const job = some[index];
        if (job) onEvent(job, event);
      },
      save,
      signal: AbortSignal.any([signal, limit.signal]),
    });
  const isLeakTest = ({ test }: MemoryJob) => test === "leak_detection";
  try {
    await run(
      jobs.filter((job) => !isLeakTest(job)),
      1,
    );
    await run(jobs.filter(isLeakTest), 2);
  } catch (error) {
    // What was killed at the limit may tell of its end before the limit does.
    throw limit.signal.aborted ? limit.signal.reason : error;
  }
}
