import { MeasurementError, ToolError } from "../errors.ts";
import type { Reply, Runtime } from "../runtimes/runtime.ts";
import { type Case, misfit, type Session, type Trial } from "./case.ts";
import { openFlights } from "./flights.ts";
import { openProof, type Proof } from "./proof.ts";
import { type Load, openTally, type Tally } from "./tally.ts";

/** One call of a load. */
export interface PlannedCall {
  /** Whose figures it counts in, such as `p2p`. */
  readonly group: string;
  readonly testCase: Case;
}

export interface ClientOptions {
  /** Nobody else calls it. */
  readonly runtime: Runtime;
  /** Every call to be made, once each, in this order. */
  readonly plan: readonly PlannedCall[];
  /** Answers a number that no other case or trial on the runtime had. */
  readonly serial: () => number;
  /** The longest wait for one call, 30,000 by default. A call over it has failed, with the code `timeout`. */
  readonly timeoutMs?: number;
  /** Whether the first failed call ends the run, which is the default, or failed calls are counted. */
  readonly onError?: "stop" | "count";
}

/** What the calls of one case in one group have in common: looked up once, not for every call. */
export interface Lane {
  readonly tool: string;
  readonly session: Session;
  readonly proof: Proof;
  readonly tally: Tally;
}

/** Makes planned calls and books what becomes of them. The first one starts the clock. */
export interface Client extends Disposable {
  /** One for each planned call, in their order. */
  readonly lanes: readonly Lane[];
  /** Makes true what a call needs, untimed. */
  prepare(lane: Lane): Trial | Promise<Trial>;
  /** Makes a call that is prepared, books it, puts back what it changed, and answers when it started. */
  make(lane: Lane, trial: Trial, intendedNs?: number): Promise<number>;
  /** Stops the clock, once no call is under way, and closes the cases. */
  conclude(): Promise<Load>;
}

/**
 * Opens every case of the plan. `now` is a clock in nanoseconds. Whatever `onError` says, everything it does throws a
 * `MeasurementError` when a call before or after the planned ones fails, or a reply took another path.
 */
export async function openClient(options: ClientOptions, now: () => number): Promise<Client> {
  const { runtime, plan, serial, timeoutMs = 30_000, onError = "stop" } = options;
  using opening = new DisposableStack();
  const timed = opening.use(openFlights<Reply>(timeoutMs, now));
  const untimed = opening.use(openFlights<Reply>(timeoutMs, now));
  const proofs = new Map<Runtime, Proof>();
  const sessions = new Map<Case, Session>();
  const lanes: Lane[] = [];
  let started: { readonly ns: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  let issued = 0;
  let failedNs = 0;

  const fail = (tool: string, what: string, cause?: unknown) =>
    new MeasurementError(`Cannot measure "${tool}" on ${runtime.name}: ${what}`, { cause });

  const outputOf = (tool: string, proof: Proof, reply: Reply) => {
    const astray = proof.accept(reply);
    if (astray) throw fail(tool, astray);
    return reply.output;
  };

  const proofOf = (tool: string) => {
    const home = runtime.route?.(tool) ?? runtime;
    const proof = proofs.get(home) ?? openProof(home);
    proofs.set(home, proof);
    return proof;
  };

  const openSession = async ({ tool, open }: Case) =>
    await open(async (other, input) => {
      const proof = proofOf(other);
      proof.issue();
      const landing = await untimed.make(() => runtime.call(other, input));
      if ("value" in landing) return outputOf(tool, proof, landing.value);
      throw fail(tool, `"${other}" before or after it: ${faultOf(landing.error).what}`, landing.error);
    }, serial());

  for (const { group, testCase } of plan) {
    const session = sessions.get(testCase) ?? (await openSession(testCase));
    sessions.set(testCase, session);
    const { tool } = testCase;
    const lane = lanes.findLast((one) => one.session === session && one.tally.group === group);
    lanes.push(lane ?? { tool, session, proof: proofOf(tool), tally: openTally(group, tool) });
  }

  const opened = opening.move();
  return {
    lanes,
    prepare: ({ session }) => session.prepare(serial()),

    async make({ tool, proof, tally }, trial, intendedNs) {
      started ??= { ns: now(), cpu: process.cpuUsage() };
      issued += 1;
      proof.issue();
      const landing = await timed.make(() => runtime.call(tool, trial.input));
      const { startNs, endNs } = landing;
      const fault =
        "error" in landing
          ? faultOf(landing.error)
          : wrongAnswer(trial, outputOf(tool, proof, landing.value));
      if (fault) {
        if (onError === "stop") throw fail(tool, fault.what, fault.cause);
        tally.failed.set(fault.code, (tally.failed.get(fault.code) ?? 0) + 1);
        failedNs += endNs - startNs;
        return startNs;
      }
      tally.service.record(endNs - startNs);
      if (intendedNs !== undefined) tally.response.record(endNs - intendedNs);
      if (trial.restore) await trial.restore();
      return startNs;
    },

    async conclude() {
      if (!started) throw new RangeError(`Cannot measure ${runtime.name}: no call is planned`);
      const elapsedNs = now() - started.ns;
      const { user, system } = process.cpuUsage(started.cpu);
      const meanInFlight = timed.area() / elapsedNs;
      for (const session of sessions.values()) await session.close?.();
      for (const proof of proofs.values()) {
        const astray = proof.conclude();
        if (astray) throw new MeasurementError(`Cannot measure ${runtime.name}: ${astray}`);
      }
      return {
        tallies: [...new Set(lanes.map(({ tally }) => tally))],
        issued,
        elapsedMs: elapsedNs / 1e6,
        failedMs: failedNs / 1e6,
        meanInFlight,
        clientCpuPercent: ((user + system) * 1e5) / elapsedNs,
      };
    },

    [Symbol.dispose]: () => opened.dispose(),
  };
}

interface Fault {
  readonly code: string;
  readonly what: string;
  readonly cause?: unknown;
}

function faultOf(cause: unknown): Fault {
  if (!(cause instanceof ToolError)) return { code: "internal", what: String(cause), cause };
  return { code: cause.code, what: `${cause.code}: ${cause.message}`, cause };
}

function wrongAnswer({ expect }: Trial, output: unknown): Fault | null {
  const what = misfit(expect, output);
  return what === null ? null : { code: "wrong_answer", what };
}
