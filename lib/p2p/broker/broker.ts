/**
 * Why this is not done by bunqueue's own clients: those of 2.9.5 were tried in its place, in turns with it, on two busy
 * cores. In brackets: % of our steps per second with 4, 16 and 256 in flight, in two runs; 70 would have done.
 * - `QueueEvents` for what a `Worker` returns (61–93, 68–73, 73–106): they connect again by themselves and tell nobody.
 *   What comes meanwhile is lost, and waited for without end: an outcome within 100 ms of a cut, which the server makes
 *   itself when 64 MiB lie unread, or all work of a server that is back by then.
 * - `Job.waitUntilFinished` instead (74–81, 55–56, 58–68): the server has to keep what has ended, 70 kB for each step
 *   of 1,000 rows; of ours it keeps nothing.
 * - A queue of outcomes, filled by `FlowProducer` and emptied by a second `Worker` (32–42, 36–40, 51–70).
 * - Its `Worker` alone in place of ours (45–71, 54–69, 62–63). It renews the youngest locks too: what it had held for
 *   0.5 s when it was killed came back after 0.5 to 10 s, of ours after 0.5 to 0.6 s.
 */

import { ToolError, UsageError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import { BrokerConnection, BrokerRefusal, type BrokerTarget } from "./connection.ts";
import { parseAddress } from "./options.ts";
import { BrokerSubmitter, type Done, type RunOptions } from "./submitter.ts";
import { BrokerWorker, type WorkHandler } from "./worker.ts";

const openMs = 5_000;
/** What the server should still hear from one that leaves; a server that is stuck holds up nobody. */
const leaveMs = 2_000;

/**
 * Joins the bunqueue server at `address` ("host:port"); the token is `$BROKER_TOKEN` if none is given. Throws a
 * `UsageError` when it cannot be reached or refuses the token.
 */
export async function openBroker(address: string, token?: Secret): Promise<Broker> {
  const parsed = parseAddress(address);
  if (!parsed) throw new UsageError(`Cannot use broker "${address}": it must be host:port`);
  const target = { ...parsed, token: token?.reveal() ?? process.env.BROKER_TOKEN };
  const connections = new AsyncDisposableStack();
  const connect = async () => connections.use(await connectTo(target, address));
  try {
    return new Broker(address, { out: await connect(), replies: await connect(), connect, connections });
  } catch (error) {
    await connections.disposeAsync();
    throw error;
  }
}

/** Throws the `UsageError` of `openBroker`, before anything else is started, when the server cannot be used. */
export async function checkBroker(address: string, token?: Secret): Promise<void> {
  await using _ = await openBroker(address, token);
}

interface Joined {
  readonly out: BrokerConnection;
  readonly replies: BrokerConnection;
  readonly connect: () => Promise<BrokerConnection>;
  readonly connections: AsyncDisposableStack;
}

/**
 * Work that processes give each other through a bunqueue server. It is done at least once, also when a worker dies in
 * the middle, and one outcome counts. When the server is lost, all work fails with `unreachable`, now and later.
 */
export class Broker implements AsyncDisposable {
  readonly address: string;
  readonly #joined: Joined;
  readonly #submitter: BrokerSubmitter;
  readonly #workers: BrokerWorker[] = [];
  #answers: Promise<BrokerConnection> | undefined;
  #over: Error | undefined;

  constructor(address: string, joined: Joined) {
    this.address = address;
    this.#joined = joined;
    this.#submitter = new BrokerSubmitter(joined.out, joined.replies, (error) => this.#lose(error));
  }

  /** Has a worker do it and answers what became of it. Throws a `RemoteFailure`, `unreachable` or the signal's reason. */
  run(kind: string, work: unknown, options: RunOptions): Promise<Done> {
    return this.#submitter.run(kind, work, options);
  }

  /** Takes work of that kind from now on, this process's and that of others. */
  async work(kind: string, handler: WorkHandler): Promise<void> {
    if (this.#over) throw this.#over;
    this.#answers ??= this.#joined.connect();
    const [jobs, answers] = [await this.#joined.connect(), await this.#answers];
    this.#workers.push(new BrokerWorker({ jobs, answers }, kind, handler, (error) => this.#lose(error)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const lost = this.#over !== undefined;
    this.#end(new ToolError("conflict", `Cannot use broker "${this.address}": it is closed`));
    if (!lost) await within(leaveMs, this.#submitter.leave()).catch(ignore);
    await this.#joined.connections.disposeAsync();
  }

  #lose(error: unknown): void {
    if (this.#over) return;
    const state = error instanceof BrokerRefusal ? refusal(error) : "the connection is lost";
    this.#end(
      new ToolError("unreachable", `Cannot reach broker "${this.address}": ${state}`, { cause: error }),
    );
    void this.#joined.connections.disposeAsync();
  }

  #end(error: Error): void {
    this.#over = error;
    for (const worker of this.#workers) worker.close();
    this.#submitter.lose(error);
  }
}

/** bunqueue allows 10,000 requests a minute and connection unless it is told otherwise. */
function refusal({ message }: BrokerRefusal): string {
  if (message !== "Rate limit exceeded") return message;
  return "its limit of requests is exceeded; start it with RATE_LIMIT_MAX_REQUESTS=1000000000";
}

async function connectTo(target: BrokerTarget, address: string): Promise<BrokerConnection> {
  const opening = BrokerConnection.open(target);
  try {
    return await within(openMs, opening);
  } catch (error) {
    void opening.then((late) => late[Symbol.dispose](), ignore);
    const state = error instanceof Error ? error.message : String(error);
    if (state === "Authentication failed")
      throw new UsageError(
        `Cannot use broker "${address}": it refuses the token; correct --broker-token or $BROKER_TOKEN`,
      );
    if (state === "Not authenticated")
      throw new UsageError(
        `Cannot use broker "${address}": it asks for a token; give it with --broker-token`,
      );
    throw new UsageError(
      `Cannot reach broker "${address}": no bunqueue server answers there; start one or correct --broker`,
      { cause: error },
    );
  }
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer in ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
