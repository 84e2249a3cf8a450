import { UsageError } from "../../errors.ts";
import { readStat } from "../../measure/process_stat.ts";
import { isGone, type ProcessGroup, startGroup } from "../../process_group.ts";
import { type Connection, connectPipes, connectUrl } from "../../runtimes/mcp/connection.ts";
import { isRefusal, ServerFault } from "../../runtimes/mcp/server_fault.ts";
import { explain, type Junk, openJunk } from "./explain.ts";
import { servingOf } from "./serving.ts";
import type { Target } from "./target.ts";

/** A server that is started, where it has to be, and connected to. */
export interface ProbedServer {
  readonly connection: Connection;
  /** When its start began, or that of the handshake where it runs already, as `performance.now` has it. */
  readonly startedMs: number;
  /** How long the handshake took by itself, and when it was answered. */
  readonly handshakeMs: number;
  readonly answeredMs: number;
  /** Its processes, the last started last; none of a server that others have started. */
  members(): readonly number[];
  /** The process that answers; `null` where it cannot be seen. */
  serving(): Promise<number | null>;
  /** Another connection to a URL. */
  connect(): Promise<Connection>;
  /** What it has printed on its standard output that is no message. */
  junk(): Junk;
  /** Ends its input, or asks it to end where it has none. Answers how long all of it took to end; `null` when it did not. */
  end(patienceMs: number): Promise<number | null>;
}

export interface ServerOptions {
  /** Where the processes are closed when this one has to end meanwhile. */
  readonly opened: AsyncDisposableStack;
  readonly env?: Readonly<Record<string, string>>;
  /** How long it is left alone between its start and the handshake, and then until it rests; not at all by default. */
  readonly aloneMs?: number;
}

/**
 * Does work with a fresh server, and ends all of it. Throws a `MeasurementError` that says in one line what the server did
 * in place of what was asked of it, and a `UsageError` for one that cannot be started or is not there.
 */
export async function withServer<T>(
  target: Target,
  { opened, env = {}, aloneMs = 0 }: ServerOptions,
  work: (server: ProbedServer) => Promise<T>,
): Promise<T> {
  const { command, url } = target;
  if (command && url) await refuseTaken(url);
  const startedMs = performance.now();
  const group = command && opened.use(startGroup(command, { env, piped: url === null }));
  const junk = openJunk();
  try {
    if (group && aloneMs > 0) await leaveAlone(group, aloneMs);
    const beganMs = performance.now();
    await using connection = await connectTo(target, group, junk.put);
    const answeredMs = connection.heardMs();
    return await work({
      connection,
      ...{ startedMs: group ? startedMs : beganMs, answeredMs, handshakeMs: answeredMs - beganMs },
      members: () => group?.members() ?? [],
      serving: () => servingOf(target, group?.members() ?? [], connection),
      connect: () => connectTo(target, group, junk.put),
      junk: junk.of,
      end: (patienceMs) => endOf(group, connection, patienceMs),
    });
  } catch (error) {
    if (!(error instanceof ServerFault)) throw error;
    throw await explain(error, target, group, junk.of());
  } finally {
    await group?.[Symbol.asyncDispose]();
  }
}

async function connectTo(
  { url, timeoutMs, ...options }: Target,
  group: ProcessGroup | null,
  onJunk: (line: string) => void,
): Promise<Connection> {
  if (url === null) {
    if (!group?.pipes) throw new TypeError("Cannot connect: there is neither a URL nor a process with pipes");
    return connectPipes(group.pipes, { ...options, timeoutMs, onJunk });
  }
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await connectUrl(url, { ...options, timeoutMs });
    } catch (error) {
      const isComing = group !== null && group.members().length > 0 && performance.now() < end;
      if (!(error instanceof ServerFault) || error.kind !== "refused" || !isComing) throw error;
      await Bun.sleep(5);
    }
  }
}

/** How long a process that rests uses no core, looked at every so often. */
const resting = { looks: 4, everyMs: 50 } as const;

/** On a busy machine a start may take longer than one did before; one that never rests is left alone three times as long. */
async function leaveAlone(group: ProcessGroup, ms: number): Promise<void> {
  const end = performance.now() + 3 * ms;
  await Bun.sleep(ms);
  let before = await cpuMsOf(group.members());
  for (let quiet = 0; quiet < resting.looks && performance.now() < end; ) {
    await Bun.sleep(resting.everyMs);
    const now = await cpuMsOf(group.members());
    quiet = now > before ? 0 : quiet + 1;
    before = now;
  }
}

async function cpuMsOf(pids: readonly number[]): Promise<number> {
  const stats = await Promise.all(pids.map(readStat));
  return stats.reduce((sum, stat) => sum + (stat?.cpuMs ?? 0), 0);
}

/** How long whoever is there may take to answer. */
const takenMs = 2_000;

/** Whoever answers before the server is started would be measured in its place. */
async function refuseTaken(url: string): Promise<void> {
  const signal = AbortSignal.timeout(takenMs);
  for (;;) {
    const answer = await fetch(url, { method: "OPTIONS", redirect: "manual", signal }).catch(
      (error) => error,
    );
    if (!(answer instanceof Error) || signal.aborted) break;
    if (isRefusal(answer)) return;
    // A connection that was kept to the server before is reset; the next one is new.
    await Bun.sleep(5);
  }
  throw new UsageError(`Cannot start a server for ${new URL(url).origin}: somebody answers there already`);
}

async function endOf(group: ProcessGroup | null, connection: Connection, patienceMs: number) {
  const fromMs = performance.now();
  await connection[Symbol.asyncDispose]();
  if (!group) return null;
  // A server at a URL has no input that could end.
  if (!group.pipes) process.kill(group.pid, "SIGTERM");
  return (await isGone(group.pid, patienceMs)) ? performance.now() - fromMs : null;
}
