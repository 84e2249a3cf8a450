import type { Pipes } from "../child.ts";
import type { ToolListing, ToolRegistry } from "../registry.ts";
import type { HeapCommands } from "./heap_commands.ts";
import type { Era } from "./mcp/era.ts";
import type { Probe } from "./probe.ts";

/** An answer with the proof of the path it took. */
export interface Reply {
  readonly output: unknown;
  /** The runtime that ran the handler, as the serving process names itself. */
  readonly runtime: string;
  /** The process that ran the handler. */
  readonly pid: number;
  /** How many calls that process has answered or refused through this runtime, this one included. */
  readonly calls: number;
}

/** A way to reach a registry of tools, opened. A failed call throws a `ToolError`, on every runtime the same. */
export interface Runtime extends AsyncDisposable {
  readonly name: string;
  /** The process that serves the tools. */
  readonly pid: number;
  list(): Promise<readonly ToolListing[]>;
  call(tool: string, input: unknown): Promise<Reply>;
  /** The exit code of a process that serves the tools for this runtime alone, once it has ended. */
  readonly exited?: Promise<number>;
  /** The runtime that answers a tool, where it is not this one. */
  route?(tool: string): Runtime;
}

/** A runtime with the process that serves it. Neither the probe nor a command is a tool call, which it would count. */
export interface Host extends Runtime {
  readonly probe: Probe;
  readonly heap: HeapCommands;
  /** Where it is served; `null` in the caller's own process. */
  readonly address: string | null;
}

interface Named {
  readonly name: string;
  /** The name of the one that it is built upon: what it adds to a call is told over that. One without is the ground. */
  readonly base?: string;
  /** That of MCP which it speaks. */
  readonly era?: Era;
  /** Loads the modules of the caller's side, which opening it does otherwise. */
  load?(): Promise<unknown>;
  /** What the benchmark that this suite replaces calls it. */
  readonly formerName?: string;
}

/** A runtime in the process of its caller. */
export interface LocalRuntime extends Named {
  open(registry: ToolRegistry): Promise<Runtime>;
}

/** A runtime whose tools are served by a process of their own. */
export interface ServedRuntime extends Named {
  /** That process's side: serves the registry and says where. */
  serve(registry: ToolRegistry): Promise<AsyncDisposable & { readonly address: string }>;
  /** The caller's side. Closing what it opens leaves the server running, unless it is reached by its pipes. */
  connect(address: string, pipes?: Pipes | null): Promise<Runtime>;
  /** It is reached by the standard input and output of its process. */
  readonly piped?: true;
  /** The ways in which its clients may end other than well. */
  readonly vanishing?: readonly VanishingClient[];
}

/** A client that is suddenly gone. */
export interface VanishingClient {
  readonly name: string;
  /** What it had done by then, in words. */
  readonly branch: string;
  /** It calls a tool that acts on peers, and takes as long. */
  readonly slow?: true;
  /** Connects and is gone. Throws a `ToolError` when nobody serves at that address. */
  vanish(address: string): Promise<void>;
}

/** A way to reach a registry, by its name: one file, and one line in `runtimes.ts`. */
export type RuntimeKind = LocalRuntime | ServedRuntime;
