/**
 * Does a server stay within its limits when it is sent the largest inputs there are? Each input is sent alone first, then
 * all of them together by a few clients for `bun bench/limits.ts [seconds]`, 60 by default, while another process asks
 * for /health every 20 ms.
 */
import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { joinParent, openChild } from "../lib/child.ts";
import { largestInputs } from "./largest_inputs.ts";

const clients = 3;
const healthMs = 20;
const mostMs = 100;
const mebibyte = 1024 ** 2;

if (process.send) await watchHealth();
else await measure(Number(Bun.argv[2] ?? 60));

interface Health {
  /** How long the slowest answer took, in ms. */
  slowestMs: number;
  answers: number;
  /** Those that took longer than they may. */
  late: number;
}

/** Says, whenever it is asked, how the server answered since it was last asked. */
async function watchHealth(): Promise<void> {
  const parent = joinParent<string>();
  const { value: url } = await parent.tells.next();
  const none = (): Health => ({ slowestMs: 0, answers: 0, late: 0 });
  let seen = none();
  const asked = new Set<number>();
  const waited = (since: number) => {
    const ms = performance.now() - since;
    seen.slowestMs = Math.max(seen.slowestMs, ms);
    return ms;
  };
  const timer = setInterval(async () => {
    const start = performance.now();
    asked.add(start);
    await (await fetch(`${url}/health`)).text();
    asked.delete(start);
    seen.answers++;
    if (waited(start) > mostMs) seen.late++;
  }, healthMs);
  await parent.say(seen);
  for await (const _ of parent.tells) {
    // What has not been answered has taken so long already.
    for (const start of asked) waited(start);
    await parent.say(seen);
    seen = none();
  }
  clearInterval(timer);
}

async function measure(seconds: number): Promise<void> {
  const serve = join(import.meta.dir, "../scripts/serve.ts");
  await using server = Bun.spawn([process.execPath, serve], { stdout: "pipe", stderr: "inherit" });
  const { value: line } = await server.stdout.getReader().read();
  const url = new TextDecoder().decode(line).trim();
  await using health = await openChild<Health>(import.meta.path, url);
  const sinceLast = () => health.ask("since last", 30_000);
  const answers = new Map<number, number>();
  let largest = { bytes: 0, tool: "" };
  let longest = { ms: 0, tool: "" };

  const send = async ([tool, input]: readonly [string, object]) => {
    const body = JSON.stringify(input);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/tools/${tool}`, { method: "POST", headers, body });
    const bytes = (await answer.bytes()).byteLength;
    answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1);
    if (bytes > largest.bytes) largest = { bytes, tool };
    if (body.length > mebibyte || answer.status === 413) throw new Error(`"${tool}" was sent too much`);
  };

  for (const input of await largestInputs(0)) {
    await sinceLast();
    await send(input);
    // What a call set going is done after its answer.
    await Bun.sleep(2 * healthMs);
    const { slowestMs: ms } = await sinceLast();
    if (ms > longest.ms) longest = { ms, tool: input[0] };
  }
  await sinceLast();
  const until = performance.now() + 1_000 * seconds;
  const rounds = async function* () {
    for (let n = 1; performance.now() < until; n++) yield* await largestInputs(n);
  };
  const left = rounds();
  const client = async () => {
    for (let next = await left.next(); !next.done && performance.now() < until; next = await left.next())
      await send(next.value);
  };
  await Promise.all(Array.from({ length: clients }, client));
  const { slowestMs, answers: healthy, late } = await sinceLast();
  const { peak } = z
    .object({ peak: z.coerce.number() })
    .parse(/VmHWM:\s+(?<peak>\d+) kB/.exec(await readFile(`/proc/${server.pid}/status`, "utf8"))?.groups);
  const counts = [2, 4, 5].map((kind) => {
    const those = [...answers].filter(([status]) => Math.floor(status / 100) === kind);
    return `${those.reduce((sum, [, times]) => sum + times, 0)} × ${kind}xx`;
  });

  console.log(`peak resident memory: ${(peak / 1_024).toFixed(0)} MiB (at most 512)`);
  console.log(
    `slowest answer of /health: ${slowestMs.toFixed(0)} ms (at most ${mostMs}), ${late} of ${healthy} later`,
  );
  console.log(
    `longest stop by one call: ${longest.ms.toFixed(0)} ms, by ${longest.tool} (at most ${mostMs})`,
  );
  console.log(`largest answer: ${(largest.bytes / mebibyte).toFixed(1)} MiB, of ${largest.tool} (at most 8)`);
  console.log(`answers: ${counts.join(", ")} (0 × 5xx)`);
  console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)} on ${navigator.hardwareConcurrency} cores`);
}
