import type { JobTools } from "../../experiment.ts";
import { allowedCores, bind } from "../../measure/cores.ts";
import { openResident } from "../../measure/heap_reader.ts";
import { pinTogether } from "../../measure/pin.ts";
import { measureCrowd } from "./crowd.ts";
import { openCalls } from "./make_calls.ts";
import { repeat } from "./repeat.ts";
import type { PlannedJob, Said } from "./said.ts";
import { type ProbedServer, withServer } from "./server.ts";
import { startOf, timed } from "./start.ts";

/** Both ends are warm after 2,000 to 3,000 calls; a slow server is not waited for so long. */
const warmUp = { times: 2_000, ms: 600 } as const;
const blockSize = 10;
const blocks = { times: 200, ms: 800 } as const;
/** How long a server is left alone before its memory is read. */
const idleMs = 200;

/** One round: a fresh server, its memory, its calls one at a time, and then many at once. */
export async function measureCalls(
  job: PlannedJob,
  { opened, say, watch, turn }: JobTools<Said>,
): Promise<void> {
  const { target, plan, pin } = job;
  await withServer(target, { opened }, async (server) => {
    const { connection } = server;
    const { name, version } = connection.server;
    const { ms: listMs } = await timed(connection, () => connection.list());
    const start = await startOf(server, { listMs, callMs: null });
    if (start) say({ kind: "start", isFirst: false, start });
    else say({ kind: "handshake", ms: server.handshakeMs });
    await sayMemory(server, say);
    const calls = openCalls(connection);
    await turn();
    const share = (ms: number) => ms / plan.calls.length;
    for (const call of plan.calls) await repeat({ ...warmUp, ms: share(warmUp.ms) }, () => calls.make(call));
    const [own, cores] = [server.members(), allowedCores()];
    // A server that others have started is not ours to bind.
    const pinned = pinTogether(target.command ? pin : "none", own);
    const stopWatching = watch([process.pid, ...own], pinned);
    for (const call of plan.calls) {
      const [callNs, nothingNs]: [number[], number[]] = [[], []];
      await repeat({ ...blocks, ms: share(blocks.ms) }, async () => {
        for (let n = 0; n < blockSize; n++) callNs.push(await calls.make(call));
        for (let n = 0; n < blockSize; n++) nothingNs.push(await nanoseconds(connection.nothing));
      });
      say({ kind: "calls", server: `${name} ${version}`, tool: call.tool, callNs, nothingNs });
    }
    stopWatching();
    if (pinned.mode !== "none") for (const pid of [process.pid, ...own]) bind(pid, cores);
    await measureCrowd(calls, plan, say);
    const { lines, bytes } = server.junk();
    say({ kind: "junk", lines, bytes });
  });
}

/** What is resident of the process that serves, and of those that have started it. */
async function sayMemory(server: ProbedServer, say: JobTools<Said>["say"]): Promise<void> {
  await Bun.sleep(idleMs);
  const serving = await server.serving();
  if (serving === null) return;
  const sizeOf = async (pid: number) => (await openResident(pid)?.read()) ?? 0;
  const others = await Promise.all(
    server
      .members()
      .filter((pid) => pid !== serving)
      .map(sizeOf),
  );
  const launcherBytes = others.reduce((sum, bytes) => sum + bytes, 0);
  say({ kind: "memory", idleBytes: await sizeOf(serving), launcherBytes });
}

async function nanoseconds(work: () => Promise<void>): Promise<number> {
  const startNs = Bun.nanoseconds();
  await work();
  return Bun.nanoseconds() - startNs;
}
