/** By how much do 100 readings of an idle process differ, and do they grow? `bun bench/probe.ts [processes]` */
import { median } from "../lib/measure/stats.ts";
import { openLeakyHost } from "../test/leaky_tools.ts";

const processes = Number(Bun.argv[2] ?? 10);
const [ranges, growths]: [number[], number[]] = [[], []];
for (let n = 0; n < processes; n++) {
  await using host = await openLeakyHost("short_string");
  for (let rehearsal = 0; rehearsal < 1500; rehearsal++) await host.probe.read({ wait: false });
  for (let early = 0; early < 10; early++) await host.probe.read();
  const heap: number[] = [];
  while (heap.length < 100) heap.push((await host.probe.read()).heap_bytes);
  ranges.push(Math.max(...heap) - Math.min(...heap));
  growths.push(median(heap.slice(-10)) - median(heap.slice(0, 10)));
}
const [least, most] = [Math.min(...growths), Math.max(...growths)];
console.log(`range: ${median(ranges)} bytes at the median, ${Math.max(...ranges)} at most (at most 8192)`);
console.log(`growth over 100 readings: ${least} to ${most} bytes`);
