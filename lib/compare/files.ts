import { UsageError } from "../errors.ts";
import type { Estimate } from "../judge/shapes.ts";
import { transform } from "../judge/stats.ts";
import { differenceOfQuestions, differencesOfVersions, showValue } from "../result/comparable.ts";
import { type Figure, figuresOf } from "../result/figures.ts";
import { type Result, readResult } from "../result/result.ts";
import { type Change, isJudged, judgeChange } from "./verdict.ts";

/**
 * Compares two result files that were measured apart. The machine may have been in another state each time, which no
 * interval within a run knows; results of different machines are refused, or with `force` only the ratios between
 * runtimes are compared, which both sides measured at the same time. Other versions are compared, which is what most are
 * for, and warned of. Throws a `UsageError`.
 */
export function compareFiles(
  paths: readonly string[],
  marginPercent: number,
  force: boolean,
  warn: (line: string) => void = () => {},
): Change[] {
  const [base, candidate, ...more] = paths;
  if (base === undefined || candidate === undefined || more.length > 0)
    throw new UsageError(
      `Cannot compare ${paths.length} files: name two, or --base REVISION and a benchmark after --`,
    );
  const [before, after] = [readResult(base), readResult(candidate)];
  const refuse = (state: string) => new UsageError(`Cannot compare "${base}" with "${candidate}": ${state}`);
  if (before.benchmark !== after.benchmark)
    throw refuse(`one is of ${before.benchmark} and the other of ${after.benchmark}`);
  for (const [path, { complete, validity }] of [
    [base, before],
    [candidate, after],
  ] as const)
    if (!complete || validity === "invalid")
      throw refuse(`"${path}" is ${complete ? "invalid" : "incomplete"}`);
  const difference = differenceOfQuestions(before, after);
  if (difference && !force) {
    const [own, other] = [difference.own, difference.other].map(showValue);
    throw refuse(
      `${difference.field} is ${own} in the one and ${other} in the other; --force does it all the same`,
    );
  }
  for (const { field, own, other } of differencesOfVersions(before, after))
    warn(`Another version: ${field} is ${showValue(own)} in the one and ${showValue(other)} in the other`);
  const elsewhere = describeMachine(before) !== describeMachine(after);
  if (elsewhere && !force)
    throw refuse(`they are from different machines; with --force the ratios between runtimes are compared`);
  const judged = elsewhere ? ratiosOf : (result: Result) => figuresOf(result).filter(isJudged);
  const known = new Map(judged(after).map((figure) => [figure.name, figure]));
  return judged(before).flatMap((figure) => {
    const other = known.get(figure.name);
    const change = other && logRatio(figure, other);
    return change ? [{ ...judgeApart(figure.name, change, marginPercent), control: false }] : [];
  });
}

/** How much further an interval of 99.5 % reaches than one of 95 %: 2.81 standard errors for 1.96. */
const widerBy = 2.81 / 1.96;

/** An interval of 95 % is too narrow for an alarm, because a comparison has many figures, and nothing was measured in turns. */
function judgeApart(name: string, logRatio: Estimate, marginPercent: number) {
  const { estimate, low, high } = logRatio;
  if (low === null || high === null)
    return judgeChange(name, { logRatio, standardError: null }, marginPercent);
  const wider = (bound: number) => estimate + (bound - estimate) * widerBy;
  const alarm = { estimate, low: wider(low), high: wider(high) };
  return judgeChange(name, { logRatio, alarm, standardError: (high - low) / 2 / 1.96 }, marginPercent);
}

function describeMachine({ machine: { cpu, cores, os, memory_bytes } }: Result): string {
  return JSON.stringify([cpu, cores, os, memory_bytes]);
}

/** What a runtime takes of another's time, from what it saves. */
function ratiosOf(result: Result): Figure[] {
  return figuresOf(result)
    .filter(({ scale }) => scale === "saving")
    .map(({ value, low, high, ...figure }) => {
      const share = transform({ estimate: value, low, high }, (percent) => 1 - percent / 100);
      return { ...figure, value: share.estimate, low: share.low, high: share.high, better: "lower" };
    });
}

/** The half-widths of two independent intervals add up as the sides of a right triangle do; `null` where it is no ratio. */
function logRatio(base: Figure, candidate: Figure): Estimate | null {
  if (base.value <= 0 || candidate.value <= 0) return null;
  const sign = base.better === "lower" ? 1 : -1;
  const estimate = sign * Math.log(candidate.value / base.value);
  const [before, after] = [halfWidth(base), halfWidth(candidate)];
  if (before === null || after === null) return { estimate, low: null, high: null };
  const half = Math.hypot(before, after);
  return { estimate, low: estimate - half, high: estimate + half };
}

/** Of the logarithm; `null` where the interval is not known or reaches 0. */
function halfWidth({ low, high }: Figure): number | null {
  return low === null || high === null || low <= 0 ? null : Math.log(high / low) / 2;
}
