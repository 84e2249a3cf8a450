import type { Pipes } from "./child.ts";
import { UsageError } from "./errors.ts";
import { listProcesses } from "./processes.ts";

/** A command of anybody's, with all that it starts. Closing it kills them all. */
export interface ProcessGroup extends AsyncDisposable {
  /** Its first process, and the number of the group. */
  readonly pid: number;
  /** The input and output of the first, where they were asked for. */
  readonly pipes: Pipes | null;
  /** The exit code of the first; a signal's number + 128. */
  readonly exited: Promise<number>;
  /** Its processes that have not ended; the last started is the last. */
  members(): number[];
  signal(name: NodeJS.Signals): void;
  /** Why it ended, by what it printed last on its standard error, where that is kept. */
  lastWords(): string;
}

export interface GroupOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Gives its input and output to who starts it; else it has none, and what it prints is thrown away. */
  readonly piped: boolean;
  /** Its standard error is ours, and shown; else the end of it is kept. */
  readonly isShown?: boolean;
}

/** So much of what is printed is kept, in characters. */
const mostKept = 4_096;

/** What was killed is gone within milliseconds, unless the system is stuck. */
const killedMs = 2_000;

/**
 * Starts a command in a process group of its own: `npx` and shells start what they are asked for as a child, and to kill
 * them alone would leave it behind. The group is killed also when this process is. Throws a `UsageError` for a command
 * that cannot be started.
 */
export function startGroup(words: readonly string[], options: GroupOptions): ProcessGroup {
  const child = spawn(words, options);
  const { pid, stdin, stdout, stderr, exited } = child;
  const guard = guardGroup(pid);
  let printed = "";
  const listen = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream)
      printed = (printed + decoder.decode(chunk, { stream: true })).slice(-mostKept);
  };
  if (stderr) void listen(stderr);
  const close = async () => {
    signalGroup(pid, "SIGKILL");
    await exited;
    await isGone(pid, killedMs);
    guard.kill("SIGKILL");
    await guard.exited;
  };
  // Once it is gone, its number may be that of another group.
  let closing: Promise<void> | undefined;
  return {
    ...{ pid, exited },
    pipes: stdin && stdout ? { stdin, stdout } : null,
    members: () => membersOf(pid),
    signal: (name) => void signalGroup(pid, name),
    lastWords: () => reasonIn(printed),
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

/** What a program ends with that says nothing of why: its version, frames of a stack and the source they point to. */
const noReason = /^\s*(at |\d+ \||[{}^~]|$)|^(Node\.js|Bun) v\d|A complete log of this run/;

/**
 * The last line that names an error, or of npm's, which go into detail, the first two; without one the last line. Nothing
 * of a line that was cut: what it says may be half of a secret, which nobody would know.
 */
function reasonIn(printed: string): string {
  const whole = printed.length === mostKept ? printed.slice(printed.indexOf("\n") + 1 || mostKept) : printed;
  const lines = whole.split("\n").filter((line) => !noReason.test(line));
  const errors = lines.filter((line) => /error|exception|panic/i.test(line));
  const told = errors[0]?.startsWith("npm ") ? errors.slice(0, 2).join("; ") : errors.at(-1);
  return (told ?? lines.at(-1) ?? "").trim();
}

/** Whether all of a group ends within this time. */
export async function isGone(pid: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  for (;;) {
    if (membersOf(pid).length === 0) return true;
    if (performance.now() >= end) return false;
    await Bun.sleep(2);
  }
}

function spawn(words: readonly string[], { env = {}, piped, isShown = false }: GroupOptions) {
  const pipe = piped ? "pipe" : "ignore";
  try {
    return Bun.spawn([...words], {
      ...{ stdin: pipe, stdout: pipe, stderr: isShown ? "inherit" : "pipe" },
      env: { ...process.env, ...env },
      detached: true,
    });
  } catch (error) {
    const { code } = Object(error);
    if (typeof code !== "string") throw error;
    const state = code === "ENOENT" ? "there is no such command" : `it cannot be run, ${code}`;
    throw new UsageError(`Cannot start "${words[0]?.slice(0, 64)}": ${state}`, { cause: error });
  }
}

/** A process that waits for this one to end, however it does, and kills the group then. */
function guardGroup(pid: number) {
  const kill = `read -r _; kill -s KILL -- -${pid}`;
  const stdio = { stdin: "pipe", stdout: "ignore", stderr: "ignore" } as const;
  return Bun.spawn(["sh", "-c", kill], { ...stdio, detached: true });
}

/** The processes of a group that have not ended, the last started last. */
function membersOf(group: number): number[] {
  // Asking for one group takes 2 us, and looking at every process some milliseconds.
  if (!signalGroup(group, 0)) return [];
  return listProcesses().flatMap((one) => (one.group === group ? one.pid : []));
}

/** Answers whether it has any processes; such as have ended and wait for somebody to notice are among them. */
function signalGroup(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch (error) {
    if (Object(error).code === "ESRCH") return false;
    throw error;
  }
}
