import { needPeers, p2pCases, toolsOf } from "../cases.ts";
import { type BringGiven, isBrought } from "./options.ts";
import type { CallPlan } from "./plan.ts";

/** Opening a node that finds its peers, and calling them, takes longer than all that does without. */
export const peerless = toolsOf(p2pCases).filter((tool) => !needPeers([tool]));

/** What the options of a quick look become: of all P2P tools of ours it takes these, and says which it does not. */
export function quickLook(taken: readonly string[]) {
  return <
    Given extends BringGiven &
      CallPlan & { readonly quick: boolean; readonly tool?: readonly string[] | undefined },
  >(
    given: Given,
  ): Given => {
    const { quick, tool: asked = toolsOf(p2pCases) } = given;
    if (!quick || isBrought(given) || asked.length < p2pCases.length) return given;
    const rest = asked.filter((tool) => !taken.includes(tool));
    return {
      ...given,
      ...(given.tool && { tool: taken }),
      left_out: rest.map((tool) => ({
        tool,
        reason: "it takes too long for --quick; run without it",
      })),
    };
  };
}
