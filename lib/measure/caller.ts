import { type Case, misfit, type Session, type Trial } from "../case.ts";
import { within } from "../child.ts";
import { MeasurementError, ToolError } from "../errors.ts";
import type { Reply, Runtime } from "../runtimes/runtime.ts";
import { openCalls } from "./calls.ts";
import { openProof, type Proof } from "./proof.ts";

export interface CallerOptions {
  /** The longest wait for one call, 30,000 by default. A call over it has failed, with the code `timeout`. */
  readonly timeoutMs?: number;
  /** A clock in nanoseconds. */
  readonly now?: () => number;
  /** What is shared by callers whose calls reach the same hosts; by default its own. */
  readonly shared?: SharedCalls;
}

/** The numbers and counters of all calls that reach some hosts. */
export interface SharedCalls {
  /** The number of the next case or trial: no two have the same. */
  serial: number;
  readonly proofs: Map<Runtime, Proof>;
}

export function shareCalls(): SharedCalls {
  return { serial: 0, proofs: new Map() };
}

/**
 * Calls the tools of a runtime that no others call, one at a time or many. Everything it does throws a
 * `MeasurementError` when a reply took another path, or a call fails that only prepares or puts back.
 */
export interface Caller extends Disposable {
  readonly runtime: Runtime;
  readonly now: () => number;
  /** Makes true what the trials of a case need. */
  open(testCase: Case): Promise<Series>;
  /** How many timed calls were under way since it was opened, integrated over time, in call nanoseconds. */
  area(): number;
  /** Throws when the counters that all replies carried do not fit the calls that were made. */
  conclude(): void;
}

/** The trials of one case on one runtime. */
export interface Series {
  readonly tool: string;
  readonly runtime: Runtime;
  /** Makes true what one call needs. */
  prepare(): Trial | Promise<Trial>;
  /** Makes a call that is prepared, whose answer must hold `due`. What it changed is not yet put back. */
  make(trial: Trial, due?: object): Promise<Made>;
  /** Prepares, makes and puts back one call while no other is under way. Throws a `MeasurementError` when it fails. */
  attempt(): Promise<{ readonly output: unknown; readonly ns: number }>;
  close(): Promise<void>;
}

/** A call that was made: its answer, or why it is none. */
export interface Made {
  readonly startNs: number;
  readonly endNs: number;
  readonly output: unknown;
  readonly fault: Fault | null;
}

export interface Fault {
  /** That of a `ToolError`, `wrong_answer`, or `internal`. */
  readonly code: string;
  readonly what: string;
  readonly cause?: unknown;
}

/** What went wrong with a tool on a runtime. */
export function cannotMeasure(
  tool: string,
  { name }: Runtime,
  what: string,
  cause?: unknown,
): MeasurementError {
  return new MeasurementError(`Cannot measure "${tool}" on ${name}: ${what}`, { cause });
}

export function openCaller(runtime: Runtime, options: CallerOptions = {}): Caller {
  const { timeoutMs = 30_000, now = Bun.nanoseconds, shared = shareCalls() } = options;
  const { proofs } = shared;
  using opening = new DisposableStack();
  const timed = opening.use(openCalls<Reply>(timeoutMs, now));
  const untimed = opening.use(openCalls<Reply>(timeoutMs, now));
  const homeOf = (tool: string) => runtime.route?.(tool) ?? runtime;
  const proofOf = (tool: string) => {
    const home = homeOf(tool);
    const proof = proofs.get(home) ?? openProof(home);
    proofs.set(home, proof);
    return proof;
  };
  const outputOf = (tool: string, proof: Proof, reply: Reply) => {
    const astray = proof.accept(reply);
    if (astray) throw cannotMeasure(tool, runtime, astray);
    return reply.output;
  };
  const openSession = ({ tool, open }: Case) =>
    open(
      async (other, input) => {
        const proof = proofOf(other);
        proof.issue();
        const ending = await untimed.make(() => runtime.call(other, input));
        if ("value" in ending) return outputOf(tool, proof, ending.value);
        const { what } = await faultOf(ending.error, homeOf(other));
        throw cannotMeasure(tool, runtime, `"${other}" before or after it: ${what}`, ending.error);
      },
      shared.serial++,
    );

  const openSeries = (tool: string, session: Session): Series => {
    const proof = proofOf(tool);
    const make = async ({ input, expect }: Trial, due: object = expect): Promise<Made> => {
      proof.issue();
      const ending = await timed.make(() => runtime.call(tool, input));
      const { startNs, endNs } = ending;
      if ("error" in ending)
        return { startNs, endNs, output: undefined, fault: await faultOf(ending.error, homeOf(tool)) };
      const output = outputOf(tool, proof, ending.value);
      const what = misfit(due, output);
      return { startNs, endNs, output, fault: what === null ? null : { code: "wrong_answer", what } };
    };
    return {
      tool,
      runtime,
      prepare: () => session.prepare(shared.serial++),
      make,
      async attempt() {
        const trial = await session.prepare(shared.serial++);
        const { startNs, endNs, output, fault } = await make(trial, { ...trial.expect, ...trial.alone });
        if (fault) throw cannotMeasure(tool, runtime, fault.what, fault.cause);
        await trial.restore?.();
        return { output, ns: endNs - startNs };
      },
      close: async () => void (await session.close?.()),
    };
  };

  const opened = opening.move();
  return {
    runtime,
    now,
    open: async (testCase) => openSeries(testCase.tool, await openSession(testCase)),
    area: timed.area,
    conclude() {
      for (const proof of proofs.values()) {
        const astray = proof.conclude();
        if (astray) throw new MeasurementError(`Cannot measure ${runtime.name}: ${astray}`);
      }
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** The connection to a process that has ended is lost a little before its end is known. */
const endMs = 1_000;

async function faultOf(cause: unknown, { exited }: Runtime): Promise<Fault> {
  if (!(cause instanceof ToolError)) return { code: "internal", what: String(cause), cause };
  const { code, message } = cause;
  const ended = code === "unreachable" && exited ? await within(endMs, exited) : null;
  return {
    code,
    what: `${code}: ${ended === null ? message : `its process ended with code ${ended}`}`,
    cause,
  };
}
