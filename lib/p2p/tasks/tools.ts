import { z } from "zod";
import { id, isoTime, jsonObject, priority, reason, tags } from "../../fields.ts";
import { adding, defineTool, destroying, type Tool } from "../../registry.ts";
import { backoffMs, count, home, iso, queue_position, seconds, task_id } from "./fields.ts";
import type { TaskQueue } from "./queue.ts";
import { queueTools } from "./queue_tools.ts";
import { taskStatus } from "./records.ts";
import { taskType } from "./types.ts";
import { taskViewTools } from "./view_tools.ts";
import { workerTools } from "./worker_tools.ts";

/** The fourteen tools of one task queue. */
export function taskqueueTools(queue: TaskQueue): Tool[] {
  return [...taskTools(queue), ...taskViewTools(queue), ...queueTools(queue), ...workerTools(queue)];
}

/** The tools that change one task. */
function taskTools(queue: TaskQueue): Tool[] {
  return [
    defineTool({
      ...home,
      name: "task_submit",
      description: "Queue a task for the next free worker; without one it stays queued",
      annotations: adding,
      input: z.strictObject({
        task_id: id.describe("a new id"),
        task_type: taskType.describe("the work to do"),
        payload: jsonObject.describe("what to do it on; one the type cannot read fails the task"),
        priority: priority.default(1).describe("tasks of a higher priority start first, then older ones"),
        tags: tags.default([]).describe("marks that task_list can ask for"),
        timeout: seconds
          .min(0.001)
          .optional()
          .describe("seconds after which an attempt is aborted and fails"),
        retry_policy: z
          .strictObject({
            max_retries: z.int().min(0).max(100).describe("attempts after the first failed one"),
            backoff_ms: backoffMs.describe("wait before each of them, give or take a fifth"),
          })
          .optional()
          .describe("without it a failed task is not tried again"),
        metadata: jsonObject.optional().describe("anything; task_list answers it"),
      }),
      output: z.strictObject({
        task_id,
        status: z.literal("queued"),
        queue_position,
        submitted_at: isoTime,
      }),
      async handler({ task_id, task_type, payload, timeout, retry_policy, metadata, ...rest }) {
        const task = await queue.submit({
          ...rest,
          id: task_id,
          type: task_type,
          payload,
          timeoutMs: timeout === undefined ? undefined : Math.ceil(timeout * 1_000),
          maxRetries: retry_policy?.max_retries ?? 0,
          backoffMs: retry_policy?.backoff_ms ?? 0,
          metadata,
        });
        return {
          task_id,
          status: "queued" as const,
          queue_position: queue.position(task),
          submitted_at: iso(task.submittedAt),
        };
      },
    }),
    defineTool({
      ...home,
      name: "task_cancel",
      description: "Keep a queued task from starting, or abort a running one",
      annotations: destroying,
      input: z.strictObject({
        task_id,
        reason: reason.optional().describe("goes into the task's log"),
        force: z.boolean().default(false).describe("also when it runs: it is aborted"),
      }),
      output: z.strictObject({ task_id, status: taskStatus, cancelled_at: isoTime }),
      async handler({ task_id, reason, force }) {
        const cancelledAt = await queue.cancel(task_id, force, reason);
        return { task_id, status: "cancelled" as const, cancelled_at: iso(cancelledAt) };
      },
    }),
    defineTool({
      ...home,
      name: "task_priority",
      description: "Change the priority of a queued task",
      annotations: { ...adding, idempotentHint: true },
      input: z.strictObject({
        task_id,
        new_priority: priority.describe("higher starts first"),
        requeue: z
          .boolean()
          .default(true)
          .describe("move it at once; otherwise queue_resume moves it, or task_retry"),
      }),
      output: z.strictObject({ task_id, old_priority: priority, new_priority: priority, queue_position }),
      async handler({ task_id, new_priority, requeue }) {
        const { task, former } = await queue.prioritise(task_id, new_priority, requeue);
        return { task_id, old_priority: former, new_priority, queue_position: queue.position(task) };
      },
    }),
    defineTool({
      ...home,
      name: "task_retry",
      description: "Queue a failed or cancelled task once more, with all its automatic retries",
      annotations: adding,
      input: z.strictObject({
        task_id,
        retry_config: z
          .strictObject({
            priority: priority.optional().describe("its new priority"),
            backoff_ms: backoffMs.default(0).describe("wait before it may start"),
          })
          .optional(),
      }),
      output: z.strictObject({
        task_id,
        retry_count: count.describe("how often it has been retried by this tool"),
        status: z.literal("queued"),
        queue_position,
      }),
      async handler({ task_id, retry_config }) {
        const task = await queue.retry(task_id, retry_config?.priority, retry_config?.backoff_ms ?? 0);
        return {
          task_id,
          retry_count: task.retryCount,
          status: "queued" as const,
          queue_position: queue.position(task),
        };
      },
    }),
  ];
}
