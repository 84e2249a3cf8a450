import { openPeersFor, sourceOf } from "../../bring/called.ts";
import { openRandom } from "../../random.ts";
import type { ToolSource } from "../../runtimes/host.ts";
import { fewestRounds } from "../../stopping.ts";
import { type Call, callsIn, partOf } from "./climbed.ts";
import { type Given, perVisit, toolsIn } from "./options.ts";
import type { Job } from "./said.ts";

/** What jobs share. */
export interface Around {
  /** Addresses of the local network of peers, where a tool needs them. */
  readonly bootstrap: readonly string[] | undefined;
  readonly source: ToolSource;
}

/** Opens what all jobs need. */
export async function openAround(given: Given, opened: AsyncDisposableStack): Promise<Around> {
  return {
    bootstrap: await openPeersFor(given, toolsIn(given), opened),
    source: await sourceOf(given, {}),
  };
}

/** The jobs of a round, of the parts that are still open. */
export function* jobsOf(
  round: number,
  open: ReadonlySet<string> | null,
  given: Given,
  { bootstrap, source }: Around,
): Generator<Job, void> {
  const job = { round, given };
  const calls = callsIn(given).filter((call) => !open || open.has(partOf(call)));
  const of = (kind: Call["kind"]) => calls.filter((call) => call.kind === kind).map((call) => call.of);
  const payloads = given.payload.filter(({ name }) => of("payload").includes(name));
  if (of("tools").length > 0) yield { ...job, kind: "tools", tools: of("tools"), bootstrap };
  if (payloads.length > 0) yield { ...job, kind: "payload", payloads };
  for (const runtime of of("registered")) yield { ...job, kind: "registered", runtime };
  // Not in the first round where others follow: what that takes tells whether eight of them fit into the budget.
  const first = given.rounds === undefined ? 1 : 0;
  if (!given.cold.includes(round - first)) return;
  for (const arm of openRandom(given.seed, round).shuffle(given.runtimes))
    yield { ...job, kind: "cold", arm, source };
}

/** How much the rounds will tell, about. */
export function stepsOf(given: Given): number {
  const { rounds = fewestRounds, runtimes, cold } = given;
  const visits = callsIn(given).reduce((sum, { samples }) => sum + Math.ceil(samples / perVisit), 0);
  return rounds * (visits + 1) + Math.min(rounds, cold.length) * runtimes.length;
}
