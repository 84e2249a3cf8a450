import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { type Call, misfit } from "../lib/case.ts";
import { allCases, needPeers, p2pCases } from "../lib/cases.ts";
import { ToolError } from "../lib/errors.ts";
import { generalCases } from "../lib/general/cases.ts";
import { type Caller, openCaller } from "../lib/measure/caller.ts";
import { compareAnswers } from "../lib/measure/compare_answers.ts";
import { addressesOf, openLocalPeers } from "../lib/p2p/peers/local_peers.ts";
import { openHost } from "../lib/runtimes/host.ts";
import { openRouter } from "../lib/runtimes/router.ts";
import type { Runtime, RuntimeKind } from "../lib/runtimes/runtime.ts";
import { runtimes } from "../lib/runtimes/runtimes.ts";
import { openTools, type Toolkit, toolkit } from "../lib/toolkit.ts";

/**
 * What every runtime has to do alike with the tools that need peers, or with all others, which are not kept waiting by the
 * peers that each process joins.
 */
export function holdContract({ peers }: { readonly peers: boolean }): void {
  const held = allCases.filter(({ tool }) => needPeers([tool]) === peers);
  const there = peers ? allCases : held;
  /** Each runtime on its own, and a router that has others of those where tools are at home. */
  let subjects: readonly Runtime[];
  /** Callers of them, which make the same trials, so that their answers can be compared. */
  let callers: readonly Caller[];
  /** Tools that nobody calls, for what they say of themselves. */
  let known: Toolkit;
  const opened = new AsyncDisposableStack();

  beforeAll(async () => {
    const bootstrap = peers ? addressesOf(opened.use(await openLocalPeers())) : undefined;
    known = opened.use(await openTools({ bootstrap }));
    // Each joins the peers as it opens: all at once they need longer than joining may take on a slow machine.
    const open = async (kinds: readonly RuntimeKind[]) => {
      const hosts: Runtime[] = [];
      for (const kind of kinds) hosts.push(opened.use(await openHost(kind, toolkit({ bootstrap }))));
      return hosts;
    };
    const homes = new Set(known.registry.list().map(({ home }) => home));
    const alone = await open(runtimes);
    const routed = await open(runtimes.filter(({ name }) => homes.has(name)));
    const router = await openRouter({ runtimes: routed, fallback: routed.at(-1)?.name ?? "" });
    subjects = [...alone, opened.use(router)];
    callers = subjects.map((runtime) => opened.use(openCaller(checked(runtime, known))));
  }, 120_000);

  afterAll(() => opened.disposeAsync());

  describe("the runtimes", () => {
    test("offer the same tools, each at home where its case has it, and none is lost", async () => {
      const due = JSON.parse(JSON.stringify(known.registry.list()));
      for (const runtime of subjects) expect(await runtime.list()).toEqual(due);
      const tools = known.registry.list();
      expect(tools.map(({ name }) => name).sort()).toEqual(there.map(({ tool }) => tool).sort());
      const atHome = Object.values(Object.groupBy(tools, ({ home }) => home)).map(
        (group = []) => group.length,
      );
      expect(atHome).toEqual([there.length - generalCases.length, generalCases.length]);
      expect(p2pCases.length).toBeGreaterThanOrEqual(26);
      expect(generalCases.length).toBeGreaterThanOrEqual(6);
    });

    test("offer tools that say what a call of them does", () => {
      const wrong = known.registry.list().filter(({ annotations: hints }) => {
        if (!hints) return true;
        return hints.readOnlyHint && (hints.destructiveHint || !hints.idempotentHint);
      });
      expect(wrong).toEqual([]);
    });

    test("are where the tools are at home", () => {
      const names = runtimes.map(({ name }) => name);
      expect(known.registry.list().filter(({ home }) => !names.includes(home))).toEqual([]);
    });

    test("are served by processes of their own where they are for that", () => {
      const served = subjects.filter((_, n) => runtimes.some((kind, at) => at === n && "serve" in kind));
      const local = subjects.filter((runtime) => !served.includes(runtime));
      expect(local.map(({ pid }) => pid)).toEqual(local.map(() => process.pid));
      expect(new Set([process.pid, ...served.map(({ pid }) => pid)]).size).toBe(1 + served.length);
    });
  });

  // The callers hold all calls against what the servers count, so nobody else calls until they are done.
  describe("every tool answers alike on every runtime, as its schema has it, trial after trial:", () => {
    test.each(held.map((testCase) => [testCase.tool, testCase] as const))("%s", async (_, testCase) => {
      for (let trial = 0; trial < 2; trial++) await compareAnswers(callers, [testCase]);
    });

    test("by the path that was asked for", () => {
      for (const caller of callers) caller.conclude();
    });
  });

  describe("every case holds an answer against what is due:", () => {
    test.each(held.map((testCase) => [testCase.tool, testCase] as const))("%s", async (tool, testCase) => {
      const [direct] = subjects;
      if (!direct) throw new RangeError("there is no runtime");
      const call = async (tool: string, input: unknown) => (await direct.call(tool, input)).output;
      const session = await testCase.open(call, 2_000_000);
      const { input, expect: due, alone, restore } = await session.prepare(2_000_001);
      const answer = Object(await call(tool, input));
      const fits = (output: object) => misfit({ ...due, ...alone }, output) === null;
      expect([fits(answer), fits({})]).toEqual([true, false]);
      const held = Object.keys(answer).filter((field) => !(testCase.varies ?? []).includes(field));
      const overlooked = held.filter((field) => fits({ ...answer, [field]: "something else" }));
      expect(overlooked).toEqual([...(unheld[tool] ?? [])]);
      await restore?.();
      await session.close?.();
    });
  });

  describe("every tool refuses hostile input alike on every runtime, and changes nothing; one that only reads never does:", () => {
    test.each(held.map((testCase) => [testCase.tool, testCase] as const))("%s", async (name, testCase) => {
      const listing = listed.parse(known.registry.list().find((tool) => tool.name === name));
      const { properties, required } = listing.input_schema;
      const outcomes: Record<string, string>[] = [];
      for (const runtime of subjects) {
        const call = async (tool: string, input: unknown) => (await runtime.call(tool, input)).output;
        const session = await testCase.open(call, 1_000_000);
        const trial = await session.prepare(1_000_001);
        const before = await state(call, peers);
        const became: Record<string, string> = {};
        for (const [what, input] of hostileInputs(properties, required, Object(trial.input)))
          became[what] = await refusal(call, name, input);
        expect(await state(call, peers)).toEqual(before);
        await call(name, trial.input);
        if (listing.annotations.readOnlyHint) expect(await state(call, peers)).toEqual(before);
        await trial.restore?.();
        await session.close?.();
        outcomes.push(became);
      }
      expect(outcomes).toEqual(outcomes.map(() => outcomes[0] ?? {}));
      // A general tool takes any text for a text.
      const may = p2pCases.includes(testCase) ? /^$/ : /^text string /;
      const others = Object.entries(outcomes[0] ?? {}).filter(([what]) => !may.test(what));
      expect(others.filter(([, code]) => code !== "invalid_input")).toEqual([]);
    });
  });
}

