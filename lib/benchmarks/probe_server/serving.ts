import { findServing } from "../../measure/serving_process.ts";
import { findListener, listProcesses } from "../../processes.ts";
import { isLoopback } from "../../runtimes/listening.ts";
import type { Connection } from "../../runtimes/mcp/connection.ts";
import type { Target } from "./target.ts";

/** The process that serves, of those that a command has started, or that listens at a URL of this machine; `null` where it cannot be seen. */
export async function servingOf(
  { url }: Target,
  members: readonly number[],
  connection: Connection,
): Promise<number | null> {
  if (url === null) return findServing(members, connection.nothing);
  const { hostname, port, protocol } = new URL(url);
  if (!isLoopback(hostname.replace(/^\[|\]$/g, ""))) return null;
  return findListener(Number(port || (protocol === "https:" ? 443 : 80)));
}

/** How long after a command the process was started that serves; `null` where the system does not tell. */
export function launchMs(serving: number | null, members: readonly number[]): number | null {
  const [first] = members;
  if (serving === first && first !== undefined) return 0;
  const started = (pid: number | null | undefined) =>
    listProcesses().find((one) => one.pid === pid)?.startedMs;
  const [from, to] = [started(first), started(serving)];
  return typeof from === "number" && typeof to === "number" ? to - from : null;
}
