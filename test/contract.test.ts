import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { allCases, p2pCases } from "../lib/cases.ts";
import { type LocalPeers, openLocalPeers } from "../lib/engines/peers/local_peers.ts";
import { ToolError } from "../lib/errors.ts";
import type { Call } from "../lib/measure/case.ts";
import { interleave } from "../lib/measure/interleave.ts";
import { type Arm, openArm } from "../lib/measure/latency.ts";
import { openDirect } from "../lib/runtimes/direct.ts";
import { openHttpHost } from "../lib/runtimes/host.ts";
import { openRouter } from "../lib/runtimes/router.ts";
import type { Runtime } from "../lib/runtimes/runtime.ts";
import { openToolkit, type Toolkit } from "../lib/toolkit.ts";

let peers: LocalPeers;
let toolkit: Toolkit;
let runtimes: { readonly direct: Runtime; readonly http: Runtime; readonly dual: Runtime };
/** Arms of a pair make the same trials, so that their answers can be compared. */
let pairs: readonly (readonly [Arm, Arm])[];
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  peers = opened.use(await openLocalPeers());
  const bootstrap = peers.peers.flatMap(({ multiaddrs }) => multiaddrs);
  toolkit = opened.use(await openToolkit({ bootstrap }));
  const host = async () => opened.use(await openHttpHost({ bootstrap }));
  const another = async () => openDirect(opened.use(await openToolkit({ bootstrap })).registry);
  const [direct, http] = [openDirect(toolkit.registry), await host()];
  const dual = await openRouter({ runtimes: [await another(), await host()], fallback: "http" });
  runtimes = { direct, http, dual };
  const arm = (runtime: Runtime) => openArm(checked(runtime));
  pairs = [
    [arm(direct), arm(http)],
    [arm(await another()), arm(dual)],
  ];
}, 30_000);

afterAll(() => opened.disposeAsync());

describe("the runtimes", () => {
  test("offer the same tools: 26 peer-to-peer and 6 general ones, each with an honest case", async () => {
    const listings = await runtimes.direct.list();
    for (const { list } of [runtimes.http, runtimes.dual])
      expect(await list()).toEqual(JSON.parse(JSON.stringify(listings)));
    expect(listings.map(({ name }) => name).sort()).toEqual(allCases.map(({ tool }) => tool).sort());
    expect(Object.values(Object.groupBy(listings, ({ home }) => home)).map((group) => group?.length)).toEqual(
      [26, 6],
    );
    expect(p2pCases).toBeArrayOfSize(26);
  });

  test("run in processes of their own", () => {
    expect(runtimes.direct.pid).toBe(process.pid);
    expect(runtimes.http.pid).not.toBe(process.pid);
  });
});

/** A runtime whose every output must be as the tool's schema has it. */
function checked(runtime: Runtime): Runtime {
  return {
    ...runtime,
    async call(tool, input) {
      const reply = await runtime.call(tool, input);
      toolkit.registry.get(tool).output.parse(reply.output);
      return reply;
    },
  };
}

// The arms count the calls that the servers count, so nobody else calls until they are done.
describe("every tool answers alike on every runtime, as its schema has it, trial after trial:", () => {
  test.each(allCases.map((testCase) => [testCase.tool, testCase] as const))("%s", async (_, testCase) => {
    for (const pair of pairs) {
      const [a, b] = await interleave(pair, testCase, 4);
      expect([a.flat().length, b.flat().length]).toEqual([4, 4]);
    }
  });
});

describe("every tool refuses hostile input with the same code on every runtime, and changes nothing:", () => {
  test.each(p2pCases.map((testCase) => [testCase.tool, testCase] as const))("%s", async (name, testCase) => {
    const schema = z.object({
      properties: z.record(z.string(), z.json()),
      required: z.array(z.string()).default([]),
    });
    const listing = schema.parse(toolkit.registry.list().find((tool) => tool.name === name)?.input_schema);
    const codes: Record<string, string>[] = [];
    for (const runtime of [runtimes.direct, runtimes.http, runtimes.dual]) {
      const call = async (tool: string, input: unknown) => (await runtime.call(tool, input)).output;
      const session = await testCase.open(call, 1_000_000);
      const trial = await session.prepare(1_000_001);
      const before = await state(call);
      const refused: Record<string, string> = {};
      for (const [what, input] of hostileInputs(listing.properties, listing.required, Object(trial.input)))
        refused[what] = await refusal(call, name, input);
      expect(await state(call)).toEqual(before);
      await call(name, trial.input);
      await trial.restore?.();
      await session.close?.();
      codes.push(refused);
    }
    expect(codes).toEqual(codes.map(() => codes[0] ?? {}));
    expect(Object.entries(codes[0] ?? {}).filter(([, code]) => code !== "invalid_input")).toEqual([]);
  });
});

async function refusal(call: Call, tool: string, input: unknown): Promise<string> {
  try {
    await call(tool, input);
    return "accepted";
  } catch (error) {
    return error instanceof ToolError ? error.code : String(error);
  }
}

async function state(call: Call): Promise<unknown> {
  const [queue, workflows, peers] = [
    await call("queue_stats", {}),
    await call("workflow_list", { limit: 1000 }),
    await call("peer_list", { sort_by: "peer_id" }),
  ];
  return JSON.parse(
    JSON.stringify([queue, workflows, peers], (key, value) =>
      /_ms$|_per_s$|last_seen/.test(key) ? null : value,
    ),
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
