import { expect } from "bun:test";
import { openBroker } from "../lib/p2p/broker/broker.ts";
import { openWorkflows } from "../lib/p2p/workflows/engine.ts";
import type { StepExecutor } from "../lib/p2p/workflows/executor.ts";
import { stepsAtATime, stepsThrough } from "../lib/p2p/workflows/remote.ts";
import { becameOf, manyWorkflows, openWorker, outOfOrder, runAll } from "./broker_host.ts";

/** Has two workers run workflows, kills one of them half-way, and holds all against a run in this process. */
export async function survivesKill(
  workflows: number,
  submitTo: string,
  workersAt: readonly [string, string],
): Promise<void> {
  const requests = manyWorkflows(workflows);
  await using embedded = openWorkflows();
  await runAll(embedded, requests);

  await using broker = await openBroker(submitTo);
  const [victim, survivor] = await Promise.all(workersAt.map((address) => openWorker(address)));
  await using _ = victim;
  await using __ = survivor;
  const through = stepsThrough(broker);
  let outcomes = 0;
  const execute: StepExecutor = async (work) => {
    const output = await through(work);
    outcomes++;
    return output;
  };
  await using engine = openWorkflows({ execute, concurrency: stepsAtATime });
  let exit: Promise<number> | undefined;
  await runAll(engine, requests, (count) => {
    if (count === workflows / 2) exit = victim?.kill();
  });
  expect(await exit).toBe(137);
  const ids = requests.map(({ workflow_id }) => workflow_id);
  expect(ids.flatMap((id) => outOfOrder(engine, id))).toEqual([]);
  expect(ids.map((id) => becameOf(engine, id))).toEqual(ids.map((id) => becameOf(embedded, id)));
  expect(ids.filter((id) => engine.get(id).status !== "completed")).toEqual([]);
  expect(outcomes).toBe(requests.reduce((sum, { steps }) => sum + steps.length, 0));
}
