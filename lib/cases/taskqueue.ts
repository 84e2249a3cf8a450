import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { Call, Case, Trial } from "../measure/latency.ts";

const task = { task_type: "echo", payload: { text: "bench" } };
const worker = { worker_id: "bench-worker", capabilities: [] };
const pageSize = 100;

const register = (call: Call) => call("worker_register", worker);
const unregister = (call: Call) =>
  call("worker_unregister", { worker_id: worker.worker_id, graceful: false });
const clear = (call: Call, status_filter: string) => call("queue_clear", { status_filter, confirm: true });

export const taskqueueCases: readonly Case[] = [
  {
    tool: "task_submit",
    branch: "to an empty queue without workers",
    prepare: (call, serial) => ({
      input: { task_id: `bench-${serial}`, ...task },
      expect: { task_id: `bench-${serial}`, status: "queued", queue_position: 0 },
      restore: () => clear(call, "queued"),
    }),
  },
  {
    tool: "task_status",
    branch: "of a queued task",
    prepare: (call, serial) =>
      withQueued(call, serial, (task_id) => ({ input: { task_id }, expect: { task_id, status: "queued" } })),
  },
  {
    tool: "task_cancel",
    branch: "of a queued task",
    prepare: (call, serial) =>
      withQueued(call, serial, (task_id) => ({
        input: { task_id },
        expect: { task_id, status: "cancelled" },
        restore: () => clear(call, "cancelled"),
      })),
  },
  {
    tool: "task_list",
    branch: `${pageSize} queued tasks`,
    async open(call) {
      for (let n = 0; n < pageSize; n++) await call("task_submit", { task_id: `bench-list-${n}`, ...task });
    },
    prepare: () => ({
      input: { limit: pageSize },
      expect: { total_count: pageSize, returned_count: pageSize },
    }),
    close: (call) => clear(call, "queued"),
  },
  {
    tool: "task_priority",
    branch: "of a queued task, from 1 to 5",
    prepare: (call, serial) =>
      withQueued(call, serial, (task_id) => ({
        input: { task_id, new_priority: 5 },
        expect: { task_id, old_priority: 1, new_priority: 5, queue_position: 0 },
      })),
  },
  {
    tool: "task_result",
    branch: "of a completed task",
    open: register,
    close: unregister,
    async prepare(call, serial) {
      const task_id = await reached(call, serial, task, "completed");
      return {
        input: { task_id },
        expect: { task_id, status: "completed", output: task.payload },
        restore: () => clear(call, "completed"),
      };
    },
  },
  {
    tool: "task_retry",
    branch: "of a failed task, while the queue is paused",
    open: register,
    close: unregister,
    async prepare(call, serial) {
      const task_id = await reached(call, serial, { task_type: "fail", payload: {} }, "failed");
      await call("queue_pause", {});
      return {
        input: { task_id },
        expect: { task_id, status: "queued", retry_count: 1, queue_position: 0 },
        async restore() {
          await clear(call, "queued");
          await call("queue_resume", {});
        },
      };
    },
  },
  {
    tool: "queue_stats",
    branch: "of an empty queue",
    prepare: () => ({ input: {}, expect: { status: "active", queued_count: 0, running_count: 0 } }),
  },
  {
    tool: "queue_pause",
    branch: "of an active, empty queue",
    prepare: (call) => ({
      input: { reason: "bench" },
      expect: { status: "paused", queued_tasks: 0, running_tasks: 0 },
      restore: () => call("queue_resume", {}),
    }),
  },
  {
    tool: "queue_resume",
    branch: "of a paused, empty queue",
    async prepare(call) {
      await call("queue_pause", {});
      return { input: {}, expect: { status: "active", queued_tasks: 0 } };
    },
  },
  {
    tool: "queue_clear",
    branch: "of three queued tasks",
    async prepare(call, serial) {
      for (const n of [1, 2, 3]) await call("task_submit", { task_id: `bench-${serial}-${n}`, ...task });
      return {
        input: { status_filter: "queued", confirm: true },
        expect: { cleared_count: 3, remaining_count: 0 },
      };
    },
  },
  {
    tool: "worker_register",
    branch: "a worker for all task types, with nothing to do",
    prepare: (call) => ({
      input: worker,
      expect: { worker_id: worker.worker_id },
      restore: () => unregister(call),
    }),
  },
  {
    tool: "worker_unregister",
    branch: "gracefully, an idle worker",
    async prepare(call) {
      await register(call);
      return {
        input: { worker_id: worker.worker_id },
        expect: { worker_id: worker.worker_id, completed_tasks: 0, abandoned_tasks: 0 },
      };
    },
  },
  {
    tool: "worker_status",
    branch: "of an idle worker",
    open: register,
    close: unregister,
    prepare: () => ({ input: { worker_id: worker.worker_id }, expect: { worker_id: worker.worker_id } }),
  },
];

/** A trial on one queued task, which is gone after it. */
async function withQueued(call: Call, serial: number, trial: (task_id: string) => Trial): Promise<Trial> {
  const task_id = `bench-${serial}`;
  await call("task_submit", { task_id, ...task });
  return { restore: () => clear(call, "queued"), ...trial(task_id) };
}

const statusOutput = z.object({ status: z.string() });

/** Submits a task and asks, untimed, until it has that status. */
async function reached(call: Call, serial: number, task: object, status: string): Promise<string> {
  const task_id = `bench-${serial}`;
  await call("task_submit", { task_id, ...task });
  while (statusOutput.parse(await call("task_status", { task_id })).status !== status) await setImmediate();
  return task_id;
}
