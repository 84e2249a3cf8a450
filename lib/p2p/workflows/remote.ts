import { z } from "zod";
import { id, jsonObject } from "../../fields.ts";
import type { Broker } from "../broker/broker.ts";
import { type Action, actions as everyAction, type Output, type Row } from "./actions.ts";
import { failureText, runHere, type StepExecutor } from "./executor.ts";
import { keyOf } from "./store.ts";

const kind = "steps";

/** Steps that a submitter hands out before the first of them ends: enough for four workers. */
export const stepsAtATime = 256;

const output = z.custom<Output>(isOutput, "must be an object whose rows have an id, texts and numbers");

const stepWork = z.strictObject({
  action: id,
  inputs: jsonObject,
  upstream: z.array(z.tuple([id, output])),
});

/** Has steps run by the workers of a broker. What they store is stored here. */
export function stepsThrough(broker: Broker): StepExecutor {
  return async ({ action, inputs, upstream, priority, context, ran }) => {
    const work = { action, inputs, upstream: [...upstream] };
    const { signal, store } = context;
    const done = await broker.run(kind, work, { priority, signal });
    ran(done.ranMs);
    for (const text of done.stored) store.put(text);
    return output.parse(done.output);
  };
}

/** Runs steps for everybody at that broker. */
export function serveSteps(
  broker: Broker,
  actions: ReadonlyMap<string, Action> = everyAction,
): Promise<void> {
  const run = runHere(actions);
  return broker.work(kind, async (work, signal) => {
    const stored: string[] = [];
    const put = (text: string) => {
      stored.push(text);
      return keyOf(text);
    };
    try {
      const { action, inputs, upstream } = stepWork.parse(work);
      const context = { signal, store: { put } };
      const ran = () => {};
      return {
        output: await run({ action, inputs, upstream: new Map(upstream), priority: 0, context, ran }),
        stored,
      };
    } catch (error) {
      return { error: failureText(error) };
    }
  });
}

function isOutput(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !("rows" in value) || (Array.isArray(value.rows) && value.rows.every(isRow));
}

function isRow(row: unknown): row is Row {
  if (typeof row !== "object" || row === null || !("id" in row) || typeof row.id !== "number") return false;
  return Object.values(row).every((value) => typeof value === "number" || typeof value === "string");
}
