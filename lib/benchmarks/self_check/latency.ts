import { join } from "node:path";
import { casesOf } from "../../cases.ts";
import { intervalOf } from "../../judge/interval.ts";
import { noiseOf } from "../../judge/pairs.ts";
import { scales } from "../../judge/scale.ts";
import { median } from "../../judge/stats.ts";
import { openCaller } from "../../measure/caller.ts";
import { drawOrders } from "../../measure/orders.ts";
import { pinTogether } from "../../measure/pin.ts";
import { visit } from "../../measure/visit.ts";
import { openRandom } from "../../random.ts";
import { cells } from "../../result/cell.ts";
import { readResult } from "../../result/result.ts";
import { openArms } from "../../runtimes/arms.ts";
import { openTemporaryFolder } from "../../temporary_folder.ts";
import { toolkit } from "../../toolkit.ts";
import { defineMerit, type Scope, share } from "./merit.ts";

const tool = "queue_stats";

/** How alike two fresh processes are that do the same. */
export const freshServers = defineMerit({
  name: "fresh_servers",
  asks: {
    fresh_servers: {
      what: "half-width of the ratio of two fresh servers, over 10 pairs of 2,000 calls",
      truth: "two processes of the same code, on one core",
      ...({ bound: "at_most", target: 1.5, unit: "percent" } as const),
    },
  },
  async measure({ seed }: Scope) {
    const logs: number[] = [];
    const [testCase] = casesOf([tool]);
    if (!testCase) throw new RangeError(`Cannot call "${tool}": it has no case`);
    for (let pair = 0; pair < 10; pair++) {
      await using opened = new AsyncDisposableStack();
      const arms = ["one", "other"].map((name) => ({ name, runtime: "http" }));
      const hosts = await openArms(arms, toolkit({}), opened);
      pinTogether(
        "same",
        hosts.map(({ pid }) => pid),
      );
      const callers = hosts.map((host) => opened.use(openCaller(host)));
      const times: [number[], number[]] = [[], []];
      for (const [n, order] of drawOrders(2, 100, openRandom(seed, pair)).entries()) {
        const [a = [], b = []] = await visit(callers, testCase, { count: 20, order, cold: n === 0 });
        times[0].push(...a.flat());
        times[1].push(...b.flat());
      }
      logs.push(100 * Math.log(median(times[1]) / median(times[0])));
    }
    const { estimate, low, high } = intervalOf(logs);
    const half = ((high ?? 0) - (low ?? 0)) / 2;
    return {
      fresh_servers: {
        figure: half,
        detail: `${estimate.toFixed(2)} (${low?.toFixed(2)} to ${high?.toFixed(2)}) %`,
      },
    };
  },
});

/** Whether a run calls anything an effect where there is none. */
export const sameRuntime = defineMerit({
  name: "same_runtime",
  long: true,
  asks: {
    effects_of_nothing: {
      what: `runs of p2p_latency that call a difference of one runtime to itself an effect`,
      truth: "http twice, in processes of their own",
      ...({ bound: "at_most", target: 0, unit: "percent" } as const),
    },
  },
  async measure({ seed, opened }: Scope) {
    const runs = 60;
    const folder = opened.use(await openTemporaryFolder("self-check"));
    let effects = 0;
    for (let n = 0; n < runs; n++)
      if (await showsEffect(join(folder.path, `${n}.json`), seed + n)) effects += 1;
    return { effects_of_nothing: { figure: share(effects, runs), detail: `${effects} of ${runs} runs` } };
  },
});

/** Whether the interval leaves 0 out, by more than the A/A control of the run explains. */
async function showsEffect(output: string, seed: number): Promise<boolean> {
  const script = join(import.meta.dir, "../../../scripts/p2p_latency.ts");
  const flags = [
    "--tool",
    tool,
    "--runtimes",
    "http,http",
    "--seed",
    `${seed}`,
    "--brief",
    "--output",
    output,
  ];
  await using run = Bun.spawn([process.execPath, script, ...flags], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
  });
  const code = await run.exited;
  if (code !== 0)
    throw new Error(`Cannot look for an effect of nothing: p2p_latency ended with code ${code}`);
  const rows = readResult(output).tables.flatMap((table) => table.rows);
  return rows.some((row) => {
    const found = cells.estimate.nullable().parse(row.improvement_percent ?? null);
    const noise = noiseOf(cells.estimate.nullable().parse(row.control_percent ?? null), "excess");
    if (!found || found.low === null || found.high === null || noise === null) return false;
    const isApart = found.low > 0 || found.high < 0;
    return isApart && Math.abs(scales.saving.to(found.estimate)) > noise;
  });
}
