/** One round of p2p_latency, as a process: both runtimes opened fresh, and each tool measured on both. */

import { peerCases } from "../cases/peer.ts";
import { p2pCases } from "../cases.ts";
import { openLocalPeers } from "../engines/peers/local_peers.ts";
import { interleave } from "../measure/interleave.ts";
import { openArm } from "../measure/latency.ts";
import { openRandom } from "../random.ts";
import { openDirect } from "../runtimes/direct.ts";
import { openHttpHost } from "../runtimes/host.ts";
import { openToolkit } from "../toolkit.ts";
import { jobSchema, type RoundEvent } from "./p2p_latency.ts";
import { runRound } from "./round.ts";

const job = jobSchema.parse(JSON.parse(Bun.argv[2] ?? ""));

await runRound<RoundEvent>(async (opened, say) => {
  const cases = p2pCases.filter(({ tool }) => job.tools.includes(tool));
  const needsPeers = cases.some((testCase) => peerCases.includes(testCase));
  const peers = needsPeers ? opened.use(await openLocalPeers()).peers : undefined;
  const bootstrap = peers?.flatMap(({ multiaddrs }) => multiaddrs);
  const [toolkit, there] = await Promise.all([openToolkit({ bootstrap }), openHttpHost({ bootstrap })]);
  opened.use(toolkit);
  opened.use(there);
  const here = openDirect(toolkit.registry);
  const [direct, http] = [openArm(here), openArm(there)];
  say({ event: "ready", direct_pid: here.pid, http_pid: there.pid });

  for (const testCase of openRandom(job.seed, job.round).shuffle(cases)) {
    const { tool, branch } = testCase;
    const { category } = toolkit.registry.get(tool);
    // Which arm goes first changes from tool to tool, and for each tool from round to round.
    const directFirst = (p2pCases.indexOf(testCase) + job.round) % 2 === 0;
    const order = directFirst ? ([direct, http] as const) : ([http, direct] as const);
    const [a, b] = await direct.guard(http.guard(interleave(order, testCase, job.iterations)));
    const arms = directFirst ? { direct: a, http: b } : { direct: b, http: a };
    say({ event: "measured", tool, category, branch, ...arms });
  }
});
