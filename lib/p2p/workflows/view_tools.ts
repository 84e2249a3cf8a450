import { z } from "zod";
import { ToolError } from "../../errors.ts";
import { id, isoTime, page, pageCounts, priority, tags } from "../../fields.ts";
import { defineTool, reading, type Tool } from "../../registry.ts";
import { Answer } from "../answer.ts";
import type { WorkflowEngine } from "./engine.ts";
import { count, home, workflow_id, workflowStatus } from "./fields.ts";
import { stepsBytes } from "./sizes.ts";
import {
  copyOutputs,
  dependenciesOf,
  iso,
  logsOf,
  metricsOf,
  progressOf,
  spanOf,
  stepOf,
  summaryOf,
} from "./view.ts";

/** An HTTP server drops a connection on which nothing was sent for 30 s. */
const maxWaitMs = 20_000;

const stepState = z.enum([...workflowStatus.options, "waiting", "skipped"]);
const text = z.string();
const ms = z.number().min(0);
const progress = z.number().min(0).max(1).describe("the share of its steps that are completed");
const nodes = z.array(text);
const outputs = z.record(text, z.unknown());
const edges = z.array(z.strictObject({ from: text, to: text }));

/** The tools that only look at workflows. */
export function workflowViewTools(engine: WorkflowEngine): Tool[] {
  return [
    defineTool({
      ...home,
      name: "workflow_status",
      description: "How far a workflow is, and each of its steps",
      annotations: reading,
      input: z.strictObject({
        workflow_id,
        include_steps: z.boolean().default(true).describe("answer every step"),
        include_metrics: z.boolean().default(false).describe("answer times and counts"),
        wait_ms: z
          .int()
          .min(0)
          .max(maxWaitMs)
          .default(0)
          .describe("if it has not ended, wait this long for it to"),
      }),
      output: z.strictObject({
        workflow_id,
        name: text,
        status: workflowStatus,
        progress,
        current_steps: z.array(text).describe("those that run now"),
        submitted_at: isoTime,
        started_at: isoTime.optional(),
        ended_at: isoTime.optional().describe("when its last step ended"),
        steps: z
          .array(
            z.strictObject({
              step_id: text,
              action: text,
              status: stepState,
              attempts: count.describe("how often it was started"),
              started_at: isoTime.optional(),
              ended_at: isoTime.optional(),
              ran_ms: ms.optional().describe("how long it ran, where it was run elsewhere"),
              error: text.optional(),
            }),
          )
          .optional(),
        metrics: z
          .strictObject({ queued_ms: ms, execution_ms: ms, step_count: count, completed_steps: count })
          .optional(),
      }),
      async handler({ workflow_id, include_steps, include_metrics, wait_ms }) {
        const workflow = engine.get(workflow_id);
        if (workflow.endedAt === undefined && wait_ms > 0) await atMost(wait_ms, workflow.ended.promise);
        if (include_steps)
          new Answer(`tell the steps of "${workflow_id}"`).add(
            stepsBytes(workflow.steps, 300),
            "set include_steps to false",
          );
        const steps = [...workflow.steps.values()];
        return {
          workflow_id,
          name: workflow.name,
          status: workflow.status,
          progress: progressOf(workflow),
          current_steps: steps.filter(({ state }) => state === "running").map(({ id }) => id),
          submitted_at: iso(workflow.submittedAt),
          ...spanOf(workflow),
          ...(include_steps && { steps: steps.map(stepOf) }),
          ...(include_metrics && { metrics: metricsOf(workflow) }),
        };
      },
    }),
    defineTool({
      ...home,
      name: "workflow_list",
      description: "The workflows that match every filter, newest first",
      annotations: reading,
      input: z.strictObject({
        status_filter: workflowStatus.optional().describe("in this status"),
        peer_filter: id.optional().describe("whose metadata has this peer_id"),
        tag_filter: tags.optional().describe("with all of these tags"),
        ...page(50),
      }),
      output: z.strictObject({
        workflows: z.array(
          z.strictObject({
            workflow_id,
            name: text,
            status: workflowStatus,
            priority,
            tags,
            progress,
            submitted_at: isoTime,
          }),
        ),
        ...pageCounts,
      }),
      handler({ status_filter, peer_filter, tag_filter, ...range }) {
        const filter = { status: status_filter, peer: peer_filter, tags: tag_filter };
        const { workflows, counts } = engine.page(filter, range);
        return { workflows: workflows.map(summaryOf), ...counts };
      },
    }),
    defineTool({
      ...home,
      name: "workflow_dependencies",
      description: "The DAG of a workflow: its edges, layers and longest chain, and the whole as text",
      annotations: reading,
      input: z.strictObject({
        workflow_id,
        fmt: z.enum(["json", "dot", "mermaid"]).default("json").describe("the language of dag"),
      }),
      output: z.strictObject({
        workflow_id,
        nodes,
        edges,
        layers: z.array(nodes).describe("steps of one layer can run at the same time"),
        critical_path: nodes.describe("the longest chain, counted in steps"),
        dag: z.union([text, z.strictObject({ nodes, edges })]),
      }),
      async handler({ workflow_id, fmt }) {
        return { workflow_id, ...(await dependenciesOf(engine.get(workflow_id), fmt)) };
      },
    }),
    defineTool({
      ...home,
      name: "workflow_result",
      description:
        "What an ended workflow left: the outputs of its last steps, of all, and what happened when",
      annotations: reading,
      input: z.strictObject({
        workflow_id,
        include_outputs: z.boolean().default(true).describe("answer the output of every completed step"),
        include_logs: z.boolean().default(false).describe("answer what happened when"),
      }),
      output: z.strictObject({
        workflow_id,
        status: workflowStatus,
        result: outputs.describe("of the steps that nobody depends on, by step_id"),
        execution_ms: ms,
        outputs: outputs.optional(),
        logs: z.array(z.strictObject({ at: isoTime, message: text })).optional(),
      }),
      async handler({ workflow_id, include_outputs, include_logs }) {
        const workflow = engine.get(workflow_id);
        if (workflow.endedAt === undefined)
          throw new ToolError("conflict", `Cannot read the result of "${workflow_id}": it has not ended`);
        const answer = new Answer(`give the result of "${workflow_id}"`);
        if (include_logs) answer.add(stepsBytes(workflow.steps, 200), "set include_logs to false");
        const steps = [...workflow.steps.values()];
        const last = steps.filter(({ children }) => children.length === 0);
        const less = "its last steps leave too much: end it with one that leaves less, as aggregate does";
        return {
          workflow_id,
          status: workflow.status,
          result: await copyOutputs(last, answer, less),
          execution_ms: metricsOf(workflow).execution_ms,
          ...(include_outputs && {
            outputs: await copyOutputs(steps, answer, "set include_outputs to false"),
          }),
          ...(include_logs && { logs: logsOf(workflow) }),
        };
      },
    }),
  ];
}

/** Resolves when `event` does, or after `ms`. */
async function atMost(ms: number, event: Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  try {
    await Promise.race([event, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
