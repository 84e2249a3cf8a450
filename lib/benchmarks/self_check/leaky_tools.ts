/** Tools that leak what is known, and clean ones that look leaky: what a leak test says can be held against the truth. */
import { EventEmitter } from "node:events";
import { z } from "zod";
import type { Case } from "../../case.ts";
import { defineTool, type Tool, ToolRegistry } from "../../registry.ts";
import { openHost } from "../../runtimes/host.ts";
import { http } from "../../runtimes/http.ts";
import type { RuntimeKind } from "../../runtimes/runtime.ts";

/** What a tool does besides answering. */
interface Habit extends Partial<Disposable> {
  /** `call` counts from 1. */
  onCall(id: string, call: number): void;
}

/** More than a leak test of 1,000 calls makes: 2,500 before, up to 10,000 where 1,000 say too little, 10,000 to confirm. */
const slots = 32_768;

/** Each keeps its leaks in slots made beforehand, where it can, so that the list of them does not grow beside them. */
export const leaks = {
  short_string: () => keepEach((id) => Buffer.from(id).toString("latin1")),
  object_of_64_bytes: () => keepEach((_, call) => ({ a: call, b: 1, c: 2, d: 3, e: 4, f: 5 })),
  buffer_of_1_kb: () => keepEach(() => Buffer.alloc(1024, 1)),
  array_of_4_kb: () => keepEach(() => new Array(512).fill(0)),
  event_listener() {
    const emitter = new EventEmitter().setMaxListeners(0);
    return {
      onCall(_, call) {
        const state = { call, heard: 0 };
        emitter.on("change", () => {
          state.heard += 1;
        });
      },
    };
  },
  timer() {
    const timers = new Array<NodeJS.Timeout | undefined>(slots).fill(undefined);
    return {
      onCall(_, call) {
        const state = { call, rang: 0 };
        const ring = () => {
          state.rang += 1;
        };
        timers[call % slots] = setTimeout(ring, 2 ** 31 - 1).unref();
      },
      [Symbol.dispose]() {
        for (const timer of timers) clearTimeout(timer);
      },
    };
  },
  pending_promise: () => keepEach((_, call) => new Promise(() => {}).then(() => call)),
  map_by_id() {
    const sessions = new Map<string, object>();
    return { onCall: (id, call) => sessions.set(id, { call, seen: new Float64Array(32) }) };
  },
  /** Of 33 bytes in every other call. */
  sixteen_bytes() {
    const { onCall } = keepEach((_, call) => BigInt(call) * 1_000_003n);
    return { onCall: (id, call) => (call % 2 === 0 ? onCall(id, call / 2) : undefined) };
  },
  every_50th_call() {
    const { onCall } = keepEach(() => Buffer.alloc(4096, 1));
    return { onCall: (id, call) => (call % 50 === 0 ? onCall(id, call / 50) : undefined) };
  },
} satisfies Record<string, () => Habit>;

/** Each grows while a leak test of 1,000 calls, with 2,500 before them, is reading, and only more calls show that it stops. */
export const cleanHabits = {
  cache_of_500: () => fill({ entries: 500, every: 6 }),
  /** It grows until the last of them. */
  cache_of_700: () => fill({ entries: 700, every: 5 }),
  pool_that_grows_once() {
    const pool: Buffer[] = [];
    return {
      onCall(_, call) {
        while (pool.length < (call < 2900 ? 4 : 64)) pool.push(Buffer.alloc(4096));
      },
    };
  },
  lazy_initialisation() {
    const rows: object[] = [];
    return {
      onCall(id, call) {
        while (call >= 3100 && rows.length < 1000) rows.push({ id, row: rows.length });
      },
    };
  },
} satisfies Record<string, () => Habit>;

const habits: Record<string, () => Habit> = { ...leaks, ...cleanHabits };

function keepEach(make: (id: string, call: number) => unknown): Habit {
  const kept = new Array<unknown>(slots).fill(null);
  return {
    onCall(id, call) {
      kept[call % slots] = make(id, call);
    },
  };
}

/** A cache that gets an entry every so many calls, until it has so many. */
function fill({ entries, every }: { entries: number; every: number }): Habit {
  const cache = new Map<string, object>();
  return {
    onCall(id, call) {
      if (call % every === 0 && cache.size < entries) cache.set(id, { call, row: new Float64Array(16) });
    },
  };
}

/** A registry with the one tool of this name. Closing it lets go of what it leaked. */
export function openLeakyTool(name: string): { readonly registry: ToolRegistry } & Disposable {
  const habit = openHabit(name);
  let calls = 0;
  const tool: Tool = defineTool({
    name,
    category: "leaky",
    home: "direct",
    description: "Answers its id",
    input: z.strictObject({ id: z.string() }),
    output: z.strictObject({ id: z.string() }),
    handler({ id }) {
      calls += 1;
      habit.onCall(id, calls);
      return { id };
    },
  });
  return { registry: new ToolRegistry([tool]), [Symbol.dispose]: () => habit[Symbol.dispose]?.() };
}

export function openHabit(name: string): Habit {
  const open = habits[name];
  if (!open) throw new RangeError(`Cannot open "${name}": it is not among the leaky tools`);
  return open();
}

export function leakyCase(tool: string): Case {
  const prepare = (serial: number) => ({ input: { id: `call-${serial}` }, expect: { id: `call-${serial}` } });
  return { tool, branch: "known", open: () => ({ prepare }) };
}

/** The tool of this name, for a process of its own. */
export async function openTools(name: unknown) {
  const { registry, ...leaky } = openLeakyTool(z.string().parse(name));
  return { registry, [Symbol.asyncDispose]: async () => leaky[Symbol.dispose]() };
}

/** Opens one of them on a runtime, by default over HTTP. */
export function openLeakyHost(name: string, kind: RuntimeKind = http) {
  return openHost(kind, { module: import.meta.path, task: name });
}