/** What a case leaves to the schema of its tool and to `compareAnswers`; all else of an answer it holds against what is due. */
const unheld: Readonly<Record<string, readonly string[]>> = {
  workflow_status: ["name", "current_steps", "steps"],
  workflow_list: ["workflows", "total_count", "has_more"],
  workflow_dependencies: ["nodes", "edges", "critical_path", "dag"],
  workflow_result: ["outputs"],
  task_status: ["progress", "queue_position", "attempts"],
  task_list: ["tasks", "has_more"],
  task_retry: ["queue_position"],
  queue_stats: ["completed_count", "failed_count", "cancelled_count"],
  queue_resume: ["reordered"],
  queue_clear: ["remaining_count"],
  worker_unregister: ["status"],
  worker_status: ["running_tasks", "completed_tasks", "failed_tasks", "capabilities"],
  peer_discover: ["peers"],
  peer_connect: ["multiaddr", "protocols"],
  peer_list: ["peers", "has_more"],
  bootstrap_network: ["connected"],
  dataset_generate: ["rows"],
  dataset_filter: ["rows"],
  text_chunk: ["chunks"],
  text_embed_hash: ["vector"],
};

/** A runtime whose every output must be as the tool's schema has it. */
function checked(runtime: Runtime, known: Toolkit): Runtime {
  return {
    ...runtime,
    async call(tool, input) {
      const reply = await runtime.call(tool, input);
      known.registry.get(tool).output.parse(reply.output);
      return reply;
    },
  };
}

const listed = z.object({
  annotations: z.object({ readOnlyHint: z.boolean() }),
  input_schema: z.object({
    properties: z.record(z.string(), z.json()),
    required: z.array(z.string()).default([]),
  }),
});

async function refusal(call: Call, tool: string, input: unknown): Promise<string> {
  try {
    await call(tool, input);
    return "accepted";
  } catch (error) {
    return error instanceof ToolError ? error.code : String(error);
  }
}

async function state(call: Call, peers: boolean): Promise<unknown> {
  const parts = [
    await call("queue_stats", {}),
    await call("workflow_list", { limit: 1000 }),
    peers ? await call("peer_list", { sort_by: "peer_id" }) : null,
  ];
  return JSON.parse(
    JSON.stringify(parts, (key, value) => (/_ms$|_per_s$|last_seen/.test(key) ? null : value)),
  );
}

const hostileValues: Readonly<Record<string, readonly unknown[]>> = {
  string: [5, "", "a".repeat(10_240), "a\u0000b", "\u001b[31m", {}],
  integer: ["5", -1, 1.5, 1e308, Number.NaN, null],
  number: ["5", -1, 1e308, Number.NaN, null],
  boolean: ["yes", 1, null],
  array: ["text", {}, [[]], Array.from({ length: 20_000 }, () => "a")],
  object: [
    "text",
    [],
    JSON.parse('{"__proto__":{"a":1}}'),
    JSON.parse(`${'{"a":'.repeat(100)}1${"}".repeat(100)}`),
  ],
};

function hostileInputs(properties: Record<string, unknown>, required: readonly string[], valid: object) {
  const inputs: [string, unknown][] = [null, 5, "text", true, [], [valid]].map((input) => [
    show(input),
    input,
  ]);
  inputs.push(["an unknown field", { ...valid, unknown: 1 }]);
  inputs.push([
    "__proto__",
    JSON.parse(`{"__proto__":{"a":1},${JSON.stringify({ ...valid, unknown: 1 }).slice(1)}`),
  ]);
  for (const field of required) inputs.push([`no ${field}`, { ...valid, [field]: undefined }]);
  for (const [field, property] of Object.entries(properties)) {
    const { type } = z.object({ type: z.string().optional() }).parse(property);
    const values = [...(hostileValues[type ?? ""] ?? []), ...(field.endsWith("_id") ? ["__proto__"] : [])];
    for (const value of values) inputs.push([`${field} ${show(value)}`, { ...valid, [field]: value }]);
  }
  return inputs;
}

function show(value: unknown): string {
  return `${typeof value} ${JSON.stringify(value)}`.slice(0, 40);
}
