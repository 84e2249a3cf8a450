import { MeasurementError } from "./errors.ts";
import { type Incoming, openMailbox } from "./mailbox.ts";
import { isStray, passOn, type Stray } from "./strays.ts";

/** A Bun process of ours. It and its parent speak over a channel of their own, so that it may print what it likes. */
export interface Child<Said = unknown> extends AsyncDisposable {
  readonly pid: number;
  /** What it said first: it is ready, and this is what its parent must know. */
  readonly ready: Said;
  /** What it says after that, until it ends. Of those who listen, and ask, there is one at a time. */
  readonly says: Incoming<Said>;
  /** Tells it something, which is lost where it has ended. */
  tell(message: unknown): void;
  /**
   * Tells it something and answers what it says next. Throws an `Error` when it ends first, or says nothing within
   * `timeoutMs`; it cannot be asked again then.
   */
  ask(question: unknown, timeoutMs: number): Promise<Said>;
  /** Ends it at once, where it is known not to hear; what it has started ends by itself. */
  kill(): void;
  /** Its exit code; a signal's number + 128. */
  readonly exited: Promise<number>;
  /** Its standard input and output, where that was asked for. */
  readonly pipes: Pipes | null;
}

/** What a process reads and prints. */
export interface Pipes {
  readonly stdin: { write(text: string): unknown; flush(): unknown; end(): unknown };
  readonly stdout: ReadableStream<Uint8Array>;
}

export interface ChildOptions {
  /** What stands behind the module in its command line, for those who look at it with `ps`. */
  readonly args?: readonly string[];
  /** How long it may take to be ready, 60,000 by default. */
  readonly readyMs?: number;
  /** How long it may take to end, 1,000 by default; one with children of its own needs longer than they do. */
  readonly graceMs?: number;
  /** Variables of its environment, beside ours; what stands there, `ps` does not show. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder it runs in, ours by default. */
  readonly cwd?: string;
  /** The file that its standard error goes to; without one it is ours. Its standard output goes to our error. */
  readonly stderrPath?: string;
  /** Gives the parent its standard input and output; `false` by default. */
  readonly piped?: boolean;
  /** Told of what was thrown in it, and below it, where nobody waits for it; by default our own parent is. */
  readonly onStray?: (stray: Stray) => void;
}

/**
 * Starts `module` (an absolute path), tells it what it is for, and waits until it says something. Closing it closes the
 * channel, which it must take as its end, and kills it after `graceMs` of deafness. What passes is copied as
 * `structuredClone` does. Throws a `MeasurementError` when it is not ready in time, or ends before, whose cause has its
 * `exitCode` then.
 */
export async function openChild<Said = unknown>(
  module: string,
  task?: unknown,
  {
    args = [],
    readyMs = 60_000,
    graceMs = 1_000,
    env = {},
    cwd,
    stderrPath,
    piped = false,
    onStray = passOn,
  }: ChildOptions = {},
): Promise<Child<Said>> {
  const said = openMailbox<Said>();
  const child = Bun.spawn([process.execPath, module, ...args], {
    stdin: piped ? "pipe" : "ignore",
    stdout: piped ? "pipe" : 2,
    stderr: stderrPath === undefined ? "inherit" : Bun.file(stderrPath),
    env: { ...process.env, ...env, OPENED_BY: `${process.pid}` },
    ...(cwd !== undefined && { cwd }),
    ipc: (message) => (isStray(message) ? onStray(message) : said.put(message)),
    onDisconnect: said.end,
  });
  const close = async () => {
    child.disconnect();
    const kill = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await child.exited;
    clearTimeout(kill);
  };
  const next = (timeoutMs: number) => within(timeoutMs, said.next());
  const tell = (message: unknown) => {
    if (child.exitCode === null && child.signalCode === null) child.send(message);
  };
  if (task !== undefined) tell(task);
  const first = await next(readyMs);
  if (first === null || first.done) {
    await close();
    const exitCode = first === null ? null : await child.exited;
    const state =
      exitCode === null
        ? `it was not ready within ${readyMs} ms`
        : `it ended with exit code ${exitCode} before it was ready`;
    throw new MeasurementError(`Cannot start "${module}": ${state}`, { cause: { exitCode } });
  }
  return {
    pid: child.pid,
    tell,
    ready: first.value,
    says: said,
    exited: child.exited,
    pipes:
      child.stdin && child.stdout instanceof ReadableStream
        ? { stdin: child.stdin, stdout: child.stdout }
        : null,
    async ask(question, timeoutMs) {
      tell(question);
      const answer = await next(timeoutMs);
      if (answer === null) throw new Error(`it has not answered within ${timeoutMs} ms`);
      if (answer.done) throw new Error(`it ended with exit code ${await child.exited}`);
      return answer.value;
    },
    kill: () => child.kill("SIGKILL"),
    [Symbol.asyncDispose]: close,
  };
}

/** What it resolves to, or `null` when that takes longer. */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), timeoutMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A silence is waited for in so many parts, of which a process that was stopped itself meanwhile misses one. */
const parts = 6;

/** What is said next, or `null` when that takes longer; messages that came while this process was stopped are heard. */
export async function hear<T>(silenceMs: number, says: Incoming<T>): Promise<IteratorResult<T, void> | null> {
  const next = says.next();
  for (let part = 0; part < parts; part++) {
    const said = await within(silenceMs / parts, next);
    if (said) return said;
  }
  return null;
}

/** How long a process may take to end once its parent has let it go, and once that has ended itself. */
const graceMs = 5_000;
const orphanMs = 1_500;

/** The process that started this one with `openChild`. */
export interface Parent<Told = unknown> {
  /** What it tells, until it ends or lets this process go. */
  readonly tells: Incoming<Told>;
  /** Resolves once what is said is on its way, or the parent has ended: a process that exits before loses it. */
  say(message: unknown): Promise<void>;
  /** When the parent has ended or let this process go. */
  readonly ended: Promise<void>;
}

/**
 * The child's side. Ctrl-C reaches the whole process group, and the parent answers it; a child that died of it first
 * would look like a fault. Throws an `Error` in a process without such a parent.
 */
export function joinParent<Told = unknown>(): Parent<Told> {
  if (!process.send) throw new Error("Cannot join a parent: this process was not started as a child");
  const told = openMailbox<Told>();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  // It may have ended before this was called, and the process have another parent since.
  const isOrphan = () => process.ppid !== Number(process.env.OPENED_BY);
  process.on("SIGINT", () => {});
  process.on("message", told.put);
  process.on("disconnect", () => {
    told.end();
    resolve();
    // Whatever it still waits for: nobody is left who would end it.
    setTimeout(() => process.exit(1), graceMs).unref();
    setTimeout(() => isOrphan() && process.exit(1), orphanMs).unref();
  });
  return {
    tells: told,
    ended,
    say: (message) =>
      new Promise((sent) => {
        if (process.connected) process.send?.(message, () => sent());
        else sent();
      }),
  };
}
