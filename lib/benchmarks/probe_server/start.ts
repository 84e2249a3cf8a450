import type { Connection } from "../../runtimes/mcp/connection.ts";
import type { Start } from "./said.ts";
import type { ProbedServer } from "./server.ts";
import { launchMs } from "./serving.ts";

/** Does a request, and answers how long it took until the answer was there, which the client has still to read. */
export async function timed<T>(
  connection: Connection,
  request: () => Promise<T>,
): Promise<{ readonly value: T; readonly ms: number }> {
  const fromMs = performance.now();
  const value = await request();
  return { value, ms: Math.max(0, connection.heardMs() - fromMs) };
}

/** What its start took, with the requests that came after the handshake; `null` of one that others have started. */
export async function startOf(
  server: ProbedServer,
  requests: Pick<Start, "listMs" | "callMs">,
): Promise<Start | null> {
  const members = server.members();
  if (members.length === 0) return null;
  const launch = launchMs(await server.serving(), members);
  const answeredMs = server.answeredMs - server.startedMs - (launch ?? 0);
  return { launchMs: launch, answeredMs, ...requests };
}

/** Until the tools are listed. */
export function totalOf({ launchMs, answeredMs, listMs }: Start): number {
  return (launchMs ?? 0) + answeredMs + listMs;
}
