import type { Case } from "../case.ts";
import { needPeers as oursNeedPeers, casesOf as oursOf } from "../cases.ts";
import { addressesOf, openLocalPeers } from "../p2p/peers/local_peers.ts";
import { type Arm, openArms } from "../runtimes/arms.ts";
import { openForeign } from "../runtimes/foreign/open.ts";
import type { ToolSource } from "../runtimes/host.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import type { ToolkitOptions } from "../toolkit.ts";
import { caseOf } from "./brought_call.ts";
import { type BringGiven, isBrought } from "./options.ts";
import { ownTools, readToolsFile } from "./own_tools.ts";
import { foreignServer } from "./place.ts";
import type { CallPlan } from "./plan.ts";

/** What a benchmark is given that calls our tools or, in their place, those that its user brought. */
export type CalledGiven = BringGiven & CallPlan;

/** Where tools come from that a process of ours opens. What is needed for ours alone is not loaded for others. */
export async function sourceOf(
  { tools }: BringGiven,
  ours: Omit<ToolkitOptions, "brokerToken">,
): Promise<ToolSource> {
  if (tools !== undefined) return ownTools(tools);
  const { toolkit } = await import("../toolkit.ts");
  return toolkit(ours);
}

/** Opens the tools once for each arm, which is one for a server of somebody else's. Puts on `opened` what it opens. */
export async function openCalled(
  given: BringGiven & { readonly runtimes: readonly Arm[] },
  ours: Omit<ToolkitOptions, "brokerToken">,
  opened: AsyncDisposableStack,
): Promise<Runtime[]> {
  const foreign = foreignServer(given);
  if (foreign) return [opened.use(await openForeign(foreign))];
  return openArms(given.runtimes, await sourceOf(given, ours), opened);
}

/** How each of these tools is called, in the order of all. */
export async function casesOf(given: CalledGiven, names: readonly string[]): Promise<Case[]> {
  if (!isBrought(given)) return oursOf(names);
  const own = given.tools === undefined ? [] : (await readToolsFile(given.tools)).cases;
  const calls = given.called.filter(({ tool }) => names.includes(tool));
  return calls.map(
    (call) => own.find(({ tool }) => call.input === null && tool === call.tool) ?? caseOf(call),
  );
}

/** The addresses of local peers, which are opened where one of these tools acts on our network of them. */
export async function openPeersFor(
  given: BringGiven,
  names: readonly string[],
  opened: AsyncDisposableStack,
): Promise<string[] | undefined> {
  return needPeers(given, names) ? addressesOf(opened.use(await openLocalPeers())) : undefined;
}

/** Whether one of these tools acts on our network of peers. */
export function needPeers(given: BringGiven, names: readonly string[]): boolean {
  return !isBrought(given) && oursNeedPeers(names);
}
