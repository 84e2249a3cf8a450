import { type Duet, runDuet } from "./duet.ts";
import { type Change, judgePairs } from "./verdict.ts";

/**
 * Compares two revisions. When a figure looks slower by more than half the margin, a second duet of as many pairs
 * follows, and all pairs are judged together. A figure is called slower only then, and only when the second duet by
 * itself points the same way: processes differ by 10 to 20 %, and what one duet of 20 pairs shows is often chance. Fails
 * as `runDuet` does.
 */
export async function compareRevisions(duet: Duet, marginPercent: number): Promise<Change[]> {
  const first = await runDuet(duet);
  const changes = judgePairs(first, marginPercent);
  if (changes.every(({ percent }) => percent.estimate <= marginPercent / 2)) return changes;
  const second = await runDuet({ ...duet, seed: duet.seed + duet.pairs });
  const again = new Map(
    judgePairs(second, marginPercent).map(({ name, percent }) => [name, percent.estimate]),
  );
  return judgePairs([...first, ...second], marginPercent).map((change) => {
    const confirmed = change.verdict !== "slower" || (again.get(change.name) ?? 0) > 0;
    return confirmed ? change : { ...change, verdict: "inconclusive" };
  });
}
