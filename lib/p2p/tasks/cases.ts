import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { Call, Case, Trial } from "../../case.ts";
import { MeasurementError } from "../../errors.ts";

// No worker of these cases can do "echo": such a task stays queued, whatever else runs.
const waiting = { task_type: "echo", payload: { text: "bench" } };
const summing = { task_type: "sum", payload: { values: [1, 2, 3] } };
const summed = 6;
const failing = { task_type: "fail", payload: {} };
const pageSize = 100;

export const taskqueueCases: readonly Case[] = [
  {
    tool: "task_submit",
    branch: "that nobody can do yet",
    varies: ["submitted_at"],
    open: (call) => ({
      prepare(serial) {
        const task_id = `bench-submit-${serial}`;
        return {
          input: { task_id, ...waiting },
          expect: { task_id, status: "queued" },
          alone: { queue_position: 0 },
          restore: () => drop(call, task_id),
        };
      },
    }),
  },
  {
    tool: "task_status",
    branch: "of a queued task",
    varies: ["submitted_at"],
    open: (call) => ({
      prepare: (serial) =>
        queued(call, `bench-status-${serial}`, (task_id) => ({
          input: { task_id },
          expect: { task_id, status: "queued" },
          restore: () => drop(call, task_id),
        })),
    }),
  },
  {
    tool: "task_cancel",
    branch: "of a queued task",
    varies: ["cancelled_at"],
    open: (call) => ({
      prepare: (serial) =>
        queued(call, `bench-cancel-${serial}`, (task_id) => ({
          input: { task_id },
          expect: { task_id, status: "cancelled" },
          restore: () => clearCancelled(call),
        })),
    }),
  },
  {
    tool: "task_list",
    branch: `${pageSize} queued tasks`,
    varies: ["submitted_at"],
    async open(call, serial) {
      const tag = `bench-list-${serial}`;
      const ids = Array.from({ length: pageSize }, (_, n) => `${tag}-${n}`);
      for (const task_id of ids) await call("task_submit", { task_id, ...waiting, tags: [tag] });
      return {
        prepare: () => ({
          input: { limit: pageSize, tag_filter: [tag] },
          expect: { total_count: pageSize, returned_count: pageSize },
        }),
        close: () => Promise.all(ids.map((task_id) => drop(call, task_id))),
      };
    },
  },
  {
    tool: "task_priority",
    branch: "of a queued task, from 1 to 5",
    open: (call) => ({
      prepare: (serial) =>
        queued(call, `bench-priority-${serial}`, (task_id) => ({
          input: { task_id, new_priority: 5 },
          expect: { task_id, old_priority: 1, new_priority: 5 },
          alone: { queue_position: 0 },
          restore: () => drop(call, task_id),
        })),
    }),
  },
  {
    tool: "task_result",
    branch: "of a completed task",
    varies: ["execution_ms"],
    open: (call, session) =>
      withWorker(call, "sum", session, async (serial) => {
        const task_id = `bench-result-${serial}`;
        await call("task_submit", { task_id, ...summing });
        await reach(call, task_id, "completed");
        return { input: { task_id }, expect: { task_id, status: "completed", output: summed } };
      }),
  },
  {
    tool: "task_retry",
    branch: "of a failed task",
    open: (call, session) =>
      withWorker(call, "fail", session, async (serial) => {
        const task_id = `bench-retry-${serial}`;
        await call("task_submit", { task_id, ...failing });
        await reach(call, task_id, "failed");
        return {
          input: { task_id },
          expect: { task_id, status: "queued", retry_count: 1 },
          restore: () => reach(call, task_id, "failed"),
        };
      }),
  },
  {
    tool: "queue_stats",
    branch: "of a queue without tasks",
    varies: ["average_wait_ms", "average_execution_ms", "throughput_per_s"],
    open: () => ({
      prepare: () => ({
        input: {},
        expect: {},
        alone: { status: "active", queued_count: 0, running_count: 0 },
      }),
    }),
  },
  {
    tool: "queue_pause",
    branch: "of an active queue without tasks",
    varies: ["paused_at"],
    open: (call) => ({
      prepare: () => ({
        input: { reason: "bench" },
        expect: { status: "paused" },
        alone: { queued_tasks: 0, running_tasks: 0 },
        restore: () => call("queue_resume", {}),
      }),
    }),
  },
  {
    tool: "queue_resume",
    branch: "of a paused queue without tasks",
    varies: ["resumed_at"],
    exclusive: true,
    open: (call) => ({
      async prepare() {
        await call("queue_pause", {});
        return { input: {}, expect: { status: "active" }, alone: { queued_tasks: 0 } };
      },
    }),
  },
  {
    tool: "queue_clear",
    branch: "of three cancelled tasks",
    varies: ["cleared_at"],
    open: (call) => ({
      async prepare(serial) {
        for (const task_id of [1, 2, 3].map((n) => `bench-clear-${serial}-${n}`)) {
          await call("task_submit", { task_id, ...waiting });
          await call("task_cancel", { task_id });
        }
        return {
          input: { status_filter: "cancelled", confirm: true },
          expect: {},
          alone: { cleared_count: 3 },
        };
      },
    }),
  },
  {
    tool: "worker_register",
    branch: "a worker with nothing to do",
    varies: ["registered_at"],
    open: (call) => ({
      prepare(serial) {
        const worker_id = `bench-register-${serial}`;
        return {
          input: { worker_id, capabilities: ["sort"] },
          expect: { worker_id, status: "idle" },
          restore: () => call("worker_unregister", { worker_id }),
        };
      },
    }),
  },
  {
    tool: "worker_unregister",
    branch: "gracefully, an idle worker",
    varies: ["unregistered_at"],
    open: (call) => ({
      async prepare(serial) {
        const worker_id = `bench-unregister-${serial}`;
        await call("worker_register", { worker_id, capabilities: ["sort"] });
        return { input: { worker_id }, expect: { worker_id, completed_tasks: 0, abandoned_tasks: 0 } };
      },
    }),
  },
  {
    tool: "worker_status",
    branch: "of an idle worker",
    varies: ["registered_at"],
    open: (call, session) =>
      withWorker(call, "sort", session, (_, worker_id) => ({
        input: { worker_id },
        expect: { worker_id, status: "idle" },
      })),
  },
];

