import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { estimateSchema, latencySchema } from "../lib/judge/shapes.ts";
import { readResult, resultSchema } from "../lib/result/result.ts";
import { gone, readUntil, runScript, startScript, temporaryFolder } from "./run_script.ts";

setDefaultTimeout(60_000);

const small = ["--iterations", "2", "--rounds", "1"];
const noSweep = ["--sweep", "none"];
/** Two tools that need no peers, of which one is at home over HTTP. */
const own = ["--tools", join(import.meta.dir, "..", "examples", "own_tools.ts")];
const sides = ["direct", "http", "dual", "http (control)"];

/** The rows of a result's table, as far as these tests look at them. */
function rowsOf<Shape extends z.ZodRawShape>(path: string, name: string, shape: Shape) {
  const table = readResult(path).tables.find((one) => one.name === name);
  return z.array(z.looseObject(shape)).parse(table?.rows);
}

const workloadRow = {
  workload: z.string(),
  runtime: z.string(),
  issued: z.int(),
  errors: z.array(z.string()),
  client_cpu_percent: z.number().nullable(),
  p2p_saving_percent: estimateSchema.nullable(),
};

describe("runtime_comparison", () => {
  /** One run with all there is, which several tests look at. */
  const folder = temporaryFolder();
  const output = join(folder.path, "result.json");
  let whole: Awaited<ReturnType<typeof runScript>>;

  beforeAll(async () => {
    const flags = ["--arrivals", "fixed", "--sweep", "1,2,4", "--json", "--output", output];
    whole = await runScript("runtime_comparison", ...small, ...flags);
  }, 120_000);

  afterAll(() => folder[Symbol.dispose]());

  test("runs every workload on every side, with the same calls on each, and tells where the router sent them", () => {
    const { stdout, stderr, code } = whole;
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const result = resultSchema.parse(JSON.parse(stdout));
    expect(readResult(output)).toEqual(result);
    expect(result).toMatchObject({ benchmark: "runtime_comparison", complete: true });
    expect(result.validity).not.toBe("invalid");
    const rows = rowsOf(output, "workloads", workloadRow);
    const due = ["sequential", "concurrent", "mixed"].flatMap((workload) =>
      sides.map((side) => [workload, side]),
    );
    expect(rows.map(({ workload, runtime }) => [workload, runtime])).toEqual(due);
    for (const same of Map.groupBy(rows, ({ workload }) => workload).values())
      expect(new Set(same.map(({ issued }) => issued)).size).toBe(1);
    expect(rows.flatMap(({ errors }) => errors)).toEqual([]);
    expect(rows.find(({ workload }) => workload === "sequential")?.issued).toBe(2 * 32);
    expect(rows.find(({ workload }) => workload === "concurrent")?.issued).toBe(2 * 26);
    for (const { client_cpu_percent: used, workload } of rows)
      if (workload === "sequential") expect(used).toBeNull();
      else expect(used).toBeGreaterThan(0);

    const traffic = rowsOf(output, "router_traffic", { runtime: z.string(), calls: z.int() });
    const routed = Map.groupBy(traffic, ({ runtime }) => runtime);
    expect([...routed.keys()]).toEqual(["direct", "http"]);
    expect(result.criteria.map(({ id }) => id)).toEqual([
      ...["p2p_saving", "p2p_saving", "more_calls", "p2p_saving", "more_calls"],
      ...["general_not_slower", "general_not_slower"],
    ]);
  });

  test("offers every side the same calls on the same schedule, at parts of what the slowest can do", () => {
    const rows = rowsOf(output, "equal_load", {
      load: z.string(),
      runtime: z.string(),
      offered_per_s: z.number(),
      general: latencySchema.nullable(),
    });
    expect(rows.map(({ load, runtime }) => [load, runtime])).toEqual(
      ["a third", "two thirds"].flatMap((load) => ["http", "dual"].map((runtime) => [load, runtime])),
    );
    for (const same of Map.groupBy(rows, ({ load }) => load).values())
      expect(new Set(same.map(({ general }) => general?.n)).size).toBe(1);
    const [third, twoThirds] = [rows[0]?.offered_per_s ?? 0, rows[2]?.offered_per_s ?? 0];
    expect(twoThirds / third).toBeCloseTo(2, 1);
  });

  test("sweeps over concurrencies and fits the scalability law to them", () => {
    const points = rowsOf(output, "sweep", { runtime: z.string(), concurrency: z.string() });
    const arms = sides.slice(0, 3);
    for (const arm of arms)
      expect(points.filter(({ runtime }) => runtime === arm).map(({ concurrency }) => concurrency)).toEqual([
        "1",
        "2",
        "4",
      ]);
    const laws = rowsOf(output, "scaling", { runtime: z.string(), lambda: estimateSchema });
    expect(laws.map(({ runtime }) => runtime)).toEqual(arms);
    for (const { lambda } of laws) expect(lambda.estimate).toBeGreaterThan(0);
  });

  test("starts calls at the rate that is asked for, and says whether the answers kept up", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--workload", "mixed", "--mix", "0:100", "--rate", "200", ...own, ...small, ...noSweep];
    const { code } = await runScript("runtime_comparison", ...flags, "--output", output);
    expect(code).toBe(0);
    const shape = { load: z.string(), unsent: z.int(), saturated: z.array(z.string()) };
    const rows = rowsOf(output, "equal_load", { ...shape, p2p: latencySchema.nullable() });
    expect(rows).toBeArrayOfSize(2);
    for (const row of rows)
      expect(row).toMatchObject({ load: "as asked", unsent: 0, saturated: [], p2p: null });
  });

  test("compares whatever sides are asked for, one alone with nothing", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = ["--workload", "sequential", ...own, ...small, ...noSweep, "--output", output];
    await runScript("runtime_comparison", ...flags, "--runtimes", "dual");
    const [alone, ...others] = rowsOf(output, "workloads", workloadRow);
    expect([alone?.runtime, alone?.p2p_saving_percent, others]).toEqual(["dual", null, []]);
    expect(readResult(output).criteria).toEqual([]);
    await runScript("runtime_comparison", ...flags, "--runtimes", "dual,direct", "--reference", "direct");
    const rows = rowsOf(output, "workloads", workloadRow);
    expect(rows.map(({ runtime, p2p_saving_percent: saved }) => [runtime, saved !== null])).toEqual([
      ["dual", true],
      ["direct", false],
      ["direct (control)", true],
    ]);
  });

  test("offers no rates where no process serves, and says so", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = [
      "--workload",
      "mixed",
      "--runtimes",
      "direct",
      ...own,
      ...small,
      ...noSweep,
      "--output",
      output,
    ];
    expect((await runScript("runtime_comparison", ...flags)).code).toBe(0);
    expect(rowsOf(output, "equal_load", {})).toEqual([]);
  });

  test("refuses a rate that no runtime keeps up with, once that shows", async () => {
    using folder = temporaryFolder();
    const output = join(folder.path, "result.json");
    const flags = [
      "--workload",
      "mixed",
      "--rate",
      "100000",
      ...own,
      ...small,
      ...noSweep,
      "--output",
      output,
    ];
    const { stdout, stderr, code } = await runScript("runtime_comparison", ...flags);
    expect({ stdout, stderr, code }).toEqual({
      stdout: "",
      stderr: "Cannot offer 100000 calls a second: no runtime keeps up; take a lower --rate\n",
      code: 2,
    });
  });

  test.each([
    [["--concurrency", "0"], "Cannot take --concurrency: Too small: expected number to be >=1"],
    [
      ["--mix", "30:60"],
      /^Cannot take --mix: must be the shares of P2P and general calls, which add up to 100/,
    ],
    [["--mix", "most"], /^Cannot take --mix: must be the shares/],
    [["--rate", "1e9"], "Cannot take --rate: no clock here can hold more than 100,000 calls per second"],
    [["--rate", "0"], "Cannot take --rate: Too small: expected number to be >0"],
    [["--sweep", "1,x"], /^Cannot take --sweep: must be different concurrencies from 1 to 1024/],
    [["--sweep", "1,1"], /^Cannot take --sweep: must be different concurrencies/],
    [["--margin", "0"], "Cannot take --margin: Too small: expected number to be >0"],
    [["--workload", "mixd"], 'Cannot take --workload: there is no "mixd", the nearest is "mixed"'],
    [["--timeout", "0"], "Cannot take --timeout: Too small: expected number to be >0"],
    [["--runtimes", "direct,dual"], /^Cannot hold anything against "http": --runtimes are direct,dual, and/],
    [["--precision", "0"], "Cannot take --precision: Too small: expected number to be >0"],
    [["--precision", "101"], "Cannot take --precision: Too big: expected number to be <=100"],
  ])("refuses %j in one line", async (flags, message) => {
    const { stdout, stderr, code } = await runScript("runtime_comparison", ...flags);
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(message)]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
  });

  test.each([
    [
      "dies",
      "concurrent",
      "SIGKILL",
      /Cannot (measure "\w+" on http: .*unreachable|watch process \d+: it has ended)/,
    ],
    ["hangs", "concurrent", "SIGSTOP", /Cannot measure "\w+" on http: .*timeout/],
    ["hangs", "sequential", "SIGSTOP", /Cannot measure "\w+" on http: .*timeout/],
  ] as const)(
    "ends with 3 within 2 s when the server %s under %s load, and keeps what was measured",
    async (_, workload, signal, message) => {
      using folder = temporaryFolder();
      const output = join(folder.path, "result.json");
      const flags = ["--workload", workload, "--iterations", "2000", "--timeout", "1", ...own, ...noSweep];
      await using script = startScript("runtime_comparison", ...flags, "--verbose", "--output", output);
      await readUntil(script.stderr, /round 2: opened in /);
      const server = serverOf(script.pid);
      process.kill(server, signal);
      await readUntil(script.stderr, message);
      const failed = performance.now();
      expect(await script.exited).toBe(3);
      expect(performance.now() - failed).toBeLessThan(2_000);
      await gone(server);
      const result = readResult(output);
      expect(result.complete).toBe(false);
      const runtimes = rowsOf(output, "workloads", workloadRow).map(({ runtime }) => runtime);
      expect(runtimes).toEqual(sides);
    },
  );
});

/** The process of the round that runs now, and in it the one that serves. */
function serverOf(pid: number): number {
  const found = Bun.spawnSync(["pgrep", "-f", "host_process.ts"]).stdout.toString().split("\n");
  const parentOf = (child: number) =>
    Number(Bun.spawnSync(["ps", "-o", "ppid=", "-p", String(child)]).stdout.toString());
  const server = found
    .filter(Boolean)
    .map(Number)
    .find((child) => parentOf(parentOf(child)) === pid);
  if (server === undefined) throw new RangeError(`Cannot find a server below ${pid}`);
  return server;
}
