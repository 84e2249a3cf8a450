import type { Found } from "../experiment.ts";
import { median } from "../judge/stats.ts";
import { type Asked, forecast, lastRoundSeconds, type Stopping } from "../stopping.ts";

/** How long it took to open what a job measures, in milliseconds. */
export interface Opened {
  readonly kind: "opened";
  readonly ms: number;
  /** Which of the jobs of a round it is, in words; all of one kind take as long. */
  readonly job: string;
}

/** What rounds cost, and what more of them would narrow, in sentences; nothing where none was opened. */
export function notesOnRounds(
  found: readonly Found<{ readonly round: number }, { readonly kind: string }>[],
  stopping: Stopping,
  asked: readonly Asked[],
): string[] {
  const opened = found.map(({ said }) => said).filter(isOpened);
  if (opened.length === 0) return [];
  const medians = [...Map.groupBy(opened, ({ job }) => job)].map(([job, own]) => {
    const seconds = median(own.map(({ ms }) => ms)) / 1e3;
    return `${seconds.toFixed(2)} s ${job}`;
  });
  return [
    `Opening a round took ${medians.join(", ")} (medians).`,
    ...forecast(stopping, asked, lastRoundSeconds(found)),
  ];
}

function isOpened(said: { readonly kind: string }): said is Opened {
  return said.kind === "opened";
}
