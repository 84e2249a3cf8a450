import type { ConcurrentWorkflows } from "../../result.ts";
import { alone, type Draft, figure, percentiles } from "./draft.ts";

/** Submission, completion and hand-over in each scenario on each runtime, and the sweep. */
export function ofWorkflows({ scenarios, sweep }: ConcurrentWorkflows): Draft[] {
  return [
    ...scenarios.flatMap(({ scenario, runtimes, http_adds }) => [
      ...runtimes.flatMap(({ runtime, alone: single, together }) => {
        const at = (...path: string[]) => [scenario, runtime, ...path];
        return [
          ...percentiles(at("alone", "submission"), single?.submission ?? null),
          ...percentiles(at("alone", "completion"), single?.execution.completion ?? null),
          ...(together ? ofTogether(at, together) : []),
        ];
      }),
      ...(http_adds ? [figure([scenario, "saving"], "percent", http_adds.saving_percent, "higher")] : []),
    ]),
    ...sweep.flatMap(({ runtime, points }) =>
      points.flatMap(({ concurrency, completed_per_s, p95_ms }) => [
        figure(["sweep", runtime, `${concurrency}`, "completed"], "per_s", completed_per_s, "higher"),
        figure(["sweep", runtime, `${concurrency}`, "p95"], "ms", p95_ms, "lower"),
      ]),
    ),
  ];
}

type Together = NonNullable<ConcurrentWorkflows["scenarios"][number]["runtimes"][number]["together"]>;

function ofTogether(at: (...path: string[]) => string[], together: Together): Draft[] {
  const { submitted_per_s, completed_per_s, submission, execution, server } = together;
  return [
    figure(at("submitted"), "per_s", submitted_per_s, "higher"),
    ...(completed_per_s ? [figure(at("completed"), "per_s", completed_per_s, "higher")] : []),
    ...percentiles(at("submission"), submission),
    ...percentiles(at("completion"), execution.completion),
    ...percentiles(at("hand_over"), execution.hand_over),
    alone(at("server", "rss"), "bytes", server.rss_bytes),
  ];
}
