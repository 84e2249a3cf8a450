import { z } from "zod";
import { id, isoTime, jsonObject } from "../../fields.ts";
import { adding, defineTool, destroying, reading, type Tool } from "../../registry.ts";
import { KeptJson } from "../kept_json.ts";
import { count, home, iso, ms, perSecond, seconds, task_id, worker_id } from "./fields.ts";
import type { TaskQueue } from "./queue.ts";
import { now, type Worker } from "./records.ts";
import { taskType } from "./types.ts";

const status = z.enum(["idle", "busy", "leaving"]);

const counts = {
  worker_id,
  status,
  running_tasks: count.describe("slots in use; an aborted handler holds its slot until it has returned"),
  completed_tasks: count,
  failed_tasks: count.describe("failed attempts, those that are retried included"),
};

/** The counts that queue_stats answers of each worker. */
export const workerCounts = z.strictObject(counts);

/** The tools that act on one worker. */
export function workerTools({ workers }: TaskQueue): Tool[] {
  return [
    defineTool({
      ...home,
      name: "worker_register",
      description: "Start a worker, which takes tasks at once",
      annotations: adding,
      input: z.strictObject({
        worker_id: id.describe("a new id"),
        capabilities: z.array(taskType).max(100).describe("the task types it takes; all when empty"),
        max_concurrent_tasks: z.int().min(1).max(1_000).default(5).describe("tasks it runs at the same time"),
        resource_limits: jsonObject.optional().describe("recorded for worker_status; nothing enforces them"),
        metadata: jsonObject.optional().describe("anything; worker_status answers it"),
      }),
      output: z.strictObject({ worker_id, status, registered_at: isoTime }),
      async handler({ worker_id, capabilities, max_concurrent_tasks, resource_limits, metadata }) {
        const worker = await workers.register({
          id: worker_id,
          types: new Set(capabilities),
          maxConcurrent: max_concurrent_tasks,
          resourceLimits: resource_limits && new KeptJson(resource_limits),
          metadata: metadata && new KeptJson(metadata),
        });
        return { worker_id, status: statusOf(worker), registered_at: iso(worker.registeredAt) };
      },
    }),
    defineTool({
      ...home,
      name: "worker_unregister",
      description: "Stop a worker; tasks it does not finish return to the queue",
      annotations: destroying,
      input: z.strictObject({
        worker_id,
        graceful: z.boolean().default(true).describe("wait for the tasks it runs"),
        timeout: seconds.default(300).describe("seconds to wait at most"),
      }),
      output: z.strictObject({
        worker_id,
        status: z.literal("unregistered"),
        unregistered_at: isoTime,
        completed_tasks: count.describe("in all its time"),
        abandoned_tasks: count.describe("tasks that were aborted and returned to the queue"),
      }),
      async handler({ worker_id, graceful, timeout }) {
        const { worker, returned } = await workers.unregister(worker_id, graceful ? timeout * 1_000 : 0);
        return {
          worker_id,
          status: "unregistered" as const,
          unregistered_at: iso(now()),
          completed_tasks: worker.completed,
          abandoned_tasks: returned,
        };
      },
    }),
    defineTool({
      ...home,
      name: "worker_status",
      description: "Tell what a worker does and has done",
      annotations: reading,
      input: z.strictObject({
        worker_id,
        include_tasks: z.boolean().default(false).describe("answer the tasks it runs"),
        include_metrics: z.boolean().default(false).describe("answer how fast it works"),
      }),
      output: z.strictObject({
        ...counts,
        capabilities: z.array(taskType).describe("all when empty"),
        registered_at: isoTime,
        resource_limits: jsonObject.optional(),
        metadata: jsonObject.optional(),
        tasks: z.array(z.strictObject({ task_id, task_type: taskType, started_at: isoTime })).optional(),
        metrics: z
          .strictObject({
            average_execution_ms: ms.describe("of its attempts; 0 without any"),
            throughput_per_s: perSecond.describe("tasks completed per second since it was registered"),
          })
          .optional(),
      }),
      handler({ worker_id, include_tasks, include_metrics }) {
        const worker = workers.get(worker_id);
        const { resourceLimits, metadata } = worker;
        return {
          ...workerCountsOf(worker),
          capabilities: [...worker.types],
          registered_at: iso(worker.registeredAt),
          ...(resourceLimits && { resource_limits: resourceLimits.copy() }),
          ...(metadata && { metadata: metadata.copy() }),
          ...(include_tasks && { tasks: tasksOf(worker) }),
          ...(include_metrics && { metrics: metricsOf(worker) }),
        };
      },
    }),
  ];
}

export function workerCountsOf(worker: Worker): z.output<typeof workerCounts> {
  return {
    worker_id: worker.id,
    status: statusOf(worker),
    running_tasks: worker.attempts.size,
    completed_tasks: worker.completed,
    failed_tasks: worker.failed,
  };
}

function statusOf({ leaving, attempts }: Worker): z.output<typeof status> {
  if (leaving) return "leaving";
  return attempts.size > 0 ? "busy" : "idle";
}

/** The tasks it runs, without those that were taken from it and whose handlers have yet to return. */
function tasksOf(worker: Worker) {
  return [...worker.attempts]
    .filter((attempt) => attempt.task.attempt === attempt)
    .map(({ task, startedAt }) => ({
      task_id: task.id,
      task_type: task.type,
      started_at: iso(startedAt),
    }));
}

function metricsOf({ executionMs, completed, failed, registeredAt }: Worker) {
  const attempts = completed + failed;
  return {
    average_execution_ms: attempts === 0 ? 0 : executionMs / attempts,
    throughput_per_s: completed === 0 ? 0 : (completed * 1_000) / (now() - registeredAt),
  };
}
