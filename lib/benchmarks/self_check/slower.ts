import { join } from "node:path";
import { z } from "zod";
import { openTemporaryFolder } from "../../temporary_folder.ts";
import { defineMerit, type Scope, share } from "./merit.ts";

const root = join(import.meta.dir, "..", "..", "..");

/** The text of a module with a tool whose call takes so long, all of it in the handler. */
function spinning(ns: number): string {
  const from = (path: string) => JSON.stringify(join(root, "lib", path));
  return `
    import { z } from ${JSON.stringify(Bun.resolveSync("zod", root))};
    import { defineTool, reading } from ${from("registry.ts")};
    export const tools = [
      defineTool({
        ...{ name: "spin", category: "known", home: "direct", description: "Takes a known time", annotations: reading },
        ...{ input: z.strictObject({}), output: z.strictObject({ spun: z.boolean() }) },
        handler() {
          const until = Bun.nanoseconds() + ${Math.round(ns)};
          while (Bun.nanoseconds() < until);
          return { spun: true };
        },
      }),
    ];`;
}

const ownNs = 200_000;

/** How many percent of comparisons call a tool slower that is slower by so much. */
async function foundSlower(runtime: string, percent: number, runs: number, { seed }: Scope): Promise<number> {
  await using folder = await openTemporaryFolder("self-check-");
  const modules: string[] = [];
  for (const factor of [1, 1 + percent / 100]) {
    const path = join(folder.path, `spins_${modules.length}.ts`);
    await Bun.write(path, spinning(ownNs * factor));
    modules.push("--tools", path);
  }
  let found = 0;
  for (let n = 0; n < runs; n++) {
    const flags = [
      "--margin",
      "1",
      "--seed",
      `${seed + n}`,
      "--json",
      "--",
      "p2p_latency",
      "--runtimes",
      runtime,
    ];
    const command = [process.execPath, join(root, "scripts", "compare.ts"), ...modules, ...flags];
    await using run = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const [text, code] = await Promise.all([run.stdout.text(), run.exited]);
    if (code > 1) throw new Error(`Cannot look for a slower tool: compare ended with code ${code}`);
    const changes = z.array(z.object({ verdict: z.string() })).parse(JSON.parse(text));
    if (changes.some(({ verdict }) => verdict === "slower")) found += 1;
  }
  return share(found, runs);
}

/** Whether a tool that got slower by little is found, and one that did not is left alone. */
export const slower = defineMerit({
  name: "slower",
  long: true,
  asks: {
    slower_in_process: {
      what: "comparisons that find a tool slower by 2 % in process",
      truth: "a tool that takes 200 µs, and one that takes 204",
      ...({ bound: "at_least", target: 95, unit: "percent" } as const),
    },
    slower_over_http: {
      what: "comparisons that find a tool slower by 5 % over HTTP",
      truth: "a tool that takes 200 µs, and one that takes 210",
      ...({ bound: "at_least", target: 95, unit: "percent" } as const),
    },
    slower_for_nothing: {
      what: "comparisons that find a tool slower than itself",
      truth: "a tool that takes 200 µs, twice",
      ...({ bound: "at_most", target: 0, unit: "percent" } as const),
    },
  },
  async measure(scope: Scope) {
    const runs = 20;
    const look = async (runtime: string, percent: number) => ({
      figure: await foundSlower(runtime, percent, runs, scope),
      detail: `${runs} comparisons with a margin of 1 %`,
    });
    return {
      slower_in_process: await look("direct", 2),
      slower_over_http: await look("http", 5),
      slower_for_nothing: await look("http", 0),
    };
  },
});
