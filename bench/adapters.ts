/** What do our adapters take beside the bare libraries doing the same? */

import { echoTools } from "../lib/benchmarks/path_ladder/echo.ts";
import { type Figure, figure } from "../lib/judge/scale.ts";
import { median } from "../lib/judge/stats.ts";
import { pinTogether } from "../lib/measure/pin.ts";
import { openHost } from "../lib/runtimes/host.ts";
import { findRuntime } from "../lib/runtimes/runtimes.ts";
import { names, openBare, type Side } from "./bare_adapters.ts";

const pairs = Number(Bun.argv[2] ?? 8);
const perBlock = 50;
const blocks = 40;
/** HTTP takes some 250 calls until it is steady, MCP 2,000 to 3,000. */
const warmUps = (name: string) => (name.startsWith("mcp") ? 3_000 : 500);
const wanted = ["http", "unix", "mcp-http"];

for (const name of names) {
  const medians = await inPairs(name, (opened) => [openOurs(name, opened), openBare(name, opened)]);
  const ratio = figure(
    "ratio",
    medians.map(([ours, others]) => ours / others),
  );
  const [ours, others] = [0, 1].map((side) => median(medians.map((pair) => pair[side] ?? 0)) / 1e3);
  const limit = wanted.includes(name) ? ", at most 1.05" : "";
  console.log(
    `${name.padEnd(16)} ${ours?.toFixed(1)} µs, bare ${others?.toFixed(1)} µs: ${show(ratio)} times${limit}`,
  );
}

async function openOurs(name: string, opened: AsyncDisposableStack): Promise<Side> {
  const kind = findRuntime(name);
  if (!kind) throw new RangeError(`Cannot open "${name}": there is no such runtime`);
  const host = opened.use(await openHost(kind, echoTools()));
  return { call: () => host.call("echo", { text: "hello world" }), pid: host.pid };
}

/** The medians of both sides, in nanoseconds, in each of some fresh pairs on one core. */
async function inPairs(
  name: string,
  open: (opened: AsyncDisposableStack) => readonly [Promise<Side>, Promise<Side>],
): Promise<(readonly [number, number])[]> {
  const medians: (readonly [number, number])[] = [];
  for (let n = 0; n < pairs; n++) {
    await using opened = new AsyncDisposableStack();
    const [one, other] = await Promise.all(open(opened));
    pinTogether(
      "same",
      [one.pid, other.pid].filter((pid) => pid !== process.pid),
    );
    for (let block = 0; block < warmUps(name) / perBlock; block++) await inTurns(one, other, block);
    const samples: [number[], number[]] = [[], []];
    for (let block = 0; block < blocks; block++) {
      const [ours, others] = await inTurns(one, other, block);
      samples[0].push(...ours);
      samples[1].push(...others);
    }
    medians.push([median(samples[0]), median(samples[1])]);
  }
  return medians;
}

/** A block of each, in an order that turns. */
async function inTurns(one: Side, other: Side, turn: number): Promise<readonly [number[], number[]]> {
  if (turn % 2 === 0) {
    const first = await block(one);
    return [first, await block(other)];
  }
  const first = await block(other);
  return [await block(one), first];
}

async function block({ call }: Side): Promise<number[]> {
  const samples: number[] = [];
  for (let n = 0; n < perBlock; n++) {
    const startNs = Bun.nanoseconds();
    await call();
    samples.push(Bun.nanoseconds() - startNs);
  }
  return samples;
}

function show({ estimate, low, high }: Figure): string {
  return `${estimate.toFixed(3)} (${low?.toFixed(3)} to ${high?.toFixed(3)})`;
}
