import type { Case } from "./case.ts";
import { generalCases } from "./general/cases.ts";
import { peerCases } from "./p2p/peers/cases.ts";
import { taskqueueCases } from "./p2p/tasks/cases.ts";
import { workflowCases } from "./p2p/workflows/cases.ts";

/** One honest call of each of the 26 peer-to-peer tools. */
export const p2pCases: readonly Case[] = [...workflowCases, ...taskqueueCases, ...peerCases];

/** One honest call of every tool. */
export const allCases: readonly Case[] = [...p2pCases, ...generalCases];

export function toolsOf(cases: readonly Pick<Case, "tool">[]): string[] {
  return cases.map(({ tool }) => tool);
}

/** The cases of these tools, in the order of all. */
export function casesOf(tools: readonly string[]): Case[] {
  return allCases.filter(({ tool }) => tools.includes(tool));
}

/** Whether one of these tools acts on peers. */
export function needPeers(tools: readonly string[]): boolean {
  return peerCases.some(({ tool }) => tools.includes(tool));
}
