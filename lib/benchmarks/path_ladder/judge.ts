import { leftOutTable } from "../../bring/left_out_table.ts";
import { isBrought } from "../../bring/options.ts";
import type { Findings } from "../../experiment.ts";
import { notesOnRounds } from "../rounds.ts";
import { askedOf } from "./asked.ts";
import { auditLadder } from "./audit.ts";
import { climbedIn } from "./climbed.ts";
import { judgeAdded, judgeCarried, judgeTax, lastLine } from "./criteria.ts";
import { ladderRows, ladderTable, notesOnLadder } from "./ladder_table.ts";
import { type Given, toolsIn } from "./options.ts";
import { tableOfPaybacks } from "./payback_table.ts";
import { payloadRows, payloadTable, tableOfCrossings } from "./payload_table.ts";
import { registeredRows, registeredTable } from "./registered_table.ts";
import type { Finds } from "./said.ts";
import { startsIn, tableOfStarts } from "./start_table.ts";
import { tableOfWarmUps } from "./warm_up_table.ts";

/** Sums up and judges what was measured so far. What most look for comes last, where a terminal shows it. */
export function judgeLadder(found: Finds, given: Given): Findings {
  const climbed = climbedIn(found, given);
  const has = (kind: string) => climbed.some((call) => call.kind === kind);
  const starts = startsIn(found, given);
  const carried = payloadRows(climbed, given);
  const climbs = ladderRows(climbed, found);
  const [payloads, registered, ladder] = [
    payloadTable.of(carried),
    registeredTable.of(registeredRows(climbed, given)),
    (isBrought(given) ? ladderTable.labelled({ tool_name: toolsIn(given) }) : ladderTable).of(
      climbs,
      notesOnLadder(climbs),
    ),
  ];
  const tables = [
    ...(given.cold.length > 0 ? [tableOfStarts(starts, given)] : []),
    ...(starts.length > 0 ? [tableOfWarmUps(starts), tableOfPaybacks(starts)] : []),
    ...(has("payload") ? [payloads, tableOfCrossings(carried)] : []),
    ...(has("registered") ? [registered] : []),
    ...leftOutTable(given),
    ...(has("tools") ? [ladder] : []),
  ];
  const added = judgeAdded(ladder, given);
  const said = [...notesOnRounds(found, given, askedOf(found, given)), ...lastLine(added, given)];
  return {
    tables: tables.map((table) => {
      return table === tables.at(-1) ? { ...table, notes: [...table.notes, ...said] } : table;
    }),
    criteria: [...judgeTax(registered, given), ...judgeCarried(payloads, given), ...added],
    audit: auditLadder(climbed, given),
  };
}
