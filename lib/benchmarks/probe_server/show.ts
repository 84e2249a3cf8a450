import { answers, isWhole, showValidity } from "../../report/answers.ts";
import { type Cell, paint, renderColumns, tones } from "../../report/columns.ts";
import { toneOf } from "../../report/tone.ts";
import type { Result } from "../../result/result.ts";

/** What a probe found: a line for each question, and a verdict, or what it is that is amiss. */
export function showProbe(result: Result): string {
  const lines = result.tables.flatMap(({ title, notes }) => notes.slice(0, 1).map((note) => [title, note]));
  const amiss = answers(result).filter(({ status }) => status !== null && status !== "met");
  const verdicts = amiss.map(({ status, sentence }): Cell[] => [toned(status ?? ""), sentence]);
  const found: Cell[][] = amiss.length > 0 ? verdicts : [[toned("met"), "Nothing was found amiss."]];
  const parts = [renderColumns([...lines, ...found])];
  if (!isWhole(result)) parts.push(paint([tones[toneOf(result.validity)], showValidity(result)]));
  return parts.join("\n");
}

function toned(status: string): Cell {
  return [tones[toneOf(status)], status];
}
