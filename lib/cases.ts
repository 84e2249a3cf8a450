import { closestMatch } from "leven";
import { generalCases } from "./cases/general.ts";
import { peerCases } from "./cases/peer.ts";
import { taskqueueCases } from "./cases/taskqueue.ts";
import { workflowCases } from "./cases/workflow.ts";
import { UsageError } from "./errors.ts";
import type { Case } from "./measure/case.ts";

/** One honest call of each of the 26 peer-to-peer tools. */
export const p2pCases: readonly Case[] = [...workflowCases, ...taskqueueCases, ...peerCases];

/** One honest call of every tool. */
export const allCases: readonly Case[] = [...p2pCases, ...generalCases];

/** The named tools, each once, or all when none is named. Throws a `UsageError` for a name without a case. */
export function chooseTools(names: readonly string[], cases: readonly Case[]): string[] {
  const known = cases.map(({ tool }) => tool);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return known.filter((name) => names.length === 0 || names.includes(name));
  throw new UsageError(`Cannot measure "${unknown}": the nearest tool is "${closestMatch(unknown, known)}"`);
}
