import { fillIn } from "../../bring/asked_calls.ts";
import type { JobTools } from "../../experiment.ts";
import type { PlannedJob, Said } from "./said.ts";
import { type ProbedServer, withServer } from "./server.ts";
import { startOf, timed } from "./start.ts";

/** As many starts are enough, and as long they may take, where that is no fewer. */
const starts = { fewest: 2, most: 8, ms: 5_000 } as const;
/** A handshake by itself takes a start that is left alone for longer than it takes; a slow one is left alone once. */
const quickStartMs = 1_000;
const handshakes = 3;
/** So much longer than a start that was seen takes, so that it is up by then. */
const alone = 1.5;

/** Starts the server again and again, and lets it end: its phases, and how long its end takes. */
export async function measureStarts(job: PlannedJob, tools: JobTools<Said>): Promise<void> {
  const { target, plan, patienceMs, share } = job;
  const { opened, say } = tools;
  const sayEnd = async (server: ProbedServer) => say({ kind: "end", ms: await server.end(patienceMs) });
  const [{ tool, input }] = plan.calls;
  const fromMs = performance.now();
  const aloneMs = plan.startMs * alone;
  const isQuick = plan.startMs <= quickStartMs;
  for (let n = 0; n < (isQuick ? handshakes : 1); n++)
    await withServer(target, { opened, aloneMs }, async (server) => {
      say({ kind: "handshake", ms: server.handshakeMs });
      await sayEnd(server);
    });
  const fewest = isQuick ? starts.fewest : 0;
  for (let n = 0; n < fewest || (n < starts.most && performance.now() - fromMs < starts.ms * share); n++)
    await withServer(target, { opened }, async (server) => {
      const { connection } = server;
      const { ms: listMs } = await timed(connection, () => connection.list());
      const { ms: callMs } = await timed(connection, () => connection.call(tool, fillIn(input, n)));
      const start = await startOf(server, { listMs, callMs });
      if (start) say({ kind: "start", isFirst: false, start });
      await sayEnd(server);
    });
}
