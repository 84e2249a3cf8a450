import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { UsageError } from "../lib/errors.ts";
import { findServing } from "../lib/measure/serving_process.ts";
import { isGone, startGroup } from "../lib/process_group.ts";
import { findListener, listProcesses } from "../lib/processes.ts";
import { connectPipes } from "../lib/runtimes/mcp/connection.ts";
import { descendants, gone, isAlive, readUntil } from "./run_script.ts";

setDefaultTimeout(20_000);

const server = join(import.meta.dir, "fixtures", "wayward_server.ts");
/** A shell that starts a server and waits for it, as `npx` does. */
const nested = (way: string) => ["sh", "-c", `${process.execPath} ${server} ${way}; true`];

/** What a process has started, once it has. */
async function started(pid: number): Promise<number[]> {
  for (;;) {
    const found = descendants(pid);
    if (found.length > 0) return found;
    await setImmediate();
  }
}

describe("a process group", () => {
  test("is gone with all that it has started, however deaf", async () => {
    const group = startGroup(nested("stays"), { piped: true });
    if (!group.pipes) throw new Error("it has no pipes");
    await using connection = await connectPipes(group.pipes, { era: "legacy", timeoutMs: 10_000 });
    const members = group.members();
    expect(members[0]).toBe(group.pid);
    expect(members).toBeArrayOfSize(2);
    await connection[Symbol.asyncDispose]();
    expect(await isGone(group.pid, 50)).toBe(false);
    await group[Symbol.asyncDispose]();
    expect(members.filter(isAlive)).toEqual([]);
    expect(group.members()).toEqual([]);
    // Its number may be that of others by now.
    await group[Symbol.asyncDispose]();
  });

  test("is killed with all that it has started when the process that started it is", async () => {
    const code = `
      const { startGroup } = await import(${JSON.stringify(join(import.meta.dir, "..", "lib", "process_group.ts"))});
      console.log(startGroup(["sh", "-c", "sleep 60; true"], { piped: false }).pid);
      setInterval(() => {}, 1000);`;
    const starter = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe" });
    const [, pid] = await readUntil(starter.stdout, /(\d+)\n/);
    const members = [Number(pid), ...(await started(Number(pid)))];
    starter.kill("SIGKILL");
    await Promise.all(members.map(gone));
  });

  test("has no members that have ended, though nobody has noticed", async () => {
    await using group = startGroup(["sh", "-c", "true & exec sleep 1000"], { piped: false });
    for (let turn = 0; turn < 1_000 && group.members().length !== 1; turn++) await Bun.sleep(1);
    const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "--ppid", String(group.pid)]);
    expect(stdout.toString()).toStartWith("Z");
    expect(group.members()).toEqual([group.pid]);
  });

  test.each([
    ["the last line of its errors", ["sh", "-c", "printf 'one\ntwo\n\n' >&2"], /^two$/],
    [
      "the last error",
      ["sh", "-c", "printf 'error handler is there\\nTypeError: x\\n  code: 1' >&2"],
      /^TypeError: x$/,
    ],
    ["none that is not whole", ["sh", "-c", `printf ${"x".repeat(5_000)} >&2`], /^$/],
    [
      "why Node ended, not its version",
      ["node", "nonesuch.js"],
      /^Error: Cannot find module '.*nonesuch\.js'$/,
    ],
    [
      "why Bun ended, not its version",
      [process.execPath, "-e", "throw new Error('it broke' + ' here')"],
      /^error: it broke here$/,
    ],
    [
      "what npm cannot find, not where its log is",
      ["sh", "-c", "printf 'npm error code E404\nnpm error 404 x\nnpm error A complete log of this run' >&2"],
      /^npm error code E404; npm error 404 x$/,
    ],
  ])("tells %s", async (_, command, reason) => {
    await using group = startGroup(command, { piped: false });
    await group.exited;
    for (let turn = 0; turn < 100 && group.lastWords() === ""; turn++) await Bun.sleep(1);
    expect(group.lastWords()).toMatch(reason);
  });

  test.each([
    ["nonesuch", "there is no such command"],
    [import.meta.path, "it cannot be run, EACCES"],
  ])("of %s is none", (command, state) => {
    expect(() => startGroup([command], { piped: true })).toThrow(
      new UsageError(`Cannot start "${command.slice(0, 64)}": ${state}`),
    );
  });
});

test.each([
  ["started it", nested("well"), 2],
  ["passes on what it is sent", ["sh", "-c", `cat | ${process.execPath} ${server} well`], 3],
] as const)("who answers is told from who %s", async (_, words, count) => {
  await using group = startGroup(words, { piped: true });
  if (!group.pipes) throw new Error("it has no pipes");
  await using connection = await connectPipes(group.pipes, { era: "legacy", timeoutMs: 10_000 });
  const members = group.members();
  expect(members).toBeArrayOfSize(count);
  expect(await findServing(members, connection.nothing)).toBe(members.at(-1) ?? Number.NaN);
});

test("who listens on a port is found, and nobody on another", () => {
  using listener = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  expect(findListener(listener.port ?? 0)).toBe(process.pid);
  expect(findListener(1)).toBeNull();
});

test("processes are listed in the order of their starts, without those that have ended", async () => {
  await using child = Bun.spawn(["sleep", "1000"]);
  const all = listProcesses();
  const own = all.findIndex(({ pid }) => pid === process.pid);
  expect(own).toBeGreaterThanOrEqual(0);
  expect(all.findIndex(({ pid }) => pid === child.pid)).toBeGreaterThan(own);
  child.kill();
  await child.exited;
  expect(listProcesses().some(({ pid }) => pid === child.pid)).toBe(false);
});
