import { z } from "zod";
import type { TaskQueue } from "../engines/tasks/queue.ts";
import { executionMs, hasEnded, type Task, taskStatus, waitMs } from "../engines/tasks/records.ts";
import { taskType } from "../engines/tasks/types.ts";
import { ToolError } from "../errors.ts";
import { cut, id, isoTime, jsonObject, page, pageCounts, priority, tags } from "../fields.ts";
import { defineTool, type Tool } from "./registry.ts";
import { count, home, iso, ms, queue_position, task_id, worker_id } from "./taskqueue_fields.ts";

const include_logs = z.boolean().default(false).describe("answer the task's log too: its last 100 lines");
const logs = z.array(z.strictObject({ at: isoTime, message: z.string() })).optional();
const times = { submitted_at: isoTime, started_at: isoTime.optional(), ended_at: isoTime.optional() };

/** The tools that only look at tasks. */
export function taskViewTools(queue: TaskQueue): Tool[] {
  return [
    defineTool({
      ...home,
      name: "task_status",
      description: "Tell how far a task is",
      input: z.strictObject({
        task_id,
        include_logs,
        include_metrics: z.boolean().default(false).describe("answer how long it waited and ran"),
      }),
      output: z.strictObject({
        task_id,
        status: taskStatus,
        progress: z.number().min(0).max(1).describe("1 when completed, else 0"),
        worker_id: worker_id.optional(),
        queue_position: queue_position.optional(),
        attempts: count.describe("how often it has been started"),
        ...times,
        logs,
        metrics: z.strictObject({ wait_ms: ms, execution_ms: ms }).optional(),
      }),
      handler({ task_id, include_logs, include_metrics }) {
        const task = queue.task(task_id);
        return {
          task_id,
          status: task.status,
          progress: task.status === "completed" ? 1 : 0,
          ...(task.status === "queued" && { queue_position: queue.position(task) }),
          attempts: task.attempts,
          ...runOf(task),
          ...(include_logs && { logs: logsOf(task) }),
          ...(include_metrics && {
            metrics: { wait_ms: waitMs(task), execution_ms: executionMs(task) },
          }),
        };
      },
    }),
    defineTool({
      ...home,
      name: "task_list",
      description: "List tasks, newest first",
      input: z.strictObject({
        status_filter: taskStatus.optional().describe("only tasks in this status"),
        worker_filter: id.optional().describe("only tasks this worker runs or was the last to run"),
        tag_filter: tags.optional().describe("only tasks that have all these tags"),
        priority_min: priority.optional().describe("only tasks of at least this priority"),
        ...page(100),
      }),
      output: z.strictObject({
        tasks: z.array(
          z.strictObject({
            task_id,
            task_type: taskType,
            status: taskStatus,
            priority,
            tags,
            worker_id: worker_id.optional(),
            ...times,
            metadata: jsonObject.optional(),
          }),
        ),
        ...pageCounts,
      }),
      handler({ status_filter, worker_filter, tag_filter = [], priority_min = 0, ...page }) {
        const matches = queue
          .tasks()
          .filter(
            (task) =>
              (status_filter === undefined || task.status === status_filter) &&
              (worker_filter === undefined || task.workerId === worker_filter) &&
              task.priority >= priority_min &&
              tag_filter.every((tag) => task.tags.includes(tag)),
          );
        const { entries, counts } = cut([...matches].reverse(), page);
        return { tasks: entries.map(entryOf), ...counts };
      },
    }),
    defineTool({
      ...home,
      name: "task_result",
      description: "Give what a task that has ended came to",
      input: z.strictObject({
        task_id,
        include_output: z.boolean().default(true).describe("answer the output of a completed task"),
        include_logs,
      }),
      output: z.strictObject({
        task_id,
        status: taskStatus,
        output: z.unknown().optional(),
        error: z.string().optional(),
        execution_ms: ms.describe("how long the last attempt took"),
        logs,
      }),
      handler({ task_id, include_output, include_logs }) {
        const task = queue.task(task_id);
        if (!hasEnded(task))
          throw new ToolError("conflict", `Cannot give the result of "${task_id}": it is ${task.status}`);
        const { status, error } = task;
        return {
          task_id,
          status,
          ...(include_output && status === "completed" && { output: structuredClone(task.output) }),
          ...(error !== undefined && { error }),
          execution_ms: executionMs(task),
          ...(include_logs && { logs: logsOf(task) }),
        };
      },
    }),
  ];
}

function entryOf(task: Task) {
  return {
    task_id: task.id,
    task_type: task.type,
    status: task.status,
    priority: task.priority,
    tags: [...task.tags],
    ...runOf(task),
    ...(task.metadata && { metadata: structuredClone(task.metadata) }),
  };
}

function runOf({ workerId, submittedAt, startedAt, endedAt }: Task) {
  return {
    ...(workerId !== undefined && { worker_id: workerId }),
    submitted_at: iso(submittedAt),
    ...(startedAt !== undefined && { started_at: iso(startedAt) }),
    ...(endedAt !== undefined && { ended_at: iso(endedAt) }),
  };
}

function logsOf({ log }: Task) {
  return log.map(({ at, message }) => ({ at: iso(at), message }));
}
