import { listProcesses } from "../processes.ts";
import type { Runtime } from "../runtimes/runtime.ts";

/** The processes other than this one that serve: also those that a command of somebody else's has started in its group. */
export function serversOf(hosts: readonly Pick<Runtime, "pid">[]): number[] {
  const pids = hosts.map(({ pid }) => pid).filter((pid) => pid !== process.pid);
  const started = listProcesses().flatMap(({ pid, group }) => (pids.includes(group) ? pid : []));
  return [...new Set([...pids, ...started])];
}
