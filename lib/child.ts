/** A Bun process of ours, started on one of our modules. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** The first line it printed: it is ready, and this is what its parent must know. */
  readonly ready: string;
  /** The lines it prints after that, until it ends. */
  readonly lines: AsyncIterable<string>;
  /**
   * Sends it a line and answers the next one that it prints; of those who read its lines there is one at a time.
   * Throws an `Error` when it ends first, or prints none within `timeoutMs`; it cannot be asked again then.
   */
  ask(line: string, timeoutMs: number): Promise<string>;
  /** Its exit code; a signal's number + 128. */
  readonly exited: Promise<number>;
}

export interface ChildOptions {
  /** How long it may take to end, 1,000 by default; one with children of its own needs longer than they do. */
  readonly graceMs?: number;
  /** Variables of its environment, beside ours; what stands there, `ps` does not show. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file that its standard error goes to; without one it is ours. */
  readonly stderrPath?: string;
}

/**
 * Starts `module` (an absolute path) and waits for its first line. Closing it ends its standard input, which it must
 * take as its end, and kills it after `graceMs` of deafness. Throws an `Error` when it ends before that line.
 */
export async function openChild(
  module: string,
  args: readonly string[] = [],
  { graceMs = 1_000, env = {}, stderrPath }: ChildOptions = {},
): Promise<Child> {
  const child = Bun.spawn([process.execPath, module, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: stderrPath === undefined ? "inherit" : Bun.file(stderrPath),
    env: { ...process.env, ...env },
  });
  const lines = readLines(child.stdout);
  const close = async () => {
    child.stdin.end();
    const kill = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await child.exited;
    clearTimeout(kill);
  };
  const first = await lines.next();
  if (first.done) {
    await close();
    throw new Error(
      `Cannot start "${module}": it ended with exit code ${child.exitCode} before it was ready`,
    );
  }
  const ask = async (line: string, timeoutMs: number) => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`it has not answered within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      child.stdin.write(`${line}\n`);
      await child.stdin.flush();
      const answer = await Promise.race([lines.next(), late.promise]);
      if (!answer.done) return answer.value;
    } finally {
      clearTimeout(timer);
    }
    throw new Error(`it ended with exit code ${await child.exited}`);
  };
  return {
    pid: child.pid,
    ready: first.value,
    lines,
    ask,
    exited: child.exited,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * The child's side: resolves when the parent closes the pipe or dies; until then `answer` gets each line that it sends.
 * Ctrl-C reaches the whole process group, and the parent answers it; a child that died of it first would look like a
 * fault.
 */
export async function untilParentEnds(answer?: (line: string) => Promise<void>): Promise<void> {
  process.on("SIGINT", () => {});
  for await (const line of readLines(Bun.stdin.stream())) await answer?.(line);
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
