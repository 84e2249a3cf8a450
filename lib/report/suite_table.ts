import { styleText } from "node:util";
import type { Outcome } from "../suite/run_suite.ts";
import { showTime } from "./format.ts";
import { renderColumns } from "./table.ts";

const heads = ["met", "missed", "inconclusive", "validity", "time", "exit code", "file"];

/** How the benchmarks ended, a line each. */
export function renderSuite(outcomes: readonly Outcome[]): string {
  const head = ["benchmark", ...heads].map((name) => styleText("dim", name));
  return renderColumns([head, ...outcomes.map(row)]);
}

function row({ benchmark, code, seconds, file, result }: Outcome): string[] {
  const count = (status: string) =>
    result ? String(result.criteria.filter((criterion) => criterion.status === status).length) : "–";
  const validity = result ? `${result.validity}${result.complete ? "" : ", incomplete"}` : "–";
  const verdicts = ["met", "missed", "inconclusive"].map(count);
  const shown = styleText(code === 0 ? "green" : "red", String(code));
  return [benchmark, ...verdicts, validity, showTime(seconds * 1000), shown, result ? file : "–"];
}
