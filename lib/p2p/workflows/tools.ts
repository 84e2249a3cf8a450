import { z } from "zod";
import { id, isoTime, jsonObject, priority, reason, tags } from "../../fields.ts";
import { adding, defineTool, destroying, type Tool } from "../../registry.ts";
import type { WorkflowEngine } from "./engine.ts";
import { count, home, workflow_id, workflowStatus } from "./fields.ts";
import { epochMs } from "./record.ts";
import { iso } from "./view.ts";
import { workflowViewTools } from "./view_tools.ts";

const maxSteps = 5_000;

const distinctIds = z
  .array(id)
  .max(1_000)
  .transform((ids) => [...new Set(ids)]);

const step = z.strictObject({
  step_id: id.describe("its name in this workflow"),
  action: id.describe("what it does"),
  inputs: jsonObject.default({}).describe("what it works on, besides the outputs of the steps it depends on"),
  depends_on: distinctIds.default([]).describe("steps that must complete first"),
});

/** The six tools of one workflow engine. */
export function workflowTools(engine: WorkflowEngine): Tool[] {
  return [
    defineTool({
      ...home,
      name: "workflow_submit",
      description:
        "Start a workflow: a DAG of steps, each of which runs once those it depends on are completed",
      annotations: adding,
      input: z.strictObject({
        workflow_id: id.describe("a new id"),
        name: id.describe("a title for people"),
        steps: z.array(step).min(1).max(maxSteps).describe("the DAG"),
        priority: priority.default(1).describe("steps of a higher priority run first"),
        tags: tags.default([]).describe("marks that workflow_list can ask for"),
        dependencies: distinctIds
          .default([])
          .describe("workflows that must complete first, or this one fails"),
        metadata: jsonObject.default({}).describe("anything; workflow_list can ask for its peer_id"),
      }),
      output: z.strictObject({
        workflow_id,
        status: workflowStatus,
        step_count: count,
        submitted_at: isoTime,
      }),
      async handler(request) {
        const { workflow, status } = await engine.submit(request);
        const { steps, submittedAt } = workflow;
        const { workflow_id } = request;
        return { workflow_id, status, step_count: steps.size, submitted_at: iso(submittedAt) };
      },
    }),
    defineTool({
      ...home,
      name: "workflow_cancel",
      description: "Stop a workflow: its running steps finish, unless forced, and the rest never start",
      annotations: destroying,
      input: z.strictObject({
        workflow_id,
        reason: reason.optional().describe("shown as the error of the cancelled steps"),
        force: z.boolean().default(false).describe("abort the running steps too"),
      }),
      output: z.strictObject({
        workflow_id,
        status: workflowStatus,
        cancelled_steps: count,
        cancelled_at: isoTime,
      }),
      async handler({ workflow_id, reason, force }) {
        const cancelled_at = iso(epochMs());
        const { status, cancelledSteps } = await engine.cancel(workflow_id, { force, reason: reason ?? "" });
        return { workflow_id, status, cancelled_steps: cancelledSteps, cancelled_at };
      },
    }),
    ...workflowViewTools(engine),
  ];
}
