import { join } from "node:path";
import { TcpConnectionPool } from "bunqueue/client";
import { openChild } from "../lib/child.ts";
import { openBroker } from "../lib/p2p/broker/broker.ts";
import { openWorkflows, type WorkflowEngine } from "../lib/p2p/workflows/engine.ts";
import type { StepExecutor } from "../lib/p2p/workflows/executor.ts";
import type { StepRequest, WorkflowRequest } from "../lib/p2p/workflows/record.ts";
import { stepsThrough } from "../lib/p2p/workflows/remote.ts";
import { errorOf } from "../lib/p2p/workflows/view.ts";
import { readUntil } from "./run_script.ts";

/** Where steps wait on a server. */
export const queue = "tool-runtime.steps";

const cli = join(import.meta.dir, "..", "node_modules", "bunqueue", "dist", "cli", "index.js");
const announcing = join(import.meta.dir, "fixtures", "announce_port.ts");
const working = join(import.meta.dir, "fixtures", "broker_worker.ts");

/** A bunqueue server as its command line starts it, on a port that it takes itself. */
export async function openServer(env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([process.execPath, "--preload", announcing, cli, "start"], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: {
      ...process.env,
      HOST: "127.0.0.1",
      TCP_PORT: "0",
      HTTP_PORT: "0",
      RATE_LIMIT_MAX_REQUESTS: "1000000000",
      SHUTDOWN_TIMEOUT_MS: "0",
      ...env,
    },
  });
  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    child.kill(signal);
    await child.exited;
  };
  const [, port] = await readUntil(child.stdout, /listening on (\d+)/);
  return { address: `127.0.0.1:${port}`, kill, [Symbol.asyncDispose]: () => kill("SIGTERM") };
}

/** A process that works for a broker. */
export async function openWorker(address: string, env: Readonly<Record<string, string>> = {}) {
  const child = await openChild<string>(working, { address }, { env, graceMs: 5_000 });
  const says = async () => (await child.says.next()).value;
  const kill = async () => {
    process.kill(child.pid, "SIGKILL");
    return child.exited;
  };
  return { says, kill, exited: child.exited, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

export function step(step_id: string, action: string, ...depends_on: string[]): StepRequest {
  return { step_id, action, inputs: {}, depends_on };
}

const small: readonly (readonly StepRequest[])[] = [
  [step("fetch", "fetch_data"), step("analyze", "analyze", "fetch")],
  [step("init", "init"), step("store", "store_result", "init")],
  [step("fetch", "fetch_data"), step("process", "process", "fetch"), step("sum", "aggregate", "process")],
];

const large: readonly StepRequest[] = [
  step("a", "fetch_data"),
  step("b", "fetch_data"),
  step("c", "fetch_data"),
  step("left", "process", "a"),
  step("right", "transform", "b"),
  step("merge", "merge", "right", "c", "left"),
  step("analyze", "analyze", "merge"),
  step("store", "store_result", "merge", "analyze"),
];

/** Workflows of two to eight steps, each with data of its own. */
export function manyWorkflows(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const inputs = { seed: index, rows: 5 };
    const shape = index % 10 === 0 ? large : (small[index % small.length] ?? []);
    const steps = shape.map((step) => (step.action === "fetch_data" ? { ...step, inputs } : step));
    return workflow(`w${index}`, steps);
  });
}

export function workflow(workflow_id: string, steps: readonly StepRequest[], priority = 0) {
  return { workflow_id, name: workflow_id, steps, priority, tags: [], dependencies: [], metadata: {} };
}

/** Runs them all; `ended` is told how many have ended, after each. */
export async function runAll(
  engine: WorkflowEngine,
  requests: ReturnType<typeof manyWorkflows>,
  ended: (count: number) => void = () => {},
): Promise<void> {
  let count = 0;
  await Promise.all(
    requests.map(async (request) => {
      await engine.submit(request);
      await engine.finished(request.workflow_id);
      ended(++count);
    }),
  );
}

/** What became of a workflow: the state, the error and the output of each step. */
export function becameOf(engine: WorkflowEngine, workflowId: string) {
  const { status, steps } = engine.get(workflowId);
  return {
    status,
    steps: [...steps.values()].map((step) => ({
      step: step.id,
      state: step.state,
      error: errorOf(step),
      output: step.output,
    })),
  };
}

/** Steps that started before one that they depend on had ended. */
export function outOfOrder(engine: WorkflowEngine, workflowId: string): string[] {
  return [...engine.get(workflowId).steps.values()]
    .filter(({ startedAt = 0, parents }) =>
      parents.some(({ endedAt = Number.POSITIVE_INFINITY }) => startedAt < endedAt),
    )
    .map(({ id }) => id);
}

/** An engine whose steps run wherever somebody works for the broker. */
export async function openSubmitter(address: string) {
  await using opened = new AsyncDisposableStack();
  const broker = opened.use(await openBroker(address));
  const through = stepsThrough(broker);
  let handed = () => {};
  const execute: StepExecutor = (work) => {
    const output = through(work);
    handed();
    return output;
  };
  const engine = opened.use(openWorkflows({ execute }));
  const all = opened.move();
  /** Resolves when the server has all its steps, which must not wait for each other. */
  const handOver = async (request: WorkflowRequest) => {
    const out = Promise.withResolvers<void>();
    let left = request.steps.length;
    handed = () => (--left === 0 ? out.resolve() : undefined);
    await engine.submit(request);
    await out.promise;
    // An echo goes the way of the steps, behind them.
    await broker.run("echo", 1, { priority: 0, signal: AbortSignal.timeout(5_000) });
  };
  await broker.work("echo", (work) => ({ output: work }));
  return { broker, engine, handOver, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** A step that takes its time. */
export function hold(step_id: string, ms: number) {
  return { ...step(step_id, "hold"), inputs: { ms } };
}

/** The steps of a workflow with their states and errors, once it has ended. */
export async function statesOf(engine: WorkflowEngine, id: string) {
  await engine.finished(id);
  return becameOf(engine, id).steps.map(({ step, state, error }) => [step, state, error]);
}

/** Steps that wait on the server. */
export async function waiting(address: string): Promise<unknown> {
  return (await ask(address, { cmd: "Count", queue })).count;
}

/** Asks the server something as a stranger would. */
export async function ask(
  address: string,
  command: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const [host, port] = address.split(":");
  const pool = new TcpConnectionPool({ host: host ?? "", port: Number(port), poolSize: 1 });
  try {
    return await pool.send(command);
  } finally {
    pool.close();
  }
}
