import type { Random } from "../../random.ts";

export const scenarios = ["simple", "complex", "dag", "mixed", "random"] as const;
/** Those that `all` stands for. */
export const everydayScenarios = scenarios.filter((scenario) => scenario !== "random");
export type Scenario = (typeof scenarios)[number];

/** A step as `workflow_submit` takes it. */
export interface PlannedStep {
  readonly step_id: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly depends_on: readonly string[];
}

/** The size of a random graph. */
export interface GraphSize {
  /** 50 by default. */
  readonly steps?: number | undefined;
  /** Most steps that can run at the same time, 8 by default. */
  readonly width?: number | undefined;
}

type Shape = (random: Random, size: GraphSize) => PlannedStep[];

/** The steps of `count` workflows; equal for equal random numbers. */
export function planWorkflows(
  scenario: Scenario,
  count: number,
  random: Random,
  size: GraphSize = {},
): PlannedStep[][] {
  const shapes = { simple: [simple], complex: [complex], dag: [dag], random: [graph], mixed };
  const own: readonly Shape[] = shapes[scenario];
  const turns = Array.from({ length: count }, (_, n) => own[n % own.length] ?? simple);
  return random.shuffle(turns).map((shape) => shape(random, size));
}

/** A chain of two or three steps. */
function simple(random: Random): PlannedStep[] {
  const chain = [fetch("fetch", random), step("process", "process", ["fetch"])];
  return random.fraction() < 0.5 ? chain : [...chain, step("sum", "aggregate", ["process"])];
}

/** Eleven steps: three tables fetched and processed side by side, merged, analysed twice, summed up and stored. */
function complex(random: Random): PlannedStep[] {
  const parts = ["a", "b", "c"];
  return [
    ...parts.map((part) => fetch(`fetch-${part}`, random)),
    ...parts.map((part) => step(`process-${part}`, "process", [`fetch-${part}`])),
    step(
      "merge",
      "merge",
      parts.map((part) => `process-${part}`),
    ),
    step("analyze-value", "analyze", ["merge"], { field: "value" }),
    step("analyze-scaled", "analyze", ["merge"], { field: "scaled" }),
    step("aggregate", "aggregate", ["merge"]),
    step("store", "store_result", ["analyze-value", "analyze-scaled", "aggregate"]),
  ];
}

/** Eight steps in four layers, whose parents are shared. */
function dag(random: Random): PlannedStep[] {
  return [
    fetch("a", random),
    fetch("b", random),
    step("c", "process", ["a"]),
    step("d", "merge_data", ["a", "b"]),
    step("e", "transform", ["b"]),
    step("f", "merge", ["c", "d"]),
    step("g", "merge", ["d", "e"]),
    step("h", "analyze", ["f", "g"]),
  ];
}

/** A third each. */
const mixed = [simple, complex, dag];

const mostParents = 5;

/** Layers of random width; a step depends on one of the layer above, so that it stands in its own, and on up to 4 more. */
function graph(random: Random, { steps = 50, width = 8 }: GraphSize): PlannedStep[] {
  const whole = (below: number) => Math.floor(random.fraction() * below);
  const pick = (ids: readonly string[]) => ids[whole(ids.length)] ?? "";
  const planned: PlannedStep[] = [];
  let above: string[] = [];
  while (planned.length < steps) {
    const earlier = planned.map(({ step_id }) => step_id);
    const layer: string[] = [];
    for (let left = Math.min(1 + whole(width), steps - planned.length); left > 0; left--) {
      const step_id = `s${planned.length}`;
      const more = Array.from({ length: whole(mostParents) }, () => pick(earlier));
      const parents = [...new Set([pick(above), ...more])];
      planned.push(above.length === 0 ? fetch(step_id, random) : step(step_id, "merge", parents));
      layer.push(step_id);
    }
    above = layer;
  }
  return planned;
}

/** Small enough that the engine's own time shows beside the work. */
const rows = 20;

function fetch(step_id: string, random: Random): PlannedStep {
  return step(step_id, "fetch_data", [], { seed: Math.floor(random.fraction() * 2 ** 32), rows });
}

function step(step_id: string, action: string, depends_on: readonly string[], inputs = {}): PlannedStep {
  return { step_id, action, inputs, depends_on };
}
