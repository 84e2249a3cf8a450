/** Tools that leak what is known, and clean ones that look leaky: what a leak test says can be held against the truth. */
import { EventEmitter } from "node:events";
import { z } from "zod";
import type { Case } from "../lib/measure/case.ts";
import { hostTools, openHost } from "../lib/runtimes/host.ts";
import { defineTool, type Tool, ToolRegistry } from "../lib/tools/registry.ts";

/** What a tool does besides answering. */
interface Habit extends Partial<Disposable> {
  /** `call` counts from 1. */
  onCall(id: string, call: number): void;
}

const slots = 16_384;

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
  every_50th_call() {
    const { onCall } = keepEach(() => Buffer.alloc(4096, 1));
    return { onCall: (id, call) => (call % 50 === 0 ? onCall(id, call / 50) : undefined) };
  },
} satisfies Record<string, () => Habit>;

/** Each grows while a leak test of 1,000 calls, with 2,500 before them, is reading. */
export const cleanHabits = {
  cache_of_500() {
    const cache = new Map<string, object>();
    return {
      onCall(id, call) {
        if (call % 6 === 0 && cache.size < 500) cache.set(id, { call, row: new Float64Array(16) });
      },
    };
  },
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

/** Serves one of them over HTTP, in a process of its own. */
export function openLeakyHost(name: string) {
  return openHost(import.meta.path, [name]);
}

if (import.meta.main) {
  using leaky = openLeakyTool(Bun.argv[2] ?? "");
  await hostTools(leaky.registry);
}
