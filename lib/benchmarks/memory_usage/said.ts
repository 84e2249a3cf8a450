import type { Found } from "../../experiment.ts";
import type { LeakVerdict } from "../../judge/leak.ts";
import type { MemoryTest, Turn } from "./plan.ts";

/** What a process has opened, in this order. */
export const stages = ["bun", "libraries", "tools", "network", "runtime", "served"] as const;
export type Stage = (typeof stages)[number];

/** How garbage is collected: when the engine wants to, often, or with a heap that grows. */
export const gcModes = ["natural", "forced", "growing"] as const;
export type GcMode = (typeof gcModes)[number];

/** After how many calls garbage is collected by force, or the heap grows, and by how many objects. */
export const gcEvery = { calls: 100, objects: 10_000 } as const;

/** The process whose memory is read is there. */
interface ReadySaid {
  readonly kind: "ready";
  readonly pid: number;
}

interface StageSaid {
  readonly kind: "stage";
  readonly stage: Stage;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** What a process that does nothing held, reading by reading. */
interface IdleSaid {
  readonly kind: "idle";
  readonly heapBytes: readonly number[];
}

interface AllocatedSaid {
  readonly kind: "allocated";
  /** `null` for the loop without a tool. */
  readonly tool: string | null;
  /** `null` where it is too little to be seen. */
  readonly bytesPerCall: number | null;
}

/** What calls of all tools left behind, less what the control shows. */
interface RetainedSaid {
  readonly kind: "retained";
  readonly calls: number;
  readonly bytesPerCall: number;
}

/** Of what leaks are looked for; the canary is one that is made to be found. */
export const subjects = ["tool", "connection", "canary"] as const;

export interface LeakSaid extends LeakVerdict {
  readonly kind: "leak";
  readonly subject: (typeof subjects)[number];
  readonly name: string;
  readonly branch: string;
  readonly calls: readonly number[];
  readonly heapBytes: readonly number[];
}

export interface CollectedSaid {
  readonly kind: "collected";
  readonly mode: GcMode;
  /** Whether the process was seen to log its collections. */
  readonly logs: boolean;
  readonly elapsedMs: number;
  /** Times of the calls into which no collection fell, and of the others. */
  readonly clearNs: readonly number[];
  readonly overlappingNs: readonly number[];
  readonly eden: number;
  readonly full: number;
  readonly pausesMs: readonly number[];
}

/** How often the heap was read until two passes agreed, and how often they did not. */
export interface ReadingsSaid {
  readonly kind: "readings";
  readonly taken: number;
  readonly unsettled: number;
}

export type Said =
  | ReadySaid
  | StageSaid
  | IdleSaid
  | AllocatedSaid
  | RetainedSaid
  | LeakSaid
  | CollectedSaid
  | ReadingsSaid;

/** What was said, and in which turn. */
export type MemoryFound = Pick<Found<Turn, Said>, "job" | "said">;

/** The same, of one kind. */
export type Heard<Kind extends Said["kind"]> = Extract<Said, { kind: Kind }> & { readonly turn: Turn };

/** What was said of one kind, in the order it was said. */
export function select<Kind extends Said["kind"]>(found: readonly MemoryFound[], kind: Kind): Heard<Kind>[] {
  const is = (said: Said): said is Extract<Said, { kind: Kind }> => said.kind === kind;
  return found.flatMap(({ job, said }) => (is(said) ? [{ ...said, turn: job }] : []));
}

/** What was heard of one runtime. */
export function ofRuntime<Of extends { readonly turn: Turn }>(heard: readonly Of[], name: string): Of[] {
  return heard.filter(({ turn }) => turn.arm.name === name);
}

/** How much a turn will say. */
export function countSaid({ test, subjects }: Turn): number {
  const fixed: Readonly<Record<MemoryTest, number>> = {
    baseline: 2 + stages.length + 1,
    per_request: 4 + subjects.length,
    leak_detection: 3,
    gc_impact: 2 + gcModes.length,
  };
  return fixed[test];
}

/** What it means, for somebody who watches. */
export function describe({ job, said }: MemoryFound): string {
  const where = `round ${job.round + 1}, ${job.arm.name}`;
  switch (said.kind) {
    case "ready":
      return `${where}: ${job.test} of process ${said.pid}`;
    case "stage":
      return `${where}: ${said.stage}, heap ${said.heapBytes} B, resident ${said.rssBytes} B`;
    case "idle":
      return `${where}: idle, heap ${said.heapBytes.join(", ")} B`;
    case "allocated":
      return `${where}: ${said.tool ?? "no tool"} allocates ${said.bytesPerCall?.toFixed(0) ?? "next to nothing"} B per call`;
    case "retained":
      return `${where}: ${said.bytesPerCall.toFixed(1)} B per call retained`;
    case "leak":
      return `${where}: ${said.name}, ${said.verdict}, ${said.bytes_per_call?.estimate.toFixed(1) ?? "?"} B per call`;
    case "collected":
      return `${where}: ${said.mode}, ${said.eden} eden and ${said.full} full collections in ${said.elapsedMs.toFixed(0)} ms`;
    case "readings":
      return `${where}: ${said.unsettled} of ${said.taken} readings did not settle`;
  }
}
