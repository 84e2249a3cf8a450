import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "../lib/child.ts";
import { UsageError } from "../lib/errors.ts";
import { readResult } from "../lib/result/result.ts";

/** What is done to a process; Ctrl-C reaches all of a terminal's. */
export const signals = ["SIGSTOP", "SIGKILL", "SIGTERM", "Ctrl-C"] as const;
export type Signal = (typeof signals)[number];

/** The processes of a run: the script itself, one that it runs, that of a job, and what serves tools or peers. */
export type Kind = "main" | "script" | "job" | "host";

/** A script to do something to, as short as it can be. */
export interface Subject {
  readonly name: string;
  readonly flags: readonly string[];
  readonly kinds: readonly Kind[];
  /** It runs until it is stopped. */
  readonly endless?: true;
}

export interface Fault {
  readonly subject: Subject;
  readonly kind: Kind;
  readonly signal: Signal;
  readonly atMs: number;
  /** Within so long after the end of the script all must be gone that it has started. */
  readonly graceMs: number;
}

export interface Outcome {
  readonly ms: number;
  /** What was wrong, by what it is a case of. */
  readonly faults: readonly { readonly of: "hang" | "code" | "words" | "left"; readonly what: string }[];
}

/** A process that is silent for 30 s, or not ready within 60 s, ends its run, which has something to close then. */
const longestMs = 100_000;
const stoppedMs = 1_000;
const fine = [0, 1, 4];

/** Starts a script, does that to one of its processes at that instant, and holds what becomes of it against what should. */
export async function befall({ subject, kind, signal, atMs, graceMs }: Fault): Promise<Outcome> {
  using place = openPlace();
  const main = place.start(subject);
  const startMs = performance.now();
  await within(atMs, main.exited);
  // What is not there yet is waited for, as long as the script runs.
  let target = place.find(kind, main.pid);
  while (
    target === undefined &&
    (await within(5, main.exited)) === null &&
    performance.now() < startMs + longestMs
  )
    target = place.find(kind, main.pid);
  if (target !== undefined && signal === "Ctrl-C") send("SIGINT", -main.pid);
  else if (target !== undefined && signal !== "Ctrl-C") send(signal, target);
  const own = target === main.pid;
  if (own && signal === "SIGSTOP") {
    await Bun.sleep(stoppedMs);
    send("SIGCONT", main.pid);
  }
  if (subject.endless && target !== undefined && !(own && signal === "SIGKILL")) {
    await within(stoppedMs, main.exited);
    send("SIGINT", main.pid);
  }
  const code = await within(longestMs, main.exited);
  const ms = performance.now() - startMs;
  const faults: Outcome["faults"][number][] = [];
  const find = (of: Outcome["faults"][number]["of"], what: string) => void faults.push({ of, what });
  if (code === null) find("hang", `it still ran after ${longestMs / 1e3} s`);
  const isInterrupt = signal === "Ctrl-C" || (own && signal === "SIGTERM");
  const due = own && signal === "SIGKILL" ? [137] : isInterrupt || subject.endless ? [130, 143] : [3];
  // What serves needs its peers to start.
  if (subject.endless && !own) due.push(3);
  if (target === undefined || (own && signal === "SIGSTOP") || subject.endless) due.push(...fine);
  // It may have ended well before, or in spite of it; its result then says so.
  else if (code !== null && fine.includes(code) && place.isComplete()) due.push(...fine);
  if (code !== null && !due.includes(code))
    find("code", `its exit code was ${code}, and not ${due.join(" or ")}`);
  const words = place.read("stderr").trim();
  const lines = words.split("\n").filter((line) => !/^\w+ --/.test(line));
  if (/^ +at .*:\d+/m.test(words) || lines.length > 1 || (code === 3 && words === "")) find("words", words);
  const left = await place.left(graceMs, own && signal === "SIGKILL" ? subject : null);
  if (left.length > 0) find("left", left.join(", "));
  return { ms, faults };
}

/** How long a script takes when nothing befalls it; an endless one is ready by then. */
export async function durationOf(subject: Subject): Promise<number> {
  using place = openPlace();
  const main = place.start(subject);
  const startMs = performance.now();
  while (subject.endless && place.read("stdout") === "" && main.exitCode === null) await Bun.sleep(5);
  if (subject.endless) main.kill("SIGINT");
  const code = await main.exited;
  if (!fine.includes(code)) throw new Error(`Cannot run ${subject.name}: ${place.read("stderr")}`);
  return performance.now() - startMs;
}

/** Of a process that has ended meanwhile there is nothing to signal. */
function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (Object(error).code !== "ESRCH") throw error;
  }
}

/** Folders of a run's own, and what is in them and runs for it, which its environment tells. */
function openPlace() {
  const folder = mkdtempSync(join(tmpdir(), "fault-"));
  const run = crypto.randomUUID();
  const [out, temporary] = [join(folder, "out"), join(folder, "tmp")];
  for (const path of [out, temporary]) mkdirSync(path);
  const env = { ...process.env, TMPDIR: temporary, FAULT_RUN: run };
  const running = () => processesWith(`FAULT_RUN=${run}`);
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const start = (subject: Subject) =>
    Bun.spawn(
      [process.execPath, join(import.meta.dir, "../scripts", `${subject.name}.ts`), ...subject.flags],
      {
        cwd: out,
        env,
        detached: true,
        stdin: "ignore",
        stdout: Bun.file(join(folder, "stdout")),
        stderr: Bun.file(join(folder, "stderr")),
      },
    );
  return {
    start,
    read,
    find: (kind: Kind, main: number) => running().find((one) => kindOf(one, main) === kind)?.pid,
    isComplete() {
      try {
        const files = readdirSync(out, { recursive: true })
          .map(String)
          .filter((file) => file.endsWith(".json"));
        return files.every((file) => readResult(join(out, file)).complete);
      } catch (error) {
        if (error instanceof UsageError) return false;
        throw error;
      }
    },
    /** What is still there a while after; what a killed script left, its next run removes. */
    async left(graceMs: number, killed: Subject | null): Promise<string[]> {
      const end = performance.now() + graceMs;
      while (running().length > 0 && performance.now() < end) await Bun.sleep(10);
      const processes = running();
      for (const { pid } of processes) send("SIGKILL", pid);
      const unfinished = () =>
        readdirSync(out, { recursive: true })
          .map(String)
          .filter((file) => file.endsWith(".tmp"));
      if (killed && readdirSync(temporary).length + unfinished().length > 0) await start(killed).exited;
      const trees = Bun.spawnSync(["git", "worktree", "list"], { cwd: import.meta.dir }).stdout.toString();
      return [
        ...processes.map(({ command }) => `process ${command}`),
        ...readdirSync(temporary).map((file) => `temporary ${file}`),
        ...unfinished(),
        ...trees.split("\n").filter((line) => line.startsWith(temporary)),
      ];
    },
    [Symbol.dispose]() {
      for (const { pid } of running()) send("SIGKILL", pid);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Running {
  readonly pid: number;
  readonly command: string;
}

function processesWith(mark: string): Running[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      if (!/^\d+$/.test(name) || !readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(mark))
        return [];
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").join(" ").trim();
      return command === "" ? [] : [{ pid: Number(name), command }];
    } catch {
      // It is gone, or another user's.
      return [];
    }
  });
}

function kindOf({ pid, command }: Running, main: number): Kind | null {
  if (pid === main) return "main";
  if (/\.ts job$/.test(command)) return "job";
  if (/(host|peer)_process\.ts|stages\.ts/.test(command)) return "host";
  return /scripts\/\w+\.ts/.test(command) ? "script" : null;
}
