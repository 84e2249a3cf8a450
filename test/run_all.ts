/**
 * Runs all tests: `bun test/run_all.ts`. First come the files that take some seconds, three at a time in as many processes,
 * then those that take long, each in a process of its own. With TEST_BUDGET, in seconds, no file is begun that would not be
 * done by then on a machine as slow as this one has been at worst; those are named, and another one comes first each day.
 */
import { styleText } from "node:util";
import { z } from "zod";

const root = new URL("..", import.meta.url).pathname;
const atOnce = 3;
const longMs = 15_000;
const timings = `${root}test/timings.json`;
const common = ["test", "--timeout", "60000"];

const startMs = performance.now();
const budgetMs = 1e3 * budgetOf(process.env.TEST_BUDGET);
const { files: known } = z
  .object({ files: z.record(z.string(), z.number()) })
  .parse(await Bun.file(timings).json());
const msOf = (file: string) => known[file] ?? longMs;
const files = [...new Bun.Glob("test/*.test.ts").scanSync(root)].sort();
const [short, long] = [false, true].map((isLong) => files.filter((file) => msOf(file) > longMs === isLong));
if (!short?.length || !long?.length) throw new Error("Cannot tell long tests from short ones");

const failed: string[] = [];
const together = ["--parallel", `${atOnce}`, "--no-isolate", "--timings", timings];
const first = Bun.spawn([process.execPath, ...common, ...together, ...short], {
  ...{ cwd: root, stdin: "ignore", stdout: "inherit", stderr: "inherit" },
});
if ((await first.exited) !== 0) failed.push("those that take a second or so");
const expectedMs = short.reduce((sum, file) => sum + msOf(file), 0) / atOnce;
/** How many times as long as on the machine of the timings it takes here, at most so far. */
let slowness = (performance.now() - startMs) / expectedMs;

const day = Math.floor(Date.now() / 86_400_000) % long.length;
// Where all are run, the longest first, so that none is left to itself at the end.
const waiting = Number.isFinite(budgetMs)
  ? [...long.slice(day), ...long.slice(0, day)]
  : long.toSorted((a, b) => msOf(b) - msOf(a));
const leftOut: string[] = [];
async function work(): Promise<void> {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (performance.now() - startMs + slowness * msOf(file) > budgetMs) leftOut.push(file);
    else if (!(await passes(file))) failed.push(file);
  }
}

/** What it printed is shown at its end, as others run meanwhile. */
async function passes(file: string): Promise<boolean> {
  const begunMs = performance.now();
  await using run = Bun.spawn([process.execPath, ...common, file], {
    ...{ cwd: root, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  });
  const [stdout, stderr, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  console.log(`${stdout}${stderr}`);
  slowness = Math.max(slowness, (performance.now() - begunMs) / msOf(file));
  return code === 0;
}

/** In seconds; without end where none is given. */
function budgetOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const seconds = Number(text);
  if (seconds > 0) return seconds;
  console.error(`Cannot take TEST_BUDGET: "${text}" is no number of seconds`);
  process.exit(2);
}

await Promise.all(Array.from({ length: atOnce }, work));
const took = `${((performance.now() - startMs) / 1e3).toFixed(0)} s`;
const passed = files.length - leftOut.length;
if (failed.length > 0) console.log(styleText("red", `Failed in ${took}: ${failed.join(", ")}`));
else if (leftOut.length === 0) console.log(styleText("green", `All ${passed} test files passed in ${took}`));
if (leftOut.length > 0)
  console.log(
    styleText(
      "yellow",
      `${failed.length > 0 ? "" : `${passed} of ${files.length} test files passed in ${took}. `}` +
        `Not run, as there was no time for them: ${leftOut.join(", ")}`,
    ),
  );
process.exit(failed.length > 0 ? 1 : 0);
