import { type Cell, renderColumns } from "../report/columns.ts";
import { showTime } from "../report/format.ts";
import type { Outcome } from "./run_suite.ts";

const heads = ["benchmark", "met", "missed", "inconclusive", "validity", "time", "exit code", "file"];

/** How the benchmarks ended, a line each. */
export function renderSuite(outcomes: readonly Outcome[]): string {
  return renderColumns([heads.map((name): Cell => ["dim", name]), ...outcomes.map(row)]);
}

function row({ benchmark, code, seconds, file, result }: Outcome): Cell[] {
  const count = (status: string) =>
    result ? String(result.criteria.filter((criterion) => criterion.status === status).length) : "–";
  const validity = result ? `${result.validity}${result.complete ? "" : ", incomplete"}` : "–";
  const verdicts = ["met", "missed", "inconclusive"].map(count);
  const ended: Cell = [code === 0 ? "green" : "red", String(code)];
  return [benchmark, ...verdicts, validity, showTime(seconds * 1000), ended, result ? file : "–"];
}
