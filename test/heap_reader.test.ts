import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openHeapHook, openResident } from "../lib/measure/heap_reader.ts";
import { descendants, readUntil, temporaryFolder } from "./run_script.ts";

setDefaultTimeout(30_000);

/**
 * Keeps an array of a million letters for each piece that it reads, and makes some that it does not keep: each apart from
 * the others, as what a register still points at is no garbage.
 */
const keeper = `
  const kept = [];
  const garbage = () => { for (let n = 0; n < 200_000; n++) JSON.parse('{"n":1,"half":0.5}'); };
  process.stdin.on("data", () => { kept.push("x".repeat(2 ** 20).split("")); garbage(); console.log(kept.length); });
  console.log("ready");`;

describe.each([
  ["Node", (file: string) => ["node", file]],
  ["Bun", (file: string) => [process.execPath, file]],
  ["Bun as a script", (file: string) => [process.execPath, "run", file]],
  ["Node that a shell has started", (file: string) => ["sh", "-c", `node ${file}; true`]],
])("the heap of a process that runs on %s", (_, wordsOf) => {
  test("is read from without, after its garbage was collected", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "keeper.cjs");
    writeFileSync(file, keeper);
    await using hook = await openHeapHook();
    const env = { ...process.env, ...hook.env };
    await using child = Bun.spawn(wordsOf(file), { stdin: "pipe", stdout: "pipe", env });
    await readUntil(child.stdout, /ready/);
    const [pid = child.pid] = descendants(child.pid);
    const reader = hook.readerOf(pid);
    expect(reader?.kind).toBe("heap");
    const before = (await reader?.read()) ?? 0;
    child.stdin.write("more\n");
    await child.stdin.flush();
    await readUntil(child.stdout, /1/);
    const after = (await reader?.read()) ?? 0;
    // A pointer has 8 bytes, or 4 where they are short.
    expect(after - before).toBeWithin(4e6, 12e6);
    expect(Math.abs(((await reader?.read()) ?? 0) - after)).toBeLessThan(1e5);
  });
});

test("a process without the hook is read from its resident memory, and one that has ended not at all", async () => {
  await using hook = await openHeapHook();
  await using child = Bun.spawn(["sleep", "1000"], { env: { ...process.env, ...hook.env } });
  const reader = hook.readerOf(child.pid);
  expect(reader?.kind).toBe("resident");
  expect(await reader?.read()).toBeGreaterThan(1e5);
  child.kill();
  await child.exited;
  expect([hook.readerOf(child.pid), openResident(child.pid)]).toEqual([null, null]);
});

test("options that Node and Bun have are kept", async () => {
  const { NODE_OPTIONS: before } = process.env;
  process.env.NODE_OPTIONS = "--no-warnings";
  await using hook = await openHeapHook();
  if (before === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before;
  expect(hook.env.NODE_OPTIONS).toMatch(/^--no-warnings --require \/.*\/hook\.cjs$/);
});
