import { UsageError } from "./errors.ts";
import { tQuantile } from "./judge/student_t.ts";

/** When a run has enough rounds. */
export interface Stopping {
  /** Exactly as many; otherwise as `precision` and `budget` have it. */
  readonly rounds?: number | undefined;
  /** The half-width that every interval is to have, in its own unit: points, or percent. */
  readonly precision: number;
  /** Seconds after which no more rounds begin: 60 unless asked for, and then the minimum must fit. */
  readonly budget?: number | undefined;
}

/** How wide the interval of something is that a run asks for. */
export interface Asked {
  /** What `jobs` knows it by; several may belong to the same. */
  readonly part: string;
  /** In words. */
  readonly name: string;
  /** In the unit of the precision; `null` where no round has told yet. */
  readonly halfWidth: number | null;
  readonly rounds: number;
}

export interface Rounds<Job> {
  /** The jobs of a round; from the minimum on only for what is still to be narrowed. */
  jobs(round: number, open: ReadonlySet<string> | null): Iterable<Job>;
  /** What the rounds so far have told. */
  asked(): readonly Asked[];
  /** A clock in milliseconds. */
  now?(): number;
}

/** Fewer rounds have an interval of several times their spread; 8 have 0.84 of it. */
export const fewestRounds = 8;
const step = 2;
const usualBudget = 60;

/**
 * The jobs of as many rounds as it takes: at least 8, then 2 more at a time until every interval is as narrow as asked
 * or the budget is spent, and only for what is not. It looks at widths and never at verdicts: stopping when something is
 * significant would have four times the false alarms, and by width the 95 % stay 93 or 94 (Chow & Robbins, 1965).
 */
export function* untilNarrow<Job>(stopping: Stopping, rounds: Rounds<Job>): Generator<Job, void> {
  const { precision, budget = usualBudget } = stopping;
  const { jobs, asked, now = () => performance.now() } = rounds;
  const fixed = stopping.rounds;
  const startMs = now();
  const spent = () => (now() - startMs) / 1e3;
  const minimum = fixed ?? fewestRounds;
  for (let round = 0; round < minimum; round++) {
    yield* jobs(round, null);
    if (fixed === undefined && round === 0 && stopping.budget !== undefined) refuseTooSmall(budget, spent());
  }
  if (fixed !== undefined) return;
  for (let round = minimum; ; round += step) {
    const open = new Set(
      asked().flatMap(({ part, halfWidth }) => (halfWidth !== null && halfWidth <= precision ? [] : [part])),
    );
    const perRound = spent() / round;
    if (open.size === 0 || spent() + step * perRound > budget) return;
    for (let n = 0; n < step; n++) yield* jobs(round + n, open);
  }
}

/** A minimum that takes a little more than the budget is no reason to stop. */
const slack = 1.25;

function refuseTooSmall(budget: number, firstSeconds: number): void {
  const needed = Math.ceil(firstSeconds * fewestRounds);
  if (needed > budget * slack)
    throw new UsageError(
      `Cannot keep to a budget of ${budget} s: the ${fewestRounds} rounds that an interval takes need about ${needed} s here; give it, or --rounds`,
    );
}

/** So many seconds more are what a forecast is for. */
const moreSeconds = 20;

/** What is still wider than asked, and what more time would bring, in a sentence for each; nothing where all is narrow. */
export function forecast(
  { precision }: Stopping,
  asked: readonly Asked[],
  secondsPerRound: number,
): string[] {
  return asked.flatMap(({ name, halfWidth, rounds }) => {
    if (halfWidth === null || halfWidth <= precision || rounds < 2) return [];
    const more = Math.max(1, Math.floor(moreSeconds / secondsPerRound));
    const then = (halfWidth * factor(rounds + more)) / factor(rounds);
    return [
      `${name} is known to ${showWidth(halfWidth)} after ${rounds} rounds, and ± ${precision} was asked: ` +
        `${Math.ceil(more * secondsPerRound)} more seconds would give ${showWidth(then)}.`,
    ];
  });
}

/** Beyond that a width says nothing but how few the rounds are, as two give billions. */
const widest = 100;

function showWidth(halfWidth: number): string {
  return halfWidth > widest ? `more than ± ${widest}` : `± ${halfWidth.toFixed(1)}`;
}

/** What the spread of rounds is times the half-width of their interval. */
function factor(rounds: number): number {
  return tQuantile(0.05, rounds - 1) / Math.sqrt(rounds);
}

/** How long the last round took that told anything, in seconds. */
export function lastRoundSeconds(
  found: readonly { readonly job: { readonly round: number }; readonly atMs: number }[],
): number {
  const last = Math.max(...found.map(({ job }) => job.round));
  const endOf = (round: number) =>
    Math.max(0, ...found.filter(({ job }) => job.round <= round).map(({ atMs }) => atMs));
  return Math.max(0.001, (endOf(last) - endOf(last - 1)) / 1e3);
}
