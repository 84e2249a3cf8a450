import { expect, test } from "bun:test";
import { openBroker } from "../lib/p2p/broker/broker.ts";
import { openWorkflows } from "../lib/p2p/workflows/engine.ts";
import { stepsThrough } from "../lib/p2p/workflows/remote.ts";
import { openServer, openWorker, step, workflow } from "./broker_host.ts";
import { openPostgres, withoutPostgres } from "./postgres.ts";
import { survivesKill } from "./survives_kill.ts";

// They wait for each other's processes and for locks, and need 15 s together where one after the other takes 25.

test.concurrent("1,000 workflows end as in one process, while one of two workers is killed half-way", async () => {
  await using server = await openServer();
  await survivesKill(1_000, server.address, [server.address, server.address]);
}, 120_000);

const reason = withoutPostgres === undefined ? "" : ` (skipped: ${withoutPostgres})`;
const onPostgres = withoutPostgres === undefined ? test.concurrent : test.skip;

onPostgres(
  `so do 200 through two servers that share one PostgreSQL, which takes 20 times as long for each${reason}`,
  async () => {
    await using postgres = await openPostgres();
    const storage = { BUNQUEUE_POSTGRES_URL: postgres.url, BUNQUEUE_MAX_COMPLETED_JOBS: "100" };
    await using here = await openServer(storage);
    await using there = await openServer(storage);
    await survivesKill(200, here.address, [here.address, there.address]);
  },
  300_000,
);

test.concurrent("a step that outlasts its lock is not given to another worker", async () => {
  await using server = await openServer();
  await using broker = await openBroker(server.address);
  await using engine = openWorkflows({ execute: stepsThrough(broker) });
  await using one = await openWorker(server.address);
  await using other = await openWorker(server.address);
  // A lock lasts for 5 s, and the server looks for stale ones every 5 s.
  await engine.submit(workflow("w", [{ ...step("long", "hold"), inputs: { ms: 10_500 } }]));
  const holding = [one, other].map((worker) => worker.says());
  await engine.finished("w");
  await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  // What a worker says that ends without having held anything is nothing.
  expect((await Promise.all(holding)).sort()).toEqual(["holding", undefined]);
}, 30_000);
