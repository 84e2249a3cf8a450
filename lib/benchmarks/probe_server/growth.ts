import type { JobTools } from "../../experiment.ts";
import { type MemoryReader, openHeapHook, openResident } from "../../measure/heap_reader.ts";
import type { Connection } from "../../runtimes/mcp/connection.ts";
import { openCalls } from "./make_calls.ts";
import { repeat } from "./repeat.ts";
import type { PlannedJob, Said } from "./said.ts";
import { type ProbedServer, withServer } from "./server.ts";

/** Code is compiled, and caches fill, before the first reading. */
const leadIn = { times: 5_000, ms: 1_200 } as const;
const step = { times: 1_000, ms: 120 } as const;
const readings = 20;
/** That are open at once. */
export const sessions = 100;

/** What calls leave behind, and sessions: how much is held after so many of them. */
export async function measureGrowth(
  { target, plan, share }: PlannedJob,
  { opened, say }: JobTools<Said>,
): Promise<void> {
  const hook = opened.use(await openHeapHook());
  await withServer(target, { opened, env: hook.env }, async (server) => {
    const serving = await server.serving();
    const reader = serving === null ? null : target.command ? hook.readerOf(serving) : openResident(serving);
    if (!reader) return;
    const { make } = openCalls(server.connection);
    const [call] = plan.calls;
    say({ kind: "growth", of: "call", by: reader.kind, points: await grow(reader, share, () => make(call)) });
    if (target.url === null) return;
    await saySessions(server, reader, say);
    const comeAndGo = async () => {
      await using session = await server.connect();
      await session.list();
    };
    say({ kind: "growth", of: "session", by: reader.kind, points: await grow(reader, share, comeAndGo) });
  });
}

/** What is held after so many times of some work. */
async function grow(
  reader: MemoryReader,
  share: number,
  work: () => Promise<unknown>,
): Promise<[number, number][]> {
  let made = await repeat({ ...leadIn, ms: leadIn.ms * share }, work);
  const points: [number, number][] = [];
  for (;;) {
    const bytes = await reader.read();
    if (bytes !== null) points.push([made, bytes]);
    if (points.length > readings || bytes === null) return points;
    made += await repeat({ ...step, ms: step.ms * share }, work);
  }
}

async function saySessions(
  server: ProbedServer,
  reader: MemoryReader,
  say: JobTools<Said>["say"],
): Promise<void> {
  const before = await reader.read();
  await using open = new AsyncDisposableStack();
  const connections: Connection[] = [];
  for (let n = 0; n < sessions; n++) connections.push(open.use(await server.connect()));
  const after = await reader.read();
  if (before === null || after === null) return;
  say({ kind: "sessions", count: sessions, bytesEach: (after - before) / sessions, by: reader.kind });
}
