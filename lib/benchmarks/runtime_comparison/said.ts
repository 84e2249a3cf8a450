import type { Found } from "../../experiment.ts";
import type { StoredHistogram } from "../../judge/histogram.ts";
import type { Usage } from "../../measure/meter.ts";
import type { Load, PackedLoad } from "../../measure/tally.ts";
import type { Opened } from "../rounds.ts";
import type { Given, Part, Workload } from "./options.ts";

/** One round, in a process of its own. */
export interface Job {
  readonly round: number;
  readonly given: Given;
  readonly parts: readonly Part[];
  /** Addresses of the local network of peers. */
  readonly bootstrap: readonly string[] | undefined;
  /** Mixed calls per second to offer; `null` where the round has to find out itself. */
  readonly rates: readonly Rate[] | null;
}

export interface Rate {
  /** What part it is of what the slowest runtime can do, in words. */
  readonly share: string;
  readonly perSecond: number;
}

/** A workload on one side. */
export interface LoadSaid {
  readonly kind: "load";
  readonly workload: Workload;
  readonly runtime: string;
  readonly load: PackedLoad;
  /** `null` where sides take turns too quickly to tell who used what. */
  readonly usage: { readonly client: Usage; readonly server: Usage } | null;
}

/** Mixed calls at a rate, on one side. */
export interface RateSaid extends Rate {
  readonly kind: "rate";
  readonly runtime: string;
  readonly load: PackedLoad;
  readonly offeredPerSecond: number;
  readonly achievedPerSecond: number;
  readonly unsent: number;
  readonly saturated: readonly string[];
  readonly lateness: StoredHistogram;
  /** The response time of each call of a general tool, all of which every side made in this order, or `null`. */
  readonly generalNs: readonly (number | null)[];
}

/** A load at one concurrency, on one side. */
export interface PointSaid {
  readonly kind: "point";
  readonly runtime: string;
  readonly concurrency: number;
  readonly load: PackedLoad;
}

/** What went through one runtime of a router. */
export interface TrafficSaid {
  readonly kind: "traffic";
  readonly workload: Workload;
  readonly runtime: string;
  readonly calls: number;
  readonly errors: ReadonlyMap<string, number>;
  readonly latency: StoredHistogram;
}

export type Said = Opened | LoadSaid | RateSaid | PointSaid | TrafficSaid;

/** A load in one round, as it is judged. */
export interface Ran<Of extends LoadSaid | RateSaid = LoadSaid | RateSaid> {
  readonly round: number;
  readonly said: Of;
  readonly load: Load;
}

/** The rates that the first round found, for those that follow; `null` before. */
export function ratesIn(found: readonly Found<Job, Said>[]): Rate[] | null {
  const rates = found.flatMap(({ said }) => (said.kind === "rate" ? [said] : []));
  const distinct = new Map(rates.map(({ share, perSecond }) => [share, { share, perSecond }]));
  return distinct.size === 0 ? null : [...distinct.values()];
}

/** What it means, for somebody who watches. */
export function describe({ job, said }: Found<Job, Said>): string {
  if (said.kind === "opened") return `round ${job.round + 1}: opened in ${said.ms.toFixed(0)} ms`;
  const where = `round ${job.round + 1}, ${said.runtime}`;
  if (said.kind === "traffic") return `${where}: ${said.workload}, ${said.calls} calls by the router`;
  const what =
    said.kind === "load"
      ? said.workload
      : said.kind === "rate"
        ? `${said.perSecond}/s`
        : `${said.concurrency} at a time`;
  return `${where}: ${what}, ${said.load.issued} calls in ${said.load.elapsedMs.toFixed(0)} ms`;
}
