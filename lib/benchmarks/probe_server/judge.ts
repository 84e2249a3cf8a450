import type { Findings } from "../../experiment.ts";
import { audit } from "../../judge/audit.ts";
import type { Criterion } from "../../judge/shapes.ts";
import { exactly } from "./answer.ts";
import { answerCalls } from "./calls_table.ts";
import { answerCrowd } from "./crowd_table.ts";
import { answerLeaks } from "./leak_table.ts";
import { answerList, tableOfTools } from "./list_table.ts";
import { answerMemory } from "./memory_table.ts";
import type { Given } from "./options.ts";
import { type ProbeFound, select } from "./said.ts";
import { answerStart } from "./start_table.ts";

const questions = [answerStart, answerCalls, answerCrowd, answerMemory, answerList, answerLeaks];

/** The six answers, what is asked of them, and what became of each tool. */
export function judgeProbe(found: readonly ProbeFound[], given: Given): Findings {
  const answers = questions.map((answer) => answer(found, given));
  const servers = [...new Set(select(found, "calls").map(({ server }) => server))];
  return {
    tables: [...answers.map(({ table }) => table), tableOfTools(found)],
    criteria: [...answers.flatMap(({ criteria }) => criteria), ...judgeJunk(found)],
    audit: [
      audit("the same server", "one version answered in all rounds", servers.slice(1)),
      ...answers.flatMap((answer) => answer.audit ?? []),
    ],
  };
}

/** Clients pass over what is no message, or give up; the protocol has it that there is none. */
function judgeJunk(found: readonly ProbeFound[]): Criterion[] {
  const sizes = select(found, "junk").map(({ bytes }) => bytes);
  if (sizes.length === 0) return [];
  const most = Math.max(...sizes);
  return [
    {
      ...{ id: "stdout", about: {}, name: "what it prints on stdout that is no message" },
      ...{ bound: "at_most", target: 0, ...exactly(most), unit: "bytes", scale: "linear" },
      ...{ smallest_effect: null, status: most === 0 ? "met" : "missed", rule: "counted" },
    },
  ];
}
