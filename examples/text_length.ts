/** A benchmark of one's own: what does a longer text take word_count, and how much does each runtime save? */
import { join } from "node:path";
import { z } from "zod";
import { ownTools } from "../lib/bring/own_tools.ts";
import type { Case } from "../lib/case.ts";
import type { Findings, Found, JobTools } from "../lib/experiment.ts";
import { audit } from "../lib/judge/audit.ts";
import { type Blocks, middle, saving } from "../lib/judge/pairs.ts";
import { figure } from "../lib/judge/scale.ts";
import { openCaller } from "../lib/measure/caller.ts";
import { drawOrders } from "../lib/measure/orders.ts";
import { checkPin, pinOption, pinTogether } from "../lib/measure/pin.ts";
import { visit } from "../lib/measure/visit.ts";
import { commonOptions } from "../lib/options.ts";
import { openRandom } from "../lib/random.ts";
import { declareTable } from "../lib/result/table.ts";
import { experiment } from "../lib/run.ts";
import { armOptions, checkArms, openArms } from "../lib/runtimes/arms.ts";

const lengths = [10, 100, 1_000];

const options = z.strictObject({
  ...armOptions(),
  iterations: z.int().min(2).max(10_000).default(40).describe("calls of each text, in a round"),
  rounds: z.int().min(1).max(200).default(8).describe("fresh sets of processes"),
  pin: pinOption,
  ...commonOptions("text_length"),
});

type Given = z.output<typeof options>;
type Job = { readonly round: number; readonly given: Given };
/** What a text of so many words took, on each runtime. */
type Said = { readonly words: number; readonly blocks: readonly Blocks[] };

function caseOf(words: number): Case {
  const trial = { input: { text: "word ".repeat(words) }, expect: { words } };
  return { tool: "word_count", branch: `${words} words`, open: () => ({ prepare: () => trial }) };
}

const table = declareTable("texts", "What a text takes", {
  words: { kind: "label", title: "words", values: lengths.map(String) },
  runtime: { kind: "label", title: "runtime" },
  p50_ms: {
    kind: "estimate",
    title: "p50 over rounds",
    unit: "ms",
    scale: "ratio",
    better: "lower",
    headline: true,
  },
  saving_percent: { kind: "estimate", title: "saving", unit: "percent", scale: "saving", optional: true },
});

function judge(found: readonly Found<Job, Said>[], { runtimes, reference, iterations }: Given): Findings {
  const at = runtimes.findIndex(({ name }) => name === reference);
  const rows = lengths.flatMap((words) => {
    const rounds = found.flatMap(({ said }) => (said.words === words ? [said.blocks] : []));
    if (rounds.length === 0) return [];
    return runtimes.map(({ name: runtime }, n) => {
      const pairs = rounds.map((blocks) => ({ reference: blocks[at] ?? [], candidate: blocks[n] ?? [] }));
      const medians = pairs.map(({ candidate }) => middle(candidate) / 1e6);
      const saving_percent = n === at || at < 0 ? null : saving(pairs);
      return { words: `${words}`, runtime, p50_ms: figure("ratio", medians), saving_percent };
    });
  });
  const short = found.flatMap(({ said }) =>
    said.blocks.every((blocks) => blocks.flat().length === iterations) ? [] : [`${said.words}`],
  );
  return {
    tables: [table.of(rows)],
    criteria: [],
    audit: [audit("sample count", `${iterations} a round`, short)],
  };
}

await experiment(import.meta, {
  question: "What does a longer text take word_count, and how much does each runtime save?",
  options,
  quick: { rounds: 3, iterations: 10 },
  check(given) {
    checkArms(given);
    checkPin(given);
  },
  around: async () => undefined,
  *jobs(given): Iterable<Job> {
    for (let round = 0; round < given.rounds; round++) yield { round, given };
  },
  steps: ({ rounds }) => rounds * lengths.length,

  async run({ round, given }: Job, { opened, say, turn, watch }: JobTools<Said>) {
    const hosts = await openArms(given.runtimes, ownTools(join(import.meta.dir, "own_tools.ts")), opened);
    const servers = hosts.map(({ pid }) => pid).filter((pid) => pid !== process.pid);
    watch([process.pid, ...servers], pinTogether(given.pin, servers));
    const callers = hosts.map((host) => opened.use(openCaller(host)));
    const random = openRandom(given.seed, round);
    for (const words of random.shuffle(lengths)) {
      const [order = []] = drawOrders(callers.length, 1, random);
      await turn();
      say({
        words,
        blocks: await visit(callers, caseOf(words), { count: given.iterations, order, cold: true }),
      });
    }
    for (const caller of callers) caller.conclude();
  },

  describe: ({ job, said }) => `round ${job.round + 1}: ${said.words} words`,
  judge,
});
