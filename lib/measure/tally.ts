import { audit } from "../judge/audit.ts";
import { Histogram } from "../judge/histogram.ts";
import type { Check } from "../judge/shapes.ts";

/** What became of the calls of one tool in one group. */
export interface Tally {
  readonly group: string;
  readonly tool: string;
  /** Calls by the code they failed with: that of a `ToolError`, `wrong_answer`, or `internal`. */
  readonly failed: Map<string, number>;
  /** Times of the successful calls, from the real start. */
  readonly service: Histogram;
  /** Times of the successful calls, from the intended start; empty for a closed loop, which intends none. */
  readonly response: Histogram;
}

/** What a load did. */
export interface Load {
  readonly tallies: readonly Tally[];
  readonly issued: number;
  /** From the start of the first call to the end of the last. */
  readonly elapsedMs: number;
  /** What the failed calls took together; their times are in no histogram. */
  readonly failedMs: number;
  /** Calls under way, averaged over the time by counting them, not by adding up their times. */
  readonly meanInFlight: number;
}

export function openTally(group: string, tool: string): Tally {
  return { group, tool, failed: new Map(), service: new Histogram(), response: new Histogram() };
}

/** Adds up tallies: of a group, a tool or a whole load. */
export function pool(tallies: readonly Tally[]) {
  const failed = new Map<string, number>();
  const [service, response] = [new Histogram(), new Histogram()];
  for (const tally of tallies) {
    service.merge(tally.service);
    response.merge(tally.response);
    for (const [code, count] of tally.failed) failed.set(code, (failed.get(code) ?? 0) + count);
  }
  return { ok: service.n, failed, service, response };
}

/** Successful calls per second. */
export function throughput({ tallies, elapsedMs }: Load): number {
  return (pool(tallies).ok * 1e3) / elapsedMs;
}

/**
 * What is true of every load: no call is lost, and, within 5 %, Little's law: the calls in flight, as they were
 * counted, are the calls per second times their mean time (Little, 1961).
 */
export function auditLoad(load: Load): Check[] {
  const { ok, failed, service } = pool(load.tallies);
  const failures = failed.values().reduce((sum, count) => sum + count, 0);
  const lost = ok + failures === load.issued ? [] : [`${ok} were answered and ${failures} failed`];
  const due = (service.sumNs / 1e6 + load.failedMs) / load.elapsedMs;
  const broken =
    Math.abs(load.meanInFlight / due - 1) <= 0.05
      ? []
      : [`their rate times their time makes ${due.toFixed(2)}`];
  return [
    audit("every call is accounted for", `${load.issued} calls were issued`, lost),
    audit("Little's law", `${load.meanInFlight.toFixed(2)} calls were in flight on average`, broken),
  ];
}

/** Several loads as one, as if they had been run without a pause. */
export function joinLoads(loads: readonly Load[]): Load {
  const tallies = loads.flatMap((load) => load.tallies);
  const sum = (of: (load: Load) => number) => loads.reduce((total, load) => total + of(load), 0);
  const elapsedMs = sum((load) => load.elapsedMs);
  return {
    tallies: [...Map.groupBy(tallies, ({ group, tool }) => `${group} ${tool}`).values()].flatMap((same) => {
      const [first] = same;
      return first ? [{ group: first.group, tool: first.tool, ...pool(same) }] : [];
    }),
    issued: sum(({ issued }) => issued),
    elapsedMs,
    failedMs: sum(({ failedMs }) => failedMs),
    meanInFlight: sum((load) => load.meanInFlight * load.elapsedMs) / elapsedMs,
  };
}

/** A load as it passes from one process to another: a histogram does not survive that. */
export type PackedLoad = ReturnType<typeof packLoad>;

export function packLoad({ tallies, ...load }: Load) {
  return {
    ...load,
    tallies: tallies.map(({ service, response, ...tally }) => ({
      ...tally,
      service: service.toJSON(),
      response: response.toJSON(),
    })),
  };
}

export function unpackLoad({ tallies, ...load }: PackedLoad): Load {
  return {
    ...load,
    tallies: tallies.map(({ service, response, ...tally }) => ({
      ...tally,
      service: Histogram.parse(service),
      response: Histogram.parse(response),
    })),
  };
}
