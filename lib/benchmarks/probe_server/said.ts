import type { AskedCall } from "../../bring/asked_calls.ts";
import type { Found } from "../../experiment.ts";
import type { MemoryReader } from "../../measure/heap_reader.ts";
import type { PinMode } from "../../measure/pin.ts";
import type { Target } from "./target.ts";

/** A look at the server, its starts and ends, one round of calls, or what calls and sessions leave behind. */
export type Part = "look" | "starts" | "calls" | "growth";

export interface Job {
  readonly part: Part;
  readonly round: number;
  readonly target: Target;
  /** What its process hides in whatever the server says. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly asked: readonly AskedCall[];
  readonly pin: PinMode;
  readonly seed: number;
  /** How much of its usual time it may take, 1 at most. */
  readonly share: number;
  /** How long an end is waited for. */
  readonly patienceMs: number;
  /** What a look found; nothing before there was one. */
  readonly plan: Plan | null;
}

export type PlannedJob = Job & { readonly plan: Plan };

/** What is called. */
export interface Plan {
  /** What a start took. */
  readonly startMs: number;
  /** What is timed: one call, or those that were asked for. */
  readonly calls: readonly [AskedCall, ...AskedCall[]];
  /** The slowest that there is. */
  readonly slow: AskedCall;
  /** What that took; `null` where that was not waited for. */
  readonly slowMs: number | null;
}

/** The phases of a start, in milliseconds, each from the end of the one before. */
export interface Start {
  /** Until the process that serves is started, which is what `npx` takes; `null` where the system does not tell. */
  readonly launchMs: number | null;
  /** Until the handshake is answered, from the start of that process. */
  readonly answeredMs: number;
  readonly listMs: number;
  /** The first call, which is part of no start; `null` where none was made. */
  readonly callMs: number | null;
}

/** A tool that is listed. */
export interface SeenTool {
  readonly name: string;
  readonly bytes: number;
  /** What a second call of it took; `null` where it was not called, failed or took too long. */
  readonly ms: number | null;
  /** Why it is not measured; `null` when it can be. */
  readonly reason: string | null;
}

export type Said =
  | {
      readonly kind: "looked";
      readonly server: string;
      readonly version: string;
      readonly protocol: string;
      readonly keepsSession: boolean;
      readonly tools: readonly SeenTool[];
      readonly listBytes: number;
      readonly listTokens: number | null;
      readonly plan: Plan;
    }
  | { readonly kind: "start"; readonly isFirst: boolean; readonly start: Start }
  | { readonly kind: "handshake"; readonly ms: number }
  | { readonly kind: "end"; readonly ms: number | null }
  | { readonly kind: "junk"; readonly lines: number; readonly bytes: number }
  | { readonly kind: "memory"; readonly idleBytes: number; readonly launcherBytes: number }
  | {
      readonly kind: "calls";
      /** What answered, and its version. */
      readonly server: string;
      readonly tool: string;
      readonly callNs: number[];
      readonly nothingNs: number[];
    }
  | {
      readonly kind: "crowd";
      readonly aloneMs: number;
      readonly slowMs: number | null;
      readonly trials: Trial[];
    }
  | {
      readonly kind: "sessions";
      readonly count: number;
      readonly bytesEach: number;
      readonly by: MemoryReader["kind"];
    }
  | {
      readonly kind: "growth";
      readonly of: "call" | "session";
      readonly by: MemoryReader["kind"];
      /** How many had gone before, and what was held then, in bytes. */
      readonly points: (readonly [count: number, bytes: number])[];
    };

/** A quick call that was made while slow ones were under way. */
export interface Trial {
  readonly quickMs: number;
  /** From its start until the last slow one had ended, or was given up. */
  readonly slowLeftMs: number;
}

export type ProbeFound = Found<Job, Said>;

/** What was said of one kind, in the order it was said. */
export function select<Kind extends Said["kind"]>(
  found: readonly ProbeFound[],
  kind: Kind,
): Extract<Said, { kind: Kind }>[] {
  return found.flatMap(({ said }) => (isOf(said, kind) ? [said] : []));
}

function isOf<Kind extends Said["kind"]>(said: Said, kind: Kind): said is Extract<Said, { kind: Kind }> {
  return said.kind === kind;
}

/** What the server calls itself. */
export function serverIn(found: readonly ProbeFound[]): string {
  return select(found, "looked")[0]?.server ?? "server";
}
