import { z } from "zod";
import { id } from "../../fields.ts";

export const home = { category: "p2p_workflow", home: "direct" } as const;

export const workflow_id = id.describe("the workflow's id");
export const workflowStatus = z.enum(["queued", "running", "completed", "failed", "cancelled"]);
export const count = z.int().min(0);
