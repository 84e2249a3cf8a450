import { type Figure, figure } from "../../judge/scale.ts";
import type { ScaleName } from "../../judge/shapes.ts";
import { mean } from "../../judge/stats.ts";
import { type Load, pool, throughput } from "../../measure/tally.ts";
import type { Ran } from "./said.ts";

export type Group = "p2p" | "general";

/** A figure of one tool under a load, in nanoseconds; `null` where it was not called. */
export type OfTool = (load: Load, tool: string) => number | null;

export const medianService: OfTool = (load, tool) => medianOf(load, tool, "service");

export const meanResponse: OfTool = (load, tool) => {
  const response = find(load, tool)?.response;
  return response && response.n > 0 ? response.sumNs / response.n : null;
};

function medianOf(load: Load, tool: string, kind: "service" | "response"): number | null {
  const histogram = find(load, tool)?.[kind];
  return histogram && histogram.n > 0 ? histogram.percentile(0.5) : null;
}

function find({ tallies }: Load, name: string) {
  return tallies.find(({ tool }) => tool === name);
}

/** The geometric mean of the tools' ratios to the reference; `null` where no tool of the group was called on both. */
export function ratioOf(group: Group, of: OfTool, own: Load, reference: Load): number | null {
  const tools = own.tallies.filter((tally) => tally.group === group).map(({ tool }) => tool);
  const logs = tools.flatMap((tool) => {
    const [mine, other] = [of(own, tool), of(reference, tool)];
    return mine === null || other === null ? [] : [Math.log(mine / other)];
  });
  return logs.length === 0 ? null : Math.exp(mean(logs));
}

/** All calls of a group, whatever the tool; `null` without any. */
export function latencyOf(loads: readonly Load[], group: Group, kind: "service" | "response") {
  const tallies = loads.flatMap((load) => load.tallies.filter((tally) => tally.group === group));
  const histogram = pool(tallies)[kind];
  return histogram.n === 0 ? null : histogram.latency();
}

/** A figure of a load beside the reference of the same round. */
export type Compare = (own: Load, reference: Load) => number | null;

/** What a side comes to against the reference of the same round, over rounds; `null` for the reference itself. */
export function versus(
  all: readonly Ran[],
  name: string,
  reference: string,
  scale: ScaleName,
  compare: Compare,
): Figure | null {
  if (name === reference) return null;
  const values = all.flatMap(({ round, said, load }) => {
    if (said.runtime !== name) return [];
    const other = all.find((one) => one.round === round && one.said.runtime === reference);
    return (other && compare(load, other.load)) ?? [];
  });
  return values.length === 0 ? null : figure(scale, values);
}

/** What P2P tools save, in percent. */
export const saving =
  (of: OfTool): Compare =>
  (own, reference) => {
    const ratio = ratioOf("p2p", of, own, reference);
    return ratio === null ? null : (1 - ratio) * 100;
  };

/** What general tools take more, in percent. */
export const excess =
  (of: OfTool): Compare =>
  (own, reference) => {
    const ratio = ratioOf("general", of, own, reference);
    return ratio === null ? null : (ratio - 1) * 100;
  };

/** How many calls more there are in a second, in percent. */
export const moreCalls: Compare = (own, reference) => (throughput(own) / throughput(reference) - 1) * 100;

/** The sides that ran, in the order of the first round. */
export function namesOf(runs: readonly Ran[]): string[] {
  return [...new Set(runs.map(({ said }) => said.runtime))];
}
