import type { JobTools } from "../../experiment.ts";
import { cannotMeasure, openCaller } from "../../measure/caller.ts";
import { countPipes, openWire, type Wire } from "../../measure/wire.ts";
import { kindOf } from "../../runtimes/arms.ts";
import { openForeign } from "../../runtimes/foreign/open.ts";
import { startServer } from "../../runtimes/host.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import type { Given } from "./options.ts";
import type { Plan, Rung } from "./plan.ts";
import type { Said } from "./said.ts";

/** The first call may find its connection still being made; the numbers of calls take a digit more at the tenth. */
const calls = { before: 10, counted: 20 } as const;

/** Counts what calls send and receive on the rungs that have a wire, by servers of their own that nobody times. */
export async function countBytes(
  { rungs, climbs }: Plan,
  { timeout }: Given,
  { say }: JobTools<Said>,
): Promise<void> {
  for (const rung of rungs) {
    await using opened = new AsyncDisposableStack();
    const wired = await openWired(rung, opened);
    if (!wired) continue;
    const { counts } = wired;
    const caller = opened.use(openCaller(wired.runtime, { timeoutMs: timeout * 1e3 }));
    for (const { of, testCase } of climbs) {
      const series = await caller.open(testCase);
      for (let n = 0; n < calls.before; n++) await series.attempt();
      const sums = { sent: 0, received: 0 };
      for (let n = 0; n < calls.counted; n++) {
        const trial = await series.prepare();
        const before = counts();
        const { fault } = await series.make(trial);
        const after = counts();
        if (fault) throw cannotMeasure(testCase.tool, wired.runtime, fault.what, fault.cause);
        sums.sent += after.sent - before.sent;
        sums.received += after.received - before.received;
        await trial.restore?.();
      }
      await series.close();
      const mean = (sum: number) => Math.round(sum / calls.counted);
      const { sent, received } = sums;
      say({
        kind: "wired",
        ...{ of, runtime: rung.arm.name, sentBytes: mean(sent), receivedBytes: mean(received) },
      });
    }
  }
}

/** A rung over a wire that counts; `null` for one that has none, or leads to a URL of somebody else's. */
async function openWired(
  { arm, tools }: Rung,
  opened: AsyncDisposableStack,
): Promise<({ readonly runtime: Runtime } & Pick<Wire, "counts">) | null> {
  if (!("module" in tools)) {
    if (tools.by !== "command") return null;
    let counts: Wire["counts"] | undefined;
    const runtime = opened.use(
      await openForeign(tools, (pipes) => {
        const counted = countPipes(pipes);
        counts = counted.counts;
        return counted.pipes;
      }),
    );
    return counts ? { runtime, counts } : null;
  }
  const kind = kindOf(arm);
  if ("open" in kind) return null;
  const wire = opened.use(await openWire(opened.use(await startServer(kind, tools))));
  return { runtime: opened.use(await kind.connect(wire.address, wire.pipes)), counts: wire.counts };
}
