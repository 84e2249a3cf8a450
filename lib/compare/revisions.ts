import { type Duet, runDuet } from "./duet.ts";
import { type Change, judgePairs } from "./verdict.ts";

/**
 * Compares two revisions. What looks slower must look so again in a second duet of as many pairs, or it is
 * inconclusive: one of 40 figures that did not change has an interval that says it did. Fails as `runDuet` does.
 */
export async function compareRevisions(duet: Duet, marginPercent: number): Promise<Change[]> {
  const first = await runDuet(duet);
  const changes = judgePairs(first, marginPercent);
  if (changes.every(({ verdict }) => verdict !== "slower")) return changes;
  const second = await runDuet({ ...duet, seed: duet.seed + duet.pairs });
  const again = new Map(judgePairs(second, marginPercent).map((change) => [change.name, change.verdict]));
  const both = new Map(
    judgePairs([...first, ...second], marginPercent).map((change) => [change.name, change]),
  );
  return changes.map((change) => {
    const confirmed = change.verdict !== "slower" || again.get(change.name) === "slower";
    return confirmed ? change : { ...(both.get(change.name) ?? change), verdict: "inconclusive" };
  });
}
