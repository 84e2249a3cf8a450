import { expect, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:net";
import { ToolError } from "../lib/errors.ts";
import { vanishingClients } from "../lib/runtimes/http_clients.ts";

function vanish(name: string, address: string) {
  return vanishingClients.find((client) => client.name === name)?.vanish(address);
}

test("a client that goes has sent its part, is read, and leaves no answered call behind", async () => {
  const seen: { text: string; end: string }[] = [];
  const server = createServer((socket) => {
    const one = { text: "", end: "" };
    seen.push(one);
    socket.on("data", (bytes) => {
      one.text += bytes;
      if (one.text.startsWith("GET /health")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      one.end = "closed";
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await vanish("half_sent_body", `http://127.0.0.1:${port}`);
  server.close();
  await once(server, "close");
  expect(seen).toEqual([
    {
      text: expect.stringMatching(/^POST \/tools\/task_status .*Content-Length: 1000\r\n\r\n\{"task_id":$/s),
      end: "closed",
    },
    { text: expect.stringMatching(/^GET \/health/), end: "closed" },
  ]);
});

test("a server that is not there is no connection that was left", async () => {
  const failure = vanish("vanished_connection", "http://127.0.0.1:1")?.catch((error) => error);
  expect(await failure).toBeInstanceOf(ToolError);
  expect(await failure).toMatchObject({ code: "unreachable" });
});
