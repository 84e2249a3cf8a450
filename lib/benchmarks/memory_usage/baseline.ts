import { setTimeout } from "node:timers/promises";
import { casesOf } from "../../bring/called.ts";
import { isBrought } from "../../bring/options.ts";
import { p2pCases } from "../../cases.ts";
import { openChild } from "../../child.ts";
import { MeasurementError } from "../../errors.ts";
import type { JobTools } from "../../experiment.ts";
import { kindOf } from "../../runtimes/arms.ts";
import { callEach } from "./call_each.ts";
import type { MemoryJob } from "./plan.ts";
import { type Said, stages } from "./said.ts";
import type { StageQuestion, StageSays, StageTask } from "./stages.ts";

const stagesModule = new URL("./stages.ts", import.meta.url).pathname;
const stageMs = 60_000;
/** How often a process that does nothing is read, and how long it is left alone before. */
const idle = { readings: 5, pauseMs: 100 } as const;

/** What a process holds after each stage that it opens, and whether that stays while it does nothing. */
export async function measureBaseline(
  { arm, bootstrap, given }: MemoryJob,
  { opened, say, guard }: JobTools<Said>,
): Promise<void> {
  const kind = kindOf(arm);
  const task: StageTask = { runtime: arm.runtime, bootstrap, brought: isBrought(given) ? given : null };
  const child = opened.use(await openChild<StageSays>(stagesModule, task, { graceMs: 2_000 }));
  guard(child.pid);
  say({ kind: "ready", pid: child.pid });
  const answers = [child.ready];
  const ask = async (question: StageQuestion) => {
    const cannot = (why: string, cause?: unknown) =>
      new MeasurementError(`Cannot open stage "${question}" of ${arm.name}: ${why}`, { cause });
    const answer = await child.ask(question, stageMs).catch((cause) => {
      throw cannot(cause.message, cause);
    });
    if (answer.failed !== undefined) throw cannot(answer.failed);
    answers.push(answer);
    return answer;
  };
  for (const stage of stages) {
    const address = answers.at(-1)?.address ?? null;
    if (stage === "served" && address !== null && "connect" in kind)
      await callEach(
        opened.use(await kind.connect(address)),
        task.brought ? await casesOf(given, given.tool) : p2pCases,
      );
    const { heapBytes, rssBytes } = stage === "bun" ? child.ready : await ask(stage);
    say({ kind: "stage", stage, heapBytes, rssBytes });
  }
  const heapBytes: number[] = [];
  for (let n = 0; n < idle.readings; n++) {
    await setTimeout(idle.pauseMs);
    heapBytes.push((await ask("idle")).heapBytes);
  }
  say({ kind: "idle", heapBytes });
  say({
    kind: "readings",
    taken: answers.length,
    unsettled: answers.filter(({ settled }) => !settled).length,
  });
}
