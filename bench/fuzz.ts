/**
 * Does a server answer whatever it is sent, with no fault of its own, and hold no more for it? Calls are made from the
 * tools' own schemas, as HTTP and as MCP, and raw requests of anything: `bun bench/fuzz.ts [requests] [seed]`, by
 * default 50,000. Exits with 1 when a server error was answered, it died, or its memory grew past the first fifth.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { within } from "../lib/child.ts";
import { median } from "../lib/judge/stats.ts";
import { openRandom } from "../lib/random.ts";
import { anyBytes, anyCall, anyMcpCall, anyMessage, anyRequest, type Sent } from "./fuzz_requests.ts";

const [, , given = "50000", seed = "1"] = Bun.argv;
const requests = Number(given);
const clients = 32;
/** What a call may wait for is up to 30 s; what is no whole request is answered by nobody. */
const waitMs = { tool: 60_000, mcp: 60_000, request: 200, bytes: 200 } as const;
/** What tools answer that reach others: nobody is there, or not in time; and what HTTP has for another version of it. */
const due = [502, 504, 505];
const growth = 1.15;

const script = join(import.meta.dir, "../scripts/serve.ts");
await using server = Bun.spawn([process.execPath, script, "--mcp", "http"], {
  stdout: "pipe",
  stderr: "pipe",
});
const { value: line } = await server.stdout.getReader().read();
const { hostname, port, origin } = new URL(new TextDecoder().decode(line).trim());
const listing = z.array(
  z.looseObject({ name: z.string(), input_schema: z.custom<z.core.JSONSchema._JSONSchema>() }),
);
const tools = listing.parse(await (await fetch(`${origin}/tools`)).json());

const answers = new Map<string, number>();
const faults: string[] = [];
const residentMiB: number[] = [];
let done = 0;
const random = openRandom(Number(seed));
const planned = plan(random.shuffle([...everything()]));
await Promise.all(Array.from({ length: clients }, client));
const health = await (await fetch(`${origin}/health`)).json();

const tenth = Math.ceil(residentMiB.length / 10);
const [start, end] = [
  median(residentMiB.slice(2 * tenth - 1, 4 * tenth)),
  median(residentMiB.slice(-2 * tenth)),
];
server.kill("SIGTERM");
const errors = await new Response(server.stderr).text();
const shown = [...answers].sort().map(([what, count]) => `${what}: ${count}`);
console.log(`${done} requests\n${shown.join("\n")}`);
console.log(`server errors caused by input: ${faults.length} (at most 0)`);
for (const fault of faults.slice(0, 10)) console.log(fault);
console.log(
  `resident memory: ${start.toFixed(0)} MiB after a fifth, ${end.toFixed(0)} MiB at the end (at most ${growth} times)`,
);
if (errors !== "") console.log(`what the server said:\n${errors.slice(0, 4_000)}`);
const isWell =
  faults.length === 0 && errors === "" && z.object({ pid: z.literal(server.pid) }).safeParse(health).success;
process.exit(isWell && end <= growth * start ? 0 : 1);

/** Of every tool as many calls, but for those that dial peers; messages, and raw requests, which are a third of all. */
function* everything(): Generator<Sent> {
  const take = (arbitrary: fc.Arbitrary<Sent>, share: number) =>
    fc.sample(arbitrary, { numRuns: Math.ceil(share * requests), seed: Number(seed) });
  for (const tool of tools) {
    const dials = /peer_(connect|discover)|bootstrap/.test(tool.name) ? 0.1 : 1;
    yield* take(anyCall(tool), (0.5 / tools.length) * dials);
    yield* take(anyMcpCall(tool), (0.2 / tools.length) * dials);
  }
  yield* take(anyMessage, 0.1);
  yield* take(anyRequest, 0.15);
  yield* take(anyBytes, 0.15);
}

function* plan(all: readonly Sent[]): Generator<Sent> {
  yield* all.slice(0, requests);
}

async function client(): Promise<void> {
  for (const sent of planned) {
    const { status, text } = await send(sent);
    done += 1;
    const what = `${sent.kind} ${status}`;
    answers.set(what, (answers.get(what) ?? 0) + 1);
    const isFault =
      (Number(status) >= 500 && !due.includes(Number(status))) || /"code":("internal"|-32603)/.test(text);
    if (isFault)
      faults.push(
        `${status} ${JSON.stringify(new TextDecoder().decode(sent.bytes)).slice(0, 300)}: ${text.slice(-300)}`,
      );
    if (done % Math.ceil(requests / 50) === 0) residentMiB.push(await resident());
  }
}

/** Sends it on a connection of its own, and reads what comes until that is closed, or nobody answers. */
async function send({ kind, bytes }: Sent): Promise<{ status: string; text: string }> {
  const decoder = new TextDecoder();
  const ended = Promise.withResolvers<void>();
  let text = "";
  const connection = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (socket) => void socket.write(bytes),
      data(_, chunk) {
        text += decoder.decode(chunk, { stream: true });
      },
      close: () => ended.resolve(),
      error: () => ended.resolve(),
    },
  });
  await within(waitMs[kind], ended.promise);
  connection.terminate();
  const [, status = text === "" ? "no answer" : "?"] = /^HTTP\/1\.[01] (\d{3})/.exec(text) ?? [];
  return { status, text };
}

async function resident(): Promise<number> {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${server.pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}
