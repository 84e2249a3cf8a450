/** Echoes JSON over HTTP: as a tool of ours, or as a bare server that parses and answers the same. */
import { Elysia } from "elysia";
import { z } from "zod";
import { joinParent } from "../../child.ts";
import { defineTool, ToolRegistry } from "../../registry.ts";
import { serveTools } from "../../runtimes/server.ts";

const shape = z.strictObject({ text: z.string() });
const echo = defineTool({
  name: "echo",
  category: "bench",
  home: "http",
  description: "Answers its input",
  input: shape,
  output: shape,
  handler: (input) => input,
});

let calls = 0;
const toReply = (output: unknown) => {
  calls += 1;
  return { output, runtime: "http", pid: process.pid, calls };
};

/** Answers the port that it serves on. */
function serve(kind: "tools" | "elysia" | "bun"): number | undefined {
  if (kind === "tools") return Number(new URL(serveTools(new ToolRegistry([echo])).url).port);
  if (kind === "elysia")
    return new Elysia()
      .post("/tools/echo", ({ body }) => toReply(shape.parse(body)))
      .listen({ hostname: "127.0.0.1", port: 0 }).server?.port;
  const fetch = async (request: Request) => Response.json(toReply(await request.json()));
  return Bun.serve({ hostname: "127.0.0.1", port: 0, fetch }).port;
}

const parent = joinParent<"tools" | "elysia" | "bun">();
const told = await parent.tells.next();
if (!told.done) await parent.say(serve(told.value) ?? 0);
await parent.ended;
process.exit();
