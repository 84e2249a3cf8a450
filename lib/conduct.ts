import { openTurns } from "./beside.ts";
import { tableOfCanaries } from "./canaries.ts";
import { exitCode, print, runScript } from "./command.ts";
import { MeasurementError, UsageError } from "./errors.ts";
import type { Experiment, Found } from "./experiment.ts";
import type { Witnessed } from "./job.ts";
import { doJobs } from "./jobs.ts";
import { validity } from "./judge/audit.ts";
import type { Sighting } from "./measure/canary.ts";
import { openMemoryLimit } from "./measure/memory_limit.ts";
import { timerFloorMs } from "./measure/sample.ts";
import type { CommonOptions } from "./options.ts";
import { claimOutput } from "./output_file.ts";
import { openProvenance } from "./provenance.ts";
import { toLine } from "./report/columns.ts";
import { openProgress } from "./report/progress.ts";
import { sealed } from "./result/comparable.ts";
import { withDoubt } from "./result/doubt.ts";
import { type Result, version, writeResult } from "./result/result.ts";
import type { Stray } from "./strays.ts";
import { auditNoise, auditStrays, sumUpNoise } from "./witnesses.ts";

/** An experiment's whole run, from its command line to the end of this process. */
export async function conduct<Given extends CommonOptions, Around, Job, Said>(
  benchmark: string,
  module: string,
  spec: Experiment<Given, Around, Job, Said>,
): Promise<never> {
  const { question, options, quick = {}, refused = {}, args, take = (asked) => asked } = spec;
  const usage = { name: benchmark, question, options, quick, refused, ...(args !== undefined && { args }) };
  return runScript(usage, async (flags, signal, words) => {
    const asked = take(flags, words);
    await spec.check?.(asked);
    claimOutput(asked.output);
    const given = (await spec.settle?.(asked, signal)) ?? asked;
    const started_at = new Date().toISOString();
    const provenance = openProvenance(await timerFloorMs());
    const found: Found<Job, Said>[] = [];
    const witnessed: Witnessed[] = [];
    const sighted: Sighting[] = [];
    const strays: Stray[] = [];
    const sumUp = (complete: boolean): Result => {
      const { tables, criteria, audit: own } = spec.judge(found, given);
      const canaries = spec.canaries?.length === 0 ? [] : [tableOfCanaries(sighted)];
      const noise = sumUpNoise(witnessed);
      const audit = [...own, ...auditNoise(noise), auditStrays(strays)];
      return sealed({
        ...{ schema_version: version, benchmark, question, complete, started_at },
        ended_at: new Date().toISOString(),
        seed: given.seed,
        options: JSON.parse(JSON.stringify(given)),
        ...provenance(),
        ...{ noise, validity: validity(audit) },
        ...{ audit, ...withDoubt({ criteria, tables: [...tables, ...canaries] }) },
      });
    };
    // What an earlier run left there is not the result of this one.
    writeResult(given.output, sumUp(false));
    let jobsDone = 0;
    // What was found is printed at the end, whether a disk that is full by now has room for it then or not.
    let lost: UsageError | null | undefined;
    const save = () => {
      jobsDone += 1;
      const result = sumUp(false);
      lost = attempt(() => writeResult(given.output, result));
    };
    const nextTurn = openTurns();
    const turn = () => nextTurn(jobsDone);
    await turn();
    await using opened = new AsyncDisposableStack();
    const around = await spec.around(given, opened);
    const limit = spec.maxMemory && opened.use(openMemoryLimit(spec.maxMemory(given)));
    using progress = openProgress(spec.steps(given), given);
    const startMs = performance.now();
    const onFound = ({ job, said }: Omit<Found<Job, Said>, "atMs">) => {
      const one = { job, said, atMs: performance.now() - startMs };
      found.push(one);
      const meaning = spec.describe(one);
      progress.step(meaning);
      return meaning;
    };
    const onWitnessed = (one: Witnessed) => void witnessed.push(one);
    const onSighted = (one: Sighting) => void sighted.push(one);
    const onStray = (one: Stray) => void strays.push(one);
    const jobs = spec.jobs(given, around, found);
    await doJobs(jobs, spec, {
      module,
      signal: limit ? AbortSignal.any([signal, limit.signal]) : signal,
      guard: (pid) => limit?.watch(pid),
      turn,
      ...{ onFound, onWitnessed, onSighted, onStray, save },
    }).catch(async (error) => {
      if (lost) console.error(toLine(lost.message));
      // Who lost patience gets what there is by then; another script that had enough of it wants no more.
      if (signal.aborted && !process.send && found.length > 0) {
        progress[Symbol.dispose]();
        await print(sumUp(false), given);
      }
      throw error;
    });
    const result = sumUp(true);
    lost = attempt(() => writeResult(given.output, result));
    progress[Symbol.dispose]();
    await print(result, given, spec.show);
    if (!lost) return exitCode(result, given);
    throw new MeasurementError(
      `${lost.message}; the result stands above, as the file would hold it with --json`,
    );
  });
}

/** Does something that the user's machine may refuse; answers why it did. */
function attempt(work: () => void): UsageError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}
