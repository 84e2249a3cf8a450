import { type Child, type ChildOptions, openChild } from "../child.ts";
import { MeasurementError } from "../errors.ts";
import type { ToolRegistry } from "../registry.ts";
import { openHeap } from "./heap_commands.ts";
import { type MemoryReading, ownProbe, type TypeCounts } from "./probe.ts";
import type { Host, RuntimeKind, ServedRuntime } from "./runtime.ts";

/** Where a process gets its tools: the absolute path of a module of `ToolModule`, and what that is told. */
export interface ToolSource {
  readonly module: string;
  /** Is copied to another process, as `structuredClone` does. */
  readonly task?: unknown;
}

export interface ToolModule {
  /** Closing what it opens lets go of everything that the tools act on. */
  openTools(task: unknown): Promise<AsyncDisposable & { readonly registry: ToolRegistry }>;
}

/** What the process of a host is told at its start. */
export interface HostTask {
  readonly runtime: string;
  readonly source: ToolSource;
}

/** What it can be asked after that. */
export type Question = "read" | "rehearse" | "types" | "collect" | "release" | { readonly hold: number };

/** What it says: where it serves, and then its answers. */
export interface HostSays {
  readonly address?: string;
  /** Why the tools cannot be opened, where that is a failure of theirs. */
  readonly failed?: string;
  readonly reading?: MemoryReading;
  readonly types?: TypeCounts;
}

/** A reading takes some 50 ms. */
const answerMs = 30_000;

/**
 * Opens the tools on a runtime, in a process of their own where the runtime is for that. Closing it closes the tools and
 * ends that process. Throws an `Error` when they cannot be opened.
 */
export async function openHost(
  kind: RuntimeKind,
  source: ToolSource,
  options: ChildOptions = {},
): Promise<Host> {
  await using opening = new AsyncDisposableStack();
  if ("open" in kind) {
    const { registry } = opening.use(await openSource(source));
    const runtime = opening.use(await kind.open(registry));
    return { ...runtime, probe: ownProbe, heap: openHeap(), address: null, ...owner(opening) };
  }
  const server = opening.use(await startServer(kind, source, options));
  const { address } = server;
  const runtime = opening.use(await kind.connect(address, server.pipes));
  return { ...runtime, ...lookInto(server), exited: server.exited, address, ...owner(opening) };
}

/** A process that serves tools on a runtime. */
export interface ServerProcess extends Child<HostSays> {
  readonly address: string;
}

/** The serving side alone. Closing it ends the process. Throws an `Error` when the tools cannot be opened. */
export async function startServer(
  kind: ServedRuntime,
  source: ToolSource,
  options: ChildOptions = {},
): Promise<ServerProcess> {
  await using opening = new AsyncDisposableStack();
  const module = new URL("./host_process.ts", import.meta.url).pathname;
  const task: HostTask = { runtime: kind.name, source };
  const child = opening.use(
    await openChild<HostSays>(module, task, { ...options, piped: kind.piped ?? false }),
  );
  const { address, failed } = child.ready;
  if (failed !== undefined) throw new MeasurementError(`Cannot open the tools on ${kind.name}: ${failed}`);
  if (address === undefined)
    throw new Error(`Cannot open ${kind.name}: its process does not say where it serves`);
  return { ...child, address, ...owner(opening) };
}

/** The tools of a source, opened in this process. */
export async function openSource({ module, task }: ToolSource) {
  const { openTools }: ToolModule = await import(module);
  return openTools(task);
}

function owner(opening: AsyncDisposableStack): AsyncDisposable {
  const opened = opening.move();
  return { [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** The parent's side of `host_process.ts`. */
export function lookInto(child: Child<HostSays>, timeoutMs = answerMs): Pick<Host, "probe" | "heap"> {
  const cannot = (what: string, why: string, cause?: unknown) =>
    new MeasurementError(`Cannot ${what} of process ${child.pid}: ${why}`, { cause });
  const ask = (question: Question, what: string) =>
    child.ask(question, timeoutMs).catch((cause) => {
      throw cannot(what, cause.message, cause);
    });
  const read = "read the memory";
  return {
    probe: {
      async read({ wait } = { wait: true }) {
        const { reading } = await ask(wait ? "read" : "rehearse", read);
        if (!reading) throw cannot(read, "it answered something else");
        return reading;
      },
      async types() {
        const { types } = await ask("types", read);
        if (!types) throw cannot(read, "it answered something else");
        return types;
      },
    },
    heap: {
      collect: async () => void (await ask("collect", "collect the garbage")),
      hold: async (objects) => void (await ask({ hold: objects }, "grow the heap")),
      release: async () => void (await ask("release", "shrink the heap")),
    },
  };
}
