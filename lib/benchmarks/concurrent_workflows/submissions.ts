import { z } from "zod";
import type { Call, Case } from "../../case.ts";
import { ToolError } from "../../errors.ts";
import { analyseExecution } from "../../judge/execution.ts";
import type { OutcomeBook } from "./outcomes.ts";
import type { PlannedStep } from "./scenarios.ts";

export interface Submissions {
  /** They are submitted in this order, over and over. */
  readonly workflows: readonly (readonly PlannedStep[])[];
  /** The longest wait for a workflow to end, once nothing more is submitted. */
  readonly timeoutMs: number;
  /** Whether a workflow must have ended before the next is submitted, or all may run at the same time. */
  readonly alone: boolean;
  /** Where it is told what became of them. */
  readonly book: OutcomeBook;
  /** Called when all have ended and none has been looked at. */
  readonly onEnded?: () => Promise<void>;
}

interface Submitted {
  readonly serial: number;
  readonly id: string;
  readonly steps: readonly PlannedStep[];
}

/** Submits workflows, waits for the accepted ones to end, and holds each against what was submitted. */
export function submissions(options: Submissions): Case {
  const { workflows, timeoutMs, alone, book, onEnded } = options;
  return {
    tool: "workflow_submit",
    branch: alone ? "accepted, while none runs" : "accepted, while others run",
    open(call) {
      const accepted: Submitted[] = [];
      let next = 0;
      return {
        prepare(serial) {
          const workflow_id = `w-${serial}`;
          const steps = workflows[next++ % workflows.length] ?? [];
          const workflow = { serial, id: workflow_id, steps };
          return {
            input: { workflow_id, name: "bench", steps },
            expect: { workflow_id, status: "queued", step_count: steps.length },
            restore: async () => {
              book.accept();
              if (alone) await settle(call, [workflow]);
              else accepted.push(workflow);
            },
          };
        },
        async close() {
          await settle(
            call,
            accepted.toSorted((a, b) => a.serial - b.serial),
          );
        },
      };
    },
  };

  async function settle(call: Call, submitted: readonly Submitted[]): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    // A call that takes as long as the time-out has failed itself.
    const waitMs = Math.min(longestWaitMs, Math.floor(timeoutMs / 2));
    for (const { id } of submitted) await untilEnded(call, id, waitMs, deadline);
    await onEnded?.();
    for (const workflow of submitted) await review(call, workflow, book);
  }
}

/** A server drops a connection on which nothing was sent for 30 s. */
const longestWaitMs = 10_000;

/** Waits for a workflow to end, and cancels it when it does not. */
async function untilEnded(call: Call, workflow_id: string, waitMs: number, deadline: number): Promise<void> {
  for (;;) {
    const leftMs = Math.max(0, Math.ceil(deadline - performance.now()));
    const wait_ms = Math.min(waitMs, leftMs);
    const state = status.parse(await call("workflow_status", { workflow_id, include_steps: false, wait_ms }));
    if (state.ended_at !== undefined) return;
    if (leftMs === 0) return cancel(call, workflow_id);
  }
}

const timedOut = "timed out";

async function cancel(call: Call, workflow_id: string): Promise<void> {
  try {
    await call("workflow_cancel", { workflow_id, force: true, reason: timedOut });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : error;
    // It may have ended on the way.
    if (!(cause instanceof ToolError) || cause.code !== "conflict") throw error;
  }
}

const instant = z.string().transform((text) => Number(Temporal.Instant.from(text).epochNanoseconds) / 1e6);
const step = z.object({ step_id: z.string(), attempts: z.int(), error: z.string().optional() });
const status = z.object({
  status: z.string(),
  ended_at: instant.optional(),
  steps: z.array(step).default([]),
});
const completed = z.object({
  submitted_at: instant,
  steps: z.array(step.extend({ started_at: instant, ended_at: instant, ran_ms: z.number().optional() })),
});
const result = z.object({ outputs: z.record(z.string(), z.unknown()) });

/** Tells what became of an ended workflow. */
async function review(call: Call, { id, steps }: Submitted, book: OutcomeBook): Promise<void> {
  const answer = await call("workflow_status", { workflow_id: id });
  const ended = status.parse(answer);
  const error = ended.steps.find(({ error }) => error !== undefined)?.error ?? "no step says why";
  const fault = `workflow "${id}" is ${ended.status}: ${error}`;
  if (ended.status === "failed") return book.lose("failed", fault);
  if (ended.status !== "completed")
    return book.lose(error.includes(timedOut) ? "timeout" : "cancelled", fault);

  const { outputs } = result.parse(await call("workflow_result", { workflow_id: id }));
  const { submitted_at, steps: ran } = completed.parse(answer);
  const planned = new Map(steps.map(({ step_id, depends_on }) => [step_id, depends_on]));
  const attempts = new Map(ran.map(({ step_id, attempts }) => [step_id, attempts]));
  const times = ran.map(({ step_id, started_at, ended_at, ran_ms = ended_at - started_at }) => ({
    id: step_id,
    dependsOn: planned.get(step_id) ?? [],
    startedMs: started_at,
    endedMs: ended_at,
    runningMs: ran_ms,
  }));
  book.complete({
    id,
    submittedMs: submitted_at,
    times,
    execution: analyseExecution(times, submitted_at),
    edges: steps.reduce((sum, { depends_on }) => sum + depends_on.length, 0),
    repeated: [...planned.keys()].filter((step_id) => attempts.get(step_id) !== 1),
    outputs,
  });
}
