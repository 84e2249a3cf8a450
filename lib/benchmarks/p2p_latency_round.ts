/** One round of p2p_latency, as a process: both runtimes opened fresh, and each tool measured on both. */

import { peerCases } from "../cases/peer.ts";
import { p2pCases } from "../cases.ts";
import { untilParentEnds } from "../child.ts";
import { MeasurementError } from "../errors.ts";
import { interleave } from "../measure/interleave.ts";
import { openArm } from "../measure/latency.ts";
import { openRandom } from "../random.ts";
import { openDirect } from "../runtimes/direct.ts";
import { openHttpHost } from "../runtimes/host.ts";
import { openToolkit } from "../toolkit.ts";
import { jobSchema, type RoundEvent } from "./p2p_latency.ts";

const job = jobSchema.parse(JSON.parse(Bun.argv[2] ?? ""));
const opened = new AsyncDisposableStack();
void untilParentEnds().then(leave);
try {
  await measureRound();
} catch (error) {
  if (!(error instanceof MeasurementError)) throw error;
  say({ event: "failed", message: error.message });
}
await leave();

async function measureRound() {
  const cases = p2pCases.filter(({ tool }) => job.tools.includes(tool));
  const bootstrap = cases.some((one) => peerCases.includes(one)) ? await openPeers() : undefined;
  const [toolkit, there] = await Promise.all([openToolkit({ bootstrap }), openHttpHost({ bootstrap })]);
  const { registry } = opened.use(toolkit);
  const here = openDirect(registry);
  opened.use(there);
  const [direct, http] = [openArm(here), openArm(there)];
  say({ event: "ready", direct_pid: here.pid, http_pid: there.pid });
  for (const testCase of openRandom(job.seed, job.round).shuffle(cases)) {
    const { tool, branch } = testCase;
    const { category } = registry.get(tool);
    // Which arm goes first changes from tool to tool, and for each tool from round to round.
    const directFirst = (p2pCases.indexOf(testCase) + job.round) % 2 === 0;
    const [a, b] = await interleave(directFirst ? [direct, http] : [http, direct], testCase, job.iterations);
    const arms = directFirst ? { direct: a, http: b } : { direct: b, http: a };
    say({ event: "measured", tool, category, branch, ...arms });
  }
}

async function openPeers(): Promise<string[]> {
  const { openLocalPeers } = await import("../engines/peers/local_peers.ts");
  const { peers } = opened.use(await openLocalPeers());
  return peers.flatMap(({ multiaddrs }) => multiaddrs);
}

function say(event: RoundEvent): void {
  console.log(JSON.stringify(event));
}

async function leave(): Promise<never> {
  await opened.disposeAsync();
  process.exit();
}
