import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { openChild } from "../child.ts";
import { MeasurementError } from "../errors.ts";
import { openHttp } from "../runtimes/http.ts";
import { callEach } from "./call_each.ts";
import { type MemoryEvent, type MemoryJob, stages } from "./memory_usage.ts";

const stagesModule = new URL("./memory_stages.ts", import.meta.url).pathname;
const stageMs = 60_000;
/** How often a process that does nothing is read, and how long it is left alone before. */
const idle = { readings: 5, pauseMs: 100 } as const;

const reading = z.object({ heap_bytes: z.int(), rss_bytes: z.int(), url: z.string().nullable() });

/** What a process holds after each stage that it opens, and whether that stays while it does nothing. */
export async function measureBaseline(
  { runtime, bootstrap }: MemoryJob,
  opened: AsyncDisposableStack,
  say: (event: MemoryEvent) => void,
): Promise<void> {
  const child = opened.use(await openChild(stagesModule, [runtime, ...bootstrap], { graceMs: 2_000 }));
  say({ event: "ready", test: "baseline", runtime, pid: child.pid });
  const ask = async (stage: string) => {
    const answer = await child.ask(stage, stageMs).catch((cause) => {
      throw new MeasurementError(`Cannot open stage "${stage}" of ${runtime}: ${cause.message}`, { cause });
    });
    return reading.parse(JSON.parse(answer));
  };
  let { url, ...bytes } = reading.parse(JSON.parse(child.ready));
  say({ event: "stage", runtime, stage: "bun", ...bytes });
  for (const stage of stages.slice(1)) {
    if (runtime === "direct" && stage === "server") continue;
    if (stage === "served" && url !== null) await callEach(await openHttp(url));
    ({ url, ...bytes } = await ask(stage));
    say({ event: "stage", runtime, stage, ...bytes });
  }
  const heap_bytes: number[] = [];
  for (let n = 0; n < idle.readings; n++) {
    await setTimeout(idle.pauseMs);
    heap_bytes.push((await ask("idle")).heap_bytes);
  }
  say({ event: "idle", runtime, heap_bytes });
}
