import type { Witnessed } from "./job.ts";
import type { Check } from "./judge/shapes.ts";
import type { Noise } from "./measure/noise.ts";
import type { ResultNoise } from "./result/noise.ts";
import type { Stray } from "./strays.ts";

/**
 * Above this share of the cores' time, taken by others, a run is suspect. Beside others that took 10 to 37 % savings moved
 * by up to 2.5 points and their intervals grew by half (`bench/noise.ts`); under load, where a run needs every core, those
 * at equal rates were twice as wide at 15 %.
 */
const mostOthersPercent = 20;

/** What all jobs of a run saw, as one; `null` when none of them watched. */
export function sumUpNoise(witnessed: readonly Witnessed[]): ResultNoise | null {
  const [first] = witnessed;
  if (!first) return null;
  const noises = witnessed.flatMap(({ noise }) => noise ?? []);
  const total = (of: (noise: Noise) => number) => noises.reduce((sum, noise) => sum + of(noise), 0);
  const share = (part: number, whole: number) => (whole > 0 ? Math.max(0, (part / whole) * 100) : null);
  const [ran, waited, core] = [
    total(({ ranMs }) => ranMs),
    total(({ waitedMs }) => waitedMs),
    total(({ coreMs }) => coreMs),
  ];
  const count = (of: (one: Witnessed) => number) => witnessed.reduce((sum, one) => sum + of(one), 0);
  return {
    pin: first.pinned.mode,
    cores: [...new Set(witnessed.flatMap(({ pinned }) => pinned.cores))].sort((a, b) => a - b),
    threads: count(({ pinned }) => pinned.threads),
    refused: count(({ pinned }) => pinned.refused),
    others_percent: share(total(({ busyMs }) => busyMs) - ran, core),
    stolen_percent: share(
      total(({ stolenMs }) => stolenMs),
      core,
    ),
    waited_percent: share(waited, waited + ran),
    involuntary_switches_per_s:
      noises.length === 0
        ? null
        : total(({ involuntarySwitches }) => involuntarySwitches) /
          (total(({ elapsedMs }) => elapsedMs) / 1e3),
  };
}

/** Whether a run was left alone, and stayed where it was put; nothing of a run that nobody watched. */
export function auditNoise(noise: ResultNoise | null): Check[] {
  if (!noise || noise.others_percent === null || noise.stolen_percent === null) return [];
  const { refused, threads, others_percent: others, stolen_percent: stolen } = noise;
  const taken = `others took ${others.toFixed(1)} % of the time of its cores, and the host ${stolen.toFixed(1)} %`;
  return [
    {
      check: "the run had its cores to itself",
      status: others + stolen > mostOthersPercent ? "suspect" : "passed",
      detail: taken,
    },
    {
      check: "threads stayed where they were put",
      status: refused > 0 ? "suspect" : "passed",
      detail: `${threads - refused} of ${threads} threads were bound`,
    },
  ];
}

/** Whether nothing was thrown outside of the calls, whose figures would not show it. */
export function auditStrays([first, ...more]: readonly Stray[]): Check {
  const check = "nothing was thrown outside of calls";
  if (!first) return { check, status: "passed", detail: "in no process of the run" };
  return { check, status: "suspect", detail: `${1 + more.length} times, the first was ${first.stray}` };
}
