import { describe, expect, test } from "bun:test";
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import fc from "fast-check";
import { pipeTransport } from "../lib/runtimes/mcp/pipe.ts";

/** What a transport makes of these pieces of a process's output. */
async function hear(pieces: readonly Uint8Array[]) {
  const stdout = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const [messages, junk, errors]: [JSONRPCMessage[], string[], Error[]] = [[], [], []];
  let heard = 0;
  const closed = Promise.withResolvers<void>();
  await using child = Bun.spawn(["cat"], { stdin: "pipe", stdout: "ignore" });
  const listeners = { onJunk: (line: string) => void junk.push(line), onHeard: () => void heard++ };
  const transport = pipeTransport({ stdin: child.stdin, stdout }, listeners);
  transport.onmessage = (message) => void messages.push(message);
  transport.onerror = (error) => void errors.push(error);
  transport.onclose = closed.resolve;
  await transport.start();
  await closed.promise;
  return { messages, junk, errors, heard };
}

const notification = (text: string) => ({
  jsonrpc: "2.0" as const,
  method: "notifications/message",
  params: { text },
});

describe("the client's side of stdio", () => {
  test("hears the same messages, however they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme" }), { maxLength: 8 }),
        fc.array(fc.nat(200), { maxLength: 20 }),
        async (texts, cuts) => {
          const bytes = new TextEncoder().encode(
            texts.map((text) => `${JSON.stringify(notification(text))}\n`).join(""),
          );
          const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
          const pieces = at.slice(1).map((to, n) => bytes.subarray(at[n], to));
          const { messages, junk, heard } = await hear(pieces);
          expect(messages).toEqual(texts.map(notification));
          expect(junk).toEqual([]);
          expect(heard).toBe(pieces.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("passes over what is no message, tells of it, and says nothing of empty lines", async () => {
    const lines = [
      "listening",
      '{"level":"info"}',
      "[1, 2",
      "",
      "   ",
      JSON.stringify(notification("a")),
      "bye",
    ];
    const { messages, junk, errors } = await hear([Buffer.from(lines.join("\r\n").concat("\n"))]);
    expect(messages).toEqual([notification("a")]);
    expect(junk.map((line) => line.trim())).toEqual(["listening", '{"level":"info"}', "[1, 2", "bye"]);
    expect(errors).toEqual([]);
  });

  test("ends at a line of more than 8 MiB, before it has an end", async () => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    const { errors, messages } = await hear([
      ...new Array<Uint8Array>(9).fill(piece),
      Buffer.from(`\n${JSON.stringify(notification("a"))}\n`),
    ]);
    expect(errors).toEqual([new RangeError("it sent a line of more than 8 MiB")]);
    expect(messages).toEqual([]);
  });
});
