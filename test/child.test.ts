import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hear, joinParent, openChild } from "../lib/child.ts";
import { MeasurementError } from "../lib/errors.ts";
import { openMailbox } from "../lib/mailbox.ts";
import { gone, isAlive, readUntil, temporaryFolder } from "./run_script.ts";

const fixtures = join(import.meta.dir, "fixtures");
const module = join(fixtures, "told_child.ts");

/** A process that opens a child, tells it this, and prints its pid. */
function startParent(told: string) {
  const path = join(fixtures, "child_parent.ts");
  return Bun.spawn([process.execPath, path, told], { stdout: "pipe", stderr: "pipe" });
}

/** The processes that have this word in their command line. */
function processesWith(word: string): string[] {
  return Bun.spawnSync(["pgrep", "-f", word]).stdout.toString().split("\n").filter(Boolean);
}

describe("a child", () => {
  test("is ready with what it says first, and answers what it is asked", async () => {
    await using child = await openChild<string>(module, "at your service");
    expect(child.ready).toBe("at your service");
    expect(await child.ask("one", 10_000)).toBe("one");
    expect(await child.ask("two", 10_000)).toBe("two");
  });

  test("has what its command line and its environment were given", async () => {
    const options = { args: ["one", "two words"], env: { SECRET: "hidden" } };
    await using child = await openChild<unknown>(module, "show", options);
    expect(child.ready).toEqual({ args: ["one", "two words"], secret: "hidden" });
    expect(process.env.SECRET).toBeUndefined();
  });

  test("may print what it likes, which goes to its parent's standard error", async () => {
    await using parent = startParent("print");
    await readUntil(parent.stderr, /^{"kind":"printed"}\nwithout a line end$/);
    await readUntil(parent.stdout, /^\d+\n$/);
  });

  test("writes its errors to the file that it was given", async () => {
    using folder = temporaryFolder();
    const stderrPath = join(folder.path, "stderr");
    const child = openChild(join(fixtures, "no_such_module.ts"), undefined, { stderrPath });
    await expect(child).rejects.toThrow("before it was ready");
    expect(readFileSync(stderrPath, "utf8")).toContain("no_such_module.ts");
  });

  test("that dies before it is ready fails to start, with its exit code", async () => {
    await expect(openChild(module, "die")).rejects.toThrow(
      new MeasurementError(`Cannot start "${module}": it ended with exit code 7 before it was ready`),
    );
  });

  test("that is not ready in time fails to start, and is gone", async () => {
    const word = `silent-${crypto.randomUUID()}`;
    await expect(openChild(module, "be silent", { readyMs: 100, args: [word] })).rejects.toThrow(
      new MeasurementError(`Cannot start "${module}": it was not ready within 100 ms`),
    );
    expect(processesWith(word)).toEqual([]);
  });

  test("that dies when it is asked says with which exit code", async () => {
    await using child = await openChild(module, "ready");
    await expect(child.ask("die", 10_000)).rejects.toThrow(new Error("it ended with exit code 7"));
    expect(await child.exited).toBe(7);
    await expect(child.ask("anything", 10_000)).rejects.toThrow(new Error("it ended with exit code 7"));
  });

  test("that does not answer in time is given up", async () => {
    await using child = await openChild(module, "ready");
    await expect(child.ask("be silent", 50)).rejects.toThrow(new Error("it has not answered within 50 ms"));
  });

  test("is heard to the end, however much it says just before it ends", async () => {
    await using child = await openChild<unknown>(module, "say much and die");
    expect(child.ready).toBe("much".repeat(2 ** 20));
    const numbers = Array.from({ length: 1_000 }, (_, n) => n);
    expect(await Array.fromAsync(child.says)).toEqual([...numbers, "last"]);
    expect(await child.exited).toBe(0);
  });

  test("ends when it is closed, at once", async () => {
    const child = await openChild(module, "ready", { graceMs: 600_000 });
    await child[Symbol.asyncDispose]();
    expect([await child.exited, isAlive(child.pid)]).toEqual([0, false]);
    await child[Symbol.asyncDispose]();
  });

  test("that is deaf is killed after its grace", async () => {
    const child = await openChild(module, "be deaf", { graceMs: 50 });
    await child[Symbol.asyncDispose]();
    expect([await child.exited, isAlive(child.pid)]).toEqual([137, false]);
  });

  test("takes Ctrl-C for its parent's affair", async () => {
    await using child = await openChild<string>(module, "ready");
    process.kill(child.pid, "SIGINT");
    expect(await child.ask("still there", 10_000)).toBe("still there");
  });

  test("ends when its parent is killed", async () => {
    await using parent = startParent("ready");
    const [, pid] = await readUntil(parent.stdout, /(\d+)\n/);
    expect(isAlive(Number(pid))).toBe(true);
    parent.kill("SIGKILL");
    await gone(Number(pid));
  });

  test("that waits for something else ends soon after its parent is killed", async () => {
    await using parent = startParent("wait for ever");
    const [, pid] = await readUntil(parent.stdout, /(\d+)\n/);
    parent.kill("SIGKILL");
    const killed = performance.now();
    await gone(Number(pid));
    // One that its parent only let go has 5 s.
    expect(performance.now() - killed).toBeLessThan(4_500);
  });

  test("that nobody started has no parent to join", () => {
    const refusal = new Error("Cannot join a parent: this process was not started as a child");
    expect(() => joinParent()).toThrow(refusal);
  });
});

describe("a mailbox", () => {
  test("gives what was put in, in order, to who came before and who came after", async () => {
    const mailbox = openMailbox<number>();
    const early = mailbox.next();
    for (const n of [1, 2, 3]) mailbox.put(n);
    mailbox.end();
    expect(await early).toEqual({ value: 1, done: false });
    expect(await Array.fromAsync(mailbox)).toEqual([2, 3]);
    expect(await mailbox.next()).toEqual({ value: undefined, done: true });
  });

  test.each([undefined, null, 0, ""])("keeps %p as it keeps anything else", async (message) => {
    const mailbox = openMailbox<unknown>();
    mailbox.put(message);
    expect(await mailbox.next()).toEqual({ value: message, done: false });
  });

  test("is heard, its end too, and given up when it is silent", async () => {
    const mailbox = openMailbox<number>();
    mailbox.put(1);
    expect(await hear(60_000, mailbox)).toEqual({ value: 1, done: false });
    setTimeout(mailbox.end);
    expect(await hear(60_000, mailbox)).toEqual({ value: undefined, done: true });
    expect(await hear(12, openMailbox())).toBeNull();
  });

  test("is not given up for the time that who hears it stood still", async () => {
    const mailbox = openMailbox<number>();
    const heard = hear(120, mailbox);
    Bun.sleepSync(300);
    setTimeout(() => mailbox.put(1));
    expect(await heard).toEqual({ value: 1, done: false });
  });

  test("lets who waits go when there will be no more", async () => {
    const mailbox = openMailbox<number>();
    const waiting = mailbox.next();
    mailbox.end();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });
});
