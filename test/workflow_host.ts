import { type Action, actions, type Output } from "../lib/p2p/workflows/actions.ts";
import { openWorkflows, type WorkflowEngineOptions } from "../lib/p2p/workflows/engine.ts";
import { workflowTools } from "../lib/p2p/workflows/tools.ts";
import { ToolRegistry } from "../lib/registry.ts";

/** An engine with its tools; `call` holds each answer against the output schema of its tool. */
export function open(options?: WorkflowEngineOptions) {
  const engine = openWorkflows(options);
  const registry = new ToolRegistry(workflowTools(engine));
  const call = async (name: string, input: unknown) => {
    const tool = registry.get(name);
    return tool.output.parse(await tool.call(input));
  };
  const submit = (workflow_id: string, ...steps: object[]) =>
    call("workflow_submit", { workflow_id, name: workflow_id, steps });
  const statusOf = (workflow_id: string) => call("workflow_status", { workflow_id });
  return { engine, call, submit, statusOf, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() };
}

export function step(step_id: string, action = "init", ...depends_on: string[]) {
  return { step_id, action, depends_on };
}

/** An action that says when it began and waits until it is let go, deaf to its signal or not. */
export function gate({ deaf = false } = {}) {
  const begun = Promise.withResolvers<AbortSignal>();
  const gone = Promise.withResolvers<Output>();
  const hold: Action = (_inputs, _upstream, { signal }) => {
    begun.resolve(signal);
    if (!deaf) signal.addEventListener("abort", () => gone.reject(new Error("heard it")));
    return gone.promise;
  };
  return {
    hold,
    actions: new Map([...actions, ["hold", hold]]),
    begun: begun.promise,
    letGo: () => gone.resolve({ held: true }),
  };
}
