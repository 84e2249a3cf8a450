/** Echoes JSON over HTTP: as a tool of ours, or as a bare server that parses and answers the same. */
import { z } from "zod";
import { untilParentEnds } from "../lib/child.ts";
import { serveTools } from "../lib/runtimes/server.ts";
import { defineTool, ToolRegistry } from "../lib/tools/registry.ts";

const echo = defineTool({
  name: "echo",
  category: "bench",
  home: "http",
  description: "Answers its input",
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ text: z.string() }),
  handler: (input) => input,
});

let calls = 0;
const { url } =
  Bun.argv[2] === "tools"
    ? serveTools(new ToolRegistry([echo]))
    : Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        async fetch(request) {
          const output = await request.json();
          calls += 1;
          return Response.json({ output, runtime: "http", pid: process.pid, calls });
        },
      });
console.log(new URL(url).port);
await untilParentEnds();
process.exit();
