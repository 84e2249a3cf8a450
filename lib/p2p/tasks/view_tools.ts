import { z } from "zod";
import { ToolError } from "../../errors.ts";
import { cut, hasTags, id, isoTime, jsonObject, page, pageCounts, priority, tags } from "../../fields.ts";
import { defineTool, reading, type Tool } from "../../registry.ts";
import { Answer } from "../answer.ts";
import { namesBytes } from "../kept_json.ts";
import { count, home, iso, ms, queue_position, task_id, worker_id } from "./fields.ts";
import type { TaskQueue } from "./queue.ts";
import { executionMs, hasEnded, type Task, taskStatus, waitMs } from "./records.ts";
import { taskType } from "./types.ts";

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
      annotations: reading,
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
      annotations: reading,
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
      handler({ status_filter, worker_filter, tag_filter, priority_min = 0, ...range }) {
        const wanted = new Set(tag_filter);
        const matches: Task[] = [];
        for (const task of queue.tasks())
          if (
            (status_filter === undefined || task.status === status_filter) &&
            (worker_filter === undefined || task.workerId === worker_filter) &&
            task.priority >= priority_min &&
            hasTags(task.tags, wanted)
          )
            matches.push(task);
        const page = cut(matches.reverse(), range, entryBytes);
        return { tasks: page.entries.map(entryOf), ...page.counts(matches.length) };
      },
    }),
    defineTool({
      ...home,
      name: "task_result",
      description: "Give what a task that has ended came to",
      annotations: reading,
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
        const { status, error, output } = task;
        if (include_output && output)
          new Answer(`give the output of "${task_id}"`).add(output.bytes, "set include_output to false");
        return {
          task_id,
          status,
          ...(include_output && status === "completed" && { output: output?.copy() }),
          ...(error !== undefined && { error }),
          execution_ms: executionMs(task),
          ...(include_logs && { logs: logsOf(task) }),
        };
      },
    }),
  ];
}

function entryBytes({ id, tags, workerId = "", metadata }: Task): number {
  return 300 + namesBytes(id, workerId, ...tags) + (metadata?.bytes ?? 0);
}

function entryOf(task: Task) {
  return {
    task_id: task.id,
    task_type: task.type,
    status: task.status,
    priority: task.priority,
    tags: [...task.tags],
    ...runOf(task),
    ...(task.metadata && { metadata: task.metadata.copy() }),
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
