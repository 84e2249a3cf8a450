import type { AskedCall } from "../../bring/asked_calls.ts";
import type { JobTools } from "../../experiment.ts";
import { median } from "../../judge/stats.ts";
import type { Calls } from "./make_calls.ts";
import type { Plan, Said, Trial } from "./said.ts";

/** Slow calls that are under way at the same time. */
export const slowCalls = 3;
/** For shorter ones nobody can tell whether another call waits: the server computes for as long itself. */
export const shortestSlowMs = 5;
const most = { trials: 10, ms: 700 } as const;
/** Calls that would take longer are not waited for. */
const patienceMs = 2_000;
const aloneCalls = 15;
const besideLong = 5;

/** What a quick call takes alone, and what while slow ones are under way. */
export async function measureCrowd(
  { make }: Calls,
  { slow, calls: [quick], slowMs: seenMs }: Plan,
  say: JobTools<Said>["say"],
): Promise<void> {
  const repeat = async (call: typeof slow, count: number) => {
    const times: number[] = [];
    while (times.length < count) times.push((await make(call)) / 1e6);
    return median(times);
  };
  const aloneMs = await repeat(quick, aloneCalls);
  const isLong = seenMs === null || seenMs > patienceMs;
  const slowMs = isLong ? null : await repeat(slow, 3);
  const trials =
    slowMs === null
      ? await besideLongCalls(make, { slow, quick })
      : await besideCalls(make, { slow, quick }, slowMs);
  say({ kind: "crowd", aloneMs, slowMs, trials });
}

interface Pair {
  readonly slow: AskedCall;
  readonly quick: AskedCall;
}

async function besideCalls(make: Calls["make"], { slow, quick }: Pair, slowMs: number): Promise<Trial[]> {
  const trials: Trial[] = [];
  if (slowMs < shortestSlowMs) return trials;
  const end = performance.now() + most.ms;
  while (trials.length < 2 || (trials.length < most.trials && performance.now() < end)) {
    const started = Array.from({ length: slowCalls }, () => make(slow));
    // Until they have arrived: requests over HTTP may overtake each other.
    const arriving = Bun.sleep(Math.min(slowMs / 5, 20));
    const made = arriving.then(async () => ({
      fromMs: performance.now(),
      quickMs: (await make(quick)) / 1e6,
    }));
    const [{ fromMs, quickMs }] = await Promise.all([made, ...started]);
    trials.push({ quickMs, slowLeftMs: performance.now() - fromMs });
  }
  return trials;
}

/** Calls that take so long that they are still under way when all is over; then they are given up. */
async function besideLongCalls(make: Calls["make"], { slow, quick }: Pair): Promise<Trial[]> {
  const over = new AbortController();
  const started = Array.from({ length: slowCalls }, () => make(slow, over.signal).catch(() => {}));
  await Bun.sleep(20);
  const trials: Trial[] = [];
  for (let isAnswered = true; isAnswered && trials.length < besideLong; ) {
    const late = AbortSignal.timeout(patienceMs);
    const ms = await make(quick, late).then(
      (ns) => ns / 1e6,
      (error) => {
        if (late.aborted) return null;
        throw error;
      },
    );
    isAnswered = ms !== null;
    trials.push({ quickMs: ms ?? patienceMs, slowLeftMs: patienceMs });
  }
  over.abort();
  await Promise.all(started);
  return trials;
}
