import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { Call, Case } from "../../case.ts";
import { MeasurementError } from "../../errors.ts";

const chain = [
  { step_id: "fetch", action: "fetch_data", inputs: { rows: 10, seed: 7 } },
  { step_id: "process", action: "process", depends_on: ["fetch"] },
  { step_id: "sum", action: "aggregate", depends_on: ["process"] },
];
/** What the chain leaves: the rows of its seed, summed by group. */
const result = {
  sum: {
    groups: [
      { group: "alpha", count: 4, sum: 2212.85 },
      { group: "beta", count: 5, sum: 2931.653 },
      { group: "gamma", count: 1, sum: 676.358 },
    ],
  },
};
const diamond = [
  { step_id: "start", action: "init" },
  { step_id: "left", action: "fetch_data", depends_on: ["start"] },
  { step_id: "right", action: "fetch_data", depends_on: ["start"] },
  { step_id: "join", action: "merge", depends_on: ["left", "right"] },
];
const held = [
  { step_id: "hold", action: "hold", inputs: { ms: 60_000 } },
  { step_id: "next", action: "init", depends_on: ["hold"] },
  { step_id: "last", action: "init", depends_on: ["next"] },
];
const pageSize = 50;

export const workflowCases: readonly Case[] = [
  {
    tool: "workflow_submit",
    branch: "a chain of three steps, accepted",
    varies: ["submitted_at"],
    open: (call) => ({
      prepare(serial) {
        const workflow_id = `bench-submit-${serial}`;
        return {
          input: { workflow_id, name: "bench", steps: chain },
          expect: { workflow_id, status: "queued", step_count: 3 },
          restore: () => finish(call, workflow_id),
        };
      },
    }),
  },
  {
    tool: "workflow_status",
    branch: "of a completed workflow of three steps",
    varies: ["submitted_at", "started_at", "ended_at"],
    open: (call) => ({
      async prepare(serial) {
        const workflow_id = await completed(call, `bench-status-${serial}`);
        return { input: { workflow_id }, expect: { workflow_id, status: "completed", progress: 1 } };
      },
    }),
  },
  {
    tool: "workflow_cancel",
    branch: "forced, of one running and two waiting steps",
    varies: ["cancelled_at"],
    open: (call) => ({
      async prepare(serial) {
        const workflow_id = `bench-cancel-${serial}`;
        await call("workflow_submit", { workflow_id, name: "bench", steps: held });
        await reachRunning(call, workflow_id);
        return {
          input: { workflow_id, force: true },
          expect: { workflow_id, status: "cancelled", cancelled_steps: 3 },
        };
      },
    }),
  },
  {
    tool: "workflow_list",
    branch: `the newest ${pageSize} workflows`,
    varies: ["submitted_at"],
    async open(call, serial) {
      const input = { limit: pageSize };
      // Whatever others left is as good: 50 workflows over HTTP take 70 ms, and a load is opened dozens of times.
      const { returned_count: there = 0 } = Object(await call("workflow_list", input));
      for (let n = there; n < pageSize; n++) await completed(call, `bench-list-${serial}-${n}`);
      return { prepare: () => ({ input, expect: { returned_count: pageSize } }) };
    },
  },
  {
    tool: "workflow_dependencies",
    branch: "of a diamond of four steps, as JSON",
    open: (call) => ({
      async prepare(serial) {
        const workflow_id = await completed(call, `bench-dependencies-${serial}`, diamond);
        return {
          input: { workflow_id },
          expect: { workflow_id, layers: [["start"], ["left", "right"], ["join"]] },
        };
      },
    }),
  },
  {
    tool: "workflow_result",
    branch: "of a completed workflow of three steps, with outputs",
    varies: ["execution_ms"],
    open: (call) => ({
      async prepare(serial) {
        const workflow_id = await completed(call, `bench-result-${serial}`);
        return { input: { workflow_id }, expect: { workflow_id, status: "completed", result } };
      },
    }),
  },
];

async function completed(call: Call, workflow_id: string, steps: readonly object[] = chain): Promise<string> {
  await call("workflow_submit", { workflow_id, name: "bench", steps });
  await finish(call, workflow_id);
  return workflow_id;
}

const answer = z.object({ status: z.string() });

async function finish(call: Call, workflow_id: string): Promise<void> {
  const waiting = { workflow_id, include_steps: false, wait_ms: 10_000 };
  const { status } = answer.parse(await call("workflow_status", waiting));
  if (status !== "completed") throw new MeasurementError(`Cannot prepare "${workflow_id}": it is ${status}`);
}

async function reachRunning(call: Call, workflow_id: string): Promise<void> {
  for (;;) {
    const { status } = answer.parse(await call("workflow_status", { workflow_id, include_steps: false }));
    if (status === "running") return;
    if (status !== "queued") throw new MeasurementError(`Cannot prepare "${workflow_id}": it is ${status}`);
    await setImmediate();
  }
}
