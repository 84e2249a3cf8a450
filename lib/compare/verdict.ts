import { anytimeOf } from "../judge/interval.ts";
import type { Estimate } from "../judge/shapes.ts";
import { deviation, mean, transform } from "../judge/stats.ts";
import { type Figure, figuresOf } from "../result/figures.ts";
import type { Result } from "../result/result.ts";

export type Verdict = "slower" | "faster" | "not slower" | "inconclusive";

/** What became of one figure from the base to the candidate. */
export interface Change {
  readonly name: string;
  /** How much worse the candidate is, in percent of the base. */
  readonly percent: Estimate;
  /** The smallest change that the run would have found with 95 % certainty, in percent; `null` after one pair. */
  readonly smallestEffect: number | null;
  readonly verdict: Verdict;
  /** Whether the change between the revisions does not touch it, so that it shows what nothing shows. */
  readonly control: boolean;
}

/** Medians, estimates of times, rates and sizes. The tail of one run, and a share of something, say too little of its code. */
export function isJudged({ unit, of }: Figure): boolean {
  return unit === "ms" ? of === "p50" || of === "estimate" : unit !== "percent";
}

/** All verdicts of a comparison together are wrong in at most so many, however often it looks. */
const level = 0.02;

/** The logarithms of the ratios of a figure, of one round of both each; above 0 is worse. */
interface Ratios {
  readonly name: string;
  readonly logs: readonly number[];
  readonly control: boolean;
}

/**
 * Judges every figure that both have in rounds that were measured together, by intervals that hold whenever one looks and
 * for all figures at once. Those of `untouched` tools are the control: when they move together, whatever was called slower
 * or faster is inconclusive.
 */
export function judgeRounds(
  base: Result,
  candidate: Result,
  marginPercent: number,
  untouched: ReadonlySet<string>,
): Change[] {
  const after = new Map(figuresOf(candidate).map((figure) => [figure.name, figure]));
  const ratios = figuresOf(base).flatMap((figure): Ratios[] => {
    const other = after.get(figure.name);
    if (!other || !isJudged(figure)) return [];
    const control = figure.labels.some((label) => untouched.has(label));
    const logs = logsOf(figure, other);
    return logs.length === 0 ? [] : [{ name: figure.name, logs, control }];
  });
  const asked = ratios.filter(({ control }) => !control);
  const moved = haveMoved(
    ratios.filter(({ control }) => control),
    marginPercent,
  );
  return ratios.map(({ name, logs, control: isUntouched }) => {
    // Where the change touches nothing that was measured, that is what was asked about.
    const control = isUntouched && asked.length > 0;
    const standardError = logs.length > 1 ? deviation(logs) / Math.sqrt(logs.length) : null;
    const logRatio = anytimeOf(logs, level / ratios.length);
    const change = judgeChange(name, { logRatio, standardError }, marginPercent);
    const isEffect = change.verdict === "slower" || change.verdict === "faster";
    return {
      ...change,
      control,
      ...(isEffect && ((moved && asked.length > 0) || control) && { verdict: "inconclusive" as const }),
    };
  });
}

function logsOf(before: Figure, after: Figure): number[] {
  const rounds = Math.min(before.perRound.length, after.perRound.length);
  const sign = before.better === "lower" ? 1 : -1;
  return Array.from({ length: rounds }, (_, round) => {
    const [one = 0, other = 0] = [before.perRound[round], after.perRound[round]];
    return one > 0 && other > 0 ? [sign * Math.log(other / one)] : [];
  }).flat();
}

/** Whether more rounds would say nothing else of it; a control has nothing to say by itself. */
export function isDecided({ verdict, control }: Change): boolean {
  return control || verdict !== "inconclusive";
}

/** Whether figures that nothing was done to differ by half the margin all the same, all together in each round. */
function haveMoved(controls: readonly Ratios[], marginPercent: number): boolean {
  const rounds = Math.min(...controls.map(({ logs }) => logs.length));
  if (controls.length === 0) return false;
  const together = Array.from({ length: rounds }, (_, n) => mean(controls.map(({ logs }) => logs[n] ?? 0)));
  const { estimate, low, high } = anytimeOf(together, level);
  const isSmall = Math.abs(estimate) < Math.log(1 + marginPercent / 200);
  return !isSmall && low !== null && high !== null && (low > 0 || high < 0);
}

/** The logarithm of a ratio of the candidate to the base. */
interface Found {
  readonly logRatio: Estimate;
  /** The interval that an alarm takes, where it is wider. */
  readonly alarm?: Estimate;
  /** `null` where nothing tells. */
  readonly standardError: number | null;
}

/** How many standard errors of chance a change must have on top, to be missed in 1 run of 20 only. */
const certainty = 1.645;

/**
 * Judges a change from the logarithm of a ratio and its interval: *slower* when it is worse than the margin, and the whole
 * interval is worse than no change; *faster* likewise; *not slower* (by more than the margin) when all of it is within.
 */
export function judgeChange(
  name: string,
  { logRatio, alarm = logRatio, standardError }: Found,
  marginPercent: number,
): Omit<Change, "control"> {
  const percent = transform(logRatio, (ratio) => (Math.exp(ratio) - 1) * 100);
  const { low, high } = alarm;
  if (logRatio.high === null || low === null || high === null || standardError === null)
    return { name, percent, smallestEffect: null, verdict: "inconclusive" };
  const margin = Math.log(1 + marginPercent / 100);
  const verdict = () => {
    if (low > 0 && logRatio.estimate > margin) return "slower";
    if (high < 0 && logRatio.estimate < -margin) return "faster";
    return (logRatio.high ?? high) <= margin ? "not slower" : "inconclusive";
  };
  const least = Math.max((high - low) / 2, margin) + certainty * standardError;
  return { name, percent, smallestEffect: (Math.exp(least) - 1) * 100, verdict: verdict() };
}

/** 1 when anything is slower; with `strict`, 4 when anything is inconclusive. */
export function changesExitCode(changes: readonly Change[], { strict }: { strict: boolean }): number {
  const has = (verdict: Verdict) => changes.some((change) => change.verdict === verdict && !change.control);
  if (has("slower")) return 1;
  return strict && (has("inconclusive") || changes.length === 0) ? 4 : 0;
}
