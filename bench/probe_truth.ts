/**
 * Does the probe name what is known to be wrong with a server, and nothing of one that is well? Every run is a probe as
 * anybody starts it. `bun bench/probe_truth.ts [runs] [server…]`, by default 10 runs for each server; they take half an
 * hour.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readResult } from "../lib/result/result.ts";

const root = join(import.meta.dir, "..");
const server = [process.execPath, join(root, "test", "fixtures", "wayward_server.ts")];

/** What is wrong with each, as the criteria of the probe name it. */
const truths = [
  { way: "well", amiss: null },
  { way: "well", amiss: null, isAtUrl: true },
  { way: "serial", amiss: "wait" },
  { way: "leaks-sessions", amiss: "session_leak", isAtUrl: true },
  { way: "leaks", amiss: "call_leak" },
  { way: "stays", amiss: "end" },
  { way: "slow-start", amiss: "start" },
] as const;

const [, , given, ...only] = Bun.argv;
const runs = Number(given ?? 10);
const folder = mkdtempSync(join(tmpdir(), "probe-truth-"));
try {
  for (const truth of truths.filter(({ way }) => only.length === 0 || only.includes(way)))
    await measure(truth);
} finally {
  rmSync(folder, { recursive: true });
}

async function measure({ way, amiss, ...how }: (typeof truths)[number]): Promise<void> {
  const isAtUrl = "isAtUrl" in how;
  let [right, seconds] = [0, 0];
  const named: string[] = [];
  for (let n = 0; n < runs; n++) {
    const startMs = performance.now();
    const missed = await probe(way, isAtUrl);
    seconds = Math.max(seconds, (performance.now() - startMs) / 1e3);
    if (missed.join() === (amiss ?? "")) right += 1;
    else named.push(missed.join("+") || "nothing");
  }
  const others = named.length === 0 ? "" : `, and otherwise ${named.join(", ")}`;
  const truth = `${way}${isAtUrl ? " at a URL" : ""}: ${amiss ?? "nothing"} is named`;
  console.log(
    `${truth}, and nothing else, in ${right} of ${runs} runs${others}; at most ${seconds.toFixed(0)} s`,
  );
}

/** What a probe names. */
async function probe(way: string, isAtUrl: boolean): Promise<string[]> {
  const output = join(folder, "result.json");
  const port = isAtUrl ? freePort() : null;
  const flags = port === null ? [] : ["--url", `http://127.0.0.1:${port}/mcp`];
  const command = [...server, way, ...(port === null ? [] : [`${port}`])];
  const script = join(root, "scripts", "probe_server.ts");
  const words = [process.execPath, "run", script, "--output", output, ...flags, "--", ...command];
  await using run = Bun.spawn(words, { stdout: "ignore", stderr: "inherit" });
  if ((await run.exited) !== 0) return ["no result"];
  return readResult(output).criteria.flatMap(({ id, status }) => (status === "missed" ? [id] : []));
}

function freePort(): number {
  using listener = Bun.serve({ port: 0, fetch: () => new Response() });
  return listener.port ?? 0;
}
