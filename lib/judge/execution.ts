/** When a step of a graph ran, in milliseconds of one clock, and the steps that had to end before it. */
export interface StepTimes {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly startedMs: number;
  readonly endedMs: number;
  /** How long it ran: less than from start to end where it was run elsewhere, and travelled. */
  readonly runningMs: number;
}

/** Where the time of a graph's execution went, in milliseconds. */
export interface Execution {
  /** From the start to the end of the last step. */
  readonly completionMs: number;
  /** What the chain of steps that run longest takes by running alone: the ideal, with workers without end. */
  readonly criticalPathMs: number;
  /** What the hand-overs along that chain took, each; `null` for a chain without an edge. */
  readonly addedPerEdgeMs: number | null;
  /** By step: from the end of the last step it depends on, or from the start, to its own. */
  readonly waitingMs: readonly number[];
  /** The waiting of steps that depend on others: from a finished step to its successor. */
  readonly handOverMs: readonly number[];
  readonly runningMs: readonly number[];
  /** Steps that began before one they depend on had ended. */
  readonly early: readonly string[];
}

interface Chain {
  readonly runningMs: number;
  readonly handOverMs: number;
  readonly edges: number;
}

/** Analyses an execution that began at `startMs`. Throws a `RangeError` for a step that depends on none of the others. */
export function analyseExecution(steps: readonly StepTimes[], startMs: number): Execution {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const find = (id: string) => {
    const step = byId.get(id);
    if (!step) throw new RangeError(`Cannot find step "${id}": it was not run`);
    return step;
  };
  const waits = steps.map((step) => {
    const ends = step.dependsOn.map((id) => find(id).endedMs);
    return { step, root: ends.length === 0, ms: step.startedMs - Math.max(startMs, ...ends) };
  });
  const critical = longestChain(steps, find);
  return {
    completionMs: Math.max(...steps.map(({ endedMs }) => endedMs)) - startMs,
    criticalPathMs: critical.runningMs,
    addedPerEdgeMs: critical.edges === 0 ? null : critical.handOverMs / critical.edges,
    waitingMs: waits.map(({ ms }) => ms),
    handOverMs: waits.filter(({ root }) => !root).map(({ ms }) => ms),
    runningMs: steps.map(({ runningMs }) => runningMs),
    early: waits.filter(({ ms }) => ms < 0).map(({ step }) => step.id),
  };
}

/** The chain of the longest running time, found by extending the best chain of each step's parents. */
function longestChain(steps: readonly StepTimes[], find: (id: string) => StepTimes): Chain {
  const chains = new Map<string, Chain>();
  const nothing: Chain = { runningMs: 0, handOverMs: 0, edges: 0 };
  let longest = nothing;
  for (const step of inOrder(steps, find)) {
    const { runningMs } = step;
    let best: Chain | undefined;
    for (const parent of step.dependsOn) {
      const before = chains.get(parent) ?? nothing;
      if (best && before.runningMs + runningMs <= best.runningMs) continue;
      best = {
        runningMs: before.runningMs + runningMs,
        handOverMs: before.handOverMs + step.startedMs - find(parent).endedMs,
        edges: before.edges + 1,
      };
    }
    const chain = best ?? { ...nothing, runningMs };
    chains.set(step.id, chain);
    if (chain.runningMs >= longest.runningMs) longest = chain;
  }
  return longest;
}

/** Every step behind all that it depends on; their times cannot tell, for a step may take none. */
function inOrder(steps: readonly StepTimes[], find: (id: string) => StepTimes): StepTimes[] {
  const ordered = new Set<StepTimes>();
  const left = steps.toReversed();
  for (let step = left.at(-1); step; step = left.at(-1)) {
    const before = ordered.has(step) ? [] : step.dependsOn.map(find).filter((parent) => !ordered.has(parent));
    left.push(...before);
    if (before.length > 0) continue;
    ordered.add(step);
    left.pop();
  }
  return [...ordered];
}
