/**
 * Does a run that something befalls end in time, with its exit code and one line, and leave nothing? At random instants
 * a process of a script is stopped, killed or told to end, or Ctrl-C is pressed: `bun bench/faults.ts [runs] [seed]`, by
 * default 200. What is stopped takes up to 60 s to be given up, so that four run at once; a few runs (up to 20) leave
 * that out. Exits with 1 when anything was not as it should.
 */
import { styleText } from "node:util";
import { openRandom } from "../lib/random.ts";
import { renderColumns } from "../lib/report/columns.ts";
import {
  befall,
  durationOf,
  type Fault,
  type Kind,
  type Outcome,
  type Subject,
  signals,
} from "./fault_run.ts";

const all: readonly Kind[] = ["main", "job", "host"];
const tool = ["--tool", "queue_stats"];
const reference = `${import.meta.dir}/../results/reference/p2p_latency.json`;
/** Those that a few runs take stand first. */
const subjects: readonly Subject[] = [
  { name: "p2p_latency", flags: ["--rounds", "2", "--iterations", "20", ...tool], kinds: all },
  { name: "export", flags: [reference, "--export", "csv", "--output", "figures.csv"], kinds: ["main"] },
  { name: "serve", flags: [], kinds: ["main", "host"], endless: true },
  { name: "report", flags: [reference], kinds: ["main"] },
  { name: "merge", flags: [reference, "--output", "merged.json"], kinds: ["main"] },
  { name: "verify", flags: [reference], kinds: ["main"] },
  { name: "self_check", flags: ["--quick", "--only", "serving"], kinds: ["main", "job"] },
  { name: "p2p_latency", flags: ["--rounds", "1", "--tool", "peer_metrics"], kinds: all },
  {
    name: "runtime_comparison",
    flags: ["--rounds", "1", "--iterations", "1", "--workload", "concurrent", "--sweep", "none"],
    kinds: all,
  },
  {
    name: "concurrent_workflows",
    flags: ["--rounds", "2", "--workflows", "20", "--timeout", "20"],
    kinds: all,
  },
  {
    name: "memory_usage",
    flags: ["--rounds", "1", "--test", "baseline", "--test", "gc_impact", ...tool],
    kinds: all,
  },
  {
    name: "run_benchmarks",
    flags: ["--preset", "ci", "--rounds", "1", "--only", "p2p_latency", "--shard", "1/26"],
    kinds: [...all, "script"],
  },
  {
    name: "compare",
    flags: ["--base", "HEAD", "--budget", "3", "--", "p2p_latency", ...tool],
    kinds: [...all, "script"],
  },
];

const [, , runs = "200", seed = "1"] = Bun.argv;
const few = Number(runs) <= 20;
const atOnce = few ? 2 : 4;
// What is still being loaded cannot hear, which on a busy machine may take some seconds.
const graceMs = few ? 20_000 : 2_000;
const random = openRandom(Number(seed));
const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random.fraction() * list.length)] ?? oneOf(list);

const chosen = few ? subjects.slice(0, 3) : subjects;
const durations = new Map<Subject, number>();
for (const subject of chosen) durations.set(subject, await durationOf(subject));

const faults = Array.from({ length: Number(runs) }, (): Fault => {
  const subject = oneOf(chosen);
  const [kind, signal] = [
    oneOf(subject.kinds),
    oneOf(few ? signals.filter((one) => one !== "SIGSTOP") : signals),
  ];
  return { subject, kind, signal, graceMs, atMs: random.fraction() * (durations.get(subject) ?? 0) };
});
const outcomes = new Map<Fault, Outcome>();
const waiting = faults.values();
const work = async () => {
  for (const fault of waiting) {
    const outcome = await befall(fault);
    outcomes.set(fault, outcome);
    const { subject, kind, signal, atMs } = fault;
    for (const { of, what } of outcome.faults)
      console.error(
        `${of}: ${signal} to the ${kind} of ${subject.name} after ${atMs.toFixed(0)} ms: ${what}`,
      );
  }
};
await Promise.all(Array.from({ length: atOnce }, work));

const heads = [
  "",
  "to",
  "runs",
  "hangs",
  "wrong exit codes",
  "stacks, more than a line",
  "left behind",
  "slowest",
];
const groups = Map.groupBy(
  outcomes,
  ([{ signal, kind }]) => `${signal} ${signal === "Ctrl-C" ? "all" : kind}`,
);
const rows = [...groups].sort().map(([name, group]) => {
  const count = (of: string) =>
    `${group.filter(([, { faults }]) => faults.some((one) => one.of === of)).length}`;
  const slowest = Math.max(...group.map(([, { ms }]) => ms));
  return [
    ...name.split(" "),
    `${group.length}`,
    count("hang"),
    count("code"),
    count("words"),
    count("left"),
    `${(slowest / 1e3).toFixed(1)} s`,
  ];
});
console.log(renderColumns([heads.map((head) => ["dim", head] as const), ...rows]));
const amiss = [...outcomes.values()].filter(({ faults }) => faults.length > 0).length;
console.log(
  styleText(amiss === 0 ? "green" : "red", `${amiss} of ${outcomes.size} runs were not as they should be`),
);
process.exit(amiss === 0 ? 0 : 1);
