/**
 * How far off is a known delay beside others, and how often is it not found? Looks for it in fresh processes on one core,
 * beside processes that take no, 50 and 100 % of every core. `bun bench/canary.ts [processes]`
 */
import { tableOfCanaries } from "../lib/canaries.ts";
import { joinParent, openChild } from "../lib/child.ts";
import { lookForCanaries, type Sighting } from "../lib/measure/canary.ts";
import { allowedCores, bind } from "../lib/measure/cores.ts";
import { pinTogether } from "../lib/measure/pin.ts";
import { openRandom } from "../lib/random.ts";
import { readCanary } from "../lib/result/canary_table.ts";

const jobs = 8;

if (process.send) {
  const parent = joinParent<number>();
  const { value: seed = 0 } = await parent.tells.next();
  pinTogether("same", []);
  await parent.say(await lookForCanaries({ canaries: ["delay"], random: openRandom(seed), maxMs: 0 }));
  process.exit();
}

const processes = Number(Bun.argv[2] ?? 80);
for (const percent of [0, 50, 100]) {
  await using opened = new AsyncDisposableStack();
  for (const core of percent > 0 ? allowedCores() : [])
    bind(opened.use(await openChild(new URL("busy.ts", import.meta.url).pathname, percent)).pid, [core]);
  const seen: Sighting[] = [];
  for (let n = 0; n < processes; n++) {
    await using child = await openChild<Sighting>(import.meta.path, n);
    seen.push(child.ready);
  }
  for (const size of [1, 3, jobs]) {
    const runs = Array.from({ length: Math.floor(seen.length / size) }, (_, n) =>
      tableOfCanaries(seen.slice(n * size, (n + 1) * size)).rows.map(readCanary),
    ).flat();
    const estimates = runs.flatMap(({ found_percent: found }) => found?.estimate ?? []).sort((a, b) => a - b);
    const found = runs.filter(({ status }) => status === "found").length;
    console.log(
      `beside ${percent} %, runs of ${size} jobs: ${found} of ${runs.length} found it, from ${estimates[0]?.toFixed(1)} to ${estimates.at(-1)?.toFixed(1)} %`,
    );
  }
}