/** A session during which one worker does tasks of that type. */
async function withWorker(
  call: Call,
  type: string,
  session: number,
  prepare: (serial: number, worker_id: string) => Trial | Promise<Trial>,
) {
  const worker_id = `bench-${type}-${session}`;
  await call("worker_register", { worker_id, capabilities: [type] });
  return {
    prepare: (serial: number) => prepare(serial, worker_id),
    close: () => call("worker_unregister", { worker_id }),
  };
}

/** A trial on a task that nobody can do yet. */
async function queued(call: Call, task_id: string, trial: (task_id: string) => Trial): Promise<Trial> {
  await call("task_submit", { task_id, ...waiting });
  return trial(task_id);
}

async function drop(call: Call, task_id: string): Promise<void> {
  await call("task_cancel", { task_id });
  await clearCancelled(call);
}

async function clearCancelled(call: Call): Promise<void> {
  await call("queue_clear", { status_filter: "cancelled", confirm: true });
}

const answer = z.object({ status: z.string() });
const ended = ["completed", "failed", "cancelled"];

/** Asks until it has that status; throws when it ends with another. */
async function reach(call: Call, task_id: string, due: string): Promise<void> {
  for (;;) {
    const { status } = answer.parse(await call("task_status", { task_id }));
    if (status === due) return;
    if (ended.includes(status))
      throw new MeasurementError(`Cannot prepare "${task_id}": it is ${status}, not ${due}`);
    await setImmediate();
  }
}
