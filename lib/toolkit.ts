import { openTaskQueue } from "./engines/tasks/queue.ts";
import { openWorkflows } from "./engines/workflows/engine.ts";
import { generalTools } from "./tools/general.ts";
import { ToolRegistry } from "./tools/registry.ts";
import { taskqueueTools } from "./tools/taskqueue.ts";
import { workflowTools } from "./tools/workflow.ts";

export interface Toolkit extends AsyncDisposable {
  readonly registry: ToolRegistry;
}

export interface ToolkitOptions {
  /** Multiaddrs of peers to join; without them there are no peer tools, and libp2p is not loaded. */
  readonly bootstrap?: readonly string[] | undefined;
  /** Ended workflows to remember, and ended tasks; 10,000 of each by default. */
  readonly keep?: number | undefined;
}

/** Opens the engines and the tools that act on them. Closing it closes the engines. */
export async function openToolkit({ bootstrap, keep }: ToolkitOptions = {}): Promise<Toolkit> {
  await using engines = new AsyncDisposableStack();
  const ended = keep === undefined ? {} : { keep };
  const tools = [
    ...workflowTools(engines.use(openWorkflows(ended))),
    ...taskqueueTools(engines.use(openTaskQueue(ended))),
    ...generalTools,
  ];
  if (bootstrap) {
    const [{ openNetwork }, { peerTools }] = await Promise.all([
      import("./engines/peers/network.ts"),
      import("./tools/peer.ts"),
    ]);
    tools.push(...peerTools(engines.use(await openNetwork({ bootstrap }))));
  }
  const registry = new ToolRegistry(tools);
  const opened = engines.move();
  return { registry, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
