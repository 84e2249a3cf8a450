import { leftOutTable } from "../../bring/left_out_table.ts";
import type { Findings } from "../../experiment.ts";
import { auditMemory } from "./audit.ts";
import { baselineTable, judgeResident, sumUpBaseline } from "./baseline_table.ts";
import { collectionTable, sumUpCollections } from "./collection_table.ts";
import { idleTable, sumUpIdle } from "./idle_table.ts";
import { judgeLeaks, leakTable, sumUpLeaks } from "./leak_table.ts";
import { type Given, planTurns } from "./plan.ts";
import { requestTable, retainedTable, sumUpRequests, sumUpRetained } from "./request_table.ts";
import type { MemoryFound } from "./said.ts";

/** Sums up and judges what was measured so far. */
export function judgeMemory(found: readonly MemoryFound[], given: Given): Findings {
  const turns = planTurns(given);
  const tests = turns.filter(({ test }) => test === "leak_detection");
  const leaks = sumUpLeaks(found, tests);
  const baseline = baselineTable.of(sumUpBaseline(found, given));
  const { called, tool } = given;
  const requests = called.length > 0 ? requestTable.labelled({ tool_name: tool }) : requestTable;
  return {
    tables: [
      baseline,
      idleTable.of(sumUpIdle(found, given)),
      requests.of(sumUpRequests(found, given)),
      retainedTable.of(sumUpRetained(found, given)),
      leakTable.of(leaks),
      collectionTable.of(sumUpCollections(found, given)),
      ...leftOutTable(given),
    ],
    criteria: [...judgeResident(baseline, given), ...judgeLeaks(leaks, tests, given)],
    audit: auditMemory(found, turns),
  };
}
