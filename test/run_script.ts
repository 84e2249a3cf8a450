import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

/** A script as its user starts it. */
export function startScript(name: string, ...flags: readonly string[]) {
  return Bun.spawn(
    [process.execPath, "run", join(import.meta.dir, "..", "scripts", `${name}.ts`), ...flags],
    {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
}

/** Runs a script to its end. */
export async function runScript(name: string, ...flags: readonly string[]) {
  await using script = startScript(name, ...flags);
  const [stdout, stderr, code] = await Promise.all([
    new Response(script.stdout).text(),
    new Response(script.stderr).text(),
    script.exited,
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

/** Waits until a process has ended. Only its parent is told, so this keeps asking the system. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await setImmediate();
}
