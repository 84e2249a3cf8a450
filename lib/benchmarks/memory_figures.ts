import { estimate, median, summarize, transform } from "../measure/stats.ts";
import type { MemoryUsage } from "../result.ts";
import {
  gcModes,
  type MemoryEvent,
  type MemoryEventOf,
  type MemoryRuntime,
  memoryRuntimes,
  stages,
} from "./memory_usage.ts";

/** An event, and the round that it came from. */
export interface Measured {
  readonly round: number;
  readonly event: MemoryEvent;
}

/** A round's event of one kind. */
type Of<Name extends MemoryEvent["event"]> = MemoryEventOf<Name> & { readonly round: number };

/** The events of one kind, in the order they came. */
export function select<Name extends MemoryEvent["event"]>(
  measured: readonly Measured[],
  name: Name,
): Of<Name>[] {
  const is = (event: MemoryEvent): event is MemoryEventOf<Name> => event.event === name;
  return measured.flatMap(({ round, event }) => (is(event) ? [{ ...event, round }] : []));
}

/** A heap that moves by less than this share of itself is stable. */
const stableShare = 0.01;

/** What each stage holds and adds, and whether the heap stays. */
export function sumUpBaseline(measured: readonly Measured[]): MemoryUsage["baseline"] {
  return memoryRuntimes.flatMap((runtime) => {
    const readings = select(measured, "stage").filter((event) => event.runtime === runtime);
    if (readings.length === 0) return [];
    const opened = stages.filter((stage) => readings.some((reading) => reading.stage === stage));
    return [
      {
        runtime,
        rounds: new Set(readings.map(({ round }) => round)).size,
        stages: opened.map((stage, n) => {
          const here = readings.filter((reading) => reading.stage === stage);
          const added = (bytes: "heap_bytes" | "rss_bytes") =>
            estimate(
              here.map((reading) => {
                const before = readings.find(
                  (one) => one.round === reading.round && one.stage === opened[n - 1],
                );
                return reading[bytes] - (before?.[bytes] ?? 0);
              }),
            );
          return {
            stage,
            heap_bytes: estimate(here.map(({ heap_bytes }) => heap_bytes)),
            rss_bytes: estimate(here.map(({ rss_bytes }) => rss_bytes)),
            added_heap_bytes: added("heap_bytes"),
            added_rss_bytes: added("rss_bytes"),
          };
        }),
        idle: judgeIdle(select(measured, "idle").filter((event) => event.runtime === runtime)),
      },
    ];
  });
}

function judgeIdle(rounds: readonly Of<"idle">[]): MemoryUsage["baseline"][number]["idle"] {
  if (rounds.length === 0) return null;
  const drift = estimate(rounds.map(({ heap_bytes }) => (heap_bytes.at(-1) ?? 0) - (heap_bytes[0] ?? 0)));
  const margin = stableShare * median(rounds.flatMap(({ heap_bytes }) => heap_bytes));
  const { low, high } = drift;
  const verdict = () => {
    if (low === null || high === null) return "inconclusive";
    if (low > margin) return "growing";
    if (high < -margin) return "shrinking";
    return low >= -margin && high <= margin ? "stable" : "inconclusive";
  };
  return { drift_bytes: drift, margin_bytes: margin, verdict: verdict() };
}

/** What calls allocate and leave behind. */
export function sumUpRequests(measured: readonly Measured[]): MemoryUsage["per_request"] {
  return memoryRuntimes.flatMap((runtime) => {
    const retained = select(measured, "retained").filter((event) => event.runtime === runtime);
    const allocated = select(measured, "allocated").filter((event) => event.runtime === runtime);
    const [first] = retained;
    if (!first) return [];
    const figure = (name: string | null) => {
      const rounds = allocated
        .filter(({ tool }) => tool === name)
        .map(({ bytes_per_call }) => bytes_per_call);
      const seen = rounds.filter((bytes) => bytes !== null);
      // Where some rounds saw too little, the mean of the others would be too high.
      return seen.length === rounds.length && seen.length > 0 ? estimate(seen) : null;
    };
    return [
      {
        runtime,
        rounds: retained.length,
        calls: first.calls,
        retained_bytes_per_call: estimate(retained.map(({ bytes_per_call }) => bytes_per_call)),
        control_allocated_bytes_per_call: figure(null),
        tools: [...new Set(allocated.flatMap(({ tool }) => tool ?? []))]
          .sort()
          .map((tool_name) => ({ tool_name, allocated_bytes_per_call: figure(tool_name) })),
      },
    ];
  });
}

/** What was found in each leak test. */
export function sumUpLeaks(measured: readonly Measured[]): MemoryUsage["leak_detection"] {
  return select(measured, "leak").map(({ event: _, round: __, tool, calls, heap_bytes, ...found }) => ({
    ...found,
    tool_name: tool,
    iterations: calls.at(-1) ?? 0,
    samples: calls.map((at, n) => ({ calls: at, heap_bytes: heap_bytes[n] ?? 0 })),
  }));
}

/** What collecting garbage did to calls. */
export function sumUpCollections(measured: readonly Measured[]): MemoryUsage["gc_impact"] {
  const runs = select(measured, "collected");
  return memoryRuntimes.flatMap((runtime) => gcModes.flatMap((mode) => sumUpMode(runs, runtime, mode)));
}

function sumUpMode(
  runs: readonly Of<"collected">[],
  runtime: MemoryRuntime,
  mode: (typeof gcModes)[number],
): MemoryUsage["gc_impact"] {
  const here = runs.filter((run) => run.runtime === runtime && run.mode === mode);
  if (here.length === 0) return [];
  const times = (run: Of<"collected">) => [...run.clear_ns, ...run.overlapping_ns];
  const rate = (run: Of<"collected">) => times(run).length / (run.elapsed_ms / 1e3);
  const changes = here.flatMap((run) => {
    const natural = runs.find(
      (one) => one.runtime === runtime && one.round === run.round && one.mode === "natural",
    );
    return natural ? [Math.log(rate(run) / rate(natural))] : [];
  });
  const clear = here.flatMap(({ clear_ns }) => clear_ns);
  const pauses = here.flatMap(({ pauses_ms }) => pauses_ms);
  const observed = here.every(({ logs }) => logs);
  const total = (figure: (run: Of<"collected">) => number) => here.reduce((sum, run) => sum + figure(run), 0);
  return [
    {
      runtime,
      mode,
      rounds: here.length,
      calls: total((run) => times(run).length),
      throughput_per_s: estimate(here.map(rate)),
      throughput_change_percent:
        mode === "natural" || changes.length === 0
          ? null
          : transform(estimate(changes), (ratio) => (Math.exp(ratio) - 1) * 100),
      latency: summarize(here.flatMap(times)),
      latency_without_collections: clear.length > 0 ? summarize(clear) : null,
      overlapping_calls: total(({ overlapping_ns }) => overlapping_ns.length),
      eden_collections: total(({ eden }) => eden),
      full_collections: total(({ full }) => full),
      pauses: observed
        ? {
            count: pauses.length,
            total_ms: pauses.reduce((sum, ms) => sum + ms, 0),
            p50_ms: pauses.length > 0 ? median(pauses) : null,
            max_ms: pauses.length > 0 ? Math.max(...pauses) : null,
          }
        : null,
      unobserved: observed ? null : "the process did not log a collection that it was told to make",
    },
  ];
}
