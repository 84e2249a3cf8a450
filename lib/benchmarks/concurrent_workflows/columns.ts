import { scenarios } from "./scenarios.ts";

/** Of which workflows, on which runtime. */
export const labels = {
  scenario: { kind: "label", title: "scenario", values: scenarios },
  runtime: { kind: "label", title: "runtime" },
} as const;

export const submission = {
  kind: "latency",
  title: "submission",
  description: "until workflow_submit has answered",
  better: "lower",
  percentiles: ["p95"],
} as const;

/** What became of them after that; nothing of those that did not come to their end. */
export const afterSubmission = {
  completion: {
    kind: "latency",
    title: "completion",
    description: "from the submission to the end of the last step, by the engine's clock",
    better: "lower",
    percentiles: ["p95"],
    optional: true,
  },
  hand_over: {
    kind: "latency",
    title: "hand-over",
    description: "from a finished step to the start of its successor",
    optional: true,
  },
} as const;
