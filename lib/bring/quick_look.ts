import { needPeers, p2pCases, toolsOf } from "../cases.ts";
import { type BringGiven, isBrought } from "./options.ts";
import type { CallPlan } from "./plan.ts";

const p2pTools = toolsOf(p2pCases);

/** Opening a node that finds its peers, and calling them, takes longer than all that does without. */
export const peerless = p2pTools.filter((tool) => !needPeers([tool]));

const reason = "it takes too long for --quick; run without it";

type Given = BringGiven &
  CallPlan & { readonly quick: boolean; readonly tool?: readonly string[] | undefined };

/**
 * What the options of a quick look become that has all tools of ours before it: it takes these of them, and says which it
 * leaves out.
 */
export function quickLook(taken: readonly string[], all: readonly string[] = p2pTools) {
  return <Asked extends Given>(given: Asked): Asked => {
    const { quick, tool = all } = given;
    const isAll = tool.length === all.length && all.every((one) => tool.includes(one));
    if (!quick || isBrought(given) || !isAll) return given;
    const rest = all.filter((one) => !taken.includes(one));
    return {
      ...given,
      ...(given.tool && { tool: taken }),
      left_out: rest.map((one) => ({ tool: one, reason })),
    };
  };
}
