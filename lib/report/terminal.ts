import type { Criterion } from "../judge/shapes.ts";
import { cells } from "../result/cell.ts";
import type { Chart } from "../result/chart.ts";
import type { Result } from "../result/result.ts";
import type { Table } from "../result/table.ts";
import { answers, isWhole, showSilence, showValidity } from "./answers.ts";
import { type Cell, paint, renderColumns, toLine, tones } from "./columns.ts";
import { showScope, showTarget } from "./criteria.ts";
import { showEstimate, showFigure } from "./format.ts";
import { plotLines } from "./plot.ts";
import { type Sheet, toSheet, unknown } from "./sheet.ts";
import { toneOf } from "./tone.ts";
import { renderWaterfalls } from "./waterfall.ts";

/** What is longer than this scrolls away, in lines. */
const screen = 24;
/** A text is cut where it would push the columns behind it off any screen. */
const widestCell = 56;
/** The last column has none behind it: the reason why a tool was left out is to be read whole. */
const widestLast = 300;

/** A result as somebody reads it who ran it: its tables, then the verdicts; these come first as well where it is long. */
export function renderResult(result: Result): string {
  const { tables, criteria } = result;
  const verdicts =
    criteria.length > 0 ? renderVerdicts(criteria.map(toVerdict)) : toLine(showSilence(result));
  const estimates = tables.some(({ columns }) => columns.some(({ kind }) => kind === "estimate"));
  const hint = estimates || criteria.length > 0 ? `\n${paint(["dim", "Brackets hold 95 % intervals."])}` : "";
  const parts = [...tables.map(renderTable), `${verdicts}${hint}`, renderValidity(result)];
  const whole = parts.filter((part) => part !== "").join("\n\n");
  return whole.split("\n").length > screen ? `${renderAnswers(result)}\n\n${whole}` : whole;
}

/** The verdicts in words; what cannot be relied on is told before what it says. */
export function renderAnswers(result: Result): string {
  const said = answers(result).map(({ status, sentence }) => [status ?? "", sentence] as const);
  const verdicts = said.length > 0 ? renderVerdicts(said) : toLine(showSilence(result));
  const relied = renderValidity(result);
  return (isWhole(result) ? [verdicts, relied] : [relied, verdicts]).join("\n");
}

function toVerdict(criterion: Criterion): [status: string, what: string] {
  const { name, unit, smallest_effect: effect, status, doubt } = criterion;
  const scope = showScope(criterion);
  const what = `${scope === "" ? "" : `${scope}: `}${name}: ${showEstimate(criterion, unit)}`;
  const seen = effect === null ? "" : `; the run could have seen ${showFigure(effect, unit)}`;
  const why = doubt === undefined ? "" : `; ${doubt}`;
  return [status, `${what}, target ${showTarget(criterion)}${seen}${why}`];
}

function renderVerdicts(verdicts: readonly (readonly [status: string, what: string])[]): string {
  return renderColumns(verdicts.map(([status, what]) => [toned(status), what]));
}

function renderValidity(result: Result): string {
  return paint([tones[toneOf(result.validity)], showValidity(result)]);
}

function toned(status: string): Cell {
  return [tones[toneOf(status)], status];
}

function renderTable(table: Table): string {
  const { title, empty, folded, rows, notes, charts } = table;
  const words = notes.map(toLine);
  if (rows.length === 0)
    return [...(empty === undefined ? [] : [paint(["dim", `${title}: ${empty}`])]), ...words].join("\n");
  const shown = folded
    ? paint(["dim", `${rows.length} rows, which the report shows`])
    : renderSheet(toSheet(table, "usual"));
  const drawn = charts.flatMap((chart) => draw(chart, table) ?? []);
  return [paint(["bold", title]), shown, ...drawn, ...words].join("\n");
}

function renderSheet({ head, rows }: Sheet): string {
  const labels = head.filter(({ kind }) => kind === "label").length;
  const shown = rows.map((row, n) =>
    head.map(({ kind }, column): Cell => {
      const text = cut(row[column] ?? "", column === head.length - 1 ? widestLast : widestCell);
      const repeated =
        column < labels && row.slice(0, column + 1).every((label, at) => label === rows[n - 1]?.[at]);
      if (repeated) return "";
      return kind === "status" && text !== unknown ? toned(text) : text;
    }),
  );
  return renderColumns(
    [head.map(({ title }): Cell => ["dim", title]), ...shown],
    (column) => head[column]?.kind !== "number",
  );
}

function cut(text: string, widest: number): string {
  const line = toLine(text);
  return Bun.stringWidth(line) > widest ? `${Bun.sliceAnsi(line, 0, widest - 1)}…` : line;
}

/** Lines as a plot, and waterfalls as bars; other charts take more than characters. */
function draw(chart: Chart, table: Table): string[] | undefined {
  if (chart.type === "waterfall") return renderWaterfalls(chart, table);
  if (chart.type !== "lines") return;
  const { columns, rows } = table;
  const unit = columns.find(({ name }) => name === chart.y)?.unit;
  const points = rows.flatMap((row) => {
    const y = cells.estimate.nullable().parse(row[chart.y] ?? null);
    const series = chart.series === undefined ? "" : String(row[chart.series] ?? "");
    return y === null ? [] : [{ series, x: Number(row[chart.x] ?? Number.NaN), y: y.estimate }];
  });
  const plot = plotLines(points, (value) => showFigure(value, unit), { log: chart.log === true });
  return plot === undefined ? undefined : ["", paint(["dim", chart.title]), plot];
}
