import { expect, setDefaultTimeout, test } from "bun:test";
import { openBroker } from "../lib/p2p/broker/broker.ts";
import { openWorkflows } from "../lib/p2p/workflows/engine.ts";
import { serveSteps, stepsThrough } from "../lib/p2p/workflows/remote.ts";
import { openHost } from "../lib/runtimes/host.ts";
import { http } from "../lib/runtimes/http.ts";
import { Secret } from "../lib/secret.ts";
import { toolkit } from "../lib/toolkit.ts";
import {
  becameOf,
  hold,
  openServer,
  openSubmitter,
  openWorker,
  runAll,
  statesOf,
  step,
  workflow,
} from "./broker_host.ts";
import { readUntil, startScript } from "./run_script.ts";

setDefaultTimeout(30_000);

test("all that waits fails at once when the server dies, and all that comes later", async () => {
  await using mortal = await openServer();
  await using submitter = await openSubmitter(mortal.address);
  const { engine, broker } = submitter;
  await using worker = await openWorker(mortal.address);
  await engine.submit(workflow("w", [hold("long", 60_000), step("after", "init", "long")]));
  expect(await worker.says()).toBe("holding");
  await mortal.kill();
  const lost = `Cannot reach broker "${mortal.address}": the connection is lost`;
  expect(await statesOf(engine, "w")).toEqual([
    ["long", "failed", `Cannot run "long": ToolError: ${lost}`],
    ["after", "skipped", 'Cannot run "after": step "long" failed'],
  ]);
  await engine.submit(workflow("later", [step("a", "init")]));
  expect(await statesOf(engine, "later")).toEqual([["a", "failed", `Cannot run "a": ToolError: ${lost}`]]);
  await expect(serveSteps(broker)).rejects.toMatchObject({ code: "unreachable", message: lost });
});

test("a server that allows too few requests is named as the cause", async () => {
  await using strict = await openServer({ RATE_LIMIT_MAX_REQUESTS: "10" });
  await using submitter = await openSubmitter(strict.address);
  await serveSteps(submitter.broker);
  const steps = Array.from({ length: 30 }, (_, index) =>
    step(`s${index}`, "init", ...(index === 0 ? [] : [`s${index - 1}`])),
  );
  await runAll(submitter.engine, [workflow("w", steps)]);
  const errors = becameOf(submitter.engine, "w").steps.map(({ error }) => error);
  expect(errors.find((error) => error?.includes("ToolError"))).toEndWith(
    `Cannot reach broker "${strict.address}": its limit of requests is exceeded; start it with RATE_LIMIT_MAX_REQUESTS=1000000000`,
  );
});

test.each([
  ["none", undefined, "it asks for a token; give it with --broker-token"],
  ["a wrong one", new Secret("mellon"), "it refuses the token; correct --broker-token or $BROKER_TOKEN"],
])("refuses who has no token (%s), and lets in who has", async (_, token, state) => {
  await using guarded = await openServer({ AUTH_TOKENS: "open-sesame" });
  const { address } = guarded;
  await expect(openBroker(address, token)).rejects.toMatchObject({
    name: "UsageError",
    message: `Cannot use broker "${address}": ${state}`,
  });
  await using broker = await openBroker(address, new Secret("open-sesame"));
  await using engine = openWorkflows({ execute: stepsThrough(broker) });
  await using worker = await openWorker(address, { BROKER_TOKEN: "open-sesame" });
  await runAll(engine, [workflow("w", [step("a", "init")])]);
  expect(becameOf(engine, "w").status).toBe("completed");
  await worker[Symbol.asyncDispose]();
});

test("a host is told the token where ps does not show it", async () => {
  await using server = await openServer({ AUTH_TOKENS: "open-sesame" });
  const brokerToken = new Secret("open-sesame");
  await using host = await openHost(http, toolkit({ broker: server.address, keep: 1 }), {
    env: { BROKER_TOKEN: brokerToken.reveal() },
  });
  const command = Bun.spawnSync(["ps", "-o", "args=", "-p", String(host.pid)]).stdout.toString();
  expect(command).toContain("host_process.ts");
  expect(command).not.toContain("sesame");
});

test("a worker that closes ends by itself", async () => {
  await using server = await openServer();
  const worker = await openWorker(server.address);
  await worker[Symbol.asyncDispose]();
  expect(await worker.exited).toBe(0);
});

test("serve --broker works for the broker, and says in one line that there is none", async () => {
  await using server = await openServer();
  await using script = startScript("serve", "--peers", "2", "--broker", server.address);
  await readUntil(script.stdout, /http:\/\/127\.0\.0\.1:\d+/);
  await using submitter = await openSubmitter(server.address);
  await runAll(submitter.engine, [workflow("w", [step("a", "init")])]);
  expect(becameOf(submitter.engine, "w").status).toBe("completed");
  script.kill("SIGINT");
  expect(await script.exited).toBe(0);
  expect(await new Response(script.stderr).text()).toBe("");

  const closed = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  closed.stop();
  await using lonely = startScript("serve", "--broker", `127.0.0.1:${closed.port}`);
  expect(await new Response(lonely.stderr).text()).toBe(
    `Cannot reach broker "127.0.0.1:${closed.port}": no bunqueue server answers there; start one or correct --broker\n`,
  );
  expect(await lonely.exited).toBe(2);
});
