/** What share of a core does it take to watch two processes? */
import { openMonitor } from "../lib/measure/resources.ts";
import { median } from "../lib/measure/stats.ts";

const seconds = 2;
const repetitions = 5;

const shares: number[] = [];
for (let n = 0; n < repetitions; n++) {
  const without = await usedPercent();
  using monitor = await openMonitor([process.pid, process.ppid]);
  const watching = await usedPercent();
  const samples = [...(await monitor.stop()).values()].map((usage) => usage.samples);
  shares.push(watching - without);
  console.log(`${samples.join(" and ")} readings: ${shares.at(-1)?.toFixed(2)} % of a core`);
}
console.log(`watching takes ${median(shares).toFixed(2)} % of a core (at most 1)`);

async function usedPercent(): Promise<number> {
  const before = process.cpuUsage();
  await Bun.sleep(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / seconds / 1e4;
}
