import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

/** A script as its user starts it: one of ours by its name, or another by its path. */
export function startScript(script: string, ...flags: readonly string[]) {
  return start(script, flags, false);
}

/** The same in a process group of its own, which a terminal's Ctrl-C would reach as a whole. */
export function startGroup(script: string, ...flags: readonly string[]) {
  return start(script, flags, true);
}

function start(script: string, flags: readonly string[], detached: boolean) {
  const path = script.endsWith(".ts") ? script : join(import.meta.dir, "..", "scripts", `${script}.ts`);
  return Bun.spawn([process.execPath, "run", path, ...flags], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // By default it would be that of this process at its start.
    env: process.env,
    detached,
  });
}

/** Runs a script to its end. */
export async function runScript(script: string, ...flags: readonly string[]) {
  await using running = startScript(script, ...flags);
  const [stdout, stderr, code] = await Promise.all([
    running.stdout.text(),
    running.stderr.text(),
    running.exited,
  ]);
  return { stdout, stderr, code };
}

/** A folder that is gone after the test. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "tool-runtime-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** Reads a stream until what came so far matches; throws when it ends before. */
export async function readUntil(
  stream: ReadableStream<Uint8Array>,
  pattern: RegExp,
): Promise<RegExpMatchArray> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream.values({ preventCancel: true })) {
    text += decoder.decode(bytes, { stream: true });
    const match = text.match(pattern);
    if (match) return match;
  }
  throw new Error(`Cannot find ${pattern} in "${text}"`);
}

/** Whether a process is there; one that has ended and waits for its parent to notice is not. */
export function isAlive(pid: number): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)]);
  const state = stdout.toString().trim();
  return state !== "" && !state.startsWith("Z");
}

/** The processes that this one has started, and those that they have. */
export function descendants(pid: number): number[] {
  const { stdout } = Bun.spawnSync(["pgrep", "-P", String(pid)]);
  const children = (stdout.toString().match(/^\d+$/gm) ?? []).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Waits until a process has ended. Only its parent is told, so this keeps asking the system. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await setImmediate();
}
