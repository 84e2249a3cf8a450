import { z } from "zod";
import type { Broker } from "../broker/broker.ts";
import { messageOf, timedOut } from "./attempt.ts";
import { runTask, type TaskExecutor, taskType } from "./types.ts";

const kind = "tasks";

const taskWork = z.strictObject({
  type: taskType,
  payload: z.unknown(),
  timeout_ms: z.number().min(0).optional(),
});

/** Has tasks done by the workers of a broker. */
export function tasksThrough(broker: Broker): TaskExecutor {
  return async (type, payload, signal, { priority, timeoutMs }) => {
    const { output } = await broker.run(kind, { type, payload, timeout_ms: timeoutMs }, { priority, signal });
    return output;
  };
}

/** Does tasks for everybody at that broker. */
export function serveTasks(broker: Broker): Promise<void> {
  return broker.work(kind, async (work, signal) => {
    const limit = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const { type, payload, timeout_ms } = taskWork.parse(work);
      // Who asked gives it up by then, and says the same, unless this comes before.
      if (timeout_ms !== undefined) timer = setTimeout(() => limit.abort(timedOut(timeout_ms)), timeout_ms);
      return { output: await runTask(type, payload, AbortSignal.any([signal, limit.signal])) };
    } catch (error) {
      return { error: messageOf(limit.signal.aborted ? limit.signal.reason : error) };
    } finally {
      clearTimeout(timer);
    }
  });
}
