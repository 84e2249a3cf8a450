import { generalTools } from "./general/tools.ts";
import { openTaskQueue } from "./p2p/tasks/queue.ts";
import { taskqueueTools } from "./p2p/tasks/tools.ts";
import { openWorkflows } from "./p2p/workflows/engine.ts";
import { workflowTools } from "./p2p/workflows/tools.ts";
import { ToolRegistry } from "./registry.ts";
import type { ToolSource } from "./runtimes/host.ts";
import type { Secret } from "./secret.ts";

export interface Toolkit extends AsyncDisposable {
  readonly registry: ToolRegistry;
}

export interface ToolkitOptions {
  /** Multiaddrs of peers to join; without them there are no peer tools, and libp2p is not loaded. */
  readonly bootstrap?: readonly string[] | undefined;
  /** Ended workflows to remember, and ended tasks; 10,000 of each by default. */
  readonly keep?: number | undefined;
  /** The bunqueue server (host:port) that spreads tasks and steps; without it they run in this process. */
  readonly broker?: string | undefined;
  /** What it asks for; `$BROKER_TOKEN` by default. */
  readonly brokerToken?: Secret | undefined;
}

/** The tools of this suite, for a process of its own. */
export function toolkit(task: Omit<ToolkitOptions, "brokerToken"> = {}): ToolSource {
  return { module: import.meta.path, task };
}

/** Opens the engines and the tools that act on them. Closing it closes the engines. */
export async function openTools(options: ToolkitOptions = {}): Promise<Toolkit> {
  await using engines = new AsyncDisposableStack();
  const { steps, tasks } = await executors(options, engines);
  const { keep, bootstrap } = options;
  const tools = [
    ...workflowTools(engines.use(openWorkflows({ keep, ...steps }))),
    ...taskqueueTools(engines.use(openTaskQueue({ keep, ...tasks }))),
    ...generalTools,
  ];
  if (bootstrap) {
    const [{ openNetwork }, { peerTools }] = await Promise.all([
      import("./p2p/peers/network.ts"),
      import("./p2p/peers/tools.ts"),
    ]);
    tools.push(...peerTools(engines.use(await openNetwork({ bootstrap }))));
  }
  const registry = new ToolRegistry(tools);
  const opened = engines.move();
  return { registry, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** With a broker this process hands its work to all that work for it, and is one of them. */
async function executors({ broker: address, brokerToken }: ToolkitOptions, engines: AsyncDisposableStack) {
  if (address === undefined) return {};
  const [{ openBroker }, steps, tasks] = await Promise.all([
    import("./p2p/broker/broker.ts"),
    import("./p2p/workflows/remote.ts"),
    import("./p2p/tasks/remote.ts"),
  ]);
  const broker = engines.use(await openBroker(address, brokerToken));
  await Promise.all([steps.serveSteps(broker), tasks.serveTasks(broker)]);
  return {
    steps: { execute: steps.stepsThrough(broker), concurrency: steps.stepsAtATime },
    tasks: { execute: tasks.tasksThrough(broker) },
  };
}
