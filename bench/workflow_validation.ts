/** How long does it take to validate a workflow, and does that grow with its steps and edges only? */
import { planWorkflows } from "../lib/benchmarks/concurrent_workflows/scenarios.ts";
import { median } from "../lib/judge/stats.ts";
import { dagEdges, dagFault } from "../lib/p2p/workflows/dag.ts";
import { openWorkflows } from "../lib/p2p/workflows/engine.ts";
import { workflowTools } from "../lib/p2p/workflows/tools.ts";
import { openRandom } from "../lib/random.ts";
import { renderColumns } from "../lib/report/columns.ts";

const repetitions = 21;
/** The tool takes up to 5,000 steps; beyond that only the graph is looked at. */
const sizes = [200, 500, 2_000, 5_000, 20_000];

await using engine = openWorkflows();
const tool = workflowTools(engine).find(({ name }) => name === "workflow_submit");
const rows = sizes.map((steps) => {
  const [planned = []] = planWorkflows("random", 1, openRandom(1), { steps, width: 50 });
  const edges = dagEdges(planned).length;
  const request = { workflow_id: "w", name: "bench", steps: planned };
  const graphMs = timeOf(() => dagFault(planned) === undefined);
  const schemaMs = steps > 5_000 ? null : timeOf(() => tool?.input.safeParse(request).success === true);
  const all = graphMs + (schemaMs ?? 0);
  const each = (all * 1e3) / (steps + edges);
  return [
    `${steps}`,
    `${edges}`,
    graphMs.toFixed(2),
    schemaMs?.toFixed(2) ?? "–",
    all.toFixed(2),
    each.toFixed(2),
  ];
});
console.log(
  renderColumns([
    ["steps", "edges", "graph ms", "schema ms", "together ms", "µs per step and edge"],
    ...rows,
  ]),
);
console.log("asked: at most 50 ms for 2,000 steps and 6,000 edges, and linear growth");

function timeOf(isValid: () => boolean): number {
  const times = Array.from({ length: repetitions }, () => {
    const start = performance.now();
    if (!isValid()) throw new Error("Cannot time it: the workflow is refused");
    return performance.now() - start;
  });
  return median(times);
}
