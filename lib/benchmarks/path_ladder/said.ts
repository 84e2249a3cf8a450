import type { Found } from "../../experiment.ts";
import type { Blocks, Pair } from "../../judge/pairs.ts";
import type { Arm } from "../../runtimes/arms.ts";
import type { ToolSource } from "../../runtimes/host.ts";
import type { Opened } from "../rounds.ts";
import type { Given, Payload } from "./options.ts";

/** What a fresh process does: climbs with tools or with payloads, serves more tools on one way, or starts one way cold. */
export type Job = { readonly round: number; readonly given: Given } & Work;

export type Work =
  | {
      readonly kind: "tools";
      readonly tools: readonly string[];
      /** Addresses of the local network of peers, where a tool needs them. */
      readonly bootstrap: readonly string[] | undefined;
    }
  | { readonly kind: "payload"; readonly payloads: readonly Payload[] }
  | { readonly kind: "registered"; readonly runtime: string }
  /** Tools of ours, or of the user's, and a way to them; a server of somebody else's is known by the flags. */
  | { readonly kind: "cold"; readonly arm: Arm; readonly source: ToolSource };

/** What one visit of a call measured, in nanoseconds. */
export interface Visited {
  readonly kind: "visited";
  /** The tool, the payload, or the runtime that serves more tools. */
  readonly of: string;
  readonly branch: string;
  /** Two blocks for each arm, all in turns. */
  readonly all: readonly Blocks[];
  /** For each arm that stands on another, two blocks of it and two of that one, those alone in turns. */
  readonly pairs: readonly (Pair | null)[];
}

/** What a call sends and receives, in bytes; of arms that have a wire. */
export interface Wired {
  readonly kind: "wired";
  readonly of: string;
  readonly runtime: string;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** What each part of a cold start took, and the calls after it. */
export interface Started {
  readonly kind: "cold";
  readonly runtime: string;
  /** Loading the modules of the caller's side, and the tools where they are in its process. */
  readonly importsMs: number;
  /** Until the process of ours that serves the tools did so; `null` where there is none. */
  readonly spawnMs: number | null;
  readonly handshakeMs: number;
  /** Each call, in the order made. */
  readonly callsNs: readonly number[];
}

export type Said = Opened | Visited | Wired | Started;

/** What was said, and in which job. */
export type Finds = readonly Pick<Found<Pick<Job, "round" | "kind">, Said>, "job" | "said" | "atMs">[];

/** What was said of one kind in jobs of one kind. */
export function select<Kind extends Said["kind"]>(found: Finds, kind: Kind, of?: Work["kind"]) {
  const is = (said: Said): said is Extract<Said, { kind: Kind }> => said.kind === kind;
  return found.flatMap(({ job, said }) =>
    is(said) && (of === undefined || job.kind === of) ? [{ round: job.round, ...said }] : [],
  );
}

/** What it means, for somebody who watches. */
export function describe({ job, said }: Pick<Found<Job, Said>, "job" | "said">): string {
  const round = `round ${job.round + 1}`;
  switch (said.kind) {
    case "opened":
      return `${round}: opened ${said.job} in ${said.ms.toFixed(0)} ms`;
    case "visited":
      return `${round}: ${said.of}`;
    case "wired":
      return `${said.runtime}: ${said.of} sends ${said.sentBytes} B and receives ${said.receivedBytes} B`;
    case "cold":
      return `${round}: ${said.runtime} from cold`;
  }
}
