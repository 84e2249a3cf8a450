/** Fewer rounds have an interval of several times their spread, more of them narrow it little. */
const fewest = 3;
const most = 10;

/** Rounds as long as another one fits into the budget, or exactly as many as were asked for. */
export function* planRounds<Job>(
  {
    rounds,
    budget,
    startMs,
    now = () => performance.now(),
  }: {
    readonly rounds: number | undefined;
    /** In seconds, from the start of the run. */
    readonly budget: number;
    readonly startMs: number;
    readonly now?: () => number;
  },
  jobOf: (round: number) => Job,
): Generator<Job, void> {
  const firstMs = now();
  for (let round = 0; round < (rounds ?? most); round++) {
    const perRound = (now() - firstMs) / Math.max(1, round);
    if (rounds === undefined && round >= fewest && now() - startMs + perRound > budget * 1e3) return;
    yield jobOf(round);
  }
}
