/**
 * Do the tests notice when the harness is wrong? Makes the changes of `bench/mutations/` one at a time in a copy of the
 * project, runs the tests that are named for each, and prints which of them noticed. `bun bench/mutations.ts --help`
 */
import { dirname, join } from "node:path";
import { z } from "zod";
import { runScript } from "../lib/command.ts";
import { MeasurementError, UsageError } from "../lib/errors.ts";
import { renderColumns } from "../lib/report/columns.ts";
import { copyProject } from "../test/project_copy.ts";
import { mutations } from "./mutations/all.ts";
import type { Mutation } from "./mutations/mutation.ts";

const name = "mutations";
const question = "Do the tests notice when the harness is wrong?";
const options = z.strictObject({
  only: z.string().default("").describe("make the changes alone whose file or clause this pattern finds"),
  jobs: z.int().min(1).max(64).default(1).describe("how many at a time, each in a copy of its own"),
});

/** A test of its own accord ends sooner; what hangs until then was noticed by nobody. */
const testMs = 60_000;
const limitMs = 180_000;

type Copy = ReturnType<typeof copyProject>;

await runScript({ name, question, options }, async ({ only, jobs }, signal) => {
  const pattern = new RegExp(only);
  const chosen = mutations.filter(({ file, breaks }) => pattern.test(`${file} ${breaks}`));
  if (chosen.length === 0) throw new UsageError(`Cannot change anything: "${only}" finds none`);
  using opened = new DisposableStack();
  const copies = Array.from({ length: jobs }, () => opened.use(openCheckout()));
  await Promise.all(chosen.map((one) => changed(one, copies[0])));
  const distinct = new Map(chosen.map((one) => [JSON.stringify([one.tests, one.test]), one]));
  const failing: string[] = [];
  await share(copies, [...distinct.values()], async (copy, one) => {
    // A busy machine may fail a test of times once.
    const passes = async () => (await runTests(copy, one, signal)) === "passed";
    if (!(await passes()) && !(await passes())) failing.push(shown(one));
  });
  if (failing.length > 0)
    throw new MeasurementError(`Cannot tell by what fails without a change: ${failing.join("; ")}`);
  const caught = new Map<Mutation, boolean>();
  await share(copies, chosen, async (copy, one) => {
    const path = join(copy.path, one.file);
    const { before, after } = await changed(one, copy);
    await Bun.write(path, after);
    const isCaught = (await runTests(copy, one, signal)) === "failed";
    await Bun.write(path, before);
    caught.set(one, isCaught);
    console.error(`${isCaught ? "caught  " : "SURVIVED"} ${one.file}: ${one.breaks} (${shown(one)})`);
  });
  const survivors = chosen.filter((one) => !caught.get(one));
  const folders = Map.groupBy(chosen, ({ file }) => dirname(file).split("/").slice(0, 2).join("/"));
  const rowOf = (folder: string, own: readonly Mutation[]) => {
    const count = own.filter((one) => caught.get(one)).length;
    return [folder, `${own.length}`, `${count}`, own.length > count ? `${own.length - count} survived` : ""];
  };
  const rows = [...folders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([folder, own]) => rowOf(folder, own));
  console.log(renderColumns([["folder", "changes", "caught", ""], ...rows, rowOf("all", chosen)]));
  for (const { file, breaks, survives } of survivors)
    console.log(`${file}: ${breaks}: ${survives ?? "NO REASON"}`);
  return survivors.every(({ survives }) => survives !== undefined) ? 0 : 1;
});

/** A copy that git knows as it is, for tests that ask which files are changed. */
function openCheckout(): Copy {
  const copy = copyProject();
  const commit = "git -c user.name=test -c user.email=test@example.org commit --quiet --message copy";
  copy.run(`git init --quiet && git add --all ':!node_modules' && ${commit}`);
  return copy;
}

/** A file of a copy without and with a change. Throws a `UsageError` unless what it takes away is there exactly once. */
async function changed({ file, from, to }: Mutation, copy: Copy | undefined) {
  const before = await Bun.file(join(copy?.path ?? "", file)).text();
  const [start = "", end = "", ...more] = before.split(from);
  if (more.length > 0 || before === start)
    throw new UsageError(
      `Cannot change ${file}: "${from}" is there ${before === start ? 0 : more.length + 2} times`,
    );
  return { before, after: `${start}${to}${end}` };
}

/** Every copy does the next thing that nobody has begun. */
async function share<T>(
  copies: readonly Copy[],
  all: readonly T[],
  work: (copy: Copy, one: T) => Promise<void>,
) {
  const waiting = all.values();
  const workOn = async (copy: Copy) => {
    for (const one of waiting) await work(copy, one);
  };
  await Promise.all(copies.map(workOn));
}

/** What ends otherwise than by a test that fails, as by an import that does or by hanging, was noticed by chance. */
async function runTests(
  { path, env }: Copy,
  { tests, test }: Mutation,
  signal: AbortSignal,
): Promise<"passed" | "failed" | "broken"> {
  signal.throwIfAborted();
  const files = tests.map((one) => `./test/${one}.test.ts`);
  const words = [
    "test",
    "--bail",
    "--timeout",
    `${testMs}`,
    ...(test === undefined ? [] : ["-t", test]),
    ...files,
  ];
  const child = Bun.spawn([process.execPath, ...words], {
    ...{ cwd: path, env, detached: true, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  });
  const kill = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch (error) {
      if (Object(error).code !== "ESRCH") throw error;
    }
  };
  const timer = setTimeout(kill, limitMs);
  signal.addEventListener("abort", kill, { once: true });
  const output = await child.stderr.text();
  const passed = (await child.exited) === 0;
  clearTimeout(timer);
  signal.removeEventListener("abort", kill);
  // A test that failed may have left what it had started.
  kill();
  if (passed) return "passed";
  return /^\(fail\)/m.test(output) ? "failed" : "broken";
}

function shown({ tests, test }: Mutation): string {
  return `${tests.join(", ")}${test === undefined ? "" : `: ${test}`}`;
}
