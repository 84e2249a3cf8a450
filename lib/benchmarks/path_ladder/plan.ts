import { casesOf, sourceOf } from "../../bring/called.ts";
import { foreignServer } from "../../bring/place.ts";
import type { Case } from "../../case.ts";
import { type Arm, openArm } from "../../runtimes/arms.ts";
import { openForeign } from "../../runtimes/foreign/open.ts";
import type { ForeignServer } from "../../runtimes/foreign/server.ts";
import type { ToolSource } from "../../runtimes/host.ts";
import { baseOf } from "../../runtimes/rungs.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import { echoCase, echoTools } from "./echo.ts";
import { type Given, isSlow, type Payload, samplesOf } from "./options.ts";
import type { Job } from "./said.ts";

/** What a job opens side by side, and what it calls there. */
export interface Plan {
  readonly rungs: readonly Rung[];
  /** For each rung the place of the one that it stands on, where that is there. */
  readonly bases: readonly (number | null)[];
  readonly climbs: readonly Climb[];
}

/** Tools, in a process of ours or a server of somebody else's, and a way to them. */
export interface Rung {
  readonly arm: Arm;
  readonly tools: ToolSource | ForeignServer;
}

/** A call that is made on each rung. */
export interface Climb {
  readonly of: string;
  readonly testCase: Case;
  readonly isSlow: boolean;
  /** In a round. */
  readonly samples: number;
}

/** What tools are called with that many others stand beside. */
const small: Payload = { name: "100B", bytes: 100 };

export async function planOf(job: Exclude<Job, { kind: "cold" }>): Promise<Plan> {
  const { given } = job;
  if (job.kind === "registered") {
    const arm = { name: job.runtime, runtime: job.runtime };
    const climb = climbOf(small, echoCase(small), given);
    return {
      rungs: given.registered.map((count) => ({ arm, tools: echoTools(count) })),
      bases: [],
      climbs: [{ ...climb, of: job.runtime }],
    };
  }
  const arms = given.runtimes;
  const bases = arms.map((arm) => {
    const base = baseOf(arm, arms);
    return base ? arms.indexOf(base) : null;
  });
  const on = (tools: Rung["tools"]) => ({ rungs: arms.map((arm) => ({ arm, tools })), bases });
  if (job.kind === "payload")
    return {
      ...on(echoTools()),
      climbs: job.payloads.map((payload) => climbOf(payload, echoCase(payload), given)),
    };
  const cases = await casesOf(given, job.tools);
  return {
    ...on(foreignServer(given) ?? (await sourceOf(given, { bootstrap: job.bootstrap }))),
    climbs: cases.map((testCase) => climbOf(testCase.tool, testCase, given)),
  };
}

export function openRung({ arm, tools }: Rung): Promise<Runtime> {
  return "module" in tools ? openArm(arm, tools) : openForeign(tools);
}

function climbOf(of: string | Payload, testCase: Case, given: Given): Climb {
  const name = typeof of === "string" ? of : of.name;
  return { of: name, testCase, isSlow: isSlow(of, given), samples: samplesOf(of, given) };
}
