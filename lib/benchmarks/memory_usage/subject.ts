import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceOf } from "../../bring/called.ts";
import type { JobProcess } from "../../experiment.ts";
import { counting, logging, strayLines } from "../../measure/gc_log.ts";
import { keepingCode } from "../../measure/run_leak_test.ts";
import { kindOf, openArm } from "../../runtimes/arms.ts";
import type { Probe } from "../../runtimes/probe.ts";
import type { Host } from "../../runtimes/runtime.ts";
import { openTemporaryFolder } from "../../temporary_folder.ts";
import type { MemoryJob, MemoryTest } from "./plan.ts";
import type { ReadingsSaid } from "./said.ts";

/** A runtime whose serving process is measured. */
export interface Subject {
  readonly host: Host;
  /** How many readings its probe has taken so far. */
  readings(): ReadingsSaid;
}

/**
 * Ended workflows, and tasks, that the engines remember: so few that they are all there before anything is read, and
 * that what grows from then on is a leak. `workflow_list` needs 50.
 */
const keep = 100;

/** Opens the runtime of a job with its tools. */
export async function openSubject(job: MemoryJob, opened: AsyncDisposableStack): Promise<Subject> {
  const bootstrap = job.bootstrap.length > 0 ? job.bootstrap : undefined;
  const source = await sourceOf(job.given, { bootstrap, keep });
  const host = opened.use(await openArm(job.arm, source, servingProcess(job)));
  const { probe, readings } = countReadings(host.probe);
  return { host: { ...host, probe }, readings };
}

/** How the process of a job is started: where it serves the tools itself, as a process that does. */
export function jobProcess(job: MemoryJob): JobProcess {
  return "open" in kindOf(job.arm) ? servingProcess(job) : {};
}

/** What its engine does must be told a process at its start. */
function servingProcess({ test, logPath: stderrPath }: MemoryJob): JobProcess {
  const processes: Readonly<Record<MemoryTest, JobProcess>> = {
    baseline: {},
    per_request: { env: counting, stderrPath },
    leak_detection: { env: keepingCode },
    gc_impact: { env: logging, stderrPath },
  };
  return processes[test];
}

function countReadings(probe: Probe): Pick<Subject, "readings"> & { readonly probe: Probe } {
  let [taken, unsettled] = [0, 0];
  return {
    probe: {
      ...probe,
      async read(options = { wait: true }) {
        const reading = await probe.read(options);
        if (options.wait) {
          taken += 1;
          unsettled += Number(!reading.settled);
        }
        return reading;
      },
    },
    readings: () => ({ kind: "readings", taken, unsettled }),
  };
}

/** A folder for the logs of collections. In the end it is removed, and what else stood in them goes to our error. */
export async function openLogs(opened: AsyncDisposableStack): Promise<string> {
  const { path } = opened.use(await openTemporaryFolder("gc-logs-"));
  opened.defer(() => {
    for (const name of readdirSync(path))
      for (const line of strayLines(readFileSync(join(path, name), "latin1"))) console.error(line);
  });
  return path;
}
