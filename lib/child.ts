/** A Bun process of ours, started on one of our modules. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** The first line it printed: it is ready, and this is what its parent must know. */
  readonly ready: string;
  /** The lines it prints after that, until it ends. */
  readonly lines: AsyncIterable<string>;
  /** Its exit code; a signal's number + 128. */
  readonly exited: Promise<number>;
}

/**
 * Starts `module` (an absolute path) and waits for its first line. Closing it ends its standard input, which it must
 * take as its end, and kills it after `graceMs` of deafness; one with children of its own needs longer than they do.
 * `env` goes on top of our environment: what stands there, `ps` does not show.
 * Its standard error is ours. Throws an `Error` when it ends before that line.
 */
export async function openChild(
  module: string,
  args: readonly string[] = [],
  graceMs = 1_000,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const child = Bun.spawn([process.execPath, module, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
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
  return { pid: child.pid, ready: first.value, lines, exited: child.exited, [Symbol.asyncDispose]: close };
}

/**
 * The child's side: resolves when the parent closes the pipe or dies. Ctrl-C reaches the whole process group, and the
 * parent answers it; a child that died of it first would look like a fault.
 */
export async function untilParentEnds(): Promise<void> {
  process.on("SIGINT", () => {});
  for await (const _ of Bun.stdin.stream());
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
