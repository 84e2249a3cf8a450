import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createConnection } from "node:net";
import { echoTools } from "../lib/benchmarks/path_ladder/echo.ts";
import { openWire } from "../lib/measure/wire.ts";
import { startServer } from "../lib/runtimes/host.ts";
import { runtimes } from "../lib/runtimes/runtimes.ts";

const served = runtimes.flatMap((kind) => ("serve" in kind ? [[kind.name, kind] as const] : []));

describe.each(served)("a wire to %s", (_, kind) => {
  test("counts the text that calls carry there and back, and little else", async () => {
    await using opened = new AsyncDisposableStack();
    const wire = opened.use(await openWire(opened.use(await startServer(kind, echoTools()))));
    const runtime = opened.use(await kind.connect(wire.address, wire.pipes));
    const countsOf = async (bytes: number) => {
      const text = "a".repeat(bytes);
      const before = wire.counts();
      expect((await runtime.call("echo", { text })).output).toEqual({ text });
      const after = wire.counts();
      return [after.sent - before.sent, after.received - before.received] as const;
    };
    await countsOf(1);
    const [sentLittle, receivedLittle] = await countsOf(100);
    const [sentMuch, receivedMuch] = await countsOf(900_000);
    expect(sentLittle).toBeWithin(150, 1_000);
    expect(receivedLittle).toBeWithin(150, 1_000);
    // The length of a body is a number too.
    expect(sentMuch - sentLittle).toBeWithin(899_900, 899_910);
    // Over MCP an answer is there twice: as text, and as an object.
    const times = receivedMuch - receivedLittle > 1_500_000 ? 2 : 1;
    expect(times).toBe(kind.era === undefined ? 1 : 2);
    expect(receivedMuch - receivedLittle).toBeWithin(times * 899_900, times * 899_900 + 10);
  }, 20_000);
});

test("a wire that is taken away takes its connections with it", async () => {
  await using opened = new AsyncDisposableStack();
  const [, kind] = served.find(([name]) => name === "http") ?? [];
  if (!kind) throw new RangeError("Cannot find it: nothing is served over TCP");
  const server = opened.use(await startServer(kind, echoTools()));
  const wire = await openWire(server);
  const port = Number(new URL(wire.address).port);
  expect(wire.address).not.toBe(server.address);
  const socket = createConnection({ host: "127.0.0.1", port });
  await once(socket, "connect");
  socket.write("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await once(socket, "data");
  await wire[Symbol.asyncDispose]();
  await once(socket, "close");
  const again = createConnection({ host: "127.0.0.1", port });
  const [error] = await once(again, "error");
  expect(error.code).toBe("ECONNREFUSED");
});
