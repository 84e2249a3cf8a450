import { z } from "zod";
import { ToolError } from "../../errors.ts";
import { isoTime, reason } from "../../fields.ts";
import { adding, defineTool, destroying, reading, type Tool } from "../../registry.ts";
import { count, home, iso, ms, perSecond } from "./fields.ts";
import type { TaskQueue } from "./queue.ts";
import { now } from "./records.ts";
import { workerCounts, workerCountsOf } from "./worker_tools.ts";

const queueStatus = z.enum(["active", "paused"]);

/** The tools that act on the queue as a whole. */
export function queueTools(queue: TaskQueue): Tool[] {
  const { tally, workers } = queue;
  return [
    defineTool({
      ...home,
      name: "queue_stats",
      description: "Count the remembered tasks and tell how fast they go",
      annotations: reading,
      input: z.strictObject({
        include_worker_stats: z.boolean().default(false).describe("answer the counts of each worker"),
        include_historical: z.boolean().default(false).describe("answer what ended in each minute"),
      }),
      output: z.strictObject({
        status: queueStatus,
        pause_reason: z.string().optional(),
        queued_count: count,
        running_count: count,
        completed_count: count,
        failed_count: count,
        cancelled_count: count,
        average_wait_ms: ms.describe("of the remembered tasks that ended after a start; 0 without any"),
        average_execution_ms: ms.describe("of the last attempts of the same tasks"),
        throughput_per_s: perSecond.describe(
          "tasks completed per second in the last 60 s, or since the start",
        ),
        worker_stats: z.array(workerCounts).optional(),
        historical: z
          .array(z.strictObject({ minute_at: isoTime, completed: count, failed: count, cancelled: count }))
          .optional()
          .describe("the minutes of the last hour in which a task ended, oldest first"),
      }),
      handler({ include_worker_stats, include_historical }) {
        const averages = tally.averages();
        const reason = workers.paused?.reason;
        return {
          status: workers.paused ? ("paused" as const) : ("active" as const),
          ...(reason !== undefined && { pause_reason: reason }),
          queued_count: tally.count("queued"),
          running_count: tally.count("running"),
          completed_count: tally.count("completed"),
          failed_count: tally.count("failed"),
          cancelled_count: tally.count("cancelled"),
          average_wait_ms: averages.waitMs,
          average_execution_ms: averages.executionMs,
          throughput_per_s: tally.throughput(),
          ...(include_worker_stats && { worker_stats: [...workers.all()].map(workerCountsOf) }),
          ...(include_historical && {
            historical: tally.minutes().map(({ at, ...ends }) => ({ minute_at: iso(at), ...ends })),
          }),
        };
      },
    }),
    defineTool({
      ...home,
      name: "queue_pause",
      description: "Start no more tasks; running ones finish. No error when it is paused already",
      annotations: { ...adding, idempotentHint: true },
      input: z.strictObject({
        reason: reason.optional().describe("queue_stats answers it"),
      }),
      output: z.strictObject({
        status: queueStatus,
        paused_at: isoTime.describe("when it was first paused"),
        queued_tasks: count,
        running_tasks: count,
      }),
      async handler({ reason }) {
        const pausedAt = await workers.pause(reason);
        return {
          status: "paused" as const,
          paused_at: iso(pausedAt),
          queued_tasks: tally.count("queued"),
          running_tasks: tally.count("running"),
        };
      },
    }),
    defineTool({
      ...home,
      name: "queue_resume",
      description: "Start tasks again",
      annotations: { ...adding, idempotentHint: true },
      input: z.strictObject({
        reorder_by_priority: z
          .boolean()
          .default(true)
          .describe("move the tasks that task_priority left in place with requeue=false"),
      }),
      output: z.strictObject({
        status: queueStatus,
        resumed_at: isoTime,
        queued_tasks: count,
        reordered: count.describe("the tasks so moved; all others are in order anyway"),
      }),
      async handler({ reorder_by_priority }) {
        const reordered = await queue.resume(reorder_by_priority);
        return {
          status: "active" as const,
          resumed_at: iso(now()),
          queued_tasks: tally.count("queued"),
          reordered,
        };
      },
    }),
    defineTool({
      ...home,
      name: "queue_clear",
      description: "Forget the tasks that do not run",
      annotations: destroying,
      input: z.strictObject({
        status_filter: z
          .enum(["queued", "completed", "failed", "cancelled"])
          .optional()
          .describe("only tasks in this status"),
        confirm: z.boolean().default(false).describe("must be true"),
      }),
      output: z.strictObject({ cleared_count: count, remaining_count: count, cleared_at: isoTime }),
      async handler({ status_filter, confirm }) {
        if (!confirm)
          throw new ToolError("confirmation_required", `Cannot clear the queue: "confirm" is not true`);
        const cleared_count = await queue.clear(
          ({ status }) => status_filter === undefined || status === status_filter,
        );
        return { cleared_count, remaining_count: tally.total(), cleared_at: iso(now()) };
      },
    }),
  ];
}
