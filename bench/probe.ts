/** By how much do 100 readings of an idle process differ, and do they grow? `bun bench/probe.ts [processes]` */

import { openLeakyHost } from "../lib/benchmarks/self_check/leaky_tools.ts";
import { median } from "../lib/judge/stats.ts";

const processes = Number(Bun.argv[2] ?? 10);
const [falls, ranges, growths]: [number[], number[], number[]] = [[], [], []];
for (let n = 0; n < processes; n++) {
  await using host = await openLeakyHost("short_string");
  for (let rehearsal = 0; rehearsal < 1500; rehearsal++) await host.probe.read({ wait: false });
  const heap: number[] = [];
  while (heap.length < 160) heap.push((await host.probe.read()).heap_bytes);
  const [early, late] = [heap.slice(0, 60), heap.slice(60)];
  falls.push((early[0] ?? 0) - (early.at(-1) ?? 0));
  ranges.push(Math.max(...late) - Math.min(...late));
  growths.push(median(late.slice(-10)) - median(late.slice(0, 10)));
}
const [least, most] = [Math.min(...growths), Math.max(...growths)];
console.log(`the first 60 readings of a process drop its idle code: ${Math.max(...falls)} bytes at most`);
console.log(
  `range of 100 more: ${median(ranges)} bytes at the median, ${Math.max(...ranges)} at most (at most 8192)`,
);
console.log(`growth over them: ${least} to ${most} bytes`);
