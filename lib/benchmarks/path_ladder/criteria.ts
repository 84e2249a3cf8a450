import { ruleFor } from "../../judge/interval.ts";
import type { Criterion } from "../../judge/shapes.ts";
import { showEstimate } from "../../report/format.ts";
import { decideOver } from "../../result/over.ts";
import type { Table } from "../../result/table.ts";
import { topsOf } from "../../runtimes/rungs.ts";
import type { Given } from "./options.ts";

/** What a registered tool may add to every call, in milliseconds. */
const mostPerTool = 0.001;

/** Whether the top of each branch adds no more to a call than a share of what a model takes for a turn. */
export function judgeAdded(ladder: Table, given: Given): Criterion[] {
  return topsOf(given.runtimes).flatMap(({ name: runtime }) => {
    const asked = { id: "added", name: `time that it adds to a call, ${shareOf(given)}`, about: { runtime } };
    return decide(asked, { table: ladder, column: "total_ms", where: { runtime } }, targetOf(given));
  });
}

/** The same of a call that carries the most. */
export function judgeCarried(payloads: Table, given: Given): Criterion[] {
  const { name: payload } = given.payload.at(-1) ?? {};
  if (payload === undefined) return [];
  return topsOf(given.runtimes).flatMap(({ name: runtime }) => {
    const name = `time that it adds to a call that carries ${payload}, ${shareOf(given)}`;
    const asked = { id: "carried", name, about: { runtime } };
    const where = { payload, runtime };
    return decide(asked, { table: payloads, column: "total_ms", where }, targetOf(given));
  });
}

/** Whether a registered tool is free on each way, or next to that. */
export function judgeTax(registered: Table, { runtimes }: Given): Criterion[] {
  return [...new Set(runtimes.map((arm) => arm.runtime))].flatMap((runtime) => {
    const asked = {
      id: "registered",
      name: "time that each registered tool adds to a call",
      about: { runtime },
    };
    return decide(asked, { table: registered, column: "per_tool_ms", where: { runtime } }, mostPerTool);
  });
}

/** What it comes to, of the dearest way. */
export function lastLine(added: readonly Criterion[], { turn }: Given): string[] {
  const [dearest] = added.toSorted((a, b) => b.estimate - a.estimate);
  if (!dearest) return [];
  const share = Number(((dearest.estimate / turn) * 100).toPrecision(1));
  const figure = showEstimate(dearest, "ms");
  return [`${dearest.about.runtime} adds ${figure} to a call, ${share} % of a model turn of ${turn} ms.`];
}

function targetOf({ turn, target }: Given): number {
  return (turn * target) / 100;
}

function shareOf({ turn, target }: Given): string {
  return `at most ${target} % of a model turn of ${turn} ms`;
}

interface Over {
  readonly table: Table;
  readonly column: string;
  readonly where: Readonly<Record<string, string>>;
}

/** At most so many milliseconds; nothing where no row has them. */
function decide(
  asked: Pick<Criterion, "id" | "name" | "about">,
  { table, column, where }: Over,
  target: number,
): Criterion[] {
  const rounds = Math.min(...table.rows.map(({ rounds }) => Number(rounds)));
  const over = { table: table.name, column, where };
  const most = { bound: "at_most", target, unit: "ms", scale: "linear" } as const;
  const decided = decideOver({ ...asked, ...most, over }, [table], ruleFor(rounds));
  return decided ? [decided] : [];
}
